"""The whole service over both sandbox shops, to which anything may happen: web part, worker, mail server, merchant,
shoppers and a clock, all in one process and all of one's own making.

The web part and the worker are two services on one database, as two processes would be.  Whoever dies is started anew.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import invariants
import pytest
import time_machine
from aiosmtpd.controller import Controller
from crashes import Died
from faults import Boundaries, Wire, calls_counted, in_a_hurry, quiet_retries
from flask import Flask
from free_ports import free_port
from house import MONDAY
from trading_config import trading_config
from year import Mailbox

from adapters.shopify.sandbox import ShopifyShop
from adapters.woocommerce.sandbox import WooShop
from adapters.woocommerce.sandbox.auth import Key
from connector.bootstrap.service import Service
from connector.bootstrap.store_jobs import store_jobs
from connector.bootstrap.web import build_app
from connector.checked_settings import read_settings
from connector.jobs import fence
from connector.jobs.fence import Superseded, fenced
from connector.ports.clock import system_clock
from connector.ports.promising import AmendmentState
from connector.ports.records import DeliveryState, NoticeState
from connector.ports.sandbox import Faults, SandboxShop
from connector.sandbox.serve import served
from connector.services.context import StoreContext
from connector.services.overrides import overrides, release_variants
from connector.services.stores import go_on
from connector.storage import engine
from connector.storage.engine import open_database

WOO, SHOPIFY = "chairs", "tents"
STORES = (WOO, SHOPIFY)
GOODS: Mapping[str, tuple[str, ...]] = {
    WOO: ("CHAIR", "SOFA", "DESK-S", "DESK-L", "CHAIR-RARE"),
    SHOPIFY: ("TENT", "STOVE", "CUP-RED", "CUP-BLUE", "TENT-RARE"),
}
SLOW = ("webhooks", "reconcile", "watch", "sample", "housekeeping")
"""Jobs that come on a beat of their own; all others are done again and again."""
ROUND = timedelta(seconds=21)


@dataclass
class Stage:
    """What stands from one life to the next: addresses, mail server, clock, and a file with all tables."""

    mailbox: Mailbox
    mail_port: int
    wires: Mapping[str, Wire]
    urls: Mapping[str, str]
    clock: time_machine.Traveller
    template: Path
    life: list[Whole] = field(default_factory=list)


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    with ExitStack() as stack:
        mailbox, port = Mailbox(), free_port()
        server = Controller(mailbox, hostname="127.0.0.1", port=port)
        server.start()
        stack.callback(server.stop)
        wires = {key: Wire() for key in STORES}
        urls = {key: stack.enter_context(served(wire)) for key, wire in wires.items()}
        template = folder / "template.db"
        database = open_database(f"sqlite:///{template}")
        database.upgrade()
        database.close()
        clock = stack.enter_context(time_machine.travel(MONDAY, tick=False))
        stack.enter_context(quiet_retries())
        # Whoever waits for a lock of the same thread waits in vain: that is a fault, and shall not take long; but the
        # inbox writes in a thread of its own, and on a busy machine that may take seconds.
        stack.enter_context(pytest.MonkeyPatch.context()).setattr(engine, "WAIT_SECONDS", 20)
        # Whoever stood still looks again whether the work is theirs; the clock that tells so is not the test's.
        stack.enter_context(pytest.MonkeyPatch.context()).setattr(fence, "SURE_SECONDS", -1.0)
        made = Stage(mailbox, port, wires, urls, clock, template)
        stack.enter_context(calls_counted(lambda: made.life[-1].boundaries if made.life else Boundaries()))
        yield made


class Whole:
    """One life of it.  ``close`` it when done."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.clock, self.mailbox = stage, stage.clock, stage.mailbox
        self.clock.move_to(MONDAY)
        self.mailbox.mails.clear()
        self._stack = ExitStack()
        self.folder = Path(self._stack.enter_context(TemporaryDirectory()))
        self.boundaries = Boundaries()
        self.monotonic = 0.0
        self.taken: list[invariants.Posted] = []
        self.deaf = False  # the web part is away: nothing that the shops send is answered
        self.bugs: list[str] = []
        self.given_back: dict[tuple[str, str], Decimal] = {}
        self.by_hand: set[tuple[str, str]] = set()
        self.buyers: dict[str, list[str]] = {key: [] for key in STORES}
        self.may_repeat = False
        self.latest = MONDAY
        self.key = Key("cs_sandbox")
        stage.life[:] = [self]
        self.ahead = timedelta()  # of the right time, which the shops have: how far our machine's clock is
        self.woo = WooShop(self.right_time, self._receive, signed_at=system_clock)
        self.shopify = ShopifyShop(self.right_time, self._receive, allow_http_webhooks=True)
        self.shops: Mapping[str, Any] = {WOO: self.woo, SHOPIFY: self.shopify}
        for key, wire in stage.wires.items():
            wire.app = self.shops[key].app
            wire.ills.clear()
        self._stock()
        self._open()

    @property
    def sandboxes(self) -> Mapping[str, SandboxShop]:
        return self.shops

    def _stock(self) -> None:
        self.woo.add_product("CHAIR", 3)
        self.woo.add_product("SOFA", 1)
        self.woo.add_variations("Desk", {"DESK-S": None, "DESK-L": None}, shared_stock=2)
        self.woo.add_product("CHAIR-RARE", 0)
        self.woo.relate("SOFA", ["CHAIR"])
        self.shopify.add_product("TENT", 3)
        self.shopify.add_product("STOVE", 1)
        self.shopify.add_variations("Cup", {"CUP-RED": 2, "CUP-BLUE": 0})
        self.shopify.add_product("TENT-RARE", 0)
        self.shopify.relate("STOVE", ["TENT"])

    def _open(self) -> None:
        whole = trading_config(self.stage.mail_port, shopify_seller="DE", owner="owner@example.com")
        shutil.copy(self.stage.template, self.folder / "backorder.db")
        shutil.copy(self.stage.template, self.folder / "fresh.db")
        self.path = self._write("config.toml", whole, "backorder.db")
        planning = whole.replace("webhook_secrets", "push = false\nwebhook_secrets")
        self.fresh_path = self._write("fresh.toml", planning, "fresh.db")
        self.web = Service(read_settings(self.path, {}))
        self._stack.callback(self.web.close)
        self.web.prepare()
        self.app: Flask = build_app(self.web)
        self._stack.callback(self.app.extensions["backorder.on_stop"])
        in_a_hurry(self.web, self.sleep, lambda: self.monotonic)
        self.worker = self._start()
        self.jobs(("webhooks", "reconcile"))
        self.work(2)

    def _write(self, name: str, config: str, database: str) -> Path:
        path = self.folder / name
        urls = {"woo": self.stage.urls[WOO], "shopify": self.stage.urls[SHOPIFY]}
        path.write_text(config.format(database=f"sqlite:///{self.folder}/{database}", **urls))
        return path

    def close(self) -> None:
        self.worker.close()
        self._stack.close()

    # The service and what it is made of.

    def sleep(self, seconds: float) -> None:
        self.monotonic += seconds
        self.clock.shift(timedelta(seconds=seconds))

    def _start(self) -> Service:
        service = Service(read_settings(self.path, {}))
        self.boundaries = Boundaries()
        self.boundaries.attach(service.database.engine)
        in_a_hurry(service, self.sleep, lambda: self.monotonic)
        return service

    def restart(self) -> None:
        self.worker.close()
        self.worker = self._start()
        self.jobs(("webhooks",))

    def _receive(self, address: str, headers: Mapping[str, str], body: bytes) -> int | None:
        if self.deaf:
            return None
        with self.app.test_client() as client:
            status = int(client.post(urlsplit(address).path, headers=dict(headers), data=body).status_code)
        if status == 200:
            self.taken.append((address, dict(headers), body))
        return status

    def flush(self) -> None:
        for shop in self.shops.values():
            shop.flush()

    def work(self, rounds: int = 1) -> None:
        """The shops send what waits, and the worker does all that it does every few seconds."""
        for _ in range(rounds):
            self.flush()
            self.jobs()
            self.pass_time(ROUND)
            self.jobs()
            self.flush()

    def right_time(self) -> datetime:
        return system_clock() - self.ahead

    def set_clock(self, ahead: timedelta) -> None:
        """The clock of our machine is so far ahead from now on; the shops' are not."""
        self.clock.shift(ahead - self.ahead)
        self.ahead = ahead

    def pass_time(self, by: timedelta) -> None:
        self.clock.shift(by)
        self.monotonic += by.total_seconds()
        self.latest = max(self.latest, self.right_time())

    def jobs(self, names: Sequence[str] = (), other: Service | None = None) -> None:
        """These jobs of every store, or all the quick ones, each as a worker does it; ``other``: another worker."""
        self.look_again()
        service = self.worker if other is None else other
        for key in STORES:
            for job in store_jobs(service):
                if (job.name in names) if names else (job.name not in SLOW):
                    self._do(key, job.name, fenced(job.verb, "a worker"), other)

    def look_again(self) -> None:
        """Both services learn of settings that were changed; the clock that tells them when is the test's."""
        for service in (self.web, self.worker):
            service.known.refresh()

    def another_works(self, rounds: int = 1) -> None:
        """Another worker, which knows nothing of ours, does what is due."""
        other = Service(read_settings(self.path, {}))
        in_a_hurry(other, self.sleep, lambda: self.monotonic)
        try:
            with self.boundaries.unwatched():
                for _ in range(rounds):
                    self.flush()
                    self.jobs(other=other)
                    self.pass_time(ROUND)
        finally:
            other.close()

    def _do(self, key: str, name: str, verb: Callable[[StoreContext], object], other: Service | None) -> None:
        try:
            with self.boundaries.watched() if other is None else nullcontext():
                verb((other or self.worker).stores[key])
        except Superseded:
            self.may_repeat = True
        except Died:
            self.may_repeat = True
            self.restart()
        except Exception as error:  # noqa: BLE001 -- as the scheduler, which logs it and goes on
            if "made up" in _said(error):
                self.may_repeat = True
            else:
                self.bugs.append(f"{key}: {name} raised {_said(error)}")

    # Rest.

    def heal(self) -> None:
        """Everything around works again, and whoever was to mend something has mended it."""
        self.deaf = False
        for wire in self.stage.wires.values():
            wire.ills.clear()
        for shop in self.shops.values():
            shop.faults = Faults()
        self.woo.keys["ck_sandbox"] = self.key
        self.shopify.access_token = "shpat_sandbox"
        self.boundaries.disarm()
        self.set_clock(timedelta())
        for key in STORES:
            with self.web.work(read_only=True) as uow:
                record = uow.stores.get(key)
            if record is not None and record.paused:
                go_on(self.web.work, key, by="owner", now=system_clock())

    def settle(self) -> list[str]:
        """Let it come to rest; what does not, in sentences.  A day passes, in which deleted orders are missed."""
        self.heal()
        self.work(2)
        for hours in (2, 25):
            self.pass_time(timedelta(hours=hours))
            self.jobs(SLOW)
            self.work(2)
        wrong = self._strange_overrides()
        for key in STORES:
            release_variants(self.web.stores[key], [one.variant_id for _, one in overrides(self.web.stores[key])])
        for _ in range(8):
            self.work()
            unrest = list(self._unrest())
            if not unrest:
                return wrong
        return wrong + [f"never came to rest: {one}" for one in unrest]

    def _strange_overrides(self) -> list[str]:
        return [
            f"{key} {sku}: counts as changed by hand, and nobody did: {one.override}, not {one.written}"
            for key in STORES
            for sku, one in overrides(self.web.stores[key])
            if (key, sku) not in self.by_hand
        ]

    def _unrest(self) -> Iterator[str]:
        now = system_clock()
        for key, shop in self.shops.items():
            if shop.pending_webhooks():
                yield f"{key}: webhooks wait to be sent"
            with self.web.work(read_only=True) as uow:
                counts: Mapping[str, int] = {
                    "deliveries": uow.deliveries.counts(key).get(DeliveryState.RECEIVED, 0),
                    "things to read again": len(uow.rereads.due(key, 9)),
                    "pools to plan": len(uow.pools.dirty(key, 9, now.date())),
                    "pools to confirm": len(uow.pools.unconfirmed(key, touched_before=now, since_before=now, limit=9)),
                    "flags to push": len(uow.showings.due(key, now + timedelta(days=1), 9)),
                    "notices": len(uow.notices.find(key, NoticeState.PENDING, 9)),
                    "amendments": len(uow.amendments.find(key, [AmendmentState.ASKED, AmendmentState.DOING], 9)),
                }
                record = uow.stores.get(key)
            yield from (f"{key}: {count} {what}" for what, count in counts.items() if count)
            if record is not None and (record.stopped or record.wait_until is not None):
                yield f"{key}: waits until {record.wait_until}, stopped {record.stopped}"

    def broken(self) -> list[str]:
        """What of the invariants does not hold; to be asked of a service that has settled."""
        wrong = [f"a bug: {one}" for one in self.bugs]
        wrong += invariants.of_deliveries(self.web, self._kept_still())
        wrong += invariants.of_journal(self.web)
        wrong += invariants.of_flags(self.web, self.sandboxes)
        wrong += invariants.of_notices(self.web, self.sandboxes)
        wrong += invariants.of_messages(self.web, self.mailbox.mails, once=not self.may_repeat)
        wrong += invariants.of_amendments(self.web, self.sandboxes, self.given_back)
        wrong += invariants.of_holds(self.web, SHOPIFY, self.shopify)
        return wrong + self._unlike_a_new_one()

    def _unlike_a_new_one(self) -> list[str]:
        fresh = Service(read_settings(self.fresh_path, {}))
        try:
            fresh.prepare()
            in_a_hurry(fresh, self.sleep, lambda: self.monotonic)
            return list(invariants.of_ledger(self.web, fresh))
        finally:
            fresh.close()
            shutil.copy(self.stage.template, self.folder / "fresh.db")

    def _kept_still(self) -> list[invariants.Posted]:
        """Housekeeping forgets deliveries in the end."""
        kept = timedelta(days=self.web.settings.retention.deliveries)
        return self.taken if self.latest - MONDAY < kept else []


def _said(error: BaseException) -> str:
    """Everything that stands in an error and in those that led to it."""
    said, one = "", error
    while True:
        said += f"{type(one).__name__}: {one}; "
        before = one.__cause__ or one.__context__
        if before is None:
            return said[:2000]
        one = before
