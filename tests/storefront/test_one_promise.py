"""One promise record behind page, cart, order, structured data, feed and public answer: all of them state the same day.

Every renderer there is runs over one table: the public answer, the theme blocks by a Liquid engine, the plugin by PHP.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from house import House, house
from node_stage import json_of, needs_node, product_page, rendered, variant
from php_stage import needs_php, play, product

import adapters
from connector.domain.availability import Availability, Status
from connector.ports.records import PoolRecord, ShowingRecord, VariantRecord
from connector.services.availability import Offer, offer, public_answer
from connector.services.consistency import (
    Difference,
    check_consistency,
    consistency_finding,
    differences,
    of_answer,
    of_fields,
    record_of,
)
from connector.services.context import StoreContext

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
WOO, SHOPIFY = "chairs", "tents"
SELLS = True

TABLE: Mapping[str, tuple[Availability, int]] = {
    "there": (Availability(Status.IN_STOCK, SELLS, 5, None), 5),
    "a day": (Availability(Status.BACKORDER, SELLS, 7, date(2026, 12, 24)), 0),
    "today": (Availability(Status.BACKORDER, SELLS, 7, TODAY), -2),
    "a range": (Availability(Status.BACKORDER, SELLS, None, date(2026, 12, 24), date(2026, 12, 20)), 0),
    "next year": (Availability(Status.BACKORDER, SELLS, None, date(2027, 2, 1)), 0),
    "in two years": (Availability(Status.BACKORDER, SELLS, None, date(2028, 2, 29)), 0),
    "no day": (Availability(Status.BACKORDER, SELLS, None, None), 0),
    "a day that has passed": (Availability(Status.BACKORDER, SELLS, 7, date(2026, 11, 22)), 0),
    "sold out": (Availability(Status.SOLD_OUT, not SELLS, 0, None), 0),
}


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("promise")) as opened:
        yield opened


def showing_of(store: StoreContext, decided: Availability) -> ShowingRecord:
    """As planning writes it and a shop that took it shows it.  A day that has passed was written before it had."""
    day = min(TODAY, decided.expected_on or TODAY)
    fields = dict(store.platform.fields(decided, store.wording.message(decided), day))
    return ShowingRecord(
        "7", "7", shown=fields, desired=fields, status=decided.status.value, sellable=decided.sellable,
        expected_on=decided.expected_on, pushed_at=NOW,
    )  # fmt: skip


def offer_of(showing: ShowingRecord, stock: int) -> Offer:
    record = VariantRecord("7", "7", "7", "OAK", "Oak chair", (), (), sellable=True, changed_at=NOW)
    return offer(record, {"7": showing}, PoolRecord("7", available=stock), TODAY)


def case(there: House, key: str, name: str) -> tuple[StoreContext, ShowingRecord, Offer]:
    decided, stock = TABLE[name]
    store = there.store(key)
    showing = showing_of(store, decided)
    return store, showing, offer_of(showing, stock)


def believed(name: str) -> str:
    """The day that everybody has to state; empty where there is none."""
    decided, _ = TABLE[name]
    day = decided.expected_on
    return day.isoformat() if day is not None and day >= TODAY else ""


@pytest.mark.parametrize("key", [WOO, SHOPIFY])
@pytest.mark.parametrize("name", TABLE)
def test_record_answer_feed_and_structured_data_state_the_same(there: House, key: str, name: str) -> None:
    store, showing, found = case(there, key, name)
    assert list(differences(store, found, showing)) == []
    answer = public_answer(store, found)
    expected: Any = answer["expected"]
    assert (expected["until"] if expected else "") == believed(name)
    assert (answer["availability_starts"] or "") == believed(name)
    assert (answer["availability_date"] or "") == (believed(name) if name != "in two years" else "")
    assert record_of(store, found).until == believed(name)


@needs_php
@pytest.mark.parametrize("name", TABLE)
def test_the_plugin_states_the_same_as_the_record(there: House, name: str) -> None:
    store, showing, found = case(there, WOO, name)
    decided, stock = TABLE[name]
    meta = {key: value for key, value in showing.desired.items() if key.startswith("_") and value}
    thing = product(7, stock, showing.desired["backorders"], meta)
    units = max(1, stock + 1)
    said = play(today=TODAY.isoformat(), products=[thing], cart=[[7, units]], options={"date_format": "Y-m-d"})
    page = said["pages"]["7"]
    record = record_of(store, found)
    assert page["offer"]["availability"] == found.schema_org
    assert page["offer"].get("availabilityStarts", "") == record.until == believed(name)
    if believed(name):
        assert found.message(store) in page["text"], "the very words of the record"
    if decided.status is Status.BACKORDER:
        (line,) = said["cart"]
        assert ((line["promise"]["from"] or ""), (line["promise"]["until"] or "")) == (record.first, record.until)
        assert (line["api"]["until"] or "") == record.until
        assert record.until in line["data"][0]["value"]


@needs_node
@pytest.mark.parametrize("name", TABLE)
def test_the_theme_block_states_the_same_as_the_record(there: House, name: str) -> None:
    store, showing, found = case(there, SHOPIFY, name)
    decided, stock = TABLE[name]
    fields = {key: value for key, value in showing.desired.items() if key != "inventoryPolicy" and value}
    (page,) = rendered(product_page([variant(7, stock, sells=decided.sells, **fields)]))
    record = record_of(store, found)
    (data,) = json_of(page, "ld+json")["offers"]
    assert (data["availability"], data.get("availabilityStarts", "")) == (found.schema_org, record.until)
    assert record.until == believed(name)
    (said,) = json_of(page, "json").values()
    assert (said["status"], said["until"]) == (record.status, record.until)
    if "expected_from" in showing.desired:
        assert said["from"] == record.first
    if believed(name):
        assert found.message(store) in html.unescape(said["text"])
    field = BeautifulSoup(page, "html.parser").select_one("[data-backorder-promise]")
    assert field is not None
    if decided.status is Status.BACKORDER:
        assert (json.loads(str(field["value"]))["until"] or "") == record.until


# The check itself finds what is wrong.


def test_a_day_at_the_shop_that_differs_is_found(there: House) -> None:
    store, showing, found = case(there, WOO, "a day")
    wrong = replace(showing, shown={**showing.shown, "_backorder_expected_on": "2026-12-01"})
    seen = {(one.where, one.what, one.record, one.says) for one in differences(store, found, wrong)}
    assert ("shop", "until", "2026-12-24", "2026-12-01") in seen
    pushed_soon = replace(wrong, due=True)
    assert list(differences(store, found, pushed_soon)) == [], "a push is on its way"


def test_a_plan_that_says_something_else_than_the_record_is_found(there: House) -> None:
    store, showing, found = case(there, SHOPIFY, "a day")
    wrong = replace(showing, desired={**showing.desired, "status": "sold_out", "message": "Soon"})
    seen = [(one.where, one.what) for one in differences(store, found, wrong)]
    assert ("plan", "status") in seen
    assert ("plan", "text") in seen


def test_what_a_person_changed_at_the_shop_is_the_record_itself(there: House) -> None:
    decided, stock = TABLE["a day"]
    store = there.store(WOO)
    showing = showing_of(store, decided)
    hand = {"_backorder_expected_on": "2027-01-10", "_backorder_message": "Comes January 10."}
    changed = replace(showing, shown={**showing.shown, **hand}, override=hand)
    found = offer_of(changed, stock)
    assert public_answer(store, found)["availability_starts"] == "2027-01-10"
    assert public_answer(store, found, "de")["message"] == "Comes January 10."
    assert list(differences(store, found, changed)) == []


def test_an_answer_and_fields_are_read_as_their_readers_read_them() -> None:
    (answer, data) = of_answer(
        {
            "status": "backorder",
            "expected": {"from": "2026-12-20", "until": "2026-12-24"},
            "message": "x",
            "availability": "https://schema.org/BackOrder",
            "availability_starts": "2026-12-24",
        }
    )
    assert (answer.first, answer.until, data.status, data.until) == (
        "2026-12-20",
        "2026-12-24",
        "backorder",
        "2026-12-24",
    )
    past = of_fields("shop", {"status": "backorder", "expected_on": "2026-11-22", "message": "Comes Nov 22"}, TODAY)
    assert (past.until, past.text) == ("", None)


def test_a_whole_store_is_checked_and_a_difference_is_told_as_a_sentence(tmp_path: Path) -> None:
    with house(tmp_path) as opened:
        for shop in opened.shops.values():
            shop.add_product("OAK", 5, title="Oak chair")
            shop.add_product("ASH", 0, title="Ash chair")
        opened.connect()
        for key in (WOO, SHOPIFY):
            opened.add_supply(key, "ASH", 7, date(2026, 12, 24))
        opened.settle()
        for key in (WOO, SHOPIFY):
            assert consistency_finding(opened.store(key)).ok, consistency_finding(opened.store(key)).said
        store = opened.store(WOO)
        with opened.service.work() as uow:
            (ash,) = uow.catalogue.by_sku(WOO, "ASH")
            (showing,) = uow.showings.get(WOO, [ash.id]).values()
            showing.shown = {**showing.shown, "_backorder_expected_on": "2026-12-01"}
            uow.showings.save(WOO, [showing])
            uow.commit()
        finding = consistency_finding(store)
        assert not finding.ok
        assert "ASH: the day in the shop is 2026-12-01, and should be 2026-12-24" in finding.said
        with opened.service.work(read_only=True) as uow:
            found = list(check_consistency(store, uow, limit=1))
            assert {one.sku for one in found} <= {"ASH"}
            assert all(isinstance(one, Difference) for one in check_consistency(store, uow))


def test_both_platforms_take_part() -> None:
    assert {"woocommerce", "shopify"} <= set(adapters.names())
