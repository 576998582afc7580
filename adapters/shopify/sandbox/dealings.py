"""What the merchant does beside keeping stock, and what the books say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from threading import RLock

from adapters.shopify.sandbox import catalogue
from adapters.shopify.sandbox.bodies import amount
from adapters.shopify.sandbox.jobs import Jobs
from adapters.shopify.sandbox.metafields import put, wrong_input
from adapters.shopify.sandbox.sales import Hold, Order
from adapters.shopify.sandbox.store import Store
from connector.ports.sandbox import Books

RECOMMENDATIONS = "shopify--discovery--product_recommendation"
"""Where the Search & Discovery app keeps what its merchant relates."""


class Dealings:
    """A part of a ``ShopifyShop``."""

    store: Store
    _lock: RLock
    _jobs: Jobs

    def set_price(self, sku: str, price: str) -> None:
        with self._lock, self.store.act():
            variant = self.store.variant_of(sku)
            variant.price = Decimal(price)
            catalogue.touch_variant(self.store, variant)

    def relate(self, sku: str, others: Sequence[str], *, kind: str = "related_products") -> None:
        """``complementary_products`` is the other kind."""
        with self._lock, self.store.act():
            product = self.store.variant_of(sku).product
            named = list(dict.fromkeys(self.store.variant_of(one).product.gid for one in others))
            given = {
                "namespace": RECOMMENDATIONS,
                "key": kind,
                "type": "list.product_reference",
                "value": json.dumps(named),
            }
            if (fault := wrong_input(self.store, product, given)) is not None:
                raise ValueError(f"{kind}: {fault[1]}")
            put(self.store, product, given)

    def books(self, order_id: str) -> Books:
        with self._lock:
            order = self._order(order_id)
            units = {line.sku: 0 for line in order.lines}
            for line in order.lines:
                units[line.sku] += line.unfulfilled_quantity
            kept = order.received - order.refunded
            worth = Decimal(0) if order.cancelled_at and not kept else max(kept, order.current_total)
            return Books({sku: left for sku, left in units.items() if left}, amount(order.refunded), amount(worth))

    def held_units(self, order_id: str) -> dict[str, int]:
        """Units that may not leave now, whoever holds them, by SKU."""
        with self._lock:
            held: dict[str, int] = {}
            for one in self._order(order_id).fulfillment_orders:
                for line in one.lines if one.holds else ():
                    sku = line.line_item.sku
                    held[sku] = held.get(sku, 0) + line.remaining_quantity
            return {sku: units for sku, units in held.items() if units}

    def hold_by_another(self, order_id: str, handle: str = "fraud-check") -> None:
        """Another app holds everything that is open."""
        with self._lock:
            for one in self._order(order_id).fulfillment_orders:
                if one.is_live:
                    hold = Hold(
                        ref=self.store.new_id(),
                        reason="HIGH_RISK_OF_FRAUD",
                        reason_notes=None,
                        handle=handle,
                        external_id=None,
                        held_by_requesting_app=False,
                    )
                    one.holds.append(self.store.keep(hold))

    def lock_order(self, order_id: str, why: str = "The order cannot be edited.") -> None:
        """The merchant cannot edit it any more; for which reasons, only the platform knows."""
        with self._lock:
            self._order(order_id).locked = why

    def take_time(self, requests: int) -> None:
        """What is carried out after its answer takes so many more requests from now on."""
        with self._lock:
            self._jobs.slow = requests

    def disapprove(self) -> None:
        """The app may see no protected customer data, of new orders not by webhook either."""
        with self._lock:
            self.store.approved = False

    def refuse_refunds(self) -> None:
        """Every refund fails at the bank from now on."""
        with self._lock:
            self.store.gateway_refuses = True

    def _order(self, order_id: str) -> Order:
        return self.store.orders[int(order_id)]
