"""Orders and what becomes of them, as records.  Quantities are units; amounts are ``Decimal`` in shop currency."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from adapters.shopify.sandbox.records import Bearer, Item, Location, Record, Variant

GATEWAY = "bogus"
"""What a shopper pays with, where nothing else is said; it moves money by itself."""


@dataclass(eq=False, kw_only=True)
class Line(Record):
    """``quantity`` is what was ever ordered; it falls in ``current_quantity`` only, never here."""

    TYPE = "LineItem"
    order: Order
    variant: Variant | None
    item: Item | None  # where stock was taken; None for an untracked variant, or one deleted since
    title: str
    variant_title: str | None
    sku: str
    vendor: str
    price: Decimal
    quantity: int
    removed: int = 0  # taken off before it left: cancelled, edited away or refunded
    fulfilled: int = 0
    returned: int = 0  # refunded after it left
    requires_shipping: bool = True
    taxable: bool = True
    off: Decimal = Decimal(0)  # a code's discount on each unit
    properties: list[dict[str, str]] = field(default_factory=list)
    selling_plan: str | None = None

    @property
    def paid(self) -> Decimal:
        """For one unit, after all discounts."""
        return self.price - self.off

    @property
    def name(self) -> str:
        return f"{self.title} - {self.variant_title}" if self.variant_title else self.title

    @property
    def current_quantity(self) -> int:
        return self.quantity - self.removed - self.returned

    @property
    def unfulfilled_quantity(self) -> int:
        return self.quantity - self.removed - self.fulfilled

    @property
    def refundable_quantity(self) -> int:
        return self.current_quantity

    @property
    def fulfillable_quantity(self) -> int:
        """Without what is on hold: recorded so, though nothing of it has left."""
        held = (each for one in self.order.fulfillment_orders if one.holds for each in one.lines)
        return self.unfulfilled_quantity - sum(each.remaining_quantity for each in held if each.line_item is self)

    @property
    def fulfillment_status(self) -> str:
        if not self.fulfilled:
            return "unfulfilled"
        return "partial" if self.unfulfilled_quantity else "fulfilled"

    @property
    def merchant_editable(self) -> bool:
        return self.order.merchant_editable and not self.fulfilled

    @property
    def restockable(self) -> bool:
        return self.item is not None


@dataclass(eq=False, kw_only=True)
class Hold(Record):
    TYPE = "FulfillmentHold"
    reason: str
    reason_notes: str | None
    handle: str | None
    external_id: str | None
    held_by_requesting_app: bool = True

    @property
    def display_reason(self) -> str:
        return self.reason.replace("_", " ").capitalize()


@dataclass(eq=False, kw_only=True)
class FulfillmentLine(Record):
    TYPE = "FulfillmentOrderLineItem"
    line_item: Line
    total_quantity: int
    remaining_quantity: int


@dataclass(eq=False, kw_only=True)
class FulfillmentOrder(Record):
    TYPE = "FulfillmentOrder"
    order: Order
    location: Location
    created_at: datetime
    updated_at: datetime
    lines: list[FulfillmentLine] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    shipped: int = 0
    fulfill_by: datetime | None = None

    @property
    def status(self) -> str:
        if not any(line.remaining_quantity for line in self.lines):
            return "CLOSED"
        if self.holds:
            return "ON_HOLD"
        return "IN_PROGRESS" if self.shipped else "OPEN"

    @property
    def is_live(self) -> bool:
        return self.status in {"OPEN", "IN_PROGRESS", "ON_HOLD"}


@dataclass(eq=False, kw_only=True)
class Shipped(Record):
    TYPE = "FulfillmentLineItem"
    line_item: Line
    quantity: int


@dataclass(eq=False, kw_only=True)
class Fulfillment(Record):
    TYPE = "Fulfillment"
    order: Order
    location: Location
    name: str
    created_at: datetime
    updated_at: datetime
    lines: list[Shipped]
    fulfillment_orders: list[FulfillmentOrder]
    status: str = "SUCCESS"
    display_status: str = "FULFILLED"

    @property
    def total_quantity(self) -> int:
        return sum(line.quantity for line in self.lines)


@dataclass(eq=False, kw_only=True)
class RefundLine(Record):
    TYPE = "RefundLineItem"
    line_item: Line
    quantity: int
    restock_type: str
    location: Location | None

    @property
    def restocked(self) -> bool:
        return self.restock_type != "NO_RESTOCK"

    @property
    def subtotal(self) -> Decimal:
        return self.line_item.paid * self.quantity


@dataclass(eq=False, kw_only=True)
class Transaction(Record):
    """Money that came or went.  ``manual``: the gateway moves none itself, somebody only wrote it down."""

    TYPE = "OrderTransaction"
    order: Order
    kind: str  # SALE or REFUND
    gateway: str
    manual: bool
    amount: Decimal
    created_at: datetime
    parent: Transaction | None = None
    status: str = "SUCCESS"


@dataclass(eq=False, kw_only=True)
class Refund(Record):
    TYPE = "Refund"
    order: Order
    created_at: datetime
    note: str | None
    lines: list[RefundLine]
    shipping: Decimal = Decimal(0)
    transactions: list[Transaction] = field(default_factory=list)

    @property
    def amount(self) -> Decimal:
        return sum((one.amount for one in self.transactions if one.status == "SUCCESS"), Decimal(0))

    @property
    def updated_at(self) -> datetime:
        return self.created_at

    @property
    def processed_at(self) -> datetime:
        return self.created_at


@dataclass(eq=False, kw_only=True)
class Order(Bearer):
    TYPE = "Order"
    number: int
    created_at: datetime
    updated_at: datetime
    customer_locale: str
    location: Location
    lines: list[Line] = field(default_factory=list)
    fulfillment_orders: list[FulfillmentOrder] = field(default_factory=list)
    fulfillments: list[Fulfillment] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    custom_attributes: list[dict[str, str]] = field(default_factory=list)
    note: str | None = None
    staff_note: str | None = None
    transactions: list[Transaction] = field(default_factory=list)
    gateway: str = GATEWAY
    pays_by_hand: bool = False
    shipping: Decimal = Decimal(0)
    country: str = "DE"
    email: str = "jo@example.com"
    hidden: bool = False  # the app may see no protected customer data
    locked: str = ""  # why the merchant cannot edit it
    closed_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    edited: bool = False
    test: bool = False
    confirmed: bool = True
    source_name: str = "web"

    @property
    def name(self) -> str:
        return f"#{self.number}"

    @property
    def processed_at(self) -> datetime:
        return self.created_at

    @property
    def closed(self) -> bool:
        return self.closed_at is not None

    @property
    def received(self) -> Decimal:
        return self._moved("SALE")

    @property
    def refunded(self) -> Decimal:
        return self._moved("REFUND")

    def _moved(self, kind: str) -> Decimal:
        done = (one.amount for one in self.transactions if one.kind == kind and one.status == "SUCCESS")
        return sum(done, Decimal(0))

    @property
    def current_shipping(self) -> Decimal:
        back = sum((one.shipping for one in self.refunds), Decimal(0))
        return Decimal(0) if self.cancelled_at else self.shipping - back

    @property
    def subtotal(self) -> Decimal:
        return sum((line.paid * line.quantity for line in self.lines), Decimal(0))

    @property
    def total(self) -> Decimal:
        return self.subtotal + self.shipping

    @property
    def current_subtotal(self) -> Decimal:
        return sum((line.paid * line.current_quantity for line in self.lines), Decimal(0))

    @property
    def current_total(self) -> Decimal:
        return self.current_subtotal + self.current_shipping

    @property
    def outstanding(self) -> Decimal:
        due = self.current_total - (self.received - self.refunded)
        return Decimal(0) if self.cancelled_at else due

    @property
    def financial_status(self) -> str:
        """As the webhook body has it; ``displayFinancialStatus`` is the same in capitals."""
        if self.received and self.refunded >= self.received:
            return "refunded"
        if self.cancelled_at and not self.received:
            return "voided"
        if self.refunded:
            return "partially_refunded"
        if self.received:
            return "paid" if self.outstanding <= 0 else "partially_paid"
        return "pending"

    @property
    def fulfillment_status(self) -> str | None:
        """As the webhook body has it: None while nothing has left."""
        left = sum(line.unfulfilled_quantity for line in self.lines)
        if any(line.fulfilled for line in self.lines):
            return "partial" if left else "fulfilled"
        return "restocked" if self.cancelled_at and not left else None

    @property
    def display_fulfillment_status(self) -> str:
        known = {"partial": "PARTIALLY_FULFILLED", "fulfilled": "FULFILLED", "restocked": "RESTOCKED"}
        if (status := self.fulfillment_status) is not None:
            return known[status]
        live = [one.status for one in self.fulfillment_orders if one.is_live]
        return "ON_HOLD" if live and set(live) == {"ON_HOLD"} else "UNFULFILLED"

    @property
    def merchant_editable(self) -> bool:
        return not self.merchant_editable_errors

    @property
    def merchant_editable_errors(self) -> list[str]:
        if self.cancelled_at:
            return ["The order cannot be edited."]
        return [self.locked] if self.locked else []

    @property
    def has_plan(self) -> bool:
        """Bought with a selling plan: edits can only take lines off."""
        return any(line.selling_plan for line in self.lines)

    @property
    def fully_paid(self) -> bool:
        return bool(self.received) and self.outstanding <= 0

    @property
    def unpaid(self) -> bool:
        return not self.received

    @property
    def fulfillable(self) -> bool:
        return any(one.is_live for one in self.fulfillment_orders)


@dataclass(eq=False, kw_only=True)
class CalculatedLine(Record):
    """A line as an edit would leave it; its id carries the number of the line it stands for."""

    TYPE = "CalculatedLineItem"
    line: Line | None  # None: added by this edit
    variant: Variant | None
    sku: str
    title: str
    variant_title: str | None
    price: Decimal
    quantity: int
    before: int
    restocking: bool = False
    uuid: str = ""  # of a line that the edit adds; the others bear the number of the line they stand for

    @property
    def gid(self) -> str:
        return f"gid://shopify/{self.TYPE}/{self.uuid or self.ref}"

    @property
    def sent(self) -> int:
        return self.line.fulfilled - self.line.returned if self.line else 0


@dataclass(eq=False, kw_only=True)
class CalculatedOrder(Record):
    TYPE = "CalculatedOrder"
    original_order: Order
    lines: list[CalculatedLine]
    committed: bool = False

    @property
    def subtotal(self) -> Decimal:
        return sum((one.price * one.quantity for one in self.lines), Decimal(0))

    @property
    def total(self) -> Decimal:
        return self.subtotal + self.original_order.current_shipping

    @property
    def outstanding(self) -> Decimal:
        return self.total - (self.original_order.received - self.original_order.refunded)
