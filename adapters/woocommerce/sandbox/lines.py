"""Lines of an order: made from a product, edited, removed, refunded; each with its share of stock."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from adapters.woocommerce.sandbox import catalogue, stock
from adapters.woocommerce.sandbox.bodies import full_name, tax_class_of
from adapters.woocommerce.sandbox.core import Core
from adapters.woocommerce.sandbox.errors import RestError
from adapters.woocommerce.sandbox.records import Body, Line, Meta, Order, Product, whole


def write(core: Core, order: Order, wanted: object, *, stock_taken: bool) -> None:
    """Add, change or remove lines as REST does; ``stock_taken``: the shelf follows every edit."""
    rows = [one for one in wanted if isinstance(one, dict)] if isinstance(wanted, list) else []
    known = {line.id: line for line in order.lines}
    for one in rows:
        if one.get("id") is not None and one["id"] not in known:
            message = "Order item ID provided is not associated with order."
            raise RestError(400, "woocommerce_rest_invalid_item_id", message)
    for one in rows:
        line = known.get(one["id"]) if one.get("id") is not None else _new_line(core, order, one)
        if line is not None:
            _edit(core, order, line, one, stock_taken=stock_taken)


def amount(value: object) -> Decimal:
    """Money as REST takes it, text or number; anything else is nothing."""
    try:
        return Decimal(str(value)).quantize(Decimal("0.01"))
    except InvalidOperation:
        return Decimal("0.00")


def restock(core: Core, line: Line, units: int) -> None:
    """Put refunded units back; ``_reduced_stock`` shrinks by them, and a second mark counts them."""
    product = core.products.get(line.item_id)
    taken = whole(line.meta, "_reduced_stock")
    if product is None or not taken or units <= 0 or stock.move(core, product, units) is None:
        return
    before = whole(line.meta, "_restock_refunded_items")
    _mark(core, line, "_reduced_stock", taken - units)
    _mark(core, line, "_restock_refunded_items", before + units)


def _new_line(core: Core, order: Order, one: Mapping[str, object]) -> Line:
    """A product nobody knows makes an empty line, not an error."""
    product = _product_of(core, one)
    quantity = catalogue.whole_number(one.get("quantity", 1))
    price = amount(product.regular_price or "0") if product else Decimal("0.00")
    single = product is not None and product.kind == "variation"
    parent = core.products.get(product.parent_id) if product else None
    tax_class = tax_class_of(core, product)
    net = core.net_of(price * quantity, tax_class)
    line = Line(
        next(core.ids.lines),
        product_id=0 if product is None else (product.parent_id if single else product.id),
        variation_id=product.id if product is not None and single else 0,
        name=str(one.get("name", full_name(core, product) if product else "")),
        parent_name=parent.name if parent else None,
        quantity=quantity,
        subtotal=net,
        total=net,
        tax_class=tax_class,
    )
    for attribute in product.attributes if product and single else []:
        line.meta.append(Meta(next(core.ids.metas), str(attribute["slug"]), attribute["option"]))
    order.lines.append(line)
    return line


def _product_of(core: Core, one: Mapping[str, object]) -> Product | None:
    """The variation where one is named, a product or variation id, or the SKU."""
    for key in ("variation_id", "product_id"):
        product = core.products.get(catalogue.whole_number(one.get(key)))
        if product is not None:
            return product
    return core.products.get(core.skus.get(str(one.get("sku") or ""), 0))


def _edit(core: Core, order: Order, line: Line, one: Body, *, stock_taken: bool) -> None:
    if "quantity" in one:
        line.quantity = max(0, catalogue.whole_number(one["quantity"]))
    for key in ("subtotal", "total"):
        if key in one:
            # A new quantity leaves the money alone unless the caller sends it too.
            setattr(line, key, amount(one[key]))
    catalogue.write_meta(core, line.meta, one.get("meta_data"))
    if stock_taken:
        _adjust(core, line)
    if not line.quantity:
        order.lines.remove(line)


def _adjust(core: Core, line: Line) -> None:
    product = core.products.get(line.item_id)
    given_back = whole(line.meta, "_restock_refunded_items")
    taken = whole(line.meta, "_reduced_stock")
    wanted = max(0, line.quantity - given_back)
    if product is not None and wanted != taken and stock.move(core, product, taken - wanted) is not None:
        _mark(core, line, "_reduced_stock", wanted)


def _mark(core: Core, line: Line, key: str, units: int) -> None:
    row = next((row for row in line.meta if row.key == key), None)
    if row is None:
        line.meta.append(Meta(next(core.ids.metas), key, str(units)))
    else:
        row.value = str(units)
