"""What a variant and an order should show, in Shopify's words; pure.

Variants and orders bear metafields that belong to our app alone (``$app``): themes and customer account pages of the
same app can read them, and no other app can write them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from adapters.shopify.ids import gid
from connector.domain.availability import Availability
from connector.domain.marks import LineMark, OrderMarks, OrderStatus
from connector.ports.storefront import Change, Telling

NAMESPACE = "$app:backorder"
POLICY = "inventoryPolicy"
TYPES = {
    "status": "single_line_text_field",
    "expected_on": "date",
    "expected_from": "date",
    "message": "multi_line_text_field",
    "state": "json",
}
"""The type of each metafield, by key."""
OF_ORDERS = ("status", "expected_on", "message", "state")

WAITING_TAG, READY_TAG = "backordered", "backorder-ready"
LONGEST_MESSAGE = 5000  # characters; a metafield takes 64 KB, and nobody reads so much beside a product


def fields(availability: Availability, message: str, today: date) -> dict[str, str]:
    """The writable fields of a variant.  A field that should be absent is the empty string: ``expected_from`` where one
    day is expected, and not a range.

    The message is given in the form that Shopify keeps, so that reading it back shows no difference.
    """
    expected = availability.expected_on
    if expected is None or expected < today:
        expected = None
    earliest = availability.earliest_on
    if earliest is None or expected is None or not today <= earliest < expected:
        earliest = None
    return {
        POLICY: "CONTINUE" if availability.sells else "DENY",
        "status": availability.status.value,
        "expected_on": _written(expected),
        "expected_from": _written(earliest),
        "message": kept(message),
    }


def _written(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def kept(text: str) -> str:
    """A text in the form that Shopify keeps it: its own line ends, nothing around it."""
    return text.replace("\r\n", "\n").strip()[:LONGEST_MESSAGE].rstrip()


@dataclass(frozen=True, slots=True)
class Metafields:
    """Metafields to set and to delete, as ``metafieldsSet`` and ``metafieldsDelete`` take them."""

    set: tuple[dict[str, str], ...]
    delete: tuple[dict[str, str], ...]


def metafields_of(change: Change) -> Metafields:
    """The metafields of a change.  Shopify keeps no empty value, so an empty one is deleted."""
    owner = gid("ProductVariant", change.variant_id)
    return _metafields(owner, {key: value for key, value in change.fields.items() if key in TYPES})


def inline_metafields(change: Change) -> list[dict[str, str]]:
    """The values to set, as ``ProductVariantsBulkInput`` takes them."""
    return [{key: value for key, value in one.items() if key != "ownerId"} for one in metafields_of(change).set]


@dataclass(frozen=True, slots=True)
class OrderBears:
    """What an order must bear: tags to have and not to have, and its metafields."""

    tags: tuple[str, ...]
    no_tags: tuple[str, ...]
    metafields: Metafields


def order_bears(telling: Telling) -> OrderBears:
    """Tags for the merchant, metafields for the pages of the shop.

    All of it follows from the marks alone, so writing it twice, or late, ends the same.
    """
    marks = telling.marks
    tag = {OrderStatus.WAITING: WAITING_TAG, OrderStatus.READY: READY_TAG}.get(marks.status)
    values = dict.fromkeys(OF_ORDERS, "")
    if marks.status is not OrderStatus.NONE:
        if not telling.text:
            del values["message"]  # marks only: what was said last still stands
        values["status"] = marks.status.value
        values["expected_on"] = marks.expected_on.isoformat() if marks.expected_on is not None else ""
        values["state"] = _state(marks)
    if telling.text:
        values["message"] = kept(telling.text)
    return OrderBears(
        tags=(tag,) if tag else (),
        no_tags=tuple(one for one in (WAITING_TAG, READY_TAG) if one != tag),
        metafields=_metafields(gid("Order", telling.order_id), values),
    )


def _metafields(owner: str, values: Mapping[str, str]) -> Metafields:
    where = {"ownerId": owner, "namespace": NAMESPACE}
    return Metafields(
        set=tuple({**where, "key": key, "type": TYPES[key], "value": value} for key, value in values.items() if value),
        delete=tuple({**where, "key": key} for key, value in values.items() if not value),
    )


def _state(marks: OrderMarks) -> str:
    return json.dumps({"lines": [_line(line) for line in marks.lines]}, separators=(",", ":"), sort_keys=True)


def _line(line: LineMark) -> dict[str, object]:
    return {
        "line_id": line.line_id,
        "sku": line.sku,
        "title": line.title,
        "ready": line.ready,
        "waiting": line.waiting,
        "expected_on": line.expected_on.isoformat() if line.expected_on is not None else None,
    }
