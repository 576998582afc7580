"""A year of trade over both sandbox shops, with a clock that is moved and a real mail server on loopback.

Shoppers order, wait, answer, cancel and say nothing; suppliers deliver, slip, come early, short or damaged; webhooks
are lost, doubled and shuffled.  Nothing in here knows how the service works: what it counts, it reads from the mails
that arrived and from the shops' own books.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import unquote

from aiosmtpd.controller import Controller
from bs4 import BeautifulSoup, Tag
from free_ports import free_port
from house import House, house
from trading_config import trading_config

from adapters.shopify.sandbox.trade import ONLINE
from adapters.woocommerce.sandbox.storefront import PLAIN
from connector.domain.promises import EventKind, PromiseEvent
from connector.ports.clock import system_clock
from connector.ports.promising import MessageKind, MessageRecord, MessageState
from connector.ports.records import OrderRecord
from connector.services.amend import amend_turn
from connector.services.delays import watch_delays
from connector.services.invite import restock_turn
from connector.services.message_turn import messages_turn
from connector.services.supplies import add_supply, change_supply, receive_supply
from connector.services.turn import confirm_and_notify, turn

STORES = ("chairs", "tents")
GOODS: Mapping[str, tuple[str, ...]] = {
    "chairs": ("CHAIR-OAK", "CHAIR-ASH", "SOFA", "DESK"),
    "tents": ("TENT", "STOVE", "BAG", "LANTERN"),
}
SCARCE = {"chairs": "CHAIR-RARE", "tents": "TENT-RARE"}
"""Never sold ahead: those who want one put themselves on the list."""
PLACES = ("US", "US", "DE", "FR", "GB")
HOURS = (9, 14, 19)
"""When the service looks on each day; the last is after the law's last call and before midnight."""
LEGAL_DEFAULT = 30
WORKING = 7
LINK = re.compile(r"https?://[^\s/]+(/[or]/[^\s>)\]\"]+)")


@dataclass(frozen=True)
class Mail:
    at: datetime
    to: str
    message_id: str
    text: str
    headers: Mapping[str, str]

    @property
    def reference(self) -> str:
        return unquote(self.message_id.lstrip("<").split(".")[0])

    @property
    def store(self) -> str:
        return self.message_id.split(".")[1]

    def link(self) -> str:
        found = LINK.search(self.text)
        return found[1] if found else ""


