"""What a shopper's browser gets: the page of a product and the list of all, in the markup both common themes have."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape, unescape

from flask import Blueprint, Response, request

from adapters.woocommerce.sandbox import stock
from adapters.woocommerce.sandbox.core import Core
from adapters.woocommerce.sandbox.records import Product

PER_PAGE = 16
SCHEMA = {"instock": "InStock", "onbackorder": "BackOrder", "outofstock": "OutOfStock"}


def shelf_pages(core: Core) -> Blueprint:
    bp = Blueprint("shelves", __name__)

    @bp.route("/product/<path:name>/", methods=["GET", "POST"])
    def product(name: str) -> Response:
        """By slug, as in the real shop, or by SKU.  A variation is its parent's page with the option chosen."""
        with core.lock:
            found = _find(core, name)
            if found is None or found.status != "publish":
                return _page("<h1>Oops! That page can&rsquo;t be found.</h1>", "Page not found", 404)
            parent = core.products.get(found.parent_id)
            if parent is not None:
                return _page(_product(core, parent, chosen=found), _name(parent))
            chosen = core.products.get(request.args.get("variation_id", 0, int))
            return _page(
                _product(core, found, chosen if chosen and chosen.id in found.children else None), _name(found)
            )

    @bp.get("/shop/")
    @bp.get("/shop/page/<int:number>/")
    def listing(number: int = 1) -> Response:
        with core.lock:
            rows = [one for one in core.products if one.kind != "variation" and one.status == "publish"]
            rows.sort(key=lambda one: (_name(one).casefold(), one.id))
            return _page(_listing(core, rows, number), "Shop")

    return bp


def availability_html(core: Core, product: Product) -> str:
    """``wc_get_stock_html``: nothing at all for ``yes`` at zero, and where no number is kept and there is some."""
    seen = stock.view(core, product)
    if seen.status == "outofstock":
        return '<p class="stock out-of-stock">Out of stock</p>'
    if _waits(core, product):
        told = seen.backorders == "notify" or not seen.manage
        return '<p class="stock available-on-backorder">Available on backorder</p>' if told else ""
    if not seen.manage:
        return ""
    more = " (can be backordered)" if seen.backorders == "notify" else ""
    return f'<p class="stock in-stock">{seen.quantity} in stock{more}</p>'


def _find(core: Core, name: str) -> Product | None:
    by_slug = next((one for one in core.products if one.slug == name and one.kind != "variation"), None)
    return by_slug or core.products.get(core.skus.get(name, 0))


def _waits(core: Core, product: Product) -> bool:
    """Whether one more unit would be a backorder."""
    seen = stock.view(core, product)
    return seen.status == "onbackorder" or bool(seen.manage and seen.backorders_allowed and (seen.quantity or 0) < 1)


def _product(core: Core, product: Product, chosen: Product | None) -> str:
    seen = stock.view(core, chosen or product)
    said = SCHEMA["onbackorder"] if _waits(core, chosen or product) else SCHEMA[seen.status]
    offer = {"@type": "Offer", "price": product.regular_price, "availability": f"https://schema.org/{said}"}
    data = {"@context": "https://schema.org/", "@type": "Product", "name": _name(product), "offers": [offer]}
    form = _variations(core, product, chosen) if product.kind == "variable" else _simple(core, product)
    return (
        f'<div id="product-{product.id}" class="product type-product post-{product.id} '
        f'status-publish {stock.view(core, product).status} product-type-{product.kind}">'
        f'<h1 class="product_title entry-title">{escape(_name(product))}</h1>{_price(product)}{form}</div>'
        f'<script type="application/ld+json">{_json(data)}</script>'
    )


def _simple(core: Core, product: Product) -> str:
    return f"{availability_html(core, product)}{_cart(core, product, product)}"


def _variations(core: Core, product: Product, chosen: Product | None) -> str:
    """The theme's script shows what stands in the attribute; here the chosen one is shown by the server as well."""
    children = [core.products[one] for one in product.children if core.products[one].status == "publish"]
    rows = [
        {
            "variation_id": child.id,
            "sku": child.sku,
            "attributes": {f"attribute_{one['slug']}": one["option"] for one in child.attributes},
            "availability_html": availability_html(core, child),
            "is_in_stock": stock.view(core, child).status != "outofstock",
            "backorders_allowed": stock.view(core, child).backorders_allowed,
        }
        for child in children
    ]
    options = "".join(
        f'<option value="{child.id}"{" selected" if child is chosen else ""}>{escape(_name(child))}</option>'
        for child in children
    )
    shown = f"{availability_html(core, chosen)}{_cart(core, product, chosen)}" if chosen else ""
    return (
        f'<form class="variations_form cart" method="get" action="/product/{escape(product.slug)}/" '
        f'data-product_id="{product.id}" data-product_variations="{escape(_json(rows))}">'
        f'<label for="variation">Option</label> <select id="variation" name="variation_id">{options}</select> '
        '<button type="submit" class="button">Choose</button></form>'
        f'<div class="single_variation_wrap"><div class="woocommerce-variation single_variation">{shown}</div></div>'
    )


def _cart(core: Core, page: Product, product: Product) -> str:
    """The button is only there for what can be bought; what it fills is no part of this shop."""
    if not product.regular_price or stock.view(core, product).status == "outofstock":
        return ""
    return (
        f'<form class="cart" action="/product/{escape(page.slug)}/" method="post">'
        f'<label>Quantity <input type="number" class="input-text qty text" name="quantity" value="1" min="1"></label> '
        f'<button type="submit" name="add-to-cart" value="{product.id}" '
        'class="single_add_to_cart_button button alt">Add to cart</button></form>'
    )


def _listing(core: Core, rows: Sequence[Product], number: int) -> str:
    """No text says what waits: only the class does."""
    start = (number - 1) * PER_PAGE
    items = "".join(_item(core, product) for product in rows[start : start + PER_PAGE])
    links = [f'<a class="prev" href="/shop/page/{number - 1}/">Previous</a>'] if number > 1 else []
    if start + PER_PAGE < len(rows):
        links.append(f'<a class="next" href="/shop/page/{number + 1}/">Next</a>')
    return f'<h1>Shop</h1><ul class="products">{items}</ul><nav class="woocommerce-pagination">{" ".join(links)}</nav>'


def _item(core: Core, product: Product) -> str:
    status = stock.view(core, product).status
    word = "Read more" if status == "outofstock" else "Add to cart"
    address = f"/product/{escape(product.slug)}/"
    return (
        f'<li class="product type-product post-{product.id} status-publish {status} product-type-{product.kind}">'
        f'<a href="{address}" class="woocommerce-LoopProduct-link">'
        f'<h2 class="woocommerce-loop-product__title">{escape(_name(product))}</h2>{_price(product)}</a> '
        f'<a href="{address}" class="button">{"Select options" if product.kind == "variable" else word}</a></li>'
    )


def _price(product: Product) -> str:
    return f'<p class="price">${escape(product.regular_price)}</p>' if product.regular_price else ""


def _name(product: Product) -> str:
    return unescape(product.name)


def _json(value: object) -> str:
    """Fit to stand in a script element."""
    return json.dumps(value).replace("<", "\\u003c")


def _page(body: str, title: str, status: int = 200) -> Response:
    html = (
        '<!DOCTYPE html><html lang="en-US"><head><meta charset="UTF-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title></head>'
        f'<body class="woocommerce"><nav><a href="/shop/">Shop</a></nav><main>{body}</main></body></html>'
    )
    return Response(html, status, content_type="text/html; charset=UTF-8")
