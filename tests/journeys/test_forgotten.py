"""Nothing is left of a person who asked to be forgotten, and nothing else is lost (GDPR, art. 15 and 17)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from databases import ON_POSTGRESQL
from privacy_people import ANNA, BERT, SKU, People, again, people

from connector.domain.journal import first_break
from connector.ports.operating import RequestKind, RequestState
from connector.ports.promising import MessageKind, MessageState
from connector.services.digest import digest
from connector.services.housekeeping import Keep, housekeeping
from connector.services.privacy import answer_of, passed_on
from connector.services.privacy_erase import erase
from connector.services.privacy_export import export
from connector.services.privacy_subject import Subject

HER = Subject(emails=(ANNA.email,))
HELD_IN = {
    ("deliveries", "body"),
    ("messages", "to"),
    ("restock_subscriptions", "contact"),
}


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    with people(tmp_path_factory.mktemp("people")) as made:
        yield made


@pytest.fixture
def there(once: People, tmp_path: Path) -> Iterator[People]:
    with again(once, tmp_path) as made:
        yield made


def places(there: People) -> set[tuple[str, str]]:
    return {(table, column) for table, column, _ in there.left_of(ANNA)}


def of_bert(there: People) -> dict[str, int]:
    """How many values speak of him, by table."""
    counted: dict[str, int] = {}
    for table, _, text in there.cells():
        if any(trace in text.casefold() for trace in BERT.traces):
            counted[table] = counted.get(table, 0) + 1
    return counted


def journal_holds(there: People) -> bool:
    with there.house.service.work(read_only=True) as uow:
        return all(first_break(uow.journal.walk(key)) is None for key in ("chairs", "tents"))


def by_mail(there: People) -> None:
    for key in ("chairs", "tents"):
        erase(there.store(key), HER, by="operator")


def by_number(there: People) -> None:
    """A number tells less than an address: what only that one names is found through the orders."""
    for key in ("chairs", "tents"):
        erase(there.store(key), Subject(phones=("0049 (30) 5550-1234",)), by="operator")


def by_the_platform(there: People) -> None:
    order = there.orders["tents", ANNA.email]
    assert there.shopify_asks("customers/redact", ANNA, orders_to_redact=[int(order)]) == 200
    digest(there.store("tents"))
    there.work()
    erase(there.store("chairs"), HER, by="operator")


@pytest.mark.parametrize("way", [by_mail, by_number, by_the_platform])
def test_nothing_of_a_person_is_left_in_any_column_and_everything_of_others_is(
    there: People, way: Callable[[People], None]
) -> None:
    assert places(there) == HELD_IN
    before = of_bert(there)
    way(there)
    assert there.left_of(ANNA) == set()
    assert of_bert(there) == before
    assert journal_holds(there)


def test_the_digests_of_a_person_go_too(there: People) -> None:
    digests = {store.buyer_of(one) for store in map(there.store, ("chairs", "tents")) for one in (ANNA.email,)}
    by_mail(there)
    assert [cell for cell in there.cells() if cell[2] in digests] == []


@pytest.mark.skipif(ON_POSTGRESQL, reason="PostgreSQL's files are its own")
def test_what_is_held_of_people_cannot_be_read_in_the_file_without_a_key(there: People) -> None:
    assert (there.in_the_clear(ANNA), there.in_the_clear(BERT)) == (set(), set())


def test_what_came_in_the_meantime_is_read_before_it_is_forgotten(there: People) -> None:
    store = there.store("chairs")
    order = there.orders["chairs", ANNA.email]
    body = there.newest_body("chairs", order)
    broken = {**body, "line_items": [{**body["line_items"][0], "quantity": f"two, says {ANNA.first}"}]}
    assert there.woo_sends("order.updated", broken) == 200
    assert there.woo_sends("order.updated", {**body, "customer_note": f"{ANNA.first} calls"}) == 200
    erase(store, HER, by="owner")
    erase(there.store("tents"), HER, by="owner")
    assert there.left_of(ANNA) == set()
    with store.work(read_only=True) as uow:
        assert order in uow.orders.get("chairs", [order])


def test_a_dry_run_counts_and_changes_nothing(there: People) -> None:
    store, before = there.store("chairs"), set(there.cells())
    counted = erase(store, HER, by="operator", dry_run=True)
    assert set(there.cells()) == before
    assert counted == erase(store, HER, by="operator")
    assert {"deliveries", "messages", "order_terms", "restock_subscriptions"} <= counted.keys()
    assert erase(store, HER, by="operator") == {}


def test_the_proof_of_what_was_told_and_paid_back_stays_without_the_person(there: People) -> None:
    store, order = there.store("chairs"), there.orders["chairs", ANNA.email]

    def stands() -> tuple[list[Any], list[Any], list[Any]]:
        with store.work(read_only=True) as uow:
            told = [
                (one.kind, one.state, one.sent_at, one.rule)
                for one in uow.messages.of_order("chairs", order)
                if one.state is MessageState.SENT
            ]
            changed = [(one.kind, one.units, one.state) for one in uow.amendments.of_order("chairs", order)]
            events = uow.promises.events("chairs", [order])
            days = [(one.kind, one.units, one.expected) for line in events[order].values() for one in line]
        return told, changed, days

    before = stands()
    assert MessageKind.WITHDRAWAL in [one[0] for one in before[0]]
    erase(store, HER, by="owner")
    assert stands() == before


def test_who_asks_what_is_held_is_told_all_of_it_and_nothing_of_others(there: People) -> None:
    for key in ("chairs", "tents"):
        answer = json.dumps(export(there.store(key), HER), ensure_ascii=False).casefold()
        held = {trace for _, _, trace in there.left_of(ANNA)} - {ANNA.tail}
        assert {trace for trace in held if trace not in answer} == set()
        assert ANNA.tail in answer.replace(" ", "")
        assert [trace for trace in BERT.traces if trace in answer] == []


def test_a_platforms_question_is_answered_waits_for_the_owner_and_is_then_forgotten(there: People) -> None:
    store = there.store("tents")
    order = there.orders["tents", ANNA.email]
    assert there.shopify_asks("customers/data_request", ANNA, orders_requested=[int(order)]) == 200
    assert there.shopify_asks("customers/data_request", ANNA, orders_requested=[int(order)]) == 200
    digest(store)
    there.work()
    with store.work(read_only=True) as uow:
        (request,) = uow.privacy.find("tents", None, 9)
    assert (request.kind, request.state) == (RequestKind.ACCESS, RequestState.READY)
    assert request.due_at - request.asked_at == timedelta(days=30)
    answer = answer_of(store, request)
    assert answer is not None
    assert [one["id"] for one in answer["orders"]] == [order]
    passed_on(store, request)
    with store.work(read_only=True) as uow:
        (done,) = uow.privacy.find("tents", RequestState.DONE, 9)
    assert (done.subject, done.answer, done.found) == (b"", b"", request.found)


def test_an_answer_that_nobody_fetches_is_not_kept_for_ever(there: People) -> None:
    store = there.store("tents")
    there.shopify_asks("customers/data_request", ANNA, orders_requested=[])
    digest(store)
    there.work()
    there.house.clock.shift(timedelta(days=31))
    year = timedelta(days=366)
    housekeeping(store, Keep(year, year, year), rest=lambda _: None)
    with store.work(read_only=True) as uow:
        (done,) = uow.privacy.find("tents", None, 9)
    assert (done.state, done.subject, done.answer) == (RequestState.DONE, b"", b"")


def test_what_the_shops_sent_is_kept_for_days_and_not_for_months(there: People) -> None:
    year, days = timedelta(days=366), timedelta(days=3)
    keep = Keep(year, year, year, bodies=days, parked=days)
    there.house.clock.shift(timedelta(days=2))
    for store in there.house.service.stores.values():
        housekeeping(store, keep, rest=lambda _: None)
    assert places(there) == HELD_IN
    there.house.clock.shift(timedelta(days=2))
    for store in there.house.service.stores.values():
        housekeeping(store, keep, rest=lambda _: None)
    assert places(there) == HELD_IN - {("deliveries", "body")}


@pytest.mark.parametrize("mark", ["address", "meta"])
def test_an_order_that_the_shop_made_anonymous_is_forgotten_here(there: People, mark: str) -> None:
    """By WordPress's own tool; how such an order looks is read from its source, so either sign of it is enough."""
    order = there.orders["chairs", ANNA.email]
    body = there.newest_body("chairs", order)
    billing = {name: "[deleted]" if value else "" for name, value in body["billing"].items()}
    billing["email"] = "deleted@site.invalid" if mark == "address" else ""
    meta = [*body["meta_data"], {"id": 99, "key": "_anonymized", "value": "yes"}] if mark == "meta" else []
    changed = {**body, "billing": billing, "shipping": billing, "meta_data": meta}
    assert there.woo_sends("order.updated", {**changed, "date_modified_gmt": "2026-11-24T08:00:00"}) == 200
    digest(there.store("chairs"))
    there.work()
    left = {(table, column) for table, column, _ in there.left_of(ANNA, "chairs")}
    assert left == {("restock_subscriptions", "contact")}  # who wants to hear of something has asked us, not the shop
    with there.house.service.work(read_only=True) as uow:
        assert uow.promises.terms("chairs", [order])[order].buyer == ""
        assert uow.promises.orders_of("tents", there.store("tents").buyer_of(ANNA.email)) != []


