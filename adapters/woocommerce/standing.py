"""An order as it stands at the shop: read afresh before anything is done about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from adapters.reader import Reader
from adapters.woocommerce.money import NOTHING, Money, amount, grain_of
from adapters.woocommerce.orders import BACKORDERED, DEMAND_BY_STATUS
from adapters.woocommerce.outbound import mark
from adapters.woocommerce.paging import PER_PAGE
from adapters.woocommerce.rest import Rest
from adapters.woocommerce.values import ACT_KEY, BACK_KEY, SWAP_KEY, meta, meta_text, units
from connector.domain.facts import Demand
from connector.ports.acting import Done
from connector.ports.failures import Refused
from connector.ports.sentence import Sentence

FIELDS = (
    "id,status,currency,total,prices_include_tax,date_paid_gmt,date_modified_gmt,meta_data,line_items,shipping_lines,"
    "fee_lines,refunds"
)
# What nothing can be done about any more, with the reason.
CLOSED: Mapping[Demand, tuple[str, str]] = {
    Demand.DONE: ("shipped", Sentence("The order is completed: its goods have left.")),
    Demand.VOID: ("cancelled", Sentence("The order was cancelled, refunded or thrown away before.")),
    Demand.NONE: ("not_an_order", Sentence("The checkout of this order was never finished.")),
}
# The one status in which nothing has been taken that a shopper may still be waiting in.
PENDING = "pending"
ACT = "amend"


@dataclass(frozen=True, slots=True)
class Row:
    """A line, or a shipping or a fee line, which has no units.

    ``units`` and ``left``: ordered and paid, less what refunds took; ``total`` and ``subtotal`` as they stand, without
    tax.  ``swap``: the reference of the swap that brought it, and ``back`` what is then due back of it.
    """

    id: str
    units: int
    ordered: int
    left: Money
    total: Decimal
    subtotal: Decimal
    product_id: str
    variant_id: str
    tax_class: str
    swap: str
    back: str


@dataclass(frozen=True, slots=True)
class Refunded:
    """A refund as it stands.  ``paid_back``: the gateway sent the money."""

    reason: str
    amount: str
    at: datetime
    paid_back: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """``left``: paid or to be paid, less what was refunded; ``grain``: the smallest amount."""

    id: str
    status: str
    currency: str
    is_paid: bool
    changed_at: datetime
    grain: Decimal
    left: Decimal
    prices_include_tax: bool
    lines: Mapping[str, Row]
    charges: Sequence[Row]
    refunds: Sequence[Refunded]
    acts: frozenset[str]

    @property
    def path(self) -> str:
        return f"orders/{self.id}"

    def refund_of(self, reference: str) -> Refunded | None:
        return next((one for one in self.refunds if mark(reference) in one.reason), None)

    def line_of_swap(self, reference: str) -> Row | None:
        return next((line for line in self.lines.values() if line.swap == reference), None)

    def line(self, line_id: str) -> Row:
        """Raises ``Refused`` where the order has none of that id."""
        if line_id not in self.lines:
            raise Refused("unknown_line", Sentence("The order has no line %(line_id)s any more.", line_id=line_id))
        return self.lines[line_id]

    def take(self, line_id: str, count: int) -> Row:
        """A line of which that many units are still wanted; raises ``Refused``."""
        line = self.line(line_id)
        if not 0 < count <= line.units:
            raise Refused(
                "not_so_many",
                Sentence(
                    "%(count)s of line %(line_id)s were to go, of which %(units)s are left.",
                    count=count,
                    line_id=line_id,
                    units=line.units,
                ),
            )
        return line

    def refuse_unless_open(self) -> None:
        """Raise ``Refused`` for what has left, is cancelled, or may be either.

        A status that a plugin made may well mean "on its way": only a person knows.
        """
        demand = DEMAND_BY_STATUS.get(self.status, Demand.UNKNOWN)
        if demand is Demand.UNKNOWN:
            raise Refused(
                "unknown_status",
                Sentence("Nobody has told us what the order's status %(status)s means.", status=self.status),
            )
        if demand in CLOSED and self.status != PENDING:
            raise Refused(*CLOSED[demand])

    def done(self) -> Done:
        """Without money: nothing was paid, or nothing is due back."""
        return Done(at=self.changed_at, currency=self.currency)


def look(rest: Rest, order_id: str) -> Standing:
    """Raises ``Refused`` where the shop has no such order."""
    if not order_id.isdecimal():
        raise Refused("not_an_id", Sentence("%(order_id)s is no WooCommerce id", order_id=order_id))
    order = rest.get(f"orders/{order_id}", {"_fields": FIELDS}, act=ACT).read()
    refunds: Sequence[Reader] = ()
    if order["refunds"].items_or_none():
        refunds = rest.get(f"orders/{order_id}/refunds", {"per_page": str(PER_PAGE)}, act=ACT).read().items()
    return standing(order, refunds)


def standing(order: Reader, refunds: Sequence[Reader]) -> Standing:
    """``order`` as ``GET /orders/<id>`` gives it, ``refunds`` as ``GET /orders/<id>/refunds`` does.  Pure."""
    taken = _taken(refunds)
    refunded = tuple(_refunded(one) for one in refunds)
    rows = [_row(line, taken) for line in order["line_items"]]
    charges = [*order["shipping_lines"].items_or_none(), *order["fee_lines"].items_or_none()]
    keys = [str(entry["key"].raw) for entry in order["meta_data"].items_or_none()]
    return Standing(
        id=order["id"].number_id(),
        status=order["status"].text(),
        currency=order["currency"].text(),
        is_paid=order["date_paid_gmt"].gmt_or_none() is not None,
        changed_at=order["date_modified_gmt"].gmt(),
        grain=grain_of(order["total"]),
        left=amount(order["total"]) - sum((Decimal(one.amount) for one in refunded), NOTHING),
        prices_include_tax=order["prices_include_tax"].flag(),
        lines={row.id: row for row in rows},
        charges=tuple(_row(one, taken) for one in charges),
        refunds=refunded,
        acts=frozenset(key.removeprefix(ACT_KEY) for key in keys if key.startswith(ACT_KEY)),
    )


def open_for_edits(rest: Rest, order: Standing) -> None:
    """WooCommerce moves stock after an edit only in its own statuses.  Ours is put on again with the next marks."""
    if order.status == BACKORDERED:
        rest.put(order.path, {"status": "processing"}, act=ACT)


def _taken(refunds: Sequence[Reader]) -> dict[str, tuple[int, Money]]:
    """Units and money refunded so far, by the line they came off.  A refund counts below zero."""
    taken: dict[str, tuple[int, Money]] = {}
    for refund in refunds:
        for kind in ("line_items", "shipping_lines", "fee_lines"):
            for row in refund[kind].items_or_none():
                of = meta(row, "_refunded_item_id")
                if of is None:
                    continue
                count, money = taken.get(of.number_id(), (0, Money()))
                more = abs(units(row["quantity"])) if kind == "line_items" else 0
                taken[of.number_id()] = (count + more, money + Money.read(row))
    return taken


def _row(row: Reader, taken: Mapping[str, tuple[int, Money]]) -> Row:
    row_id = row["id"].number_id()
    gone, back = taken.get(row_id, (0, Money()))
    left = Money.read(row) + back
    is_line = not row["quantity"].is_absent
    ordered = units(row["quantity"]) if is_line else 0
    product, variation = (row[key].number_id() if is_line else "0" for key in ("product_id", "variation_id"))
    return Row(
        id=row_id,
        units=max(0, ordered - gone),
        ordered=ordered,
        left=left if left.gross > 0 else Money(),  # more than it cost can have gone back, to be kind
        total=amount(row["total"]),
        subtotal=amount(row["subtotal"]) if is_line else NOTHING,
        product_id=product,
        variant_id=product if variation == "0" else variation,
        tax_class=row["tax_class"].text_or("") if is_line else "",
        swap=meta_text(row, SWAP_KEY),
        back=meta_text(row, BACK_KEY),
    )


def _refunded(refund: Reader) -> Refunded:
    return Refunded(
        reason=refund["reason"].text_or(""),
        amount=f"{abs(amount(refund['amount'])):f}",
        at=refund["date_created_gmt"].gmt(),
        paid_back=refund["refunded_payment"].raw is True,
    )
