"""A shop with an order that waits, and the shopper with the link to its page in hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from house import CONFIG
from site_house import Site, site

from connector.domain.promises import Actor, EventKind, Expected, PromiseEvent
from connector.ports.promising import AmendmentRecord, MessageKind, MessageRecord
from connector.services.amend import carry_out
from connector.services.turn import turn

DUE = date(2026, 12, 24)
WOO_SECRETS = 'webhook_secrets = ["new-woo-secret", "old-woo-secret"]\n'
addresses = count(1)


def config(**tables: Mapping[str, object]) -> str:
    """The house's config with more tables for the store of chairs: ``law={"seller": "DE"}``."""
    more = "".join(
        f"[stores.{name}]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in values.items())
        for name, values in tables.items()
    )
    return CONFIG.replace(WOO_SECRETS, f"{WOO_SECRETS}{more}")


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else f'"{value}"'


@dataclass
class Answer:
    status: int
    html: str
    headers: Mapping[str, str]

    @property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.html, "html.parser")

    @property
    def text(self) -> str:
        found = self.soup.find("main")
        return " ".join(found.get_text(" ").split()) if found is not None else self.html

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    def forms(self) -> list[tuple[str, str, dict[str, str]]]:
        """Method, address and what each form is filled with."""
        found: list[tuple[str, str, dict[str, str]]] = []
        for form in self.soup.find_all("form"):
            assert isinstance(form, Tag)
            fields = {str(one["name"]): str(one.get("value", "")) for one in form.select("[name]")}
            found.append((str(form.get("method", "get")).lower(), str(form.get("action")), fields))
        return found

    def form(self, ending: str, method: str = "post") -> tuple[str, dict[str, str]]:
        """The form that is sent to an address with this ending."""
        for kind, action, fields in self.forms():
            if kind == method and urlsplit(action).path.endswith(ending):
                return action, fields
        raise AssertionError(f"no form for {ending} on the page: {self.forms()}")

    def links(self) -> list[str]:
        return [str(one["href"]) for one in self.soup.select("a[href]")]


@dataclass
class Shopper:
    """A browser, each time at an address of its own unless one is given: limits are tried where they are the matter."""

    client: FlaskClient
    address: str = ""

    def get(self, path: str, method: str = "GET", **more: Any) -> Answer:
        return self._ask(method, path, **more)

    def post(self, path: str, data: Mapping[str, str], **more: Any) -> Answer:
        return self._ask("POST", path, data=dict(data), **more)

    def send(self, seen: Answer, ending: str, **changed: str) -> Answer:
        action, fields = seen.form(ending)
        return self.post(action, {**fields, **changed})

    def follow(self, seen: Answer) -> Answer:
        assert seen.status == 303, (seen.status, seen.text)
        return self.get(seen.location)

    def _ask(self, method: str, path: str, **more: Any) -> Answer:
        number = next(addresses)
        remote = self.address or f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        answer = self.client.open(path, method=method, environ_overrides={"REMOTE_ADDR": remote}, **more)
        return Answer(answer.status_code, answer.get_data(as_text=True), dict(answer.headers))


@dataclass
class Door:
    site: Site
    order_id: str
    folder: Path
    store: str = "chairs"

    sku: str = "CHAIR"

    def another(self) -> Door:
        """Another order in the same shop, of a product of its own: one unit is there, two are to come."""
        house, sku = self.site.house, f"CHAIR-{next(addresses)}"
        shop = house.woo if self.store == "chairs" else house.shopify
        _stock(self.site, sku)
        shop.flush()
        turn(house.store(self.store))
        house.add_supply(self.store, sku, 9, DUE)
        turn(house.store(self.store))
        order_id = shop.place_order({sku: 3})
        house.settle(2)
        return replace(self, order_id=order_id, sku=sku)

    @property
    def path(self) -> str:
        """Of the page, as a message would bear it today."""
        return self.path_of(self.order_id)

    def path_of(self, order_id: str, generation: int = 0) -> str:
        context = self.site.house.store(self.store)
        assert context.links is not None
        return urlsplit(context.links.page(order_id, generation, context.clock())).path

    def shopper(self, address: str = "") -> Shopper:
        return Shopper(self.site.house.app.test_client(), address)

    def line_id(self) -> str:
        with self.site.house.service.work(read_only=True) as uow:
            lines = uow.orders.get(self.store, [self.order_id])[self.order_id].lines.values()
        return next(line.id for line in lines if line.sku == self.sku)

    def amendments(self) -> list[AmendmentRecord]:
        with self.site.house.service.work(read_only=True) as uow:
            return list(uow.amendments.of_order(self.store, self.order_id))

    def carry_out(self) -> int:
        """The next look of the job, and what the shop tells after it."""
        done = carry_out(self.site.house.store(self.store))
        self.site.house.settle(2)
        return done

    def ask_option(self, revised: date | None, silence: str) -> None:
        """A notice that asks "wait or cancel?" was sent."""
        now, reference = self.site.house.service.clock(), f"option-{self.order_id}"
        values = {"answer_by": "2027-01-23", "silence": silence, "lines": []}
        message = MessageRecord(0, MessageKind.OPTION, self.order_id, 0, "en", values, reference, now, now)
        event = PromiseEvent(
            now,
            EventKind.OPTION,
            Actor.SERVICE,
            expected=Expected(revised, revised),
            rule="16 CFR 435.2(b)(1)",
            reference=reference,
        )
        with self.site.house.service.work() as uow:
            uow.messages.add(self.store, replace(message, not_before=now + timedelta(days=999)))
            uow.promises.append(self.store, self.order_id, self.line_id(), [event])
            uow.commit()


def _stock(there: Site, sku: str) -> None:
    for shop in there.house.shops.values():
        shop.add_product(sku, 1, title='Chair <script>alert("x")</script> & co', oversell=True)
        shop.relate(sku, ["STOOL"])


@contextmanager
def door(
    folder: Path, settings: str = CONFIG, store: str = "chairs", language: str = "en", **more: Any
) -> Iterator[Door]:
    with site(folder, settings, **more) as there:
        house = there.house
        for shop in house.shops.values():
            shop.add_product("STOOL", 50, title="A stool")
            shop.set_price("STOOL", "7.50")
        _stock(there, "CHAIR")
        house.connect()
        house.add_supply(store, "CHAIR", 9, DUE)
        house.settle()
        shop = house.woo if store == "chairs" else house.shopify
        order_id = shop.place_order({"CHAIR": 3}, language=language)
        house.settle()
        yield Door(there, order_id, folder, store)