class Mailbox:
    """Everybody's mailbox; an ``aiosmtpd`` handler."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        del server, session
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        body = mail.get_body(("plain",))
        assert body is not None
        headers = {name.lower(): str(value) for name, value in mail.items()}
        for to in envelope.rcpt_tos:
            self.mails.append(Mail(system_clock(), to, headers["message-id"], str(body.get_content()), headers))
        return "250 kept"


@dataclass
class Truck:
    """A supply under way, as the merchant knows it: ``comes`` is the day nobody else knows."""

    store: str
    sku: str
    units: int
    supply: int
    due: date
    comes: date


@dataclass
class Figures:
    orders: int = 0
    mails: Counter[str] = field(default_factory=Counter)
    slips: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    late: list[str] = field(default_factory=list)
    refunds: list[int] = field(default_factory=list)  # working days each took

    def said(self) -> str:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self.mails.items()))
        answers = ", ".join(f"{count} {kind}" for kind, count in sorted(self.answers.items()))
        slowest = max(self.refunds, default=0)
        return (
            f"{self.orders} orders, {self.slips} slips of suppliers; mails: {kinds}; shoppers: {answers}; "
            f"{len(self.refunds)} refunds, the slowest after {slowest} working days"
        )


@dataclass
class Year:
    there: House
    mailbox: Mailbox
    rng: Random
    each_day: float
    figures: Figures = field(default_factory=Figures)
    buyers: dict[tuple[str, str], str] = field(default_factory=dict)  # store and order id -> address
    trucks: list[Truck] = field(default_factory=list)
    wishes: dict[str, str] = field(default_factory=dict)  # address -> asked or confirmed
    read: int = 0

    def open(self) -> None:
        for store, shop in ((key, self.there.shops[key]) for key in STORES):
            for sku in GOODS[store]:
                shop.add_product(sku, self.rng.randint(2, 8), title=sku.title())
            shop.add_product(SCARCE[store], 0, title=SCARCE[store].title())
            shop.faults.doubled, shop.faults.lost, shop.faults.shuffled = 0.05, 0.03, True
            shop.faults.seed = self.rng.randint(0, 10**6)
        self.there.connect()
        self.there.clock.shift(timedelta(days=1))

    def live(self, days: int) -> None:
        for _ in range(days):
            self.a_day()

    def a_day(self) -> None:
        for hour in HOURS:
            now = system_clock()
            self.there.clock.move_to(now.replace(hour=hour, minute=0, second=0, microsecond=0))
            if hour == HOURS[0]:
                self._goods()
                self._trade()
            if hour == HOURS[1]:
                self._shoppers_answer()
                self._merchant()
            self.work()
        self._note_the_late()
        self.there.clock.move_to((system_clock() + timedelta(days=1)).replace(hour=0, minute=30))

    def work(self, rounds: int = 2) -> None:
        """The service does what it does every few seconds, until nothing is left that waits for seconds."""
        for _ in range(rounds):
            self.there.deliver()
            self.there.clock.shift(timedelta(seconds=21))
            for store in self.there.service.stores.values():
                turn(store)
                confirm_and_notify(store)
                watch_delays(store)
                amend_turn(store)
                restock_turn(store)
                messages_turn(store)
            self.there.deliver()

    # What happens.

    def _goods(self) -> None:
        today = system_clock().date()
        for truck in [one for one in self.trucks if one.comes <= today]:
            self.trucks.remove(truck)
            # Short, over or damaged: what the shelf gets is not what the paper says.
            units = max(0, truck.units + self.rng.choice((0, 0, 0, 0, -1, 1)))
            receive_supply(self.there.store(truck.store), truck.supply, units or None)
            self.there.shops[truck.store].receive_goods(truck.sku, units)
        for truck in self.trucks:
            if truck.due <= today + timedelta(days=1) and truck.comes > truck.due:
                self.figures.slips += 1
                truck.due = truck.comes if self.rng.random() < 0.8 else truck.due
                late = truck.due if truck.due >= today else None
                change_supply(self.there.store(truck.store), truck.supply, due=late)
        self._order_more(today)

    def _order_more(self, today: date) -> None:
        for store in STORES:
            for sku in (*GOODS[store], SCARCE[store]):
                available = self.there.shops[store].shelf(sku).available or 0
                coming = sum(one.units for one in self.trucks if (one.store, one.sku) == (store, sku))
                if available + coming < 3:
                    due = today + timedelta(days=self.rng.randint(5, 30))
                    comes = due + timedelta(days=self.rng.choice((0, 0, 0, -2, 4, 12, 40)))
                    units = self.rng.randint(4, 10) if sku in GOODS[store] else 2
                    supply = add_supply(self.there.store(store), sku, units, due).id
                    self.trucks.append(Truck(store, sku, units, supply, due, max(comes, today + timedelta(days=1))))

    def _trade(self) -> None:
        for store in STORES:
            for _ in range(round(self.each_day + self.rng.uniform(-0.5, 0.5))):
                skus = self.rng.sample(GOODS[store], self.rng.choice((1, 1, 2)))
                self._buy(store, {sku: self.rng.choice((1, 1, 2)) for sku in skus})
            scarce = self.there.shops[store].shelf(SCARCE[store])
            if not scarce.buyable and self.rng.random() < 0.4:
                self._wish(store)
            elif scarce.buyable and self.rng.random() < 0.5:
                self._buy(store, {SCARCE[store]: 1})

    def _buy(self, store: str, lines: Mapping[str, int]) -> None:
        number = len(self.buyers)
        email, country = f"shopper{number}@example.com", self.rng.choice(PLACES)
        try:
            if store == "chairs":
                order = self.there.woo.place_order(lines, extras=replace(PLAIN, email=email, country=country))
            else:
                order = self.there.shopify.place_order(lines, how=replace(ONLINE, email=email, country=country))
        except ValueError:  # sold out, and nothing says when there will be more
            return
        self.figures.orders += 1
        self.buyers[store, order] = email

    def _wish(self, store: str) -> None:
        email = f"wish{len(self.wishes)}@example.com"
        form = {"sku": SCARCE[store], "email": email, "lang": "en", "units": "1", "consent": "yes"}
        with self.there.app.test_client() as client:
            answer = client.post(f"/storefront/v1/{store}/restock", data=form)
        if answer.status_code < 400:
            self.wishes[email] = "asked"

    def _merchant(self) -> None:
        """What is complete leaves; now and then somebody telephones and an order is cancelled."""
        for store in STORES:
            with self.there.service.work(read_only=True) as uow:
                ids = list(uow.orders.all_open_ids(store))
                orders = uow.orders.get(store, ids)
            for order in orders.values():
                lines = [one for one in order.lines.values() if one.outstanding]
                if lines and order.told.status.value != "waiting" and not any(one.waiting for one in lines):
                    if self._is_calm(store, order):
                        self.there.shops[store].ship(order.id)
                elif self.rng.random() < 0.004:
                    self.there.shops[store].cancel_order(order.id)
                    self.figures.answers["telephoned"] += 1

    def _is_calm(self, store: str, order: OrderRecord) -> bool:
        """Whether nothing is being changed about it: nobody packs what a shopper is just cancelling."""
        with self.there.service.work(read_only=True) as uow:
            return not [one for one in uow.amendments.of_order(store, order.id) if one.done_at is None]

    def _shoppers_answer(self) -> None:
        fresh, self.read = self.mailbox.mails[self.read :], len(self.mailbox.mails)
        for mail in fresh:
            kind = self.kind_of(mail)
            if kind is MessageKind.OPT_IN and self.rng.random() < 0.7:
                self._press(mail.link(), {"do": "confirm"})
                self.wishes[mail.to] = "confirmed"
            elif kind is MessageKind.OPTION:
                self._choose(mail)

    def _choose(self, mail: Mail) -> None:
        choice = self.rng.choice(("silence", "silence", "keep", "cancel"))
        self.figures.answers[choice] += 1
        if choice == "silence":
            return
        with self.there.app.test_client() as client:
            page = client.get(mail.link())
        assert page.status_code == 200, page.status_code
        record = self.record_of(mail)
        assert record is not None
        for line in record.line_ids:
            self._act(mail.link(), line, choice)

    def _act(self, path: str, line: str, choice: str) -> None:
        """Press the button on the page; before a cancellation it asks once more on a page of its own."""
        with self.there.app.test_client() as client:
            where = path if choice == "keep" else f"{path}/{line}/cancel?units=1"
            soup = BeautifulSoup(client.get(where).get_data(as_text=True), "html.parser")
            forms = [one for one in soup.find_all("form") if str(one.get("action")).endswith(f"/{line}/{choice}")]
            if not forms:
                self.figures.answers["too late"] += 1
                return
            form = forms[0]
            assert isinstance(form, Tag)
            data = {str(one["name"]): str(one.get("value", "")) for one in form.find_all("input") if one.get("name")}
            answer = client.post(str(form["action"]), data=data)
            assert answer.status_code in {302, 303, 409}, (answer.status_code, answer.get_data(as_text=True)[:2000])

    def _press(self, path: str, data: Mapping[str, str]) -> None:
        with self.there.app.test_client() as client:
            assert client.get(path).status_code == 200
            assert client.post(path, data=data).status_code == 303

    # What is counted.

    def kind_of(self, mail: Mail) -> MessageKind | None:
        record = self.record_of(mail)
        return record.kind if record else None

    def record_of(self, mail: Mail) -> MessageRecord | None:
        with self.there.service.work(read_only=True) as uow:
            return uow.messages.by_reference(mail.store, mail.reference)

    def _note_the_late(self) -> None:
        """At the end of a promised day: whatever has not left was asked about in time, or is being cancelled."""
        today = system_clock().date()
        for store in STORES:
            with self.there.service.work(read_only=True) as uow:
                ids = list(uow.orders.all_open_ids(store))
                events, orders = uow.promises.events(store, ids), uow.orders.get(store, ids)
                terms = uow.promises.terms(store, ids)
            for order in orders.values():
                paid = terms[order.id].paid_at if order.id in terms else None
                for line in order.lines.values():
                    happened = events.get(order.id, {}).get(line.id, ())
                    if line.waiting and self._is_late(happened, paid or order.taken_at, today):
                        self.figures.late.append(f"{store} order {order.id} line {line.id} on {today}")

    def _is_late(self, happened: Sequence[PromiseEvent], ordered: datetime, today: date) -> bool:
        promised = next((one for one in happened if one.kind is EventKind.PROMISED), None)
        stated = promised.expected.latest if promised else None
        last = stated if stated and stated >= ordered.date() else ordered.date() + timedelta(days=LEGAL_DEFAULT)
        settled = {EventKind.OPTION, EventKind.CANCEL_ASKED, EventKind.CANCELLED}
        return today >= last and not any(one.kind in settled and one.at.date() <= today for one in happened)

    def finish(self) -> None:
        """Quiet the lines, look at everything again, and let what is under way come to its end."""
        for shop in self.there.shops.values():
            shop.faults.doubled = shop.faults.lost = 0.0
        self.there.reconcile()
        self.work(rounds=4)
        for mail in self.mailbox.mails:
            kind = self.kind_of(mail)
            self.figures.mails[kind.value if kind else "unknown"] += 1
        for store in STORES:
            self._count_refunds(store)

    def _count_refunds(self, store: str) -> None:
        with self.there.service.work(read_only=True) as uow:
            events = uow.promises.events(store, [order for of, order in self.buyers if of == store])
        for lines in events.values():
            for happened in lines.values():
                asked = [one for one in happened if one.kind is EventKind.CANCEL_ASKED]
                paid = [one for one in happened if one.kind is EventKind.REFUNDED]
                for one, back in zip(asked, paid, strict=False):
                    self.figures.refunds.append(working_days(one.at.date(), back.at.date()))
                self.figures.answers["refund owed"] += max(0, len(asked) - len(paid))

    def doubled(self) -> list[str]:
        """Message-IDs that arrived more than once, and texts that one address got twice."""
        ids = Counter((one.to, one.message_id) for one in self.mailbox.mails)
        texts = Counter((one.to, LINK.sub("", one.text)) for one in self.mailbox.mails)
        return [key[1][:200] for key, count in (*ids.items(), *texts.items()) if count > 1]

    def strangers(self) -> list[str]:
        """Mails about an order that went to somebody else, and advertising to one who did not agree."""
        wrong: list[str] = []
        for mail in self.mailbox.mails:
            record = self.record_of(mail)
            assert record is not None, mail.message_id
            if record.order_id and self.buyers[mail.store, record.order_id] != mail.to:
                wrong.append(f"{record.reference} went to {mail.to}")
            if record.kind.is_marketing and self.wishes.get(mail.to) != "confirmed":
                wrong.append(f"{record.reference}: {mail.to} never agreed")
        return wrong

    def unlike(self) -> list[str]:
        """Orders whose books at the shop are not ours."""
        differing: list[str] = []
        for store in STORES:
            ours: dict[str, dict[str, int]] = defaultdict(dict)
            ids = [order for of, order in self.buyers if of == store]
            with self.there.service.work(read_only=True) as uow:
                for order in uow.orders.get(store, ids).values():
                    for line in order.lines.values():
                        if line.outstanding:
                            ours[order.id][line.sku] = ours[order.id].get(line.sku, 0) + line.outstanding
            for one in ids:
                theirs = dict(self.there.shops[store].books(one).units)
                if theirs != ours.get(one, {}):
                    differing.append(f"{store} {one}: {theirs} there, {ours.get(one, {})} here")
        return differing

    def stuck(self) -> list[str]:
        """Messages that nobody sent, and amendments that never ended."""
        left: list[str] = []
        for store in STORES:
            with self.there.service.work(read_only=True) as uow:
                parked = uow.messages.find(store, [MessageState.PARKED, MessageState.SENDING], 100)
                left += [f"{store} {one.reference}: {one.reason}" for one in parked]
        return left


def working_days(since: date, until: date) -> int:
    """Mondays to Fridays after ``since``, up to ``until``."""
    days = (since + timedelta(days=n) for n in range(1, (until - since).days + 1))
    return sum(day.weekday() < 5 for day in days)


@contextmanager
def year(folder: Path, seed: int, each_day: float) -> Iterator[Year]:
    mailbox = Mailbox()
    port = free_port()
    server = Controller(mailbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        with house(folder, trading_config(port), at=datetime(2026, 1, 5, 8, 0, tzinfo=UTC)) as there:
            lived = Year(there, mailbox, Random(seed), each_day)  # noqa: S311 -- a year that can be lived again
            lived.open()
            yield lived
    finally:
        server.stop()
