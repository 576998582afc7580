"""The loose types of WooCommerce's JSON, read strictly: units, metadata, names, and which fields are ours."""

from __future__ import annotations

import re
from html import unescape

from adapters.reader import Reader
from connector.ports.failures import Unreadable
from connector.ports.sentence import Sentence

BACKORDERS = "backorders"
STATUS_KEY = "_backorder_status"
EXPECTED_KEY = "_backorder_expected_on"
FROM_KEY = "_backorder_expected_from"  # on products only: where the day is a range, its first
MESSAGE_KEY = "_backorder_message"
LINES_KEY = "_backorder_lines"  # on orders only
HELD_KEY = "_backorder_held"  # on orders only: units by line that must not leave yet
ACT_KEY = "_backorder_act_"  # on orders only, with the reference of an act behind it: it was carried out
SWAP_KEY = "_backorder_swap"  # on order lines only: the reference of the swap that brought the line
BACK_KEY = "_backorder_back"  # beside it: what is to go back of what was paid for the line
PROMISE_KEY = "_backorder_promise"  # on order lines only: what our plugin showed the shopper when ordering

# What we write on a product or a variation beside ``backorders``.  The leading underscore keeps them off the pages
# where WooCommerce lists metadata to shoppers.
PRODUCT_META = (STATUS_KEY, EXPECTED_KEY, FROM_KEY, MESSAGE_KEY)

_WHOLE_TEXT = re.compile(r"([+-]?[0-9]{1,15})(?:\.0*)?", re.ASCII)


def units(value: Reader) -> int:
    """A count of units, written as a number or as text (``4``, ``"4"``, ``"4.0"``).

    Shops with a plugin for decimal quantities sell ``"1.5"``: half a unit has no place in a queue, so it is refused.
    """
    if not isinstance(value.raw, str):
        return value.whole()
    match = _WHOLE_TEXT.fullmatch(value.text().strip())
    if match is None:
        raise Unreadable(value.path, Sentence("is not a whole number of units: %(text)s", text=repr(value.text()[:20])))
    return int(match[1])


def units_or_none(value: Reader) -> int | None:
    return None if value.is_null else units(value)


def meta(owner: Reader, key: str) -> Reader | None:
    """The value of the first entry ``key`` in ``meta_data``, as WooCommerce's own ``get_meta`` picks it."""
    for entry in owner["meta_data"].items_or_none():
        if entry["key"].raw == key:
            return entry["value"]
    return None


def meta_units(owner: Reader, key: str) -> int:
    """A count kept in metadata; zero where there is none (null, or the empty text that deleting may leave)."""
    value = meta(owner, key)
    return 0 if value is None or value.is_null or value.raw == "" else units(value)


def meta_text(owner: Reader, key: str) -> str:
    """Text kept in metadata; empty where there is none, or where a plugin put something that is no text."""
    value = meta(owner, key)
    return value.text() if value is not None and isinstance(value.raw, str) else ""


def name(value: Reader) -> str:
    """A name as people read it: WooCommerce gives ``&`` as ``&amp;``, and leaves tags as they are."""
    return unescape(value.text_or(""))
