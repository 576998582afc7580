"""Products and variations as REST and webhooks show them; keys, order and types as recorded from WooCommerce 10.5.0."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from urllib.parse import quote_plus

from adapters.woocommerce.sandbox import stock
from adapters.woocommerce.sandbox.core import Core, gmt
from adapters.woocommerce.sandbox.records import Body, Meta, Product

_ALLOW = {"allow": ["GET", "POST", "PUT", "PATCH", "DELETE"]}
RELATED = 5
_UNCATEGORIZED: Body = {"id": 15, "name": "Uncategorized", "slug": "uncategorized"}


def meta_body(rows: Iterable[Meta]) -> list[Body]:
    return [{"id": row.id, "key": row.key, "value": row.value} for row in rows]


def links(self_url: str, collection: str, up: str | None = None) -> Body:
    found: Body = {"self": [{"href": self_url, "targetHints": _ALLOW}], "collection": [{"href": collection}]}
    return found if up is None else {**found, "up": [{"href": up}]}


def full_name(core: Core, product: Product) -> str:
    """A variation is called after its parent and its options."""
    parent = core.products.get(product.parent_id)
    return product.name if parent is None else f"{parent.name} - {product.name}"


def product_body(core: Core, product: Product) -> Body:
    """``GET /products/<id>``; for a variation too, which reads a little differently there."""
    single = product.kind == "variation"
    shown = product.more
    parent = core.products.get(product.parent_id)
    up = None if parent is None else f"{core.api}/products/{parent.id}"
    return {
        "id": product.id,
        "name": full_name(core, product),
        "slug": product.slug,
        "permalink": _permalink(core, product),
        **_dates(core, product),
        "type": product.kind,
        "status": product.status,
        "featured": bool(shown.get("featured", False)),
        "catalog_visibility": shown.get("catalog_visibility", "visible"),
        "description": shown.get("description", ""),
        "short_description": shown.get("short_description", ""),
        "sku": product.sku,
        **_prices(core, product),
        "purchasable": _purchasable(core, product),
        "total_sales": str(product.total_sales) if single else product.total_sales,
        **_goods(product),
        **_stock(core, product),
        **_shipping(core, product),
        **_company(core, product),
        "price_html": _price_html(_price(core, product)),
        "related_ids": _related(core, product),
        "meta_data": meta_body(product.meta),
        "stock_status": stock.view(core, product).status,
        "has_options": product.kind == "variable",
        "post_password": "",
        "global_unique_id": "",
        "_links": links(f"{core.api}/products/{product.id}", f"{core.api}/products", up),
    }


def tax_class_of(core: Core, product: Product | None) -> str:
    """A variation has its parent's, unless it has one of its own."""
    own = str(product.more.get("tax_class", "")) if product else ""
    parent = core.products.get(product.parent_id) if product else None
    return str(parent.more.get("tax_class", "")) if parent is not None and own in {"", "parent"} else own


def edited_body(core: Core, product: Product) -> Body:
    """The answer to a write: two keys more, which only an editor needs."""
    return {
        **product_body(core, product),
        "permalink_template": f"{core.source}product/%pagename%/",
        "generated_slug": product.slug,
    }


def variation_body(core: Core, product: Product, *, crossing: bool = False) -> Body:
    """``GET /products/<id>/variations/<id>``; ``crossing``: as the list over all products shows it."""
    shown = product.more
    home = f"{core.api}/products/{product.parent_id}"
    plain = links(f"{home}/variations/{product.id}", f"{home}/variations", home)
    return {
        "id": product.id,
        "type": product.kind,
        **_dates(core, product),
        "description": shown.get("description", ""),
        "permalink": _permalink(core, product),
        "sku": product.sku,
        "global_unique_id": "",
        **_prices(core, product),
        "status": product.status,
        "purchasable": _purchasable(core, product),
        **_goods(product),
        "tax_status": "taxable",
        "tax_class": tax_class_of(core, product) if crossing else shown.get("tax_class", "parent"),
        **_stock(core, product),
        "stock_status": stock.view(core, product).status,
        "low_stock_amount": shown.get("low_stock_amount"),
        "weight": shown.get("weight", ""),
        "dimensions": {"length": "", "width": "", "height": ""},
        "shipping_class": "",
        "shipping_class_id": 0,
        "image": None,
        "attributes": product.attributes,
        "menu_order": shown.get("menu_order", 0),
        "meta_data": meta_body(product.meta),
        "name": product.name,
        "parent_id": product.parent_id,
        "_links": _crossing_links(core, product) if crossing else plain,
    }


def _stock(core: Core, product: Product) -> Body:
    seen = stock.view(core, product)
    return {
        "manage_stock": seen.manage,
        "stock_quantity": seen.quantity,
        "backorders": seen.backorders,
        "backorders_allowed": seen.backorders_allowed,
        "backordered": seen.backordered,
    }


