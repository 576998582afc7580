"""Orders: sold, paid, shipped, closed.  Each function is one act of the shop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from adapters.shopify.sandbox.bodies_orders import fulfillment_body, order_body
from adapters.shopify.sandbox.records import Variant
from adapters.shopify.sandbox.sales import (
    GATEWAY,
    Fulfillment,
    FulfillmentLine,
    FulfillmentOrder,
    Line,
    Order,
    Shipped,
    Transaction,
)
from adapters.shopify.sandbox.stock import commit, leave, touch_product
from adapters.shopify.sandbox.store import Store

Part = tuple[FulfillmentLine, int]


class Unfit(ValueError):  # noqa: N818 -- a refusal is an answer, not a fault
    """What the shop refuses, in the platform's words."""


def touch_order(store: Store, order: Order, *topics: str) -> None:
    order.updated_at = store.now()
    for topic in (*topics, "orders/updated"):
        store.tell(topic, order, lambda: order_body(order))


@dataclass(frozen=True, slots=True)
class Checkout:
    """How an order is bought, beside what.  ``by_hand``: the gateway moves no money; ``properties``: of each line, by
    SKU; ``off``: a code's discount on each unit.
    """

    language: str = "en"
    country: str = "DE"
    email: str = "jo@example.com"
    gateway: str = GATEWAY
    by_hand: bool = False
    shipping: Decimal = Decimal(0)
    off: Decimal = Decimal(0)
    selling_plan: str | None = None
    properties: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


ONLINE = Checkout()


def place(store: Store, wanted: Mapping[Variant, int], *, paid: bool, how: Checkout) -> Order:
    """Through the storefront, which sells beyond the stock only where the variant says CONTINUE.  Raises ``Unfit``."""
    for variant, units in wanted.items():
        item = variant.inventory_item
        if units < 1:
            raise Unfit(f"a cart holds whole units of {variant.sku}, not {units}")
        if item.tracked and variant.inventory_policy == "DENY" and units > item.online():
            raise Unfit(f"{variant.sku} is sold out: {units} wanted, {item.online()} available")
    with store.act():
        order = _new_order(store, how)
        opened = store.keep(
            FulfillmentOrder(
                ref=store.new_id(),
                order=order,
                location=order.location,
                created_at=order.created_at,
                updated_at=order.created_at,
            )
        )
        order.fulfillment_orders.append(opened)
        for variant, units in wanted.items():
            line = add_line(store, order, variant, units)
            line.off, line.selling_plan = how.off, how.selling_plan
            line.properties = [{"key": key, "value": value} for key, value in how.properties.get(line.sku, {}).items()]
            touch_product(store, variant.product)
        if paid:
            take_payment(store, order, order.total)
        touch_order(store, order, "orders/create", *(("orders/paid",) if paid else ()))
    return order


def take_payment(store: Store, order: Order, amount: Decimal) -> None:
    made = Transaction(
        ref=store.new_id(),
        order=order,
        kind="SALE",
        gateway=order.gateway,
        manual=order.pays_by_hand,
        amount=amount,
        created_at=store.now(),
    )
    order.transactions.append(store.keep(made))


def _new_order(store: Store, how: Checkout) -> Order:
    now = store.now()
    order = Order(
        ref=store.new_id(),
        number=store.new_order_number(),
        created_at=now,
        updated_at=now,
        customer_locale=how.language,
        location=store.online,
        gateway=how.gateway,
        pays_by_hand=how.by_hand,
        shipping=how.shipping,
        country=how.country,
        email=how.email,
        hidden=not store.approved,
    )
    store.orders[order.ref] = store.keep(order)
    return order


def add_line(store: Store, order: Order, variant: Variant, units: int) -> Line:
    item = variant.inventory_item
    line = Line(
        ref=store.new_id(),
        order=order,
        variant=variant,
        item=item if item.tracked else None,
        title=variant.product.title,
        variant_title=None if variant.product.has_only_default_variant else variant.title,
        sku=variant.sku,
        vendor=variant.product.vendor,
        price=variant.price,
        quantity=0,
        requires_shipping=item.requires_shipping,
    )
    order.lines.append(store.keep(line))
    add_units(store, line, units)
    return line


