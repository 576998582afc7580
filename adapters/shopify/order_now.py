"""One order as it stands at this moment, read afresh before anything is done about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from adapters.reader import Reader
from adapters.shopify import notes
from adapters.shopify.admin import Admin
from adapters.shopify.ids import gid, number_in
from adapters.shopify.reads import all_nodes
from connector.ports.failures import Refused, Unreadable
from connector.ports.sentence import Sentence, quoted

AMEND = "amend"
"""What is paused where the shop does not let us act on orders."""


@dataclass(frozen=True, slots=True)
class LineNow:
    """``ordered``: ever; ``current``: not removed or refunded; ``left``: of these, not shipped."""

    id: str
    sku: str
    variant_id: str
    ordered: int
    current: int
    left: int
    goods: bool  # not a tip or the like, which nobody ships
    planned: bool  # bought with a selling plan: a pre-order or a subscription


@dataclass(frozen=True, slots=True)
class OrderNow:
    """Amounts are in the currency that the buyer paid in.  ``outstanding`` is below zero where too much is paid.

    ``refunds``: id -> note; ``noted``: what an earlier try of the same act wrote down before it acted (``notes``).
    """

    id: str
    changed_at: datetime
    cancelled_at: datetime | None
    staff_note: str
    why_not_editable: str
    received: Decimal
    outstanding: Decimal
    refunds: Mapping[str, str]
    noted: notes.Note | None
    lines: Mapping[str, LineNow]

    @property
    def is_unshipped(self) -> bool:
        return all(line.left == line.current for line in self.lines.values() if line.goods)

    @property
    def open_units(self) -> dict[str, int]:
        return {line.id: line.left for line in self.lines.values() if line.left and line.goods}

    def refund_of(self, reference: str) -> str | None:
        """The refund that an earlier try made."""
        return next((one for one, note in self.refunds.items() if notes.is_signed(note, reference)), None)

    def demand(self, units: Mapping[str, int]) -> None:
        """Raises ``Refused`` unless each of these units is still on the order and in the house."""
        for line_id, count in units.items():
            line = self.lines.get(line_id)
            if line is None:
                raise Refused("unknown_line", Sentence("The order has no line %(line_id)s.", line_id=line_id))
            if count > line.left:
                code = "shipped" if line.left < line.current else "gone"
                raise Refused(
                    code,
                    Sentence(
                        "Of line %(line_id)s only %(left)s units can still be taken off.",
                        line_id=line_id,
                        left=line.left,
                    ),
                )


def order_now(admin: Admin, order_id: str, reference: str) -> OrderNow:
    """Raises ``Refused`` for an order that the shop does not have."""
    answered = admin.read("OrderNow", {"id": gid("Order", order_id), "key": notes.key_of(reference)}, act=AMEND)
    order = answered.need("order")
    if order.is_null:
        raise Refused("unknown_order", Sentence("The shop has no order %(order_id)s.", order_id=order_id))
    lines = all_nodes(admin, "LinesNow", ("order", "lineItems"), order["id"].text(), order["lineItems"])
    why = [reason.text() for reason in order["merchantEditableErrors"]]
    return OrderNow(
        id=order_id,
        changed_at=order["updatedAt"].utc(),
        cancelled_at=order["cancelledAt"].utc_or_none(),
        staff_note=order["cancellation"].get("staffNote").text_or(""),
        why_not_editable=""
        if order["merchantEditable"].flag()
        else quoted(" ".join(why))
        if why
        else Sentence("The order cannot be edited."),
        received=paid(order["totalReceivedSet"])[0],
        outstanding=paid(order["totalOutstandingSet"])[0],
        refunds={one["id"].text(): one["note"].text_or("") for one in order["refunds"]},
        noted=notes.read(order["noted"]),
        lines={line.id: line for line in map(_line, lines)},
    )


def _line(line: Reader) -> LineNow:
    return LineNow(
        id=number_in(line["id"]),
        sku=line["sku"].text_or(""),
        variant_id="" if line["variant"].is_null else number_in(line["variant"]["id"]),
        ordered=line["quantity"].whole(minimum=0),
        current=line["currentQuantity"].whole(minimum=0),
        left=line["unfulfilledQuantity"].whole(minimum=0),
        goods=not line["variant"].is_null or line["requiresShipping"].flag(),
        planned=not line["sellingPlan"].is_null,
    )


def paid(bag: Reader) -> tuple[Decimal, str]:
    """Amount and currency as the buyer sees them (``presentmentMoney``)."""
    money = bag["presentmentMoney"]
    return amount(money["amount"]), money["currencyCode"].text()


def amount(written: Reader) -> Decimal:
    try:
        value = Decimal(written.text())
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise Unreadable(written.path, Sentence("is no amount of money"))
    return value
