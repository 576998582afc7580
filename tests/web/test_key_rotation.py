"""The key that everything is sealed with is changed in the middle of a day of trade, and nobody notices."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from app_stores import SECRET, enter, record_of
from click.testing import CliRunner
from databases import sqlite_alone
from house import CONFIG, House
from signed import newest
from site_house import Site, site

from connector.bootstrap.service import Service
from connector.bootstrap.web import build_app
from connector.checked_settings import read_settings
from connector.cli import backorder
from connector.known_stores.reaching import MESSAGE_IDS
from connector.notify.email_message import MessageIds, read_message_id
from connector.ports.records import DeliveryState
from connector.ports.restocking import ListState
from connector.services.invite import restock_turn
from connector.services.keys import read_keys
from connector.services.restock_privacy import erase, export
from connector.services.turn import turn

MORNING, EVENING = "the-key-of-the-morning-0123456789abcdef", "the-key-of-the-evening-0123456789abcdef"
MAIL = '[mail]\nhost = "127.0.0.1"\nport = 1\nsender = "shop@example.com"\n'
ANNA = "anna@example.com"


@dataclass
class Day:
    """A site over which the clock runs on while its keys change.  ``path``: of its config."""

    site: Site
    path: Path

    @property
    def house(self) -> House:
        return self.site.house

    def restart(self, newest_key: str, *old: str) -> None:
        """Stop the service, write other keys into the config, and start it again over the same data."""
        house = self.house
        house.app.extensions["backorder.on_stop"]()
        house.service.close()
        keys = f'encryption_key = "{newest_key}"\nold_encryption_keys = {json.dumps(list(old))}\n'
        text = re.sub(r"^(old_)?encryption_keys? = .*\n", "", self.path.read_text(), flags=re.MULTILINE)
        self.path.write_text(text.replace("[security]\n", f"[security]\n{keys}"))
        house.service = Service(read_settings(self.path, {}))
        house.service.prepare()
        house.app = build_app(house.service)

    def types(self, *words: str) -> str:
        done = CliRunner().invoke(backorder, [*words, "--config", str(self.path)])
        assert done.exit_code == 0, done.output
        return done.stdout

    def rows(self) -> list[dict[str, object]]:
        listed: list[dict[str, object]] = json.loads(self.types("keys", "list", "--json"))
        return listed

    def sealed_with_old_keys(self) -> int:
        return sum(int(str(row["texts"])) for row in self.rows() if not row["newest"])

    def status(self, path: str) -> int:
        return int(self.house.app.test_client().get(path).status_code)

    def asks(self) -> None:
        typed = {"sku": "GONE", "email": ANNA, "consent": "yes"}
        answer = self.house.app.test_client().post("/storefront/v1/chairs/restock", data=typed)
        assert answer.status_code in {200, 202, 303}
        restock_turn(self.house.store("chairs"))

    def of_anna(self) -> list[ListState]:
        store = self.house.store("chairs")
        with store.work(read_only=True) as uow:
            return [one.state for one in uow.restock.of_person("chairs", store.buyer_of(ANNA))]

    def page_of(self, order_id: str) -> str:
        store = self.house.store("chairs")
        assert store.links is not None
        return urlsplit(store.links.page(order_id, 0, store.clock())).path

    def way_off(self) -> str:
        store = self.house.store("chairs")
        assert store.links is not None
        with store.work(read_only=True) as uow:
            (held,) = uow.restock.of_person("chairs", store.buyer_of(ANNA))
        return urlsplit(store.links.restock(held.id, "stop", store.clock())).path

    def waiting(self) -> list[DeliveryState]:
        with self.house.service.work(read_only=True) as uow:
            return [one.state for one in uow.deliveries.find(limit=1000) if one.state is not DeliveryState.DONE]

    def keys_of_lamps(self) -> str:
        with self.house.service.work(read_only=True) as uow:
            held = read_keys(uow, self.house.service.vault, "lamps")
        assert held is not None
        return held.webhook_secret


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    keyed = CONFIG.replace("[security]\n", f'[security]\nencryption_key = "{MORNING}"\n').replace(
        "[sync]", f"{MAIL}[sync]"
    )
    with site(tmp_path, keyed) as opened:
        there = Day(opened, tmp_path / "config.toml")
        house = there.house
        for shop in house.shops.values():
            shop.add_product("CHAIR", 1, oversell=True)
            shop.add_product("GONE", 0)
        house.connect()
        house.add_supply("chairs", "CHAIR", 9, date(2026, 12, 24))
        house.settle()
        enter(house.service)
        yield there
        there.house.app.extensions["backorder.on_stop"]()
        there.house.service.close()


def test_a_key_is_changed_in_the_middle_of_a_day_and_dropped_and_nothing_is_lost(day: Day) -> None:
    house = day.house
    order_id = house.woo.place_order({"CHAIR": 3})
    house.settle()
    day.asks()
    page, way_off = day.page_of(order_id), day.way_off()
    mail_id = MessageIds(house.service.vault.derive(MESSAGE_IDS), "chairs").of("A1", "example.com")
    # Two deliveries came and were not read when the service is stopped.
    house.woo.place_order({"CHAIR": 2})
    house.woo.flush()
    assert day.waiting() != []

    day.restart(EVENING, MORNING)
    assert day.sealed_with_old_keys() > 0
    turn(house.store("chairs"))
    assert day.waiting() == []
    assert [day.status(one) for one in (page, way_off)] == [200, 200]
    day.asks()
    assert day.of_anna() == [ListState.UNCONFIRMED]  # asked once, not again as if by a stranger
    house.woo.place_order({"CHAIR": 1})
    house.woo.flush()  # sealed with the new key, while there are old ones
    assert "sealed anew" in day.types("keys", "reseal")
    assert "take the old ones out" in day.types("keys", "list")
    assert day.sealed_with_old_keys() == 0

    day.restart(EVENING)
    house.settle(2)
    assert (day.waiting(), house.available("chairs", "CHAIR")) == ([], 1 - 3 - 2 - 1)
    assert [day.status(one) for one in (page, way_off)] == [200, 200]
    assert (day.keys_of_lamps(), record_of(house.service, "lamps").stopped) == (SECRET, {})
    assert newest(house, "chairs").body != b""
    vault = house.service.vault
    assert ("chairs", "A1") in [read_message_id(mail_id, key) for key in vault.derive_all(MESSAGE_IDS)]
    store = house.store("chairs")
    assert [one["email"] for one in export(store, ANNA)] == [ANNA]
    assert erase(store, ANNA, by="test") == 1


@sqlite_alone("machines that share a database do not start then (test_another_key.py)")
def test_without_sealing_anew_an_old_key_is_still_needed(day: Day) -> None:
    day.restart(EVENING)
    assert "KEYS" not in record_of(day.house.service, "lamps").stopped
    day.house.service.known.refresh()
    assert "cannot be opened" in record_of(day.house.service, "lamps").stopped["keys"]
    assert "cannot be opened" in day.types("keys", "list")
    day.restart(EVENING, MORNING)
    day.house.service.known.refresh()
    assert record_of(day.house.service, "lamps").stopped == {}


def test_a_dry_run_counts_and_changes_nothing(day: Day) -> None:
    day.restart(EVENING, MORNING)
    before = day.rows()
    assert "Nothing was changed." in day.types("keys", "reseal", "--dry-run")
    assert day.rows() == before
    assert [row["newest"] for row in before] == [True, False]


def test_links_end_with_a_key_that_others_know(day: Day) -> None:
    order_id = day.house.woo.place_order({"CHAIR": 3})
    day.house.settle()
    page = day.page_of(order_id)
    day.restart(EVENING, MORNING)
    day.types("keys", "reseal", "--end-links")
    day.restart(EVENING)
    assert (day.status(page), day.status(day.page_of(order_id))) == (404, 200)


def test_who_is_signed_in_stays_so_and_a_form_that_was_open_is_refused_once(day: Day) -> None:
    owner = day.site.owner()
    cookie = owner.client.get_cookie("backorder_session")
    assert cookie is not None
    before = owner.token()
    day.restart(EVENING, MORNING)
    again = day.site.stranger()
    again.client.set_cookie("backorder_session", cookie.value)
    assert again.get("/settings").status == 200
    assert again.client.post("/settings/store/pause", data={"csrf_token": before}).status_code == 400
    assert again.post("/settings/store/pause").status == 302
