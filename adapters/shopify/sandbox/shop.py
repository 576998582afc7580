"""``ShopifyShop``: the shop as its merchant and its shoppers use it.

One liberty against the platform: with ``allow_http_webhooks`` it takes http:// webhook addresses, since what runs on
loopback has no certificate.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from adapters.shopify.sandbox import catalogue, changes, engine, trade, web
from adapters.shopify.sandbox.app_side import AppSide
from adapters.shopify.sandbox.bodies import privacy_body, shop_body
from adapters.shopify.sandbox.bulk import Bulk
from adapters.shopify.sandbox.call import CURRENT, Call
from adapters.shopify.sandbox.cost import Bucket
from adapters.shopify.sandbox.dealings import Dealings
from adapters.shopify.sandbox.grants import Grants
from adapters.shopify.sandbox.jobs import Jobs
from adapters.shopify.sandbox.metafields import BACKORDER, put, remove, wrong_input
from adapters.shopify.sandbox.records import Variant
from adapters.shopify.sandbox.sales import Order
from adapters.shopify.sandbox.stock import level_at, move
from adapters.shopify.sandbox.store import Store
from adapters.shopify.sandbox.webhooks import RETRY_AFTER, Outbox, send_all
from connector.ports.clock import Clock
from connector.ports.sandbox import Faults, Send, Shelf, Told

SCOPES = frozenset(
    (
        "read_products",
        "write_products",
        "read_inventory",
        "write_inventory",
        "read_locations",
        "read_orders",
        "write_orders",
        "write_order_edits",
        "read_merchant_managed_fulfillment_orders",
        "write_merchant_managed_fulfillment_orders",
        "write_app_proxy",
    )
)
OWNED = {
    "status": "single_line_text_field",
    "expected_on": "date",
    "expected_from": "date",
    "message": "single_line_text_field",
}
"""The variant metafields that are shown, and the type each has where nothing says otherwise."""
COUNTER_UNITS = 2


class ShopifyShop(AppSide, Dealings):
    """Safe to use from several threads: every act holds the shop's lock, every delivery leaves without it."""

    platform = "shopify"
    _throttles = 0

    def __init__(
        self,
        clock: Clock,
        send: Send,
        *,
        domain: str = "sandbox.myshopify.com",
        access_token: str = "shpat_sandbox",  # noqa: S107 -- a made-up token of a made-up shop
        client_id: str = "sandbox",
        client_secret: str = "shpss_sandbox",  # noqa: S107 -- as above
        app_url: str = "",
        redirect_urls: Collection[str] = (),
        api_version: str = CURRENT,
        allow_http_webhooks: bool = False,
        scopes: Collection[str] = SCOPES,
        compliance_url: str = "",
        counter_units: int = COUNTER_UNITS,
        retry_after: Sequence[timedelta] = RETRY_AFTER,
    ) -> None:
        """``access_token``: of a custom app from before 2026, which never lapses.

        ``app_url``: what the admin shows in its frame; ``redirect_urls``: where the owner may be sent back to after
        saying yes (empty: anywhere); ``compliance_url``: where the app's configuration file sends privacy topics.
        ``scopes``: what the owner grants at most.
        ``counter_units`` of every tracked variant lie at the place that never serves online orders.
        ``retry_after``: the pauses before an unanswered webhook is sent again; shorter for a day told in seconds.
        """
        self.access_token = access_token
        self.client_id = client_id
        self.client_secret = client_secret
        self.app_url = app_url
        self.redirect_urls = tuple(redirect_urls)
        self.api_version = api_version
        self.allow_http_webhooks = allow_http_webhooks
        self.compliance_url = compliance_url
        self.scopes = frozenset(scopes)
        self._send = send
        self._counter_units = counter_units
        self._furnish(clock, domain, Outbox(clock, domain, client_secret, retry_after))
        self.app = web.build(self)

    def _furnish(self, clock: Clock, domain: str, outbox: Outbox) -> None:
        self.installed = True
        self.faults = Faults()
        self.calls: list[str] = []
        self.store = Store(clock, domain, self.scopes)
        self._lock = self.store.lock
        self._outbox = outbox
        self.store.publish = lambda event, told: outbox.publish(event, told, self.store)
        self._jobs = Jobs()
        self._bulk = Bulk(self.store)
        self._bucket = Bucket(clock)
        self._replays: dict[tuple[str, str], tuple[str, object]] = {}
        self._grants = Grants(clock, self.store.new_uuid)

    # What the merchant does.

    def add_product(self, sku: str, stock: int | None, *, title: str = "", oversell: bool = False) -> str:
        with self._lock:
            variants = {sku: (catalogue.DEFAULT_TITLE, stock)}
            made = catalogue.add_product(self.store, title or sku, variants, self._counter_units).variants[0]
            made.inventory_policy = "CONTINUE" if oversell else "DENY"
            return str(made.ref)

    def add_variations(
        self, title: str, stock: Mapping[str, int | None], *, shared_stock: int | None = None
    ) -> Mapping[str, str]:
        if shared_stock is not None:
            raise ValueError("Shopify keeps a number for each variant; it has none for a product")
        with self._lock:
            variants = {sku: (sku, units) for sku, units in stock.items()}
            made = catalogue.add_product(self.store, title, variants, self._counter_units)
            return {one.sku: str(one.ref) for one in made.variants}

    def set_stock(self, sku: str, available: int) -> None:
        with self._lock, self.store.act():
            level = level_at(self.store, self._tracked(sku).inventory_item, self.store.online)
            move(self.store, level, available=available - level.numbers["available"])

    def receive_goods(self, sku: str, units: int) -> None:
        with self._lock, self.store.act():
            move(
                self.store, level_at(self.store, self._tracked(sku).inventory_item, self.store.online), available=units
            )

    def set_field(self, sku: str, key: str, value: str) -> None:
        """``inventoryPolicy``, or one of our metafields; an empty value takes a metafield away."""
        with self._lock, self.store.act():
            variant = self.store.variant_of(sku)
            if key == "inventoryPolicy":
                if value not in {"CONTINUE", "DENY"}:
                    raise ValueError(f"inventoryPolicy is CONTINUE or DENY, not {value!r}")
                variant.inventory_policy = value
                catalogue.touch_variant(self.store, variant)
            elif not value:
                remove(self.store, variant, BACKORDER, key)
            else:
                self._put_field(variant, key, value)

    def _put_field(self, variant: Variant, key: str, value: str) -> None:
        known = self.store.definitions.get(("PRODUCTVARIANT", BACKORDER, key)) or (BACKORDER, key) in variant.metafields
        given = {"namespace": BACKORDER, "key": key, "value": value}
        if not known:
            given["type"] = OWNED[key]
        if (fault := wrong_input(self.store, variant, given)) is not None:
            raise ValueError(f"{key}: {fault[1]}")
        put(self.store, variant, given)

    def delete_product(self, sku: str) -> None:
        with self._lock:
            catalogue.delete_product(self.store, self.store.variant_of(sku).product)

    def pay_order(self, order_id: str) -> None:
        with self._lock:
            trade.pay(self.store, self._order(order_id))

    def cancel_order(self, order_id: str) -> None:
        """With restock, and the money back where there was any."""
        with self._lock:
            order = self._order(order_id)
            changes.cancel(self.store, order, reason="CUSTOMER", restock=True, refund=True, staff_note=None)

    def change_quantity(self, order_id: str, sku: str, quantity: int) -> None:
        with self._lock:
            edit = changes.begin_edit(self.store, self._order(order_id))
            line = next((one for one in edit.lines if one.sku == sku), None)
            if line is None:
                raise KeyError(f"order {order_id} has no line of {sku!r}")
            changes.set_quantity(edit, line, quantity, restock=True)
            changes.commit_edit(self.store, edit, "")

    def refund(self, order_id: str, sku: str, units: int, *, restock: bool = True) -> None:
        """Units not sent yet first; then units that come back.  Money goes back where it was received."""
        with self._lock:
            order = self._order(order_id)
            line = next((one for one in order.lines if one.sku == sku and one.current_quantity), None)
            if line is None:
                raise KeyError(f"order {order_id} has no line of {sku!r} left")
            unsent = min(units, line.unfulfilled_quantity)
            parts = [(unsent, "CANCEL"), (units - unsent, "RETURN")] if restock else [(units, "NO_RESTOCK")]
            wishes = [(line, count, how, None) for count, how in parts if count]
            amount = min(line.paid * units, order.received - order.refunded)
            changes.give_back(self.store, order, wishes, note=None, shares=changes.shared(order, amount))

    def ship(self, order_id: str, lines: Mapping[str, int] | None = None) -> None:
        """Raises ``ValueError`` for units that are held, or more than are left."""
        with self._lock:
            order = self._order(order_id)
            live = [one for one in order.fulfillment_orders if one.is_live]
            if lines is None:
                parts = [
                    (line, line.remaining_quantity) for one in live for line in one.lines if line.remaining_quantity
                ]
            else:
                parts = self._parts(order, lines)
            trade.ship(self.store, order, parts)

    def _parts(self, order: Order, lines: Mapping[str, int]) -> list[trade.Part]:
        wanted, parts = dict(lines), []
        open_ones = [one for one in order.fulfillment_orders if one.status in {"OPEN", "IN_PROGRESS"}]
        for line in (line for one in open_ones for line in one.lines):
            units = min(wanted.get(line.line_item.sku, 0), line.remaining_quantity)
            if units:
                parts.append((line, units))
                wanted[line.line_item.sku] -= units
        if any(wanted.values()):
            raise trade.Unfit(f"not open to be shipped: {wanted}")
        return parts

    def delete_order(self, order_id: str) -> None:
        with self._lock:
            order = self._order(order_id)
            for line in order.lines:
                if line.item is not None:
                    level = line.item.levels[order.location.ref]
                    level.numbers["committed"] -= line.unfulfilled_quantity
            del self.store.orders[order.ref]
            bearers = (*order.fulfillment_orders, *order.fulfillments, *order.refunds, *order.metafields.values())
            for record in (order, *order.lines, *bearers):
                self.store.forget(record)

    def uninstall(self) -> None:
        """All tokens die at once; the news of it is the last that leaves for the app's subscriptions."""
        with self._lock:
            with self.store.act():
                self.store.tell(
                    "app/uninstalled", self.store.shop, lambda: shop_body(self.store.shop, self.store.online.ref)
                )
            self.installed = False
            self.revoke_tokens()
            self._outbox.subscriptions.clear()

    def ask_privacy(self, topic: str, order_ids: Sequence[str] = (), *, address: str | None = None) -> None:
        """``customers/data_request``, ``customers/redact`` or ``shop/redact``, to the app's configured address."""
        with self._lock:
            where = address or self.compliance_url
            if not where:
                raise ValueError("no address for privacy requests: give compliance_url")
            body = privacy_body(topic, self.store.shop, tuple(map(int, order_ids)))
            self._outbox.enqueue(
                topic, where, self._outbox.sign(body), self.store.new_uuid(), self.store.new_uuid(), self.api_version
            )

    # What the shopper does, and what anyone sees.

    def place_order(
        self,
        lines: Mapping[str, int],
        *,
        paid: bool = True,
        language: str = "en",
        how: trade.Checkout = trade.ONLINE,
    ) -> str:
        with self._lock:
            wanted = {self.store.variant_of(sku): units for sku, units in lines.items()}
            return str(trade.place(self.store, wanted, paid=paid, how=replace(how, language=language)).ref)

    def shelf(self, sku: str) -> Shelf:
        with self._lock:
            variant = self.store.variant_of(sku)
            item = variant.inventory_item
            fields: dict[str, str] = {}
            if item.tracked:
                owned = {key: variant.metafields.get((BACKORDER, key)) for key in OWNED}
                fields = {"inventoryPolicy": variant.inventory_policy}
                fields |= {key: one.value if one else "" for key, one in owned.items()}
            return Shelf(sku, item.online() if item.tracked else None, variant.available_for_sale, fields)

    def told(self, order_id: str) -> Told:
        with self._lock:
            order = self._order(order_id)
            marks = {key: one.value for (space, key), one in order.metafields.items() if space == BACKORDER}
            held = any(one.holds for one in order.fulfillment_orders)
            return Told(tags=tuple(order.tags), marks=marks, held=held)

    def order_ids(self) -> Sequence[str]:
        with self._lock:
            return [str(ref) for ref in self.store.orders]

    def _tracked(self, sku: str) -> Variant:
        variant = self.store.variant_of(sku)
        if not variant.inventory_item.tracked:
            raise ValueError(f"{sku} is not tracked: it has no number to change")
        return variant

    # The webhooks.

    def pending_webhooks(self) -> int:
        """Deliveries due by now; a retry counts when its time has come."""
        with self._lock:
            return len(self._outbox.due())

    def flush(self) -> int:
        with self._lock:
            self._jobs.settle()
            self._bulk.tick()
            leaving = self._outbox.take(self.faults)
        return send_all(self._outbox, leaving, self._send, self.store)

    # What the web application asks.

    def answer(self, request: engine.Request, version: str, base_url: str) -> engine.Answer:
        with self._lock:
            self._jobs.settle()
            call = Call(
                store=self.store,
                outbox=self._outbox,
                jobs=self._jobs,
                bulk=self._bulk,
                version=version,
                base_url=base_url,
                allow_http_webhooks=self.allow_http_webhooks,
                client_id=self.client_id,
                uninstall=self.uninstall,
                replays=self._replays,
            )
            return engine.answer(call, self._bucket, request)

    def throttled(self) -> engine.Answer:
        with self._lock:
            return engine.throttled(self._bucket, 752)

    def next_fault(self, name: str) -> tuple[str, float]:
        """Note the call; say how it is to fail, and after how long a pause."""
        with self._lock:
            self.calls.append(name)
            faults = self.faults
            if faults.answer_429 > 0:
                faults.answer_429 -= 1
                self._throttles += 1
                return ("429" if self._throttles % 2 else "throttled"), faults.slow_seconds
            for counter, fault in (("answer_500", "500"), ("answer_html", "html"), ("lose_answer", "lose")):
                if (left := getattr(faults, counter)) > 0:
                    setattr(faults, counter, left - 1)
                    return fault, faults.slow_seconds
            return "", faults.slow_seconds

    def keep_file(self, key: str, policy: str, content: bytes) -> bool:
        with self._lock:
            file = self._bulk.files.get(key)
            if file is None or file.policy != policy:
                return False
            file.content = content
            return True

    def bulk_result(self, name: str) -> bytes | None:
        with self._lock:
            ends = (one for one in self._bulk.operations.values() if (one.url or "").endswith(f"/bulk-results/{name}"))
            found = next(ends, None)
            return None if found is None else found.file
