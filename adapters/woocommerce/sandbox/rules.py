"""What WordPress checks of parameters before a single request is answered.  Items of a batch are never checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.woocommerce.sandbox.errors import invalid_params

Rules = Mapping[str, "Rule"]

_MOMENT = re.compile(r"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d(?::?\d\d)?)?$")


@dataclass(frozen=True, slots=True)
class Rule:
    """``kind`` is a key of ``KINDS``; ``ids`` are numbers in a list or separated by commas."""

    kind: str
    one_of: Sequence[str] = ()
    at_least: int | None = None
    at_most: int | None = None


def check(given: Mapping[str, object], rules: Rules) -> None:
    """Raise ``rest_invalid_param`` naming every parameter that is wrong, with WordPress's own words."""
    wrong = {
        name: fault for name, rule in rules.items() if name in given and (fault := _fault(name, given[name], rule))
    }
    if wrong:
        raise invalid_params(wrong)


def is_whole(value: object) -> bool:
    if isinstance(value, bool):
        return False
    try:
        return float(str(value)) == int(float(str(value)))
    except (ValueError, OverflowError):
        return False


def truth(value: object) -> bool:
    """A checked boolean, as text or as itself."""
    return str(value).lower() in {"true", "1"}


def moment(value: str) -> datetime:
    """An ISO 8601 date with a time; without a zone it stays without."""
    if not _MOMENT.match(value):
        raise ValueError(value)
    return datetime.fromisoformat(value.upper())


def listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])}, and {words[-1]}"


def _fault(name: str, value: object, rule: Rule) -> tuple[str, str] | None:
    if value is None:
        return None
    if not KINDS[rule.kind](value):
        if rule.kind == "date-time":
            return "rest_invalid_date", "Invalid date."
        kind = "array" if rule.kind == "ids" else rule.kind
        return "rest_invalid_type", f"{name} is not of type {kind}."
    if rule.one_of and str(value) not in rule.one_of:
        return "rest_not_in_enum", f"{name} is not one of {listed(rule.one_of)}."
    return None if rule.at_least is None else _out_of_bounds(name, int(float(str(value))), rule.at_least, rule.at_most)


def _out_of_bounds(name: str, value: int, low: int, high: int | None) -> tuple[str, str] | None:
    if high is None:
        told = f"{name} must be greater than or equal to {low}"
        return ("rest_out_of_bounds", told) if value < low else None
    told = f"{name} must be between {low} (inclusive) and {high} (inclusive)"
    return None if low <= value <= high else ("rest_out_of_bounds", told)


def _is_moment(value: object) -> bool:
    try:
        return isinstance(value, str) and moment(value) is not None
    except ValueError:
        return False


def _is_switch(value: object) -> bool:
    return isinstance(value, bool) or str(value).lower() in {"true", "false", "0", "1"}


def _are_ids(value: object) -> bool:
    parts = value if isinstance(value, list) else str(value).split(",")
    return all(is_whole(one) for one in parts if str(one).strip())


KINDS: Mapping[str, Callable[[object], bool]] = {
    "integer": is_whole,
    "boolean": _is_switch,
    "boolean or parent": lambda value: value == "parent" or _is_switch(value),
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "date-time": _is_moment,
    "ids": _are_ids,
}

PAGING: Rules = {
    "page": Rule("integer", at_least=1),
    "per_page": Rule("integer", at_least=1, at_most=100),
    "offset": Rule("integer"),
    "order": Rule("string", one_of=("asc", "desc")),
    "include": Rule("ids"),
    "exclude": Rule("ids"),
    "parent": Rule("ids"),
    "after": Rule("date-time"),
    "before": Rule("date-time"),
    "modified_after": Rule("date-time"),
    "modified_before": Rule("date-time"),
    "dates_are_gmt": Rule("boolean"),
}
PRODUCT_ORDERS = ("date", "id", "include", "title", "slug", "modified", "price", "popularity", "rating", "menu_order")
ORDER_ORDERS = ("date", "id", "include", "title", "slug", "modified")
STOCK_STATUS = Rule("string", one_of=("instock", "outofstock", "onbackorder"))

PRODUCT_LIST: Rules = {
    **PAGING,
    "orderby": Rule("string", one_of=PRODUCT_ORDERS),
    "stock_status": STOCK_STATUS,
    "status": Rule("string", one_of=("any", "future", "trash", "draft", "pending", "private", "publish")),
    "type": Rule("string", one_of=("simple", "grouped", "external", "variable")),
}
ORDER_LIST: Rules = {
    **PAGING,
    "orderby": Rule("string", one_of=ORDER_ORDERS),
    "customer": Rule("integer"),
    "product": Rule("integer"),
}

_STOCK: Rules = {
    "sku": Rule("string"),
    "regular_price": Rule("string"),
    "stock_quantity": Rule("integer"),
    "inventory_delta": Rule("integer"),
    "backorders": Rule("string", one_of=("no", "notify", "yes")),
    "stock_status": STOCK_STATUS,
    "meta_data": Rule("array"),
    "attributes": Rule("array"),
    "status": Rule("string", one_of=("draft", "pending", "private", "publish", "future", "auto-draft", "trash")),
}
PRODUCT: Rules = {
    **_STOCK,
    "name": Rule("string"),
    "type": Rule("string", one_of=("simple", "grouped", "external", "variable")),
    "manage_stock": Rule("boolean"),
    "categories": Rule("array"),
    "tags": Rule("array"),
    "upsell_ids": Rule("ids"),
    "cross_sell_ids": Rule("ids"),
    "images": Rule("array"),
}
VARIATION: Rules = {**_STOCK, "manage_stock": Rule("boolean or parent")}
ORDER: Rules = {
    "line_items": Rule("array"),
    "meta_data": Rule("array"),
    "billing": Rule("object"),
    "shipping": Rule("object"),
    "customer_id": Rule("integer"),
    "customer_note": Rule("string"),
    "set_paid": Rule("boolean"),
    "shipping_lines": Rule("array"),
    "fee_lines": Rule("array"),
}


def order(statuses: Sequence[str]) -> Rules:
    """The parameters of an order, in a shop that knows these statuses."""
    return {"status": Rule("string", one_of=tuple(statuses)), **ORDER}


REFUND: Rules = {"amount": Rule("string"), "line_items": Rule("array"), "reason": Rule("string")}
WEBHOOK: Rules = {
    "name": Rule("string"),
    "status": Rule("string", one_of=("active", "paused", "disabled")),
    "topic": Rule("string"),
    "secret": Rule("string"),
    "delivery_url": Rule("string"),
}
