"""The shop itself: its API, and what its merchant and its shoppers do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from decimal import Decimal

from flask import Flask

from adapters.woocommerce.sandbox import catalogue, orders, refunds, stock, storefront
from adapters.woocommerce.sandbox.app import Door, make_app
from adapters.woocommerce.sandbox.auth import Key
from adapters.woocommerce.sandbox.consent import Consent, User, post_over_http
from adapters.woocommerce.sandbox.core import Core
from adapters.woocommerce.sandbox.courier import Courier
from adapters.woocommerce.sandbox.errors import php_json
from adapters.woocommerce.sandbox.order_bodies import money
from adapters.woocommerce.sandbox.records import Line, Mail, Order, Product, meta_value
from connector.ports.clock import Clock, system_clock
from connector.ports.sandbox import Books, Faults, Send, Shelf, Told

# The product meta this service writes; a field that is not there is the empty string.
SHOWN = ("_backorder_status", "_backorder_expected_on", "_backorder_expected_from", "_backorder_message")
MARK = "_backorder"
PRICE = "10.00"
VOID = {"cancelled", "failed", "trash"}
CLOSED = {*VOID, "completed", "refunded"}


class WooShop:
    """A strict imitation of WooCommerce 10.5.0 with HPOS (see ``SandboxShop``).

    ``zone`` is the site's own.  ``signed_at`` is the clock OAuth timestamps are checked against: the vendor's client
    stamps with the machine's, whatever time it is in the sandbox.  ``post_keys`` carries the keys that an app was
    granted; ``allow_http_callbacks``: also to an address without https, which the real shop refuses.
    """

    platform = "woocommerce"

    def __init__(
        self,
        clock: Clock,
        send: Send,
        *,
        consumer_key: str = "ck_sandbox",
        consumer_secret: str = "cs_sandbox",  # noqa: S107 -- made up, and good for this shop only
        source: str = "http://127.0.0.1/",
        zone: tzinfo = UTC,
        signed_at: Clock = system_clock,
        post_keys: Send = post_over_http,
        allow_http_callbacks: bool = True,
    ) -> None:
        self.faults = Faults()
        self.calls: list[str] = []
        self.keys = {consumer_key: Key(consumer_secret)}
        self._core = Core(clock, zone=zone, source=source)
        self._courier = Courier(self._core, send, lambda: self.faults)
        self._consent = Consent(self._core, self.keys, post_keys, allow_http_callbacks=allow_http_callbacks)
        ping = self._courier.ping
        door = Door(self._core, self.keys, signed_at, lambda: self.faults, ping, self.calls, self._consent)
        self.app: Flask = make_app(door)

    # The catalogue

    def add_product(self, sku: str, stock: int | None, *, title: str = "", oversell: bool = False) -> str:
        fields = {"name": title or sku, "sku": sku, "regular_price": PRICE, **_numbers(stock, oversell=oversell)}
        with self._core.lock:
            return str(catalogue.create(self._core, fields).id)

    def add_variations(
        self, title: str, stock: Mapping[str, int | None], *, shared_stock: int | None = None
    ) -> Mapping[str, str]:
        """The parent's SKU is the title, where no other product has it."""
        options = {"name": "Option", "visible": True, "variation": True, "options": list(stock)}
        with self._core.lock:
            sku = "" if title in self._core.skus or title in stock else title
            fields = {"name": title, "type": "variable", "sku": sku, "attributes": [options]}
            parent = catalogue.create(self._core, {**fields, **_numbers(shared_stock)})
            return {sku: self._add_variation(parent, sku, number) for sku, number in stock.items()}

    def parent_of(self, variant_id: str) -> str:
        """The product a variation belongs to."""
        with self._core.lock:
            return str(self._core.products[int(variant_id)].parent_id)

    def set_stock(self, sku: str, available: int) -> None:
        """Where the parent keeps the stock, the parent's number."""
        with self._core.lock:
            catalogue.update(self._core, self._keeper(sku), {"stock_quantity": available})

    def receive_goods(self, sku: str, units: int) -> None:
        with self._core.lock:
            catalogue.update(self._core, self._keeper(sku), {"inventory_delta": units})

    def set_field(self, sku: str, key: str, value: str) -> None:
        """``backorders`` belongs to whoever keeps the stock; anything else is the variant's own meta."""
        with self._core.lock:
            if key == "backorders":
                catalogue.update(self._core, self._keeper(sku), {key: value})
            else:
                catalogue.update(self._core, self._product(sku), {"meta_data": [{"key": key, "value": value or None}]})

    def set_price(self, sku: str, price: str) -> None:
        with self._core.lock:
            catalogue.update(self._core, self._product(sku), {"regular_price": price})

    def relate(self, sku: str, others: Sequence[str]) -> None:
        """As up-sells of the product; of a variation they are its parent's."""
        with self._core.lock:
            ids = [(one.parent_id or one.id) for one in map(self._product, others)]
            product = self._product(sku)
            owner = self._core.products.get(product.parent_id) or product
            catalogue.update(self._core, owner, {"upsell_ids": ids})

    def edit(self, sku: str, fields: Mapping[str, object]) -> None:
        """The merchant changes anything else of a product, by its REST names."""
        with self._core.lock:
            catalogue.update(self._core, self._product(sku), fields)

    def delete_product(self, sku: str) -> None:
        """Into the bin, as the merchant's button does; a product emptied out of it says nothing to anyone."""
        with self._core.lock:
            catalogue.trash(self._core, self._product(sku))

    # Orders

    def place_order(
        self,
        lines: Mapping[str, int],
        *,
        paid: bool = True,
        language: str = "en",
        way: str = "",
        extras: storefront.Extras = storefront.PLAIN,
    ) -> str:
        """``way``: how it is paid for, by card where it is not said; unpaid: by bank transfer, ``on-hold``.

        A language other than the site's own is kept as the most common translation plug-in keeps it, in the order
        meta ``wpml_language``.
        """
        with self._core.lock:
            wanted = [(self._product(sku), units) for sku, units in lines.items()]
            paid_by = way or ("stripe" if paid else "bacs")
            order = storefront.check_out(self._core, wanted, way=paid_by, language=language, extras=extras)
            return str(order.id)

    def open_checkout(self, lines: Mapping[str, int]) -> str:
        """A shopper looks at the checkout page and goes no further: the block leaves a draft, and tells of it."""
        with self._core.lock:
            wanted = [(self._product(sku), units) for sku, units in lines.items()]
            return str(storefront.open_draft(self._core, wanted).id)

    def pay_order(self, order_id: str) -> None:
        with self._core.lock:
            orders.update(self._core, self._order(order_id), {"set_paid": True})

    def cancel_order(self, order_id: str) -> None:
        with self._core.lock:
            orders.update(self._core, self._order(order_id), {"status": "cancelled"})

    def change_quantity(self, order_id: str, sku: str, quantity: int) -> None:
        with self._core.lock:
            order = self._order(order_id)
            line = self._line(order, sku)
            each = line.total / line.quantity if line.quantity else line.total
            row = {"id": line.id, "quantity": quantity, "total": money(each * quantity)}
            orders.update(self._core, order, {"line_items": [{**row, "subtotal": row["total"]}]})

    def refund(self, order_id: str, sku: str, units: int, *, restock: bool = True) -> None:
        """By hand: the money goes back outside the shop."""
        with self._core.lock:
            order = self._order(order_id)
            line = self._line(order, sku)
            worth = line.total / line.quantity * units
            row = {"id": line.id, "quantity": units, "refund_total": money(worth)}
            refunds.refund(self._core, order, {"line_items": [row], "api_refund": False, "api_restock": restock})

    def ship(self, order_id: str, lines: Mapping[str, int] | None = None) -> None:
        if lines is not None:
            raise ValueError("WooCommerce core ships whole orders only: leave the lines out")
        with self._core.lock:
            orders.update(self._core, self._order(order_id), {"status": "completed"})

    def delete_order(self, order_id: str) -> None:
        with self._core.lock:
            self._core.orders.remove(self._order(order_id))

    # How the shop is set up

    def set_tax(self, percent: str, *, tax_class: str = "", included: bool = False) -> None:
        """On everything of a class from now on.  ``included``: prices are entered with it."""
        with self._core.lock:
            self._core.taxes[tax_class] = Decimal(percent)
            self._core.prices_include_tax = included

    def install_our_plugin(self) -> None:
        """The WordPress plugin of this service, which registers an order status."""
        with self._core.lock:
            self._core.has_our_plugin = True

    def mail_back_in_stock(self, *, on: bool) -> None:
        """WooCommerce's own back-in-stock mails, which most shops do not have."""
        with self._core.lock:
            self._core.settings["woocommerce_customer_stock_notifications_allow_signups"] = "yes" if on else "no"

    def break_gateway(self, says: str, times: int = 1) -> None:
        """The next refunds of a gateway that can refund fail, with its own words."""
        with self._core.lock:
            self._core.gateway_says += [says] * times

    # Who may do what

    @property
    def users(self) -> dict[str, User]:
        """Who may log in, by name; at first ``admin`` with the password ``password``."""
        return self._consent.users

    def delete_key(self, consumer_key: str) -> None:
        """The merchant takes a key back, under WooCommerce > Settings > Advanced > REST API."""
        self._consent.delete_key(consumer_key)

    # What can be seen

    @property
    def mails(self) -> Sequence[Mail]:
        """What went out to shoppers, oldest first."""
        with self._core.lock:
            return tuple(self._core.mails)

    def shelf(self, sku: str) -> Shelf:
        with self._core.lock:
            product = self._product(sku)
            seen = stock.view(self._core, product)
            fields = {"backorders": seen.backorders} if seen.manage is True else {}
            if seen.manage:
                fields |= {key: _text(meta_value(product.meta, key)) for key in SHOWN}
            buyable = stock.can_buy(self._core, product, 1)
            return Shelf(sku, seen.quantity if seen.manage else None, buyable, fields)

    def told(self, order_id: str) -> Told:
        with self._core.lock:
            order = self._order(order_id)
            notes = tuple(note.text for note in order.notes if note.to_customer)
            return Told(notes, (), {row.key: _text(row.value) for row in order.meta if row.key.startswith(MARK)})

    def books(self, order_id: str) -> Books:
        """A paid order's ``worth`` is what the merchant keeps of it; that of one in the bin or cancelled is nothing."""
        with self._core.lock:
            order = self._order(order_id)
            back = order.total - order.unrefunded
            if order.status in CLOSED:
                return Books({}, money(back), money(Decimal(0) if order.status in VOID else order.unrefunded))
            units: Counter[str] = Counter()
            gone: Counter[int] = Counter()
            for one in order.refunds:
                for line, of in one.lines:
                    gone[of] -= line.quantity
            for line in order.lines:
                product = self._core.products.get(line.item_id)
                units[product.sku if product else ""] += line.quantity - gone[line.id]
            return Books({sku: left for sku, left in units.items() if left}, money(back), money(order.unrefunded))

    def order_ids(self) -> Sequence[str]:
        with self._core.lock:
            return [str(order.id) for order in self._core.orders]

    def pending_webhooks(self) -> int:
        with self._core.lock:
            return len(self._core.hooks.pending())

    def flush(self) -> int:
        return self._courier.flush()

    # Looking things up, the lock being held

    def _add_variation(self, parent: Product, sku: str, number: int | None) -> str:
        option = [{"name": "Option", "option": sku}]
        fields = {"sku": sku, "regular_price": PRICE, "attributes": option, **_numbers(number)}
        return str(catalogue.create(self._core, fields, parent=parent).id)

    def _product(self, sku: str) -> Product:
        return self._core.products[self._core.skus[sku]]

    def _keeper(self, sku: str) -> Product:
        product = self._product(sku)
        holder = stock.keeper(self._core, product)
        if holder is None:
            raise ValueError(f"The shop keeps no stock number for {sku}")
        return holder

    def _order(self, order_id: str) -> Order:
        return self._core.orders[int(order_id)]

    def _line(self, order: Order, sku: str) -> Line:
        """A line outlives its product's stay in the catalogue: one in the bin is found too."""
        for line in order.lines:
            product = self._core.products.get(line.item_id)
            if product is not None and product.sku == sku:
                return line
        raise KeyError(sku)


def _numbers(stock: int | None, *, oversell: bool = False) -> dict[str, object]:
    if stock is None:
        return {}
    return {"manage_stock": True, "stock_quantity": stock, "backorders": "notify" if oversell else "no"}


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else php_json(value).decode()