def _shipping(core: Core, product: Product) -> Body:
    shown = product.more
    return {
        "external_url": "",
        "button_text": "",
        "tax_status": shown.get("tax_status", "taxable"),
        "tax_class": tax_class_of(core, product),
        "low_stock_amount": shown.get("low_stock_amount"),
        "sold_individually": bool(shown.get("sold_individually", False)),
        "weight": shown.get("weight", ""),
        "dimensions": {"length": "", "width": "", "height": ""},
        "shipping_required": True,
        "shipping_taxable": True,
        "shipping_class": "",
        "shipping_class_id": 0,
    }


def _company(core: Core, product: Product) -> Body:
    """What stands around a product: its place in the catalogue and what is said of it."""
    single = product.kind == "variation"
    shown = product.more
    return {
        "reviews_allowed": bool(shown.get("reviews_allowed", not single)),
        "average_rating": "0.00",
        "rating_count": 0,
        "upsell_ids": list(shown.get("upsell_ids", [])),
        "cross_sell_ids": list(shown.get("cross_sell_ids", [])),
        "parent_id": product.parent_id,
        "purchase_note": shown.get("purchase_note", ""),
        "categories": [] if single else _terms(shown.get("categories")) or [_UNCATEGORIZED],
        "brands": [],
        "tags": _terms(shown.get("tags")),
        "images": list(shown.get("images", [])),
        "attributes": product.attributes,
        "default_attributes": shown.get("default_attributes", []),
        "variations": [child for child in product.children if core.products[child].status == "publish"],
        "grouped_products": [],
        "menu_order": shown.get("menu_order", 0),
    }


def _related(core: Core, product: Product) -> list[int]:
    """Five at most that share a category or a tag, none of those it names as better; the real shop shuffles them."""
    if product.kind == "variation":
        return []
    own, named = _shelves(product), {product.id, *product.more.get("upsell_ids", [])}
    others = (
        one.id
        for one in core.products
        if one.kind != "variation" and one.status == "publish" and one.id not in named and own & _shelves(one)
    )
    return list(islice(others, RELATED))


def _shelves(product: Product) -> set[tuple[str, object]]:
    shown = product.more
    found = {(kind, one["id"] or one["name"]) for kind in ("categories", "tags") for one in _terms(shown.get(kind))}
    return found if shown.get("categories") else found | {("categories", _UNCATEGORIZED["id"])}


def _crossing_links(core: Core, product: Product) -> Body:
    return {
        "self": [{"href": f"{core.api}/variations/{product.id}"}],
        "collection": [{"href": f"{core.api}/variations"}],
        "up": [{"href": f"{core.api}/products/0"}],
    }


def _dates(core: Core, product: Product) -> Body:
    return {
        "date_created": core.local(product.created),
        "date_created_gmt": gmt(product.created),
        "date_modified": core.local(product.modified),
        "date_modified_gmt": gmt(product.modified),
    }


def _prices(core: Core, product: Product) -> Body:
    return {
        "price": _price(core, product),
        "regular_price": product.regular_price,
        "sale_price": "",
        "date_on_sale_from": None,
        "date_on_sale_from_gmt": None,
        "date_on_sale_to": None,
        "date_on_sale_to_gmt": None,
        "on_sale": False,
    }


def _price(core: Core, product: Product) -> str:
    """A variable product shows the lowest price of its variations."""
    if product.kind != "variable":
        return product.regular_price
    prices = [core.products[child].regular_price for child in product.children]
    return min((price for price in prices if price), key=float, default="")


def _purchasable(core: Core, product: Product) -> bool:
    """True for a sold-out product as well: it says that there is a price, not that there are goods."""
    return product.status == "publish" and bool(_price(core, product))


def _goods(product: Product) -> Body:
    return {
        "virtual": bool(product.more.get("virtual", False)),
        "downloadable": bool(product.more.get("downloadable", False)),
        "downloads": [],
        "download_limit": -1,
        "download_expiry": -1,
    }


def _terms(wanted: object) -> list[Body]:
    rows = [one for one in wanted if isinstance(one, dict)] if isinstance(wanted, list) else []
    return [
        {"id": one.get("id", 0), "name": one.get("name", ""), "slug": one.get("slug", str(one.get("name", "")).lower())}
        for one in rows
    ]


def _permalink(core: Core, product: Product) -> str:
    parent = core.products.get(product.parent_id)
    if parent is None:
        return f"{core.source}product/{product.slug}/"
    options = "&".join(f"attribute_{one['slug']}={quote_plus(str(one['option']))}" for one in product.attributes)
    return f"{core.source}product/{parent.slug}/?{options}"


def _price_html(price: str) -> str:
    if not price:
        return ""
    symbol = '<span class="woocommerce-Price-currencySymbol">&#36;</span>'
    return f'<span class="woocommerce-Price-amount amount"><bdi>{symbol}{float(price):.2f}</bdi></span>'
