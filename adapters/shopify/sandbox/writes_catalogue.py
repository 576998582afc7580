"""Mutations on variants, products, metafields and tags."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from adapters.shopify.sandbox.call import (
    Args,
    Call,
    Payload,
    Root,
    UserErrors,
    access_denied,
    done,
    only,
    refused,
    user_error,
)
from adapters.shopify.sandbox.catalogue import delete_product, touch_variant
from adapters.shopify.sandbox.metafields import (
    CHECKS,
    MOST_AT_ONCE,
    OURS,
    put,
    remove,
    stored_namespace,
    wrong_input,
)
from adapters.shopify.sandbox.reads import find
from adapters.shopify.sandbox.records import Bearer, MetafieldDefinition, Product, Variant
from adapters.shopify.sandbox.sales import Order
from adapters.shopify.sandbox.stock import touch_product
from adapters.shopify.sandbox.trade import touch_order

PLAYED = ("id", "inventoryPolicy", "metafields", "price", "compareAtPrice", "barcode", "taxable", "inventoryItem")
Input = Mapping[str, Any]


def variants_bulk_update(call: Call, args: Args) -> Payload:
    """All or nothing; with ``allowPartialUpdates`` what is right is written and what is wrong is said."""
    product = find(call, args["productId"], Product)
    if not isinstance(product, Product):
        error = user_error(["productId"], "Product does not exist", "PRODUCT_DOES_NOT_EXIST")
        return refused(error, product=None, productVariants=None)
    errors: UserErrors = []
    right: list[tuple[Variant, Input]] = []
    for index, given in enumerate(args["variants"]):
        variant = find(call, given["id"], Variant) if given.get("id") else None
        wrong = _wrong_variant(call, product, variant, given, ["variants", str(index)])
        errors += wrong
        if not wrong and isinstance(variant, Variant):
            right.append((variant, given))
    if errors and not args.get("allowPartialUpdates"):
        return refused(*errors, product=product, productVariants=None)
    with call.store.act():
        for variant, given in right:
            _write_variant(call, variant, given)
    return {"product": product, "productVariants": [variant for variant, _ in right], "userErrors": errors}


def _wrong_variant(call: Call, product: Product, variant: object, given: Input, path: list[str]) -> UserErrors:
    only(given, (*PLAYED, "inventoryQuantities"), "ProductVariantsBulkInput")
    if not given.get("id"):
        return [user_error([*path, "id"], "Product variant is missing ID attribute", "PRODUCT_VARIANT_ID_MISSING")]
    if not isinstance(variant, Variant) or variant.product is not product:
        return [user_error([*path, "id"], "Product variant does not exist", "PRODUCT_VARIANT_DOES_NOT_EXIST")]
    if given.get("inventoryQuantities"):
        message = "Inventory quantities can only be provided during create."
        return [user_error([*path, "inventoryQuantities"], message, "NO_INVENTORY_QUANTITIES_ON_VARIANTS_UPDATE")]
    if given.get("price") is not None and Decimal(given["price"]) < 0:
        message = "Price must be greater than or equal to 0"
        return [user_error([*path, "price"], message, "GREATER_THAN_OR_EQUAL_TO")]
    errors: UserErrors = []
    for number, one in enumerate(given.get("metafields") or ()):
        if (fault := wrong_input(call.store, variant, one)) is not None:
            field, message, _code = fault
            errors.append(user_error([*path, "metafields", str(number), field], message, "INVALID_INPUT"))
    return errors


def _write_variant(call: Call, variant: Variant, given: Input) -> None:
    if given.get("inventoryPolicy") is not None:
        variant.inventory_policy = given["inventoryPolicy"]
    if given.get("price") is not None:
        variant.price = Decimal(given["price"])
    if "compareAtPrice" in given:
        variant.compare_at_price = None if given["compareAtPrice"] is None else Decimal(given["compareAtPrice"])
    if "barcode" in given:
        variant.barcode = given["barcode"]
    if given.get("taxable") is not None:
        variant.taxable = given["taxable"]
    item, of_item = variant.inventory_item, given.get("inventoryItem") or {}
    only(of_item, ("tracked", "requiresShipping"), "InventoryItemInput")
    item.tracked = of_item.get("tracked", item.tracked)
    item.requires_shipping = of_item.get("requiresShipping", item.requires_shipping)
    for one in given.get("metafields") or ():
        put(call.store, variant, one)
    touch_variant(call.store, variant)


def product_delete(call: Call, args: Args) -> Payload:
    product = find(call, args["input"]["id"], Product)
    if not isinstance(product, Product):
        error = user_error(["id"], "Product does not exist")
        return refused(error, deletedProductId=None, shop=call.store.shop)
    gid = product.gid
    delete_product(call.store, product)
    return done(deletedProductId=gid, shop=call.store.shop)


def metafields_set(call: Call, args: Args) -> Payload:
    """Atomic: one wrong input, and nothing is written."""
    inputs = args["metafields"]
    if len(inputs) > MOST_AT_ONCE:
        message = f"Exceeded the maximum metafields input limit of {MOST_AT_ONCE}."
        return refused(
            {**user_error(["metafields"], message, "LESS_THAN_OR_EQUAL_TO"), "elementIndex": None}, metafields=None
        )
    errors: UserErrors = []
    right: list[tuple[Bearer, Input]] = []
    for index, given in enumerate(inputs):
        bearer = find(call, given["ownerId"], Bearer)
        path = ["metafields", str(index)]
        if not isinstance(bearer, Bearer):
            errors.append(user_error([*path, "ownerId"], "Owner does not exist.", "INVALID") | {"elementIndex": index})
            continue
        _demand_right(call, bearer, "metafieldsSet")
        if (fault := wrong_input(call.store, bearer, given)) is not None:
            field, message, code = fault
            errors.append(user_error([*path, field], message, code) | {"elementIndex": index})
        right.append((bearer, given))
    if errors:
        return refused(*errors, metafields=None)
    with call.store.act():
        return done(metafields=[put(call.store, bearer, given) for bearer, given in right])


def _demand_right(call: Call, bearer: Bearer, what: str) -> None:
    """``metafieldsSet`` has no scope of its own: the owner's applies."""
    scope = {"Order": "write_orders", "Location": "write_locations"}.get(bearer.TYPE, "write_products")
    if bearer.TYPE != "AppInstallation" and scope not in call.store.scopes:
        raise access_denied(what, scope)


