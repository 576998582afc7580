"""GraphQL answers to facts: the same facts that a webhook body about the same thing gives, and the stock number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from adapters.reader import Reader
from adapters.shopify.ids import number_in
from adapters.shopify.meaning import demand_of, full_title, line_seen, paid_at, platform_status
from adapters.shopify.promised import shown_to_buyer
from connector.domain.facts import Fact, LineSeen, OrderSeen, ShownSeen, StockSeen, VariantSeen

METAFIELDS = ("status", "expected_on", "expected_from", "message")
"""Our metafields of a variant, by key; each is a writable field of the same name."""


def order_seen(order: Reader, lines: Iterable[Reader]) -> OrderSeen:
    """``order``: the fragment ``OrderFacts``.  ``lines``: all its lines, also those beyond the first page.

    Where it goes and whose it is are protected customer data, which no list asks for: an app without the approval would
    lose whole lists.  The webhook says both, ``contact`` asks for them.
    """
    seen = tuple(_line(line) for line in lines)
    payment = order["displayFinancialStatus"].text_or("").lower()
    placed = order["processedAt"].utc()
    demand, status = demand_of(
        order["cancelledAt"].utc_or_none(),
        order["closedAt"].utc_or_none(),
        payment,
        order["displayFulfillmentStatus"].text_or("").lower(),
        seen,
    )
    return OrderSeen(
        id=number_in(order["id"]),
        number=order["name"].label(),
        demand=demand,
        status=status,
        changed_at=order["updatedAt"].utc(),
        placed_at=placed,
        taken_at=order["createdAt"].utc(),
        lines=seen,
        language=order["customerLocale"].text_or(""),
        test=order["test"].flag(),
        paid_at=paid_at(payment, placed),
    )


def _line(line: Reader) -> LineSeen:
    current = line["currentQuantity"].whole(minimum=0)
    return line_seen(
        number_in(line["id"]),
        None if line["variant"].is_null else number_in(line["variant"]["id"]),
        line["sku"].label_or(""),
        line["name"].text(),
        ordered=line["quantity"].whole(minimum=0),
        current=current,
        left_to_ship=line["unfulfilledQuantity"].whole(minimum=0),
        gift_card=line["isGiftCard"].flag(),
        product_id="" if line["product"].is_null else number_in(line["product"]["id"]),
        shown=shown_to_buyer(line["customAttributes"], "key"),
    )


def pool_facts(item: Reader, levels: Sequence[Reader], variants: Sequence[Reader]) -> tuple[Fact, ...]:
    """All that is known of an inventory item: its number, and each variant that draws from it.

    ``item``: the fragment ``ItemFacts``.  ``levels``, ``variants``: all of them, also those beyond the first page.
    """
    tracked = item["tracked"].flag()
    pool_id = number_in(item["id"])
    stock = _stock(item, pool_id, levels, variants, tracked=tracked)
    seen: list[Fact] = [_variant(variant, pool_id) for variant in variants]
    # The variant comes first: what is shown for an unknown variant means nothing.
    return *seen, stock, *(_shown(variant, writable=tracked) for variant in variants)


def _stock(
    item: Reader, pool_id: str, levels: Sequence[Reader], variants: Sequence[Reader], *, tracked: bool
) -> StockSeen:
    """The units that online orders may draw on: ``available`` at active locations that fulfil them.

    ``ProductVariant.inventoryQuantity`` would count locations that only sell over the counter.
    """
    available = 0
    times = [item["updatedAt"].utc()]
    for level in levels:
        location = level["location"]
        if not (location["isActive"].flag() and location["fulfillsOnlineOrders"].flag()):
            continue
        for quantity in level["quantities"]:
            if quantity["name"].text() == "available":
                available += quantity["quantity"].whole()
                times.append(quantity["updatedAt"].utc_or_none() or times[0])
    number = available if tracked else None
    for_sale = any(variant["availableForSale"].flag() for variant in variants)
    return StockSeen(pool_id, number, platform_status(number, for_sale=for_sale), max(times))


def _variant(variant: Reader, pool_id: str) -> VariantSeen:
    product = variant["product"]
    kind = product["productType"].text_or("")
    return VariantSeen(
        id=number_in(variant["id"]),
        product_id=number_in(product["id"]),
        pool_id=pool_id,
        sku=variant["sku"].label_or(""),
        title=full_title(product["title"].text(), variant["title"].text_or("")),
        changed_at=product["updatedAt"].utc(),
        categories=(kind,) if kind else (),
        tags=tuple(tag.text() for tag in product["tags"]),
    )


def _shown(variant: Reader, *, writable: bool) -> ShownSeen:
    """What the variant shows.  Shopify ignores the policy of an untracked variant, so there is nothing to write."""
    times = [variant["updatedAt"].utc()]
    fields = {"inventoryPolicy": variant["inventoryPolicy"].text()}
    for key in METAFIELDS:
        metafield = variant[key]
        fields[key] = "" if metafield.is_null else metafield["value"].text()
        if not metafield.is_null:
            times.append(metafield["updatedAt"].utc())
    return ShownSeen(number_in(variant["id"]), fields if writable else {}, max(times))
