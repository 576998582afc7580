"""Fulfilment holds: read how an order's goods are held, change what differs, and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import structlog

from adapters.reader import Reader
from adapters.shopify.admin import Admin
from adapters.shopify.answered import RightMissing
from adapters.shopify.holds import Fulfilment, HoldChange, Part, hold_changes, to_merge
from adapters.shopify.ids import gid, number_in
from adapters.shopify.operations import HOLD, RELEASE, Step, together
from adapters.shopify.reads import all_nodes
from connector.ports.acting import Held
from connector.ports.failures import Refused, TryLater
from connector.ports.sentence import Sentence

log = structlog.get_logger(__name__)

HOLD_PREFIX = "backorder-"
"""How the handles of our holds begin."""
LONGEST_HANDLE = 64
ROUNDS = 4
NOTIFY = "notify"
WHY = "Waits for goods on backorder. It is released by itself when they are there."
"""Without a day: it would stand there for good, and days move.  The order's metafield says it."""
NOT_SPLITTABLE = "FULFILLMENT_ORDER_NOT_SPLITTABLE"
MOVED = frozenset(
    {
        NOT_SPLITTABLE,
        "FULFILLMENT_ORDER_NOT_FOUND",
        "DUPLICATE_FULFILLMENT_HOLD_HANDLE",
        "INVALID_LINE_ITEM_QUANTITY",
        "GREATER_THAN_ZERO",
        "TAKEN",
    }
)
"""What is said where something changed since we looked: look again."""


def hold(admin: Admin, order_id: str, held: Held, *, dated: bool) -> None:
    """Hold exactly these units of the order with our handle, and free all others that we hold.

    ``dated``: whether a day is known for what waits.  Without the right to see or to place holds nothing is done: they
    are off then, and ``check`` says so.
    """
    try:
        _hold(admin, order_id, held, dated=dated)
    except RightMissing as denied:
        log.info("holds are off", order=order_id, problem=denied.problem)


def _hold(admin: Admin, order_id: str, held: Held, *, dated: bool) -> None:
    handle = (held.handle or f"{HOLD_PREFIX}{order_id}")[:LONGEST_HANDLE]
    released: set[str] = set()
    unsplit: set[str] = set()
    for _ in range(ROUNDS):
        current = _fulfilments(admin, order_id, handle, unsplit)
        changes = hold_changes(current, held.units)
        if not changes:
            _merge(admin, current, frozenset(released))
            return
        moved = _carried_out(admin, changes, handle, dated=dated)
        released |= {change.fulfilment_id for change in changes if change.parts is None}
        unsplit |= {one for one, code in moved.items() if code == NOT_SPLITTABLE}
        if not moved and not released:
            return
    raise TryLater(Sentence("The fulfilment orders of the order change faster than they can be held"))


def _carried_out(admin: Admin, changes: Sequence[HoldChange], handle: str, *, dated: bool) -> dict[str, str]:
    """The fulfilment orders that had moved meanwhile, with what was said.  Raises ``Refused`` for anything else."""
    steps = [step for change in changes for step in _steps(change, handle, dated=dated)]
    text, variables = together("Holds", steps)
    answered = admin.write_together("Holds", text, variables, act=NOTIFY)
    moved: dict[str, str] = {}
    for index, step in enumerate(steps):
        for error in answered.need(f"m{index}")["userErrors"]:
            code = error["code"].text_or("")
            if code not in MOVED:
                raise Refused(code or "REFUSED", error["message"].text())
            moved[str(step.values["id"])] = code
    return moved


def _steps(change: HoldChange, handle: str, *, dated: bool) -> Iterator[Step]:
    if change.release:
        yield Step(RELEASE, {"id": change.fulfilment_id, "holdIds": list(change.release)})
    if change.parts is not None:
        given: dict[str, object] = {
            "reason": "INVENTORY_OUT_OF_STOCK" if dated else "UNKNOWN_DELIVERY_DATE",
            "reasonNotes": WHY,
            "handle": handle,
            "notifyMerchant": False,
        }
        if change.parts:
            given["fulfillmentOrderLineItems"] = [
                {"id": part, "quantity": units} for part, units in sorted(change.parts.items())
            ]
        yield Step(HOLD, {"id": change.fulfilment_id, "fulfillmentHold": given})


def _merge(admin: Admin, current: Sequence[Fulfilment], released: frozenset[str]) -> None:
    """Put together again what our holds had split.  Two parcels instead of one are no reason to fail."""
    sets = to_merge(current, released)
    if not sets:
        return
    intents = [{"mergeIntents": [{"fulfillmentOrderId": one} for one in each]} for each in sets]
    payload = admin.write("Merge", {"intents": intents}, act=NOTIFY).need("fulfillmentOrderMerge")
    for error in payload["userErrors"]:
        log.info("fulfilment orders stay apart", problem=error["message"].text())


def _fulfilments(admin: Admin, order_id: str, handle: str, unsplit: Collection[str]) -> list[Fulfilment]:
    answered = admin.read("HoldsOfOrder", {"id": gid("Order", order_id)}, act=NOTIFY)
    order = answered.need("order")
    if order.is_null:
        return []
    first = answered.need("order", "fulfillmentOrders")
    path = ("order", "fulfillmentOrders")
    found = all_nodes(admin, "MoreHoldsOfOrder", path, gid("Order", order_id), first)
    return [_fulfilment(admin, one, handle, unsplit) for one in found]


def _fulfilment(admin: Admin, one: Reader, handle: str, unsplit: Collection[str]) -> Fulfilment:
    path = ("fulfillmentOrder", "lineItems")
    lines = all_nodes(admin, "LinesOfFulfilmentOrder", path, one["id"].text(), one["lineItems"])
    ours = [hold["id"].text() for hold in one["fulfillmentHolds"] if _is_ours(hold, handle)]
    location = one["assignedLocation"]["location"]
    return Fulfilment(
        id=one["id"].text(),
        status=one["status"].text(),
        parts=tuple(
            Part(line["id"].text(), number_in(line["lineItem"]["id"]), line["remainingQuantity"].whole(minimum=0))
            for line in lines
        ),
        ours=tuple(ours),
        indivisible=len(one["fulfillmentHolds"].items()) > len(ours) or one["id"].text() in unsplit,
        actions=frozenset(action["action"].text() for action in one["supportedActions"]),
        place="" if location.is_null else location["id"].text(),
    )


def _is_ours(hold: Reader, handle: str) -> bool:
    """The same app may hold for other reasons too: by Flow, or by another program with the same keys."""
    named = hold["handle"].text_or("")
    return hold["heldByRequestingApp"].flag() and (named == handle or named.startswith(HOLD_PREFIX))
