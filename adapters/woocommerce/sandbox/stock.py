"""How many there are, what the status says of it, and what saving a product sets off."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.woocommerce.sandbox.core import Core
from adapters.woocommerce.sandbox.records import Product


@dataclass(frozen=True, slots=True)
class StockView:
    """What REST and the storefront say of a product; ``manage`` is the word "parent" where that keeps the stock."""

    manage: bool | str
    quantity: int | None
    backorders: str
    status: str

    @property
    def backorders_allowed(self) -> bool:
        # A value that only an unchecked batch can store ("maybe") is no leave to sell.
        return self.backorders in {"notify", "yes"}

    @property
    def backordered(self) -> bool:
        below = bool(self.manage) and self.backorders_allowed and (self.quantity or 0) < 0
        return self.status == "onbackorder" or below


def keeper(core: Core, product: Product) -> Product | None:
    """Whose number counts for this product: its own, its parent's, or nobody's."""
    if not core.manages_stock:
        return None
    if product.manage_stock:
        return product
    parent = core.products.get(product.parent_id)
    return parent if parent is not None and parent.manage_stock else None


def view(core: Core, product: Product) -> StockView:
    holder = keeper(core, product)
    if holder is None:
        return StockView(manage=False, quantity=product.stock_quantity, backorders="no", status=product.stock_status)
    manage: bool | str = True if holder is product else "parent"
    return StockView(manage, holder.stock_quantity, holder.backorders, holder.stock_status)


def save(core: Core, product: Product, *, new: bool = False) -> None:
    """Bring the status in line, move the dates, and queue what WooCommerce sends for a saved product.

    A variation moves its parent's date too, but sends nothing for the parent, even where its status changes with it.
    """
    _settle(core, product, new=new)
    core.products.touch(product, core.now())
    core.hooks.happened("product.created" if new else "product.updated", product.id)
    parent = core.products.get(product.parent_id)
    if parent is not None:
        core.products.touch(parent, core.now())
        follow_children(core, parent)


def follow_children(core: Core, parent: Product) -> None:
    """The status of a parent without a number of its own."""
    if not parent.manage_stock:
        parent.stock_status = _best_of_children(core, parent)


def move(core: Core, product: Product, units: int) -> tuple[int, int] | None:
    """Raise (or lower) the number an order draws from; gives the numbers before and after, None where none is kept."""
    holder = keeper(core, product)
    if holder is None:
        return None
    before = holder.stock_quantity or 0
    holder.stock_quantity = before + units
    save(core, holder)
    return before, before + units


def can_buy(core: Core, product: Product, units: int) -> bool:
    """Whether the storefront lets this many into an order."""
    seen = view(core, product)
    if product.status != "publish" or not product.regular_price or seen.status == "outofstock":
        return False
    return not seen.manage or seen.backorders_allowed or (seen.quantity or 0) >= units


def _settle(core: Core, product: Product, *, new: bool) -> None:
    before = product.stock_status
    if product.manage_stock:
        # With stock management off for the whole shop the number means nothing, and the status stays as written.
        if core.manages_stock:
            product.stock_status = _status_of(core, product)
        _hand_down(core, product)
    else:
        # Turning stock management off loses the number and the backorders switch, and keeps the last status.
        product.stock_quantity = None
        product.backorders = "no"
        if product.kind == "variable":
            product.stock_status = _best_of_children(core, product)
    if new or product.stock_status != before:
        kind = "variation" if product.kind == "variation" else "product"
        core.hooks.happened(f"action.woocommerce_{kind}_set_stock_status", product.id)


def _status_of(core: Core, product: Product) -> str:
    if (product.stock_quantity or 0) > core.out_of_stock_at:
        return "instock"
    return "outofstock" if product.backorders == "no" else "onbackorder"


def _hand_down(core: Core, product: Product) -> None:
    """Variations without a number of their own follow the parent; their dates stay, and nobody is told."""
    for child in (core.products[one] for one in product.children):
        if not child.manage_stock:
            child.stock_status = product.stock_status


def _best_of_children(core: Core, parent: Product) -> str:
    rows = (core.products.get(child) for child in parent.children)
    statuses = {view(core, child).status for child in rows if child is not None and child.status == "publish"}
    return next((status for status in ("instock", "onbackorder") if status in statuses), "outofstock")
