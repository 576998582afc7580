"""Writing products and variations from REST bodies, with WooCommerce's own leniency where nothing checked them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from adapters.woocommerce.sandbox import stock
from adapters.woocommerce.sandbox.core import Core
from adapters.woocommerce.sandbox.errors import RestError
from adapters.woocommerce.sandbox.records import Body, Meta, Product

# Fields that are kept as sent and given back; none of them means anything to stock.
KEPT = {
    "catalog_visibility", "categories", "cross_sell_ids", "default_attributes", "description", "downloadable",
    "featured", "images", "low_stock_amount", "menu_order", "purchase_note", "reviews_allowed", "short_description",
    "sold_individually", "tags", "tax_class", "upsell_ids", "virtual", "weight",
}  # fmt: skip

STOCK_STATUSES = ("instock", "outofstock", "onbackorder")


def create(core: Core, fields: Mapping[str, object], *, parent: Product | None = None) -> Product:
    now = core.now()
    kind = "variation" if parent is not None else str(fields.get("type") or "simple")
    product = Product(next(core.ids.posts), kind, now, now, parent_id=parent.id if parent else 0)
    _check_sku(core, product, fields)
    _write(core, product, fields)
    if not product.slug:
        product.slug = _slug(product.name) if parent is None else f"{parent.slug}-{_slug(product.name)}"
    core.products.add(product)
    if parent is not None:
        parent.children.append(product.id)
    stock.save(core, product, new=True)
    return product


def update(core: Core, product: Product, fields: Mapping[str, object]) -> None:
    """Even an update that changes nothing moves the date and sends ``product.updated``."""
    _check_sku(core, product, fields)
    _write(core, product, fields)
    stock.save(core, product)


def trash(core: Core, product: Product) -> None:
    """Into the bin, variations along; the only way of deleting that tells anyone."""
    for child in list(product.children):
        trash(core, core.products[child])
    if product.status != "trash":
        product.status = "trash"
        _forget_sku(core, product)
        core.products.touch(product, core.now())
        core.hooks.happened("product.deleted", product.id)
        parent = core.products.get(product.parent_id)
        if parent is not None:
            stock.follow_children(core, parent)


def delete(core: Core, product: Product) -> None:
    """For good, variations along; sends nothing."""
    for child in list(product.children):
        delete(core, core.products[child])
    _forget_sku(core, product)
    core.products.remove(product)
    parent = core.products.get(product.parent_id)
    if parent is not None:
        parent.children.remove(product.id)
        stock.follow_children(core, parent)


def write_meta(core: Core, rows: list[Meta], wanted: object) -> None:
    """Write by id or by key; null deletes; numbers and booleans become text, as the database has only text."""
    for one in wanted if isinstance(wanted, list) else []:
        if not isinstance(one, dict):
            continue
        row = next((row for row in rows if row.id == one.get("id")), None)
        row = row or next((row for row in rows if row.key == one.get("key")), None)
        value = one.get("value")
        if value is None:
            if row is not None:
                rows.remove(row)
        elif row is not None:
            row.value = _kept(value)
        else:
            rows.append(Meta(next(core.ids.metas), str(one.get("key", "")), _kept(value)))


def whole_number(value: object) -> int:
    """PHP's ``intval``: the digits a text begins with, and zero for anything else, null included."""
    if isinstance(value, bool | int | float):
        return int(value)
    found = re.match(r"\s*[+-]?\d+", value) if isinstance(value, str) else None
    return int(found.group()) if found else 0


def switch(value: object) -> bool:
    """WooCommerce's ``wc_string_to_bool``."""
    return str(value).lower() in {"yes", "1", "true"}


def escaped(name: str) -> str:
    """A bare ampersand becomes an entity; markup stays."""
    return re.sub(r"&(?!(?:#\d+|#x[0-9a-fA-F]+|\w+);)", "&amp;", name)


def _write(core: Core, product: Product, fields: Mapping[str, object]) -> None:
    _write_identity(core, product, fields)
    for key in KEPT & fields.keys():
        product.more[key] = fields[key]
    if "attributes" in fields:
        product.attributes = _attributes(product, fields["attributes"])
        if product.kind == "variation":
            product.name = ", ".join(str(one["option"]) for one in product.attributes)
    if product.kind == "variation":
        _write_variation_stock(product, fields)
    else:
        _write_stock(core, product, fields)
    write_meta(core, product.meta, fields.get("meta_data"))


