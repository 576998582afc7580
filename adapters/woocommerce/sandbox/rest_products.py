"""``/products`` and its variations."""

from __future__ import annotations

from adapters.woocommerce.sandbox import catalogue, rules, stock
from adapters.woocommerce.sandbox.bodies import edited_body, full_name, product_body, variation_body
from adapters.woocommerce.sandbox.call import Answer, Call, batch, created, paged
from adapters.woocommerce.sandbox.core import Core
from adapters.woocommerce.sandbox.errors import RestError, already_trashed, invalid_id
from adapters.woocommerce.sandbox.listing import Listed, ids, listed, words
from adapters.woocommerce.sandbox.records import Body, Product
from adapters.woocommerce.sandbox.rules import check

NOT_HERE = (
    "To manipulate product variations you should use the /products/&lt;product_id&gt;/variations/&lt;id&gt; endpoint."
)


def list_products(call: Call) -> Answer:
    """Variations appear only where ``sku`` names them."""
    check(call.query, rules.PRODUCT_LIST)
    skus = words(call.query.get("sku"))
    found = _listed(call, variations=bool(skus))
    return paged(call, found, [product_body(call.core, row) for row in found.rows])


def get_product(call: Call, product_id: int) -> Answer:
    return Answer(product_body(call.core, _product(call.core, product_id, 404)))


def post_product(call: Call) -> Answer:
    check(call.fields, rules.PRODUCT)
    return created(edited_body(call.core, catalogue.create(call.core, call.fields)))


def put_product(call: Call, product_id: int) -> Answer:
    check(call.fields, rules.PRODUCT)
    return Answer(_update(call.core, {**call.fields, "id": product_id}))


def delete_product(call: Call, product_id: int) -> Answer:
    product = _product(call.core, product_id, 404)
    _refuse_variation(product)
    return _remove(call, product, product_body(call.core, product))


def batch_products(call: Call) -> Answer:
    core = call.core
    return batch(
        call,
        lambda fields: edited_body(core, catalogue.create(core, fields)),
        lambda fields: _update(core, fields),
        lambda product_id: _delete(core, product_id),
    )


def list_variations(call: Call, parent_id: int) -> Answer:
    check(call.query, {**rules.PRODUCT_LIST, "manage_stock": rules.Rule("boolean")})
    parent = call.core.products.get(parent_id)
    children = [call.core.products[child] for child in parent.children] if parent is not None else []
    found = _listed(call, variations=True, candidates=children)
    return paged(call, found, [variation_body(call.core, row) for row in found.rows])


def list_all_variations(call: Call) -> Answer:
    """Over all products, to read only."""
    check(call.query, rules.PRODUCT_LIST)
    found = _listed(call, variations=True, products=False)
    return paged(call, found, [variation_body(call.core, row, crossing=True) for row in found.rows])


def get_variation(call: Call, parent_id: int, variation_id: int) -> Answer:
    return Answer(variation_body(call.core, _variation(call.core, parent_id, variation_id)))


def post_variation(call: Call, parent_id: int) -> Answer:
    check(call.fields, rules.VARIATION)
    parent = _product(call.core, parent_id, 404)
    return created(variation_body(call.core, catalogue.create(call.core, call.fields, parent=parent)))


def put_variation(call: Call, parent_id: int, variation_id: int) -> Answer:
    check(call.fields, rules.VARIATION)
    return Answer(_update_variation(call.core, parent_id, {**call.fields, "id": variation_id}))


def delete_variation(call: Call, parent_id: int, variation_id: int) -> Answer:
    variation = _variation(call.core, parent_id, variation_id)
    return _remove(call, variation, variation_body(call.core, variation))


def batch_variations(call: Call, parent_id: int) -> Answer:
    core = call.core

    def create(fields: Body) -> Body:
        return variation_body(core, catalogue.create(core, fields, parent=_product(core, parent_id, 404)))

    def delete(variation_id: int) -> Body:
        variation = _variation(core, parent_id, variation_id)
        body = variation_body(core, variation)
        catalogue.delete(core, variation)
        return body

    return batch(call, create, lambda fields: _update_variation(core, parent_id, fields), delete)


def _listed(
    call: Call, *, variations: bool, products: bool = True, candidates: list[Product] | None = None
) -> Listed[Product]:
    core, query = call.core, call.query
    skus = words(query.get("sku"))
    parents = set(ids(query.get("parent")))
    status = str(query.get("status", "any"))
    stock_status = query.get("stock_status")
    searched = str(query.get("search", "")).lower()

    def keep(row: Product) -> bool:
        variation = row.kind == "variation"
        wanted = variations if variation else products
        shown = row.status != "trash" if status == "any" else row.status == status
        return (
            wanted
            and shown
            and (not skus or row.sku in skus)
            and (not parents or row.parent_id in parents)
            and query.get("type") in {None, row.kind}
            and (stock_status is None or stock_status == stock.view(core, row).status)
            and (not searched or searched in f"{row.name} {row.sku}".lower())
        )

    if skus and candidates is None:
        candidates = [core.products[core.skus[sku]] for sku in dict.fromkeys(skus) if sku in core.skus]
    return listed(core.products, query, core.zone, keep, candidates=candidates, title=lambda row: full_name(core, row))


def _product(core: Core, product_id: object, status: int) -> Product:
    product = core.products.get(product_id) if isinstance(product_id, int) else None
    if product is None:
        raise invalid_id("product", status)
    return product


def _variation(core: Core, parent_id: int, variation_id: object) -> Product:
    product = core.products.get(variation_id) if isinstance(variation_id, int) else None
    if product is None or product.kind != "variation" or product.parent_id != parent_id:
        raise invalid_id("product_variation", 404)
    return product


def _refuse_variation(product: Product) -> None:
    if product.kind == "variation":
        raise RestError(404, "woocommerce_rest_invalid_product_id", NOT_HERE)


def _update(core: Core, fields: Body) -> Body:
    product = _product(core, fields.get("id"), 400)
    _refuse_variation(product)
    catalogue.update(core, product, fields)
    return edited_body(core, product)


def _update_variation(core: Core, parent_id: int, fields: Body) -> Body:
    variation = _variation(core, parent_id, fields.get("id"))
    catalogue.update(core, variation, fields)
    return variation_body(core, variation)


def _delete(core: Core, product_id: int) -> Body:
    product = _product(core, product_id, 404)
    _refuse_variation(product)
    body = product_body(core, product)
    catalogue.delete(core, product)
    return body


def _remove(call: Call, product: Product, body: Body) -> Answer:
    """For good with ``force``, else into the bin, which can be done once."""
    if call.force:
        catalogue.delete(call.core, product)
    elif product.status == "trash":
        raise already_trashed("product" if product.kind != "variation" else "product_variation")
    else:
        catalogue.trash(call.core, product)
    return Answer(body)
