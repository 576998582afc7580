"""Writing flags: changes grouped by product, several mutations to a request, each refusal kept to its own item.

The policy goes through ``productVariantsBulkUpdate``, which takes what it can of a product's variants; metafields go
through ``metafieldsSet``, which takes 25 values or none of them: those it refuses are left out, the rest is sent again.
A quantity is never written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from adapters.reader import Reader
from adapters.shopify.admin import Admin
from adapters.shopify.answered import Answered
from adapters.shopify.ids import gid
from adapters.shopify.operations import METAFIELDS_DELETE, METAFIELDS_SET, POLICIES, Part, Step, together
from adapters.shopify.outbound import POLICY, Metafields, metafields_of
from connector.ports.failures import Failure, Refused, TryLater
from connector.ports.storefront import Change, Pushed

# Mutations run one after the other while we wait; twenty stay far inside our time-out, and cost 200 points.
MUTATIONS_AT_ONCE = 20
METAFIELDS_AT_ONCE = 25
VARIANTS_AT_ONCE = 100


@dataclass(slots=True)
class _Write:
    """One mutation: its values in order, and which variant each of them is for."""

    part: Part
    owners: list[str]
    values: list[Mapping[str, object]]
    product_id: str = ""

    def step(self) -> Step:
        if self.part is POLICIES:
            return Step(self.part, {"productId": gid("Product", self.product_id), "variants": self.values})
        return Step(self.part, {"metafields": self.values})


@dataclass(slots=True)
class Outcome:
    """What became of the changes of one request so far."""

    refused: dict[str, Failure] = field(default_factory=dict)
    changed_at: dict[str, datetime] = field(default_factory=dict)

    def refuse(self, variant_id: str, failure: Failure) -> None:
        self.refused.setdefault(variant_id, failure)

    def taken(self, variant_id: str, at: datetime) -> None:
        self.changed_at[variant_id] = max(at, self.changed_at.get(variant_id, at))

    def pushed(self, change: Change) -> Pushed:
        refused = self.refused.get(change.variant_id)
        return Pushed(change.variant_id, None if refused else self.changed_at.get(change.variant_id), refused)


def push(admin: Admin, changes: Sequence[Change]) -> Iterator[Pushed]:
    """Write all fields of the changes; one ``Pushed`` each, request by request."""
    return _in_requests(admin, changes, lambda change: change.fields, metafields_of)


def delete_emptied(admin: Admin, changes: Sequence[Change]) -> Iterator[Pushed]:
    """Write only what must go; a bulk operation has set the rest (``bulk``)."""

    def only_deleted(change: Change) -> Metafields:
        return Metafields((), metafields_of(change).delete)

    return _in_requests(admin, changes, lambda _change: {}, only_deleted)


def _in_requests(
    admin: Admin,
    changes: Sequence[Change],
    fields_of: Callable[[Change], Mapping[str, str]],
    metafields: Callable[[Change], Metafields],
) -> Iterator[Pushed]:
    ordered = sorted(changes, key=lambda change: change.product_id)
    start = 0
    while start < len(ordered):
        writes: list[_Write] = []
        end = start
        # One change needs at most one write of each kind, so a request is filled change by change.
        while end < len(ordered) and len(writes) <= MUTATIONS_AT_ONCE - 3:
            change = ordered[end]
            _add(writes, change, fields_of(change).get(POLICY), metafields(change))
            end += 1
        outcome = Outcome()
        _send(admin, writes, outcome)
        yield from (outcome.pushed(change) for change in islice(ordered, start, end))
        start = end


def _add(writes: list[_Write], change: Change, policy: str | None, metafields: Metafields) -> None:
    if policy is not None:
        write = _room(writes, POLICIES, 1, VARIANTS_AT_ONCE, change.product_id)
        write.owners.append(change.variant_id)
        write.values.append({"id": gid("ProductVariant", change.variant_id), POLICY: policy})
    for part, values in ((METAFIELDS_SET, metafields.set), (METAFIELDS_DELETE, metafields.delete)):
        if values:
            write = _room(writes, part, len(values), METAFIELDS_AT_ONCE)
            write.owners += [change.variant_id] * len(values)
            write.values += values


def _room(writes: list[_Write], part: Part, units: int, most: int, product_id: str = "") -> _Write:
    """The write of that kind that has room for some more values, or a new one."""
    for write in reversed(writes):
        if write.part is part and write.product_id == product_id and len(write.values) + units <= most:
            return write
    writes.append(_Write(part, [], [], product_id))
    return writes[-1]


def _send(admin: Admin, writes: Sequence[_Write], outcome: Outcome) -> None:
    """Send, and send again what ``metafieldsSet`` left undone for the sake of others; each round refuses some value."""
    while writes:
        text, variables = together("Push", [write.step() for write in writes])
        answered = admin.write_together("Push", text, variables, act="push")
        again: list[_Write] = []
        for index, write in enumerate(writes):
            again += _settle(answered, f"m{index}", write, outcome)
        writes = again


def _settle(answered: Answered, alias: str, write: _Write, outcome: Outcome) -> list[_Write]:
    """Note what became of one write; gives what is to be sent again."""
    try:
        payload = answered.need(alias)
    except TryLater as failure:
        # The shop stumbled over this one alone; the others of the request are done.
        for owner in write.owners:
            outcome.refuse(owner, failure)
        return []
    problems = refusals(payload["userErrors"], len(write.values))
    for index, refused in problems.items():
        outcome.refuse(write.owners[index], refused)
    for index, at in _times(payload, write):
        if index not in problems:
            outcome.taken(write.owners[index], at)
    if write.part is not METAFIELDS_SET or not problems:
        return []
    # A variant's values belong together: where one is refused, its others would say half of the truth.
    rest = [index for index, owner in enumerate(write.owners) if owner not in outcome.refused]
    if not rest:
        return []
    return [_Write(write.part, [write.owners[index] for index in rest], [write.values[index] for index in rest])]


def _times(payload: Reader, write: _Write) -> Iterator[tuple[int, datetime]]:
    """When each value was written; what ``metafieldsDelete`` took away has no time."""
    if write.part is POLICIES:
        places = {str(value["id"]): index for index, value in enumerate(write.values)}
        for variant in payload["productVariants"].items_or_none():
            if variant["id"].text() in places:
                yield places[variant["id"].text()], variant["updatedAt"].utc()
    elif write.part is METAFIELDS_SET:
        for index, metafield in enumerate(payload["metafields"].items_or_none()):
            if index < len(write.owners):
                yield index, metafield["updatedAt"].utc()


def refusals(errors: Reader, count: int) -> dict[int, Refused]:
    """User errors by the index of the value they are about; one that names no index is about all of them."""
    found: dict[int, Refused] = {}
    for error in errors:
        refused = Refused(error.get("code").text_or("") or "REFUSED", error["message"].text())
        index = _index(error)
        about: Iterable[int] = range(count) if index is None or index >= count else (index,)
        for place in about:
            found.setdefault(place, refused)
    return found


def _index(error: Reader) -> int | None:
    """``elementIndex``, or the first number in ``field`` (``["variants", "1", "price"]``)."""
    element = error.get("elementIndex")
    if not element.is_null:
        return element.whole(minimum=0)
    for step in error["field"].items_or_none():
        if re.fullmatch(r"[0-9]{1,6}", step.text()):
            return int(step.text())
    return None