def test_a_shop_that_has_left_is_forgotten_with_everything_and_only_that_is_remembered(there: People) -> None:
    service = there.house.service
    with service.work() as uow:
        record = uow.stores.get("tents")
        assert record is not None
        record.gone_at = there.store("tents").clock()
        uow.stores.save(record)
        uow.commit()
    tents = there.store("tents")
    there.shopify_asks("shop/redact", ANNA)
    digest(tents)
    there.work()
    rows = {(table, text) for table, column, text in there.cells() if column in {"store", "key"} and text == "tents"}
    assert rows == {("stores", "tents")}  # of the config file: it must not be read anew at the next start
    with service.work(read_only=True) as uow:
        (proof,) = uow.privacy.find("", None, 9)
    assert (proof.kind, proof.state, proof.said) == (RequestKind.ERASE_SHOP, RequestState.DONE, "tents")
    assert there.left_of(BERT) != set()


def test_a_shop_that_is_still_connected_is_not_forgotten_by_itself(there: People) -> None:
    there.shopify_asks("shop/redact", ANNA)
    digest(there.store("tents"))
    there.work()
    with there.house.service.work(read_only=True) as uow:
        (request,) = uow.privacy.find("tents", None, 9)
        assert uow.catalogue.by_sku("tents", SKU)
    assert (request.state, "store remove tents" in request.said) == (RequestState.READY, True)
