"""What an order bears for the merchant, and what the shop itself says to its buyer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

import pytest
from woo_acts import order_of, placed
from woo_bench import Bench, open_bench

import adapters
from adapters.woocommerce.client import WooStorefront
from adapters.woocommerce.sandbox.storefront import Extras
from connector.domain.facts import Demand, OrderSeen
from connector.domain.marks import LineMark, NoticeKind, OrderMarks, OrderStatus
from connector.ports.acting import Contact, Held
from connector.ports.failures import Refused
from connector.ports.storefront import Storefront, Telling

WAITS = OrderMarks(OrderStatus.WAITING, (LineMark("1", "A", "Chair", 0, 2, date(2026, 12, 5)),))
READY = OrderMarks(OrderStatus.READY, (LineMark("1", "A", "Chair", 2, 0, None),))
NEVER = OrderMarks()


@pytest.fixture(name="bench")
def _bench() -> Iterator[Bench]:
    with open_bench() as bench:
        bench.shop.add_product("A", 50)
        yield bench


def storefront(bench: Bench, value: object = "yes") -> Storefront:
    options = {"url": bench.url, "consumer_key": "ck_sandbox", "consumer_secret": "cs_sandbox", "order_status": value}
    return adapters.platform("woocommerce").connect(options, allow_private=True)


def telling(order_id: str, marks: OrderMarks, text: str = "", held: Held | None = None) -> Telling:
    return Telling("R7", order_id, NoticeKind.WAITING, marks, text, held=held or Held())


def status_after(bench: Bench, client: Storefront, order_id: str, marks: OrderMarks) -> str:
    client.tell(telling(order_id, marks))
    return str(order_of(bench, order_id)["status"])


# A status of its own


@pytest.mark.parametrize("value", ["yes", True])
def test_an_order_has_its_own_status_as_long_as_it_waits(bench: Bench, value: object) -> None:
    bench.shop.install_our_plugin()
    order_id = placed(bench, {"A": 2})
    client = storefront(bench, value)
    said = [status_after(bench, client, order_id, marks) for marks in (WAITS, WAITS, READY, WAITS, NEVER)]
    assert said == ["backordered", "backordered", "processing", "backordered", "processing"]
    assert bench.shop.shelf("A").available == 48


@pytest.mark.parametrize("value", ["no", False, "", None])
def test_it_is_left_alone_where_the_owner_did_not_ask_for_it(bench: Bench, value: object) -> None:
    bench.shop.install_our_plugin()
    order_id = placed(bench, {"A": 2})
    assert status_after(bench, storefront(bench, value), order_id, WAITS) == "processing"


@pytest.mark.parametrize("status", ["on-hold", "completed", "cancelled", "refunded", "pending", "failed"])
def test_no_other_status_is_ever_changed(bench: Bench, status: str) -> None:
    bench.shop.install_our_plugin()
    order_id = placed(bench, {"A": 2})
    bench.client._rest.put(f"orders/{order_id}", {"status": status}, act="notify")
    for marks in (WAITS, READY, NEVER):
        assert status_after(bench, storefront(bench), order_id, marks) == status


def test_a_shop_without_our_plugin_keeps_its_status_and_is_told_all_the_same(bench: Bench) -> None:
    order_id = placed(bench, {"A": 2})
    storefront(bench).tell(telling(order_id, WAITS, "It waits."))
    assert order_of(bench, order_id)["status"] == "processing"
    assert bench.shop.told(order_id).marks["_backorder_status"] == "waiting"
    assert len(bench.shop.mails) == 1


def test_an_order_in_our_status_waits_and_is_found_among_the_open_ones(bench: Bench) -> None:
    bench.shop.install_our_plugin()
    order_id = placed(bench, {"A": 2})
    storefront(bench).tell(telling(order_id, WAITS))
    (seen,) = (fact for page in bench.client.orders_changed(None) for fact in page.facts)
    assert isinstance(seen, OrderSeen)
    assert (seen.demand, seen.status, seen.lines[0].wanted) == (Demand.OPEN, "backordered", 2)


@pytest.mark.parametrize(
    ("value", "is_wrong"), [("yes", False), ("no", False), (True, False), (False, False), ("maybe", True), (7, True)]
)
def test_the_option_is_yes_or_no(value: object, *, is_wrong: bool) -> None:
    options = {"url": "https://shop.example", "consumer_key": "ck_x", "consumer_secret": "cs_x", "order_status": value}
    problems = list(adapters.platform("woocommerce").problems(options))
    assert [key for key, _ in problems] == ["order_status"] * is_wrong


# What must not leave


def test_units_that_must_not_leave_stand_in_the_order_until_they_may(bench: Bench) -> None:
    order_id = placed(bench, {"A": 2})
    bench.client.tell(telling(order_id, WAITS, held=Held({"12": 1, "7": 2}, "hold")))
    assert json.loads(bench.shop.told(order_id).marks["_backorder_held"]) == {"12": 1, "7": 2}
    bench.client.tell(telling(order_id, READY))
    assert "_backorder_held" not in bench.shop.told(order_id).marks


# The buyer


def test_the_contact_is_that_of_the_bill_and_the_country_that_of_the_parcel(bench: Bench) -> None:
    order_id = bench.shop.place_order({"A": 1}, language="fr")
    bench.client._rest.put(f"orders/{order_id}", {"shipping": {"country": "CH"}}, act="notify")
    expected = Contact("aicha@example.test", "555", "Aïcha Ōkubo", "fr", "CH")
    assert bench.client.contact(order_id) == expected


def test_without_a_parcel_the_country_of_the_bill_counts_and_an_odd_one_does_not(bench: Bench) -> None:
    order_id = placed(bench, {"A": 1})
    for shipping, expected in (("", "US"), ("Schweiz", "US"), ("de", "DE")):
        bench.client._rest.put(f"orders/{order_id}", {"shipping": {"country": shipping}}, act="notify")
        (seen,) = bench.client.read_orders([order_id])
        assert isinstance(seen, OrderSeen)
        assert (seen.country, bench.client.contact(order_id).country) == (expected, expected)


def test_an_order_without_an_address_is_told_nothing(bench: Bench) -> None:
    order_id = bench.shop.place_order({"A": 1}, extras=Extras(email=""))
    with pytest.raises(Refused) as refused:
        bench.client.say(order_id, "Hello", "R1", again=False)
    assert (refused.value.code, bench.shop.told(order_id).notes, bench.client.contact(order_id).email) == (
        "says_nothing",
        (),
        "",
    )


def test_what_is_said_is_mailed_once(bench: Bench) -> None:
    order_id = placed(bench, {"A": 1})
    bench.client.say(order_id, "It comes <soon>.", "R1", again=False)
    bench.client.say(order_id, "It comes <soon>.", "R1", again=True)
    assert [mail.text for mail in bench.shop.mails] == ["It comes &lt;soon&gt;.\n\n[R1]"]


@pytest.mark.parametrize("order_id", ["999999", "../x"])
def test_the_buyer_of_an_order_nobody_knows_is_nobody(bench: Bench, order_id: str) -> None:
    client: WooStorefront = bench.client
    for call in (lambda: client.contact(order_id), lambda: client.say(order_id, "x", "R", again=False)):
        with pytest.raises(Refused):
            call()
