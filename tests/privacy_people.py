"""People whose traces can be told from everything else, who trade in both shops; and a search through the whole
database for what is left of one of them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from databases import address_in, beside_the_config, copy_installation, everything_in
from house import CONFIG, House, house
from sqlalchemy import LargeBinary

from adapters.shopify.sandbox import bodies_orders
from adapters.shopify.sandbox.trade import Checkout
from adapters.woocommerce.sandbox import storefront as woo_checkout
from connector.bootstrap.service import Service
from connector.bootstrap.web import build_app
from connector.checked_settings import read_settings
from connector.ports.vault import Unopenable
from connector.services.amend import amend_turn
from connector.services.context import StoreContext
from connector.services.delays import watch_delays
from connector.services.invite import restock_turn
from connector.services.message_turn import messages_turn
from connector.services.privacy import answer_requests
from connector.services.restock import Agreed, Asked, ask, confirm
from connector.services.sent_once import new_form
from connector.services.shopper_act import Page
from connector.services.shopper_withdraw import withdraw
from connector.storage.tables import metadata

RULES = """channels = ["console"]
[stores.policy]
mode = "always"
[stores.law]
seller = "DE"
"""
TWO = "[[stores]]".join(f"{part}{RULES if place else ''}" for place, part in enumerate(CONFIG.split("[[stores]]")))
SKU = "CHAIR"


@dataclass(frozen=True)
class Someone:
    """``phone`` as the platforms write it."""

    email: str
    phone: str
    first: str
    last: str
    street: str
    named: str  # on the withdrawal

    @property
    def traces(self) -> tuple[str, ...]:
        """Whatever tells of them, in small letters; the number by its last digits, however it is written."""
        return (*(one.casefold() for one in (self.email, self.first, self.last, self.street, self.named)), self.tail)

    @property
    def tail(self) -> str:
        return "".join(one for one in self.phone if one.isdigit())[-8:]

    @property
    def checkout(self) -> dict[str, str]:
        return {"first_name": self.first, "last_name": self.last, "phone": self.phone}


ANNA = Someone(
    "anneliese.nadeloehr@example.test",
    "+49 30 55501234",
    "Anneliese",
    "Nadelöhr",
    "Verlorene Gasse 7",
    "Frau Prof. Haystack",
)
BERT = Someone(
    "bert.bleibt@example.test", "+49 30 77709876", "Bertold", "Bleibtreu", "Bleibestrasse 9", "Herr Dr. Remain"
)


@dataclass
class People:
    """A house in which Anna and Bert have bought, changed their minds, and asked to hear when something is back."""

    house: House
    folder: Path
    orders: dict[tuple[str, str], str]

    def store(self, key: str) -> StoreContext:
        return self.house.store(key)

    def work(self) -> None:
        for store in self.house.service.stores.values():
            for job in (watch_delays, amend_turn, restock_turn, messages_turn, answer_requests):
                job(store)

    def cells(self, store: str = "") -> Iterator[tuple[str, str, str]]:
        """Every value of every row (of a store), opened with our keys: table, column, text."""
        for name, rows in everything_in(address_in(self.folder)).items():
            if name not in metadata.tables:
                continue
            columns = metadata.tables[name].columns
            for row in rows:
                values = dict(zip(columns.keys(), row, strict=True))
                if store and values.get("store") != store:
                    continue
                for column in columns:
                    yield name, column.name, self._opened(values, column.name, isinstance(column.type, LargeBinary))

    def _opened(self, row: Mapping[str, Any], column: str, sealed: bool) -> str:  # noqa: FBT001 -- a question about it
        value = row[column]
        if not sealed:
            return f"{value}"
        raw = bytes(value)
        if column == "body":
            raw = self.house.service.bodies.unpack(raw, bytes(row["digest"]))
        elif raw and column != "digest":
            try:
                raw = self.house.service.vault.open(raw)
            except Unopenable:
                raise AssertionError(f"{column} is not sealed") from None
        text = raw.decode("utf-8", "replace")
        try:  # letters beyond ASCII may be written as numbers
            return json.dumps(json.loads(text), ensure_ascii=False)
        except ValueError:
            return text

    def left_of(self, someone: Someone, store: str = "") -> set[tuple[str, str, str]]:
        """Table, column and trace, wherever there is one."""
        return {
            (table, column, trace)
            for table, column, text in self.cells(store)
            for trace in someone.traces
            if trace in _plain(text) or (trace == someone.tail and trace in _digits(text))
        }

    def in_the_clear(self, someone: Someone) -> set[str]:
        """What of them can be read in the files themselves, without any key."""
        raw = b"".join(path.read_bytes() for path in self.folder.glob("backorder.db*"))
        low = raw.decode("utf-8", "ignore").casefold()
        escaped = {one for one in someone.traces if json.dumps(one).strip('"') in low}
        return {one for one in someone.traces if one in low} | escaped

    def shopify_asks(self, topic: str, someone: Someone, **more: Any) -> int:
        customer = {"id": 9_001, "email": someone.email, "phone": someone.phone}
        body = json.dumps({"shop_id": 1, "shop_domain": "sandbox.myshopify.com", "customer": customer, **more}).encode()
        headers = {
            "X-Shopify-Topic": topic,
            "X-Shopify-Hmac-Sha256": _signed(body, "shpss_sandbox"),
            "X-Shopify-Shop-Domain": "sandbox.myshopify.com",
            "X-Shopify-Webhook-Id": f"asked-{topic}",
        }
        return self.house.receive("http://127.0.0.1:8000/webhooks/shopify/compliance", headers, body)

    def woo_sends(self, topic: str, body: Mapping[str, Any]) -> int:
        raw = json.dumps(body).encode()
        headers = {
            "Content-Type": "application/json",
            "X-WC-Webhook-Topic": topic,
            "X-WC-Webhook-ID": "7",
            "X-WC-Webhook-Delivery-ID": hashlib.sha256(raw).hexdigest()[:32],
            "X-WC-Webhook-Signature": _signed(raw, "new-woo-secret"),
        }
        return self.house.receive("http://127.0.0.1:8000/webhooks/woocommerce/chairs", headers, raw)

    def newest_body(self, key: str, order_id: str) -> dict[str, Any]:
        """The last that the shop sent of an order."""
        with self.house.service.work(read_only=True) as uow:
            found = uow.deliveries.find(store=key, limit=1000)
        bodies = (json.loads(one.body) for one in found if one.topic.startswith("order"))
        return next(one for one in bodies if f"{one['id']}" == order_id)


def _plain(text: str) -> str:
    low = text.casefold()
    return low + low.encode().decode("unicode_escape", "ignore").casefold() if "\\u" in low else low


def _digits(text: str) -> str:
    return "".join(one for one in text if one.isdigit() or one.isalpha())


def _signed(body: bytes, secret: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def _buys(there: House, someone: Someone) -> dict[tuple[str, str], str]:
    woo = {**woo_checkout.SHOPPER, **someone.checkout, "address_1": someone.street}
    address = {**bodies_orders.ADDRESS, "address1": someone.street}
    with (
        patch.dict(woo_checkout.SHOPPER, woo),
        patch.dict(bodies_orders.SHOPPER, someone.checkout),
        patch.dict(bodies_orders.ADDRESS, address),
    ):
        extras = woo_checkout.Extras(email=someone.email, country="DE")
        chairs = there.woo.place_order({SKU: 2}, extras=extras)
        tents = there.shopify.place_order({SKU: 2}, how=Checkout(email=someone.email))
        there.settle(2)
    return {("chairs", someone.email): chairs, ("tents", someone.email): tents}


def _wishes(store: StoreContext, someone: Someone) -> None:
    """Both of the address and of the number, each a wish of its own."""
    with store.work(read_only=True) as uow:
        variant = uow.catalogue.by_sku(store.key, "STOOL")[0].id
    number = "+" + "".join(one for one in someone.phone if one.isdigit())
    ask(store, Asked(variant, someone.email, number, "en", 1, "form", "/stool", "Write to me once."))
    restock_turn(store)
    with store.work(read_only=True) as uow:
        (held,) = uow.restock.of_person(store.key, store.buyer_of(someone.email))
    confirm(store, held.id, Agreed("Yes.", "en", ""))


def _withdraws(store: StoreContext, order_id: str, someone: Someone) -> None:
    with store.work(read_only=True) as uow:
        order = uow.orders.get(store.key, [order_id])[order_id]
    units = dict.fromkeys(order.lines, 1)
    withdraw(store, Page(order_id, 0, new_form()), units, someone.named, someone.email)


@contextmanager
def again(source: People, folder: Path) -> Iterator[People]:
    """The same people in an installation of their own, over the same shops; the first is closed for it."""
    source.house.app.extensions["backorder.on_stop"]()
    source.house.service.close()
    copy_installation(source.folder, folder)
    began = datetime.now(UTC)
    service = Service(read_settings(folder / "config.toml", {}))
    app = build_app(service)
    try:
        yield People(replace(source.house, service=service, app=app), folder, source.orders)
    finally:
        app.extensions["backorder.on_stop"]()
        service.close()
        source.house.clock.move_to(began)


@contextmanager
def people(folder: Path) -> Iterator[People]:
    with house(folder, TWO, beside_the_config(folder)) as there:
        for shop in there.shops.values():
            shop.add_product(SKU, 0)
            shop.add_product("STOOL", 0)
        there.connect()
        orders = {**_buys(there, ANNA), **_buys(there, BERT)}
        made = People(there, folder, orders)
        made.work()
        for someone in (ANNA, BERT):
            for key in ("chairs", "tents"):
                store = there.store(key)
                _wishes(store, someone)
                _withdraws(store, orders[key, someone.email], someone)
        made.work()
        there.settle(2)
        made.work()
        yield made
