"""Metafields: whose they are, what they may hold, and the compare-and-set that guards them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from adapters.shopify.sandbox.catalogue import touch_variant
from adapters.shopify.sandbox.records import APP_ID, Bearer, Metafield, Product, Variant
from adapters.shopify.sandbox.sales import Order
from adapters.shopify.sandbox.stock import touch_product
from adapters.shopify.sandbox.store import Store
from adapters.shopify.sandbox.trade import touch_order

OURS = f"app--{APP_ID}"
BACKORDER = f"{OURS}--backorder"
MOST_AT_ONCE = 25
MOST_BYTES = 65_536
MOST_JSON_BYTES = 131_072  # for apps made since 2026-04
Fault = tuple[str, str, str]
"""Input field, message and code of what is wrong with one input."""


def stored_namespace(namespace: str | None) -> str:
    """``$app`` is short for a namespace of the calling app; left out, it means the same."""
    if not namespace or namespace == "$app":
        return OURS
    return f"{OURS}--{namespace.removeprefix('$app:')}" if namespace.startswith("$app:") else namespace


def digest(type_name: str, value: str) -> str:
    return hashlib.sha256(f"{type_name}\0{value}".encode()).hexdigest()


def _is_date(value: str) -> bool:
    date.fromisoformat(value)
    return bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", value))


def _is_moment(value: str) -> bool:
    return bool(datetime.fromisoformat(value)) and "T" in value


def _is_json(value: str) -> bool:
    json.loads(value)
    return True


def _is_product(value: str) -> bool:
    return bool(re.fullmatch(r"gid://shopify/Product/\d+", value))


def _is_list_of_products(value: str) -> bool:
    named = json.loads(value)
    return isinstance(named, list) and all(isinstance(one, str) and _is_product(one) for one in named)


CHECKS: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "single_line_text_field": (
        lambda value: "\n" not in value and "\r" not in value,
        "must be a single line text string.",
    ),
    "multi_line_text_field": (bool, "must be a string."),
    "date": (_is_date, "must be in “YYYY-MM-DD” format."),
    "date_time": (_is_moment, "must be in “YYYY-MM-DDTHH:MM:SS” format."),
    "json": (_is_json, "is invalid JSON."),
    "boolean": (lambda value: value in {"true", "false"}, "must be true or false."),
    "number_integer": (lambda value: bool(re.fullmatch(r"-?\d{1,19}", value)), "must be an integer."),
    "number_decimal": (lambda value: bool(re.fullmatch(r"-?\d{1,13}(\.\d{1,9})?", value)), "must be a decimal."),
    "url": (lambda value: bool(re.match(r"(https?|mailto|sms|tel):", value)), "must be a valid URL."),
    "product_reference": (_is_product, "must be a product."),
    "list.product_reference": (_is_list_of_products, "must be a list of products."),
}
"""Value types this shop knows, each with its check; ``list.`` of one of them is a JSON array of such values."""


def wrong_value(type_name: str, value: str) -> Fault | None:
    if not value.strip():
        return ("value", "Value can't be blank.", "BLANK")
    if type_name not in CHECKS:
        return ("type", "Type must be one of the following: " + ", ".join(CHECKS) + ".", "INCLUSION")
    most = MOST_JSON_BYTES if type_name == "json" else MOST_BYTES
    if len(value.encode()) > most:
        return ("value", f"Value is too long (maximum is {most} bytes).", "TOO_LONG")
    passes, message = CHECKS[type_name]
    try:
        right = passes(value)
    except ValueError:
        right = False
    return None if right else ("value", f"Value {message}", "INVALID_VALUE")


def type_for(store: Store, bearer: Bearer, namespace: str, key: str, given: str | None) -> str | Fault:
    """The type a value must have: the definition's, else the stored one's, else the given one."""
    definition = store.definitions.get((bearer.TYPE.upper(), namespace, key))
    existing = bearer.metafields.get((namespace, key))
    if definition is not None:
        if given not in (None, definition.type_name):
            message = f"Type must be consistent with the definition's type: '{definition.type_name}'."
            return ("type", message, "INVALID_TYPE")
        return definition.type_name
    if given is None and existing is None:
        return ("type", "Type can't be blank.", "BLANK")
    return given or (existing.type if existing else "")


def wrong_input(store: Store, bearer: Bearer, given: Mapping[str, Any]) -> Fault | None:
    """What the platform would refuse about one input of ``metafieldsSet`` or of a variant's ``metafields``."""
    namespace, key = stored_namespace(given.get("namespace")), given["key"] or ""
    if namespace.startswith("app--") and not (namespace == OURS or namespace.startswith(f"{OURS}--")):
        message = "Access to this namespace and key on Metafields for this resource type is not allowed."
        return ("namespace", message, "APP_NOT_AUTHORIZED")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", key):
        return ("key", "Key contains one or more invalid characters.", "INVALID")
    if not re.fullmatch(r"[A-Za-z0-9_-]{3,255}", namespace):
        return ("namespace", "Namespace contains one or more invalid characters.", "INVALID")
    type_name = type_for(store, bearer, namespace, key, given.get("type"))
    if not isinstance(type_name, str):
        return type_name
    if "compareDigest" in given:
        existing = bearer.metafields.get((namespace, key))
        if given["compareDigest"] != (existing.compare_digest if existing else None):
            message = (
                "The resource has been updated since it was loaded. Try again with an updated `compareDigest` value."
            )
            return ("compareDigest", message, "STALE_OBJECT")
    return wrong_value(type_name, given["value"] or "")


def put(store: Store, bearer: Bearer, given: Mapping[str, Any]) -> Metafield:
    """Write a checked input.  Writing what is there already changes nothing and is no news."""
    namespace, key, value = stored_namespace(given.get("namespace")), given["key"], given["value"]
    type_name = type_for(store, bearer, namespace, key, given.get("type"))
    if not isinstance(type_name, str):
        raise TypeError(f"{key} was not checked")
    existing, now = bearer.metafields.get((namespace, key)), store.now()
    if existing is not None and (existing.type, existing.value) == (type_name, value):
        return existing
    if existing is None:
        existing = Metafield(
            ref=store.new_id(),
            owner=bearer,
            namespace=namespace,
            key=key,
            type=type_name,
            value=value,
            compare_digest="",
            created_at=now,
            updated_at=now,
        )
        bearer.metafields[namespace, key] = store.keep(existing)
    existing.type, existing.value, existing.updated_at = type_name, value, now
    existing.compare_digest = digest(type_name, value)
    _touch(store, bearer)
    return existing


def remove(store: Store, bearer: Bearer, namespace: str, key: str) -> bool:
    """Whether there was one."""
    gone = bearer.metafields.pop((namespace, key), None)
    if gone is None:
        return False
    store.forget(gone)
    _touch(store, bearer)
    return True


def _touch(store: Store, bearer: Bearer) -> None:
    """A metafield is part of what bears it: its change is a change of that."""
    if isinstance(bearer, Variant):
        touch_variant(store, bearer)
    elif isinstance(bearer, Product):
        touch_product(store, bearer)
    elif isinstance(bearer, Order):
        touch_order(store, bearer)