def _write_identity(core: Core, product: Product, fields: Mapping[str, object]) -> None:
    if "name" in fields and product.kind != "variation":
        product.name = escaped(str(fields["name"]))
    if "slug" in fields:
        product.slug = str(fields["slug"])
    if "regular_price" in fields:
        product.regular_price = str(fields["regular_price"] or "")
    if "status" in fields:
        product.status = str(fields["status"])
    _forget_sku(core, product)
    product.sku = str(fields.get("sku", product.sku) or "")
    # A product in the bin leaves its SKU free for another.
    if product.sku and product.status != "trash":
        core.skus[product.sku] = product.id


def _write_stock(core: Core, product: Product, fields: Mapping[str, object]) -> None:
    wanted = fields.get("stock_status")
    if not core.manages_stock:
        # With stock management off for the whole shop the number is left alone and the status falls back.
        product.stock_status = _status(wanted or "instock")
        return
    if fields.get("manage_stock") is not None:
        product.manage_stock = switch(fields["manage_stock"])
    if fields.get("backorders") is not None:
        product.backorders = str(fields["backorders"])
    if product.manage_stock:
        _write_number(product, fields)
    elif wanted is not None and product.kind != "variable":
        product.stock_status = _status(wanted)


def _write_variation_stock(product: Product, fields: Mapping[str, object]) -> None:
    """Where the parent keeps the stock nothing written here has any effect, and nothing says so."""
    if fields.get("manage_stock") is not None:
        product.manage_stock = fields["manage_stock"] != "parent" and switch(fields["manage_stock"])
    if fields.get("stock_status") is not None:
        product.stock_status = _status(fields["stock_status"])
    if product.manage_stock:
        if fields.get("backorders") is not None:
            product.backorders = str(fields["backorders"])
        _write_number(product, fields)


def _write_number(product: Product, fields: Mapping[str, object]) -> None:
    if "stock_quantity" in fields:
        product.stock_quantity = whole_number(fields["stock_quantity"])
    elif "inventory_delta" in fields:
        product.stock_quantity = (product.stock_quantity or 0) + whole_number(fields["inventory_delta"])


def _check_sku(core: Core, product: Product, fields: Mapping[str, object]) -> None:
    sku = str(fields.get("sku") or "")
    holder = core.skus.get(sku, product.id) if sku else product.id
    if holder != product.id:
        free = next(one for n in range(1, len(core.skus) + 2) if (one := f"{sku}-{n}") not in core.skus)
        data = {"resource_id": holder, "unique_sku": free}
        raise RestError(400, "product_invalid_sku", "Invalid or duplicated SKU.", data)


def _forget_sku(core: Core, product: Product) -> None:
    if core.skus.get(product.sku) == product.id:
        del core.skus[product.sku]


def _attributes(product: Product, wanted: object) -> list[Body]:
    rows = [one for one in wanted if isinstance(one, dict)] if isinstance(wanted, Sequence) else []
    if product.kind == "variation":
        return [
            {"id": 0, "name": one.get("name", ""), "slug": _slug(one.get("name", "")), "option": one.get("option", "")}
            for one in rows
        ]
    return [
        {
            "id": 0,
            "name": one.get("name", ""),
            "slug": one.get("name", ""),
            "position": one.get("position", place),
            "visible": bool(one.get("visible", False)),
            "variation": bool(one.get("variation", False)),
            "options": list(one.get("options", [])),
        }
        for place, one in enumerate(rows)
    ]


def _status(value: object) -> str:
    return str(value) if value in STOCK_STATUSES else "instock"


def _kept(value: object) -> object:
    if isinstance(value, bool):
        return "1" if value else ""
    return str(value) if isinstance(value, int | float) else value


def _slug(name: object) -> str:
    """As WordPress makes an address of a title: accents dropped, the rest of the world percent-encoded."""
    plain = "".join(c for c in unicodedata.normalize("NFD", str(name)) if not unicodedata.combining(c))
    plain = re.sub(r"<[^>]*>|&\w+;", "", plain).lower()
    return quote(re.sub(r"[^\w]+", "-", plain).strip("-")).lower()
