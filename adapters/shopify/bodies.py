"""The orders and variants inside webhook bodies; GraphQL answers say the same in other words (``reading``)."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from adapters.reader import Reader
from adapters.shopify.meaning import demand_of, full_title, line_seen, paid_at
from adapters.shopify.promised import shown_to_buyer
from connector.domain.facts import Fact, LineSeen, OrderSeen, PlatformStatus, ShownSeen, StockSeen, VariantSeen

NOT_SENT = frozenset({"cancelled", "error", "failure"})
"""Statuses of a fulfilment whose units are still in the house."""


def order_seen(order: Reader) -> OrderSeen:
    """Translate the body of ``orders/create``, ``orders/updated`` and the other topics that carry a whole order."""
    gone = _Gone.of(order)
    lines = tuple(_line(line, gone) for line in order["line_items"])
    taken = order["created_at"].utc()
    # An imported order may have been placed long before it was made here.
    placed = order["processed_at"].utc_or_none() or taken
    payment = order["financial_status"].text_or("")
    demand, status = demand_of(
        order["cancelled_at"].utc_or_none(),
        order["closed_at"].utc_or_none(),
        payment,
        order["fulfillment_status"].text_or(""),
        lines,
    )
    return OrderSeen(
        id=order["id"].number_id(),
        number=order["name"].label(),
        demand=demand,
        status=status,
        changed_at=order["updated_at"].utc(),
        placed_at=placed,
        taken_at=taken,
        lines=lines,
        language=order["customer_locale"].text_or(""),
        test=not order["test"].is_null and order["test"].flag(),
        country=_country(order),
        paid_at=paid_at(payment, placed),
        email=_label(order["email"]) or _label(order["contact_email"]),
    )


def _country(order: Reader) -> str:
    """Null or absent where the app may not see addresses, or nothing is to be sent."""
    code = order.get("shipping_address").get("country_code").text_or("").upper()
    return code if re.fullmatch("[A-Z]{2}", code) else ""


def _label(text: Reader) -> str:
    return text.label_or("").strip()


@dataclass(frozen=True, slots=True)
class _Gone:
    """Units by line.  ``refunded``: given back, removed lines among them; ``returned``: those of them that came back;
    ``sent``: those that left the house, None where the body does not say.
    """

    refunded: Counter[str]
    returned: Counter[str]
    sent: Counter[str] | None

    @classmethod
    def of(cls, order: Reader) -> _Gone:
        refunded: Counter[str] = Counter()
        returned: Counter[str] = Counter()
        for refund in order["refunds"].items_or_none():
            for given in refund["refund_line_items"].items_or_none():
                line, units = given["line_item_id"].number_id(), given["quantity"].whole(minimum=0)
                refunded[line] += units
                returned[line] += units if given["restock_type"].text_or("") == "return" else 0
        return cls(refunded, returned, _sent(order))


def _sent(order: Reader) -> Counter[str] | None:
    if order["fulfillments"].is_null:
        return None
    sent: Counter[str] = Counter()
    for fulfilment in order["fulfillments"]:
        if fulfilment["status"].text_or("") not in NOT_SENT:
            for line in fulfilment["line_items"].items_or_none():
                sent[line["id"].number_id()] += line["quantity"].whole(minimum=0)
    return sent


def _line(line: Reader, gone: _Gone) -> LineSeen:
    line_id = line["id"].number_id()
    ordered = line["quantity"].whole(minimum=0)
    said = line["current_quantity"]
    # Bodies before 2023-07 do not say the current quantity.
    current = max(0, ordered - gone.refunded[line_id]) if said.is_null else said.whole(minimum=0)
    return line_seen(
        line_id,
        None if line["variant_id"].is_null else line["variant_id"].number_id(),
        line["sku"].label_or(""),
        line["name"].text_or(line["title"].text_or("")),
        ordered=ordered,
        current=current,
        left_to_ship=_left_to_ship(line, line_id, current, gone),
        gift_card=not line["gift_card"].is_null and line["gift_card"].flag(),
        product_id="" if line["product_id"].is_null else line["product_id"].number_id(),
        shown=shown_to_buyer(line["properties"], "name"),
    )


def _left_to_ship(line: Reader, line_id: str, current: int, gone: _Gone) -> int:
    """Units still to be sent.  ``fulfillable_quantity`` does not count units under a fulfilment hold, ours or another
    app's (recorded: it falls to 0 with the hold), and a held unit must not look like one that was sent.
    """
    said = line["fulfillable_quantity"].whole(minimum=0)
    if gone.sent is None or not _tells_what_was_sent(line, gone.sent[line_id]):
        return said
    # What was given back after it was sent counts as sent no more; a return of what was never sent takes nothing away.
    kept = gone.sent[line_id] - min(gone.returned[line_id], gone.sent[line_id])
    return max(said, current - kept)


def _tells_what_was_sent(line: Reader, sent: int) -> bool:
    """Whether the body itself says how many units of a line that is not all sent have left."""
    ships = not line["requires_shipping"].is_null and line["requires_shipping"].flag()
    if line["variant_id"].is_null and not ships:
        return False  # A tip, for one.
    status = line["fulfillment_status"]
    if status.is_absent:
        return False
    return status.is_null or (status.text() == "partial" and sent > 0)


def variant_facts(product: Reader, variant: Reader) -> tuple[Fact, ...]:
    changed_at = variant["updated_at"].utc()
    kind = product["product_type"].text_or("")
    seen = VariantSeen(
        id=variant["id"].number_id(),
        product_id=product["id"].number_id(),
        pool_id=variant["inventory_item_id"].number_id(),
        sku=variant["sku"].label_or(""),
        title=full_title(product["title"].text(), variant["title"].text_or("")),
        changed_at=product["updated_at"].utc_or_none() or changed_at,
        categories=(kind,) if kind else (),
        tags=tuple(tag.strip() for tag in product["tags"].text_or("").split(",") if tag.strip()),
    )
    policy = variant["inventory_policy"].text().upper()
    manager = variant["inventory_management"]
    if manager.is_absent or not manager.is_null:
        return seen, ShownSeen(seen.id, {"inventoryPolicy": policy}, changed_at)
    # Bodies before 2024-10 name who keeps the number; null is nobody.
    return (
        seen,
        StockSeen(seen.pool_id, None, PlatformStatus.IN_STOCK, changed_at),
        ShownSeen(seen.id, {}, changed_at),
    )
