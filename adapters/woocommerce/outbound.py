"""What WooCommerce is to show, in the words of its API: request bodies and nothing else.  Pure.

Never a quantity and never a stock status: the number is the shop's truth, not ours, and WooCommerce ignores a status
written to a product whose stock it manages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from types import MappingProxyType

from adapters.woocommerce.values import (
    BACKORDERS,
    EXPECTED_KEY,
    FROM_KEY,
    HELD_KEY,
    LINES_KEY,
    MESSAGE_KEY,
    PRODUCT_META,
    STATUS_KEY,
)
from connector.domain.availability import Availability, Status
from connector.domain.marks import OrderMarks
from connector.ports.failures import Refused
from connector.ports.sentence import Sentence
from connector.ports.storefront import Change

LARGEST_BATCH = 100  # items; one more and WooCommerce applies none
LONGEST_MESSAGE = 300  # characters, on one line: it stands beside the price
LONGEST_NOTE = 20_000  # characters; WooCommerce fails with a server error somewhere below 70,000

_STATUSES = frozenset(status.value for status in Status)


def fields(availability: Availability, message: str, today: date) -> Mapping[str, str]:
    """Put what a variant should show into WooCommerce's writable fields.

    ``notify`` and not ``yes``: only with the former does the shop itself say "Available on backorder", on the page
    and in the cart.  A day that has passed is no promise and is left out.
    """
    expected, earliest = availability.expected_on, availability.earliest_on
    is_dated = expected is not None and expected >= today
    is_range = is_dated and earliest is not None and earliest >= today
    return {
        BACKORDERS: "notify" if availability.sells else "no",
        STATUS_KEY: availability.status.value,
        EXPECTED_KEY: expected.isoformat() if expected is not None and is_dated else "",
        FROM_KEY: earliest.isoformat() if earliest is not None and is_range else "",
        MESSAGE_KEY: _one_line(message),
    }


@dataclass(frozen=True, slots=True)
class Batch:
    """One request of at most ``LARGEST_BATCH`` items; the answer has an entry for each, in this order."""

    path: str
    changes: tuple[Change, ...]

    @property
    def body(self) -> dict[str, object]:
        return {"update": [item(change) for change in self.changes]}


def batches(changes: Iterable[Change]) -> Iterator[Batch]:
    """Group changes: products together, variations by parent (WooCommerce has no batch across products)."""
    by_path: dict[str, list[Change]] = {}
    for change in changes:
        by_path.setdefault(_path(change), []).append(change)
    for path, group in by_path.items():
        for start in range(0, len(group), LARGEST_BATCH):
            yield Batch(path, tuple(group[start : start + LARGEST_BATCH]))


def item(change: Change) -> dict[str, object]:
    """One entry of a batch.  Null deletes a metadata row, which reads back as empty and leaves nothing behind."""
    body: dict[str, object] = {"id": int(change.variant_id)}
    if BACKORDERS in change.fields:
        body[BACKORDERS] = change.fields[BACKORDERS]
    meta = {key: change.fields[key] for key in PRODUCT_META if key in change.fields}
    if meta:
        body["meta_data"] = _meta_data(meta)
    return body


def objection(change: Change) -> Refused | None:
    """What is wrong with a change.  WooCommerce does not look: a batch stores ``backorders: "maybe"`` as it stands."""
    if not (change.variant_id.isdecimal() and change.product_id.isdecimal()):
        return Refused(
            "not_an_id",
            Sentence(
                "%(variant_id)s of %(product_id)s is no WooCommerce id",
                variant_id=change.variant_id,
                product_id=change.product_id,
            ),
        )
    for key, value in change.fields.items():
        if key not in _ALLOWED:
            return Refused("not_ours", Sentence("%(key)s is not a field that this service writes", key=key))
        if not _ALLOWED[key].fullmatch(value):
            return Refused("bad_value", Sentence("%(key)s cannot be %(value)s", key=key, value=repr(value[:40])))
    return None


_ALLOWED: Mapping[str, re.Pattern[str]] = {
    BACKORDERS: re.compile("no|notify|yes"),  # "yes" only to put back what a merchant had
    STATUS_KEY: re.compile("|".join(sorted(_STATUSES)) + "|"),
    EXPECTED_KEY: re.compile(r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2})?", re.ASCII),
    FROM_KEY: re.compile(r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2})?", re.ASCII),
    MESSAGE_KEY: re.compile(f".{{0,{LONGEST_MESSAGE}}}"),
}


def order_meta(marks: OrderMarks, held: Mapping[str, int] = MappingProxyType({})) -> dict[str, object]:
    """The body that makes an order bear ``marks``; it says the same however often it is sent.

    ``held``: units by line id that must not leave yet.
    """
    lines: Sequence[Mapping[str, object]] = [
        {
            "line": line.line_id,
            "sku": line.sku,
            "ready": line.ready,
            "waiting": line.waiting,
            "expected_on": line.expected_on.isoformat() if line.expected_on else None,
        }
        for line in marks.lines
    ]
    meta = {
        STATUS_KEY: marks.status.value,
        EXPECTED_KEY: marks.expected_on.isoformat() if marks.expected_on else "",
        LINES_KEY: json.dumps(lines, ensure_ascii=False, separators=(",", ":")) if lines else "",
        HELD_KEY: json.dumps(dict(sorted(held.items())), separators=(",", ":")) if held else "",
    }
    return {"meta_data": _meta_data(meta)}


def note(text: str, reference: str) -> dict[str, object]:
    """A note that WooCommerce mails to the shopper at once.  Nothing but the reference tells it from a second one.

    WooCommerce shows and mails notes as HTML; ours is plain text, and a product's title may hold anything.
    """
    signed = f"{escape(text, quote=False)}\n\n{mark(reference)}"
    if len(signed) > LONGEST_NOTE:
        raise Refused(
            "too_long",
            Sentence("a note of %(count)s characters is longer than WooCommerce can keep", count=len(signed)),
        )
    return {"note": signed, "customer_note": True}


def mark(reference: str) -> str:
    """The reference as it stands in a note; the brackets keep A1 from being found in A12."""
    return f"[{reference}]"


def _path(change: Change) -> str:
    is_product = change.product_id == change.variant_id
    return "products/batch" if is_product else f"products/{change.product_id}/variations/batch"


def _meta_data(meta: Mapping[str, str]) -> list[dict[str, object]]:
    return [{"key": key, "value": value or None} for key, value in meta.items()]


def _one_line(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= LONGEST_MESSAGE else line[: LONGEST_MESSAGE - 1].rstrip() + "…"