def add_units(store: Store, line: Line, units: int) -> None:
    """More of a line: the stock is taken, and the units stand on a fulfilment order that is still open."""
    line.quantity += units
    commit(store, line, units)
    order = line.order
    live = [one for one in order.fulfillment_orders if one.is_live and not one.holds]
    if not live and any(not one.lines for one in order.fulfillment_orders):
        live = [one for one in order.fulfillment_orders if not one.lines]
    if not live:
        live = [new_fulfillment_order(store, order)]
    bearer = live[0]
    for each in bearer.lines:
        if each.line_item is line:
            each.total_quantity += units
            each.remaining_quantity += units
            return
    bearer.lines.append(new_fulfillment_line(store, line, units))


def new_fulfillment_order(store: Store, order: Order) -> FulfillmentOrder:
    now = store.now()
    made = FulfillmentOrder(ref=store.new_id(), order=order, location=order.location, created_at=now, updated_at=now)
    order.fulfillment_orders.append(store.keep(made))
    return made


def new_fulfillment_line(store: Store, line: Line, units: int) -> FulfillmentLine:
    made = FulfillmentLine(ref=store.new_id(), line_item=line, total_quantity=units, remaining_quantity=units)
    return store.keep(made)


def drop_units(line: Line, units: int) -> None:
    """Units that will not leave come off the open fulfilment orders first, off the held ones after."""
    candidates = sorted((one for one in line.order.fulfillment_orders if one.is_live), key=lambda one: bool(one.holds))
    for each in (each for one in candidates for each in one.lines if each.line_item is line):
        taken = min(units, each.remaining_quantity)
        each.remaining_quantity -= taken
        each.total_quantity -= taken
        units -= taken


def pay(store: Store, order: Order) -> None:
    if order.outstanding <= 0:
        raise Unfit("Order cannot be marked as paid.")
    with store.act():
        take_payment(store, order, order.outstanding)
        archive_if_done(store, order)
        touch_order(store, order, "orders/paid")


def ship(store: Store, order: Order, parts: Sequence[Part]) -> Fulfillment:
    """Units leave the house; held ones may not, and neither may more than is left."""
    bearers = [one for one in order.fulfillment_orders if any(part in one.lines for part, _ in parts)]
    if not parts:
        raise Unfit("The order has nothing left to fulfill.")
    if any(one.status not in {"OPEN", "IN_PROGRESS"} for one in bearers):
        raise Unfit("The fulfillment order is not in a fulfillable state.")
    if any(units < 1 or units > part.remaining_quantity for part, units in parts):
        raise Unfit("Invalid fulfillment order line item quantity requested.")
    with store.act():
        now = store.now()
        for part, units in parts:
            part.remaining_quantity -= units
            part.line_item.fulfilled += units
            leave(store, part.line_item, units, order.location)
        for bearer in bearers:
            bearer.updated_at = now
            bearer.shipped += sum(units for part, units in parts if part in bearer.lines)
        made = Fulfillment(
            ref=store.new_id(),
            order=order,
            location=order.location,
            name=f"{order.name}.{len(order.fulfillments) + 1}",
            created_at=now,
            updated_at=now,
            lines=[
                store.keep(Shipped(ref=store.new_id(), line_item=part.line_item, quantity=units))
                for part, units in parts
            ],
            fulfillment_orders=bearers,
        )
        order.fulfillments.append(store.keep(made))
        archive_if_done(store, order)
        topic = "orders/fulfilled" if order.fulfillment_status == "fulfilled" else "orders/partially_fulfilled"
        touch_order(store, order, topic)
        store.tell("fulfillments/create", made, lambda: fulfillment_body(made))
    return made


def archive_if_done(store: Store, order: Order) -> None:
    """Shopify's default setting: what is paid and has left is archived by itself."""
    if order.fulfillment_status == "fulfilled" and order.fully_paid and order.closed_at is None:
        order.closed_at = store.now()


def close(store: Store, order: Order, *, closed: bool) -> None:
    with store.act():
        order.closed_at = store.now() if closed else None
        touch_order(store, order)