def metafields_delete(call: Call, args: Args) -> Payload:
    """An entry that was not there comes back as null."""
    gone: list[Payload | None] = []
    with call.store.act():
        for given in args["metafields"]:
            bearer, namespace = find(call, given["ownerId"], Bearer), stored_namespace(given["namespace"])
            there = isinstance(bearer, Bearer) and remove(call.store, bearer, namespace, given["key"])
            gone.append({**given, "namespace": namespace} if there else None)
    return done(deletedMetafields=gone)


def definition_create(call: Call, args: Args) -> Payload:
    given = args["definition"]
    only(
        given,
        ("name", "key", "namespace", "ownerType", "type", "access", "description", "pin"),
        "MetafieldDefinitionInput",
    )
    namespace, key, owner = stored_namespace(given.get("namespace")), given["key"], given["ownerType"]
    error = None
    if (owner, namespace, key) in call.store.definitions:
        message = f"Key is in use for {owner.capitalize()} metafields on the '{namespace}' namespace."
        error = user_error(["definition", "key"], message, "TAKEN")
    elif not given["name"].strip():
        error = user_error(["definition", "name"], "Name can't be blank", "BLANK")
    elif given["type"] not in CHECKS:
        error = user_error(["definition", "type"], f"Type name {given['type']} is not a valid type", "INCLUSION")
    elif given.get("access", {}).get("admin") and not namespace.startswith(OURS):
        message = 'Setting this access control is not permitted. It must be one of ["public_read_write"].'
        error = user_error(["definition", "access", "admin"], message, "ADMIN_ACCESS_INPUT_NOT_ALLOWED")
    if error is not None:
        return refused({**error, "__typename": "MetafieldDefinitionCreateUserError"}, createdDefinition=None)
    made = MetafieldDefinition(
        ref=call.store.new_id(),
        name=given["name"],
        namespace=namespace,
        key=key,
        owner_type=owner,
        type_name=given["type"],
        description=given.get("description"),
        access=dict(given.get("access") or {}),
        pinned_position=1 if given.get("pin") else None,
    )
    call.store.definitions[owner, namespace, key] = call.store.keep(made)
    return done(createdDefinition=made)


def tags_add(call: Call, args: Args) -> Payload:
    return _tag(call, args, add=True)


def tags_remove(call: Call, args: Args) -> Payload:
    return _tag(call, args, add=False)


def _tag(call: Call, args: Args, *, add: bool) -> Payload:
    """Tags are compared without regard to case; writing what is there already is no news."""
    bearer = find(call, args["id"], Bearer)
    if not isinstance(bearer, Order | Product):
        return refused(user_error(["id"], "Resource does not exist"), node=None)
    _demand_right(call, bearer, "tagsAdd" if add else "tagsRemove")
    named = [tag.strip() for one in args["tags"] for tag in one.split(",") if tag.strip()]
    have = {tag.lower() for tag in bearer.tags}
    if add:
        fresh = {tag.lower(): tag for tag in named if tag.lower() not in have}
        changed = [*bearer.tags, *fresh.values()]
    else:
        leaving = {tag.lower() for tag in named}
        changed = [tag for tag in bearer.tags if tag.lower() not in leaving]
    if changed != bearer.tags:
        with call.store.act():
            bearer.tags = sorted(changed, key=str.lower)
            (touch_order(call.store, bearer) if isinstance(bearer, Order) else touch_product(call.store, bearer))
    return done(node=bearer)


MUTATIONS: dict[str, Root] = {
    "productVariantsBulkUpdate": variants_bulk_update,
    "productDelete": product_delete,
    "metafieldsSet": metafields_set,
    "metafieldsDelete": metafields_delete,
    "metafieldDefinitionCreate": definition_create,
    "tagsAdd": tags_add,
    "tagsRemove": tags_remove,
}
