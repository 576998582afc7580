"""The orders and variants inside webhook bodies; GraphQL answers say the same in other words (``reading``)."""

from __future__ import annotations

from collections import Counter

from adapters.reader import Reader
from adapters.shopify.meaning import demand_of, full_title, line_seen
from connector.domain.facts import Fact, LineSeen, OrderSeen, PlatformStatus, ShownSeen, StockSeen, VariantSeen


def order_seen(order: Reader) -> OrderSeen:
    """Translate the body of ``orders/create``, ``orders/updated`` and the other topics that carry a whole order."""
    refunded = _refunded(order)
    lines = tuple(_line(line, refunded) for line in order["line_items"])
    placed = order["created_at"].utc()
    demand, status = demand_of(
        order["cancelled_at"].utc_or_none(),
        order["closed_at"].utc_or_none(),
        order["financial_status"].text_or(""),
        order["fulfillment_status"].text_or(""),
        lines,
    )
    return OrderSeen(
        id=order["id"].number_id(),
        number=order["name"].label(),
        demand=demand,
        status=status,
        changed_at=order["updated_at"].utc(),
        # An imported order may have been placed long before it was made here.
        placed_at=order["processed_at"].utc_or_none() or placed,
        taken_at=placed,
        lines=lines,
        language=order["customer_locale"].text_or(""),
        test=not order["test"].is_null and order["test"].flag(),
    )


def _line(line: Reader, refunded: Counter[str]) -> LineSeen:
    line_id = line["id"].number_id()
    ordered = line["quantity"].whole(minimum=0)
    current = line["current_quantity"]
    return line_seen(
        line_id,
        None if line["variant_id"].is_null else line["variant_id"].number_id(),
        line["sku"].label_or(""),
        line["name"].text_or(line["title"].text_or("")),
        ordered=ordered,
        # Bodies before 2023-07 do not say the current quantity.
        current=max(0, ordered - refunded[line_id]) if current.is_null else current.whole(minimum=0),
        left_to_ship=line["fulfillable_quantity"].whole(minimum=0),
        gift_card=not line["gift_card"].is_null and line["gift_card"].flag(),
        product_id="" if line["product_id"].is_null else line["product_id"].number_id(),
    )


def _refunded(order: Reader) -> Counter[str]:
    """Units given back, by line; removed lines stand here too."""
    units: Counter[str] = Counter()
    for refund in order["refunds"].items_or_none():
        for given in refund["refund_line_items"].items_or_none():
            units[given["line_item_id"].number_id()] += given["quantity"].whole(minimum=0)
    return units


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
