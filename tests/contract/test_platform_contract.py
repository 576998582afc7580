"""What every platform owes the service, asked of each one that has a folder, over its own sandbox shop.

A new platform brings ``sandbox/__init__.py`` with ``open_shop``, ``options`` and ``SECRET``, and edits nothing here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import stamina

import adapters
from connector.domain.availability import Availability, Status
from connector.domain.facts import (
    Fact,
    OrderGone,
    OrderSeen,
    ProductGone,
    ShownSeen,
    StockSeen,
    Translation,
    VariantSeen,
)
from connector.domain.marks import LineMark, NoticeKind, OrderMarks, OrderStatus
from connector.domain.storefront import difference
from connector.ports.failures import OwnerMustAct, Refused, TryLater, Unreadable
from connector.ports.sandbox import SandboxShop
from connector.ports.storefront import Change, Platform, Storefront, Telling, Verdict
from connector.sandbox.serve import served

ADDRESS = "http://127.0.0.1:8000/webhooks/x/main"
MISSING = "987654321"
DAY = date(2026, 12, 5)
AVAILABILITIES = (
    Availability(Status.IN_STOCK, sells=False, sellable=3, expected_on=None),
    Availability(Status.IN_STOCK, sells=True, sellable=None, expected_on=None),
    Availability(Status.BACKORDER, sells=True, sellable=5, expected_on=DAY),
    Availability(Status.BACKORDER, sells=True, sellable=None, expected_on=None),
    Availability(Status.SOLD_OUT, sells=False, sellable=0, expected_on=None),
)
GARBAGE = (b"", b"null", b"[]", b"7", b'"x"', b"{}", b'{"id": []}', b'{"id": "x", "line_items": 3}', b"\xff\xfe", b"{")
FAULTS = ("answer_429", "answer_500", "answer_html", "lose_answer")


@dataclass
class Stand:
    """One shop on loopback with its platform in front; the clock is the test's."""

    platform: Platform
    sandbox: Any
    url: str = ""
    now: datetime = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    sent: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    shop: SandboxShop = field(init=False)

    def __post_init__(self) -> None:
        self.shop = self.sandbox.open_shop(self.time, self.hear)

    def time(self) -> datetime:
        return self.now

    def hear(self, address: str, headers: Mapping[str, str], body: bytes) -> int:
        assert address == ADDRESS
        self.sent.append((dict(headers), body))
        return 200

    def storefront(self, *, good: bool = True) -> Storefront:
        return self.platform.connect(self.sandbox.options(self.url, good=good), allow_private=True)

    def subscribe(self) -> None:
        for topic in self.platform.topics:
            self.storefront().subscribe(topic, ADDRESS, self.sandbox.SECRET)

    def deliveries(self) -> list[tuple[dict[str, str], bytes]]:
        """What the shop sends now, without the hello of some platforms."""
        self.sent.clear()
        self.shop.flush()
        return [one for one in self.sent if self.platform.envelope(one[0]).topic]

    def facts(self) -> dict[str, list[Fact]]:
        """The whole catalogue by kind of fact."""
        found: dict[str, list[Fact]] = {}
        for page in self.storefront().products_changed(None):
            for fact in page.facts:
                found.setdefault(type(fact).__name__, []).append(fact)
        return found

    def variant(self, sku: str) -> VariantSeen:
        return next(one for one in self.facts()["VariantSeen"] if isinstance(one, VariantSeen) and one.sku == sku)

    def shown(self, sku: str) -> Mapping[str, str]:
        variant = self.variant(sku)
        shown = [one for one in self.facts()["ShownSeen"] if isinstance(one, ShownSeen)]
        return next(one.fields for one in shown if one.variant_id == variant.id)

    def change(self, sku: str, wanted: Availability, message: str = "") -> Change:
        variant = self.variant(sku)
        fields = difference(self.shown(sku), self.platform.fields(wanted, message, DAY))
        return Change(variant.id, variant.product_id, fields)


@pytest.fixture(params=adapters.names())
def stand(request: pytest.FixtureRequest) -> Iterator[Stand]:
    sandbox = import_module(f"adapters.{request.param}.sandbox")
    made = Stand(adapters.platform(request.param), sandbox)
    stamina.set_testing(True, attempts=1)
    with served(made.shop.app) as url:
        made.url = url
        yield made
    stamina.set_testing(False)


def telling(order_id: str, *, again: bool = False, text: str = "Your chair comes on 5 December.") -> Telling:
    marks = OrderMarks(OrderStatus.WAITING, (LineMark("1", "CHAIR", "Chair", 0, 2, DAY),))
    return Telling("BO-1-1", order_id, NoticeKind.WAITING, marks, text, again=again)


# Deliveries


def test_what_the_shop_signs_is_genuine_and_one_byte_less_is_forged(stand: Stand) -> None:
    stand.subscribe()
    stand.shop.add_product("CHAIR", 5)
    stand.shop.place_order({"CHAIR": 1})
    deliveries = stand.deliveries()
    assert deliveries
    for headers, body in deliveries:
        assert stand.platform.authenticate(headers, body, [stand.sandbox.SECRET]) is Verdict.GENUINE
        assert stand.platform.authenticate(headers, body[:-1], [stand.sandbox.SECRET]) is Verdict.FORGED
        assert stand.platform.authenticate(headers, body, ["another"]) is Verdict.FORGED
        assert stand.platform.authenticate(headers, body, []) is Verdict.FORGED


def test_any_of_the_live_secrets_signs(stand: Stand) -> None:
    stand.subscribe()
    stand.shop.add_product("CHAIR", 5)
    headers, body = stand.deliveries()[0]
    for secrets in (["newer", stand.sandbox.SECRET], [stand.sandbox.SECRET, "older"]):
        assert stand.platform.authenticate(headers, body, secrets) is Verdict.GENUINE


def test_every_sample_says_something_and_always_the_same(stand: Stand) -> None:
    samples = sorted((Path(adapters.__file__).parent / stand.platform.name / "samples").glob("*.body"))
    assert samples
    for sample in samples:
        headers = json.loads(sample.with_suffix(".headers.json").read_text("utf-8"))
        topic = stand.platform.envelope(headers).topic
        if not topic:
            continue  # an unsigned hello
        try:
            said = stand.platform.translate(topic, sample.read_bytes())
        except Unreadable:
            continue
        assert said == stand.platform.translate(topic, sample.read_bytes())
        assert bool(said.facts or said.rereads) or said.note != ""


@pytest.mark.parametrize("body", GARBAGE)
def test_garbage_is_unreadable_and_nothing_worse(stand: Stand, body: bytes) -> None:
    for topic in (*stand.platform.topics, "nobody/knows.this"):
        assert path_or_meaning(stand.platform, topic, body)


def path_or_meaning(platform: Platform, topic: str, body: bytes) -> str | Translation:
    try:
        return platform.translate(topic, body)
    except Unreadable as error:
        return error.path


def test_a_delivery_and_a_read_say_the_same_of_an_order(stand: Stand) -> None:
    stand.subscribe()
    stand.shop.add_product("CHAIR", 5)
    order_id = stand.shop.place_order({"CHAIR": 2}, paid=False, language="de-DE")
    (read,) = stand.storefront().read_orders([order_id])
    told = [
        fact
        for headers, body in stand.deliveries()
        for fact in stand.platform.translate(stand.platform.envelope(headers).topic, body).facts
        if isinstance(fact, OrderSeen)
    ]
    assert told
    # A list may leave out where the order goes and whose it is: that is protected at some platforms.
    assert isinstance(read, OrderSeen)
    country, email = read.country and told[0].country, read.email and told[0].email
    assert all(replace(one, country=country, email=email) == read for one in told)


# Reads


def test_orders_are_read_by_id_and_a_missing_one_is_gone(stand: Stand) -> None:
    stand.shop.add_product("CHAIR", 9)
    orders = [stand.shop.place_order({"CHAIR": units}) for units in (1, 2)]
    found = list(stand.storefront().read_orders([*orders, MISSING]))
    seen = {one.id: one for one in found if isinstance(one, OrderSeen)}
    assert [one for one in found if isinstance(one, OrderGone)] == [OrderGone(MISSING)]
    assert {order: [line.wanted for line in seen[order].lines] for order in orders} == {orders[0]: [1], orders[1]: [2]}


def test_products_and_pools_are_read_by_id_and_a_missing_product_is_gone(stand: Stand) -> None:
    stand.shop.add_product("CHAIR", 9)
    stand.shop.add_variations("Bag", {"BAG-S": 1, "BAG-L": 0})
    storefront = stand.storefront()
    for sku, units in (("CHAIR", 9), ("BAG-S", 1), ("BAG-L", 0)):
        variant = stand.variant(sku)
        for facts in (storefront.read_products([variant.product_id]), storefront.read_pools([variant.pool_id])):
            found = list(facts)
            assert variant in found
            stock = [one for one in found if isinstance(one, StockSeen) and one.pool_id == variant.pool_id]
            assert [one.available for one in stock] == [units]
    assert ProductGone(MISSING) in list(storefront.read_products([MISSING]))


def test_what_changed_since_a_moment_is_listed_and_the_list_says_how_far_it_goes(stand: Stand) -> None:
    stand.shop.add_product("CHAIR", 9)
    stand.shop.place_order({"CHAIR": 1})
    done = stand.shop.place_order({"CHAIR": 1})
    stand.shop.ship(done)
    stand.now += timedelta(hours=3)
    since = stand.now - timedelta(hours=1)
    late = stand.shop.place_order({"CHAIR": 1})
    changed = list(stand.storefront().orders_changed(since))
    assert [fact.id for page in changed for fact in page.facts if isinstance(fact, OrderSeen)] == [late]
    read_to = changed[-1].read_to
    assert read_to is not None
    assert since <= read_to <= stand.now
    still_open = [fact.id for page in stand.storefront().orders_changed(None) for fact in page.facts]  # type: ignore[union-attr]
    assert late in still_open
    assert done not in still_open


# Writes


@pytest.mark.parametrize("wanted", AVAILABILITIES)
def test_what_is_pushed_is_read_back_and_pushing_it_again_does_no_harm(stand: Stand, wanted: Availability) -> None:
    stand.shop.add_product("CHAIR", 0)
    message = "Bald wieder da: <b>ab 5. Dezember</b> & „gern“ \U0001f642"
    change = stand.change("CHAIR", wanted, message)
    desired = stand.platform.fields(wanted, message, DAY)
    for _ in range(2):
        (pushed,) = stand.storefront().push([change])
        assert (pushed.variant_id, pushed.refused) == (change.variant_id, None)
        shown = stand.shown("CHAIR")
        assert {key: shown[key] for key in shown if key in desired} == {key: desired[key] for key in shown}
    assert difference(stand.shown("CHAIR"), desired) == {}
    assert stand.shop.shelf("CHAIR").buyable is wanted.sells


def test_every_field_that_may_be_written_is_shown(stand: Stand) -> None:
    stand.shop.add_product("CHAIR", 0)
    assert set(stand.platform.fields(AVAILABILITIES[2], "soon", DAY)) == set(stand.shown("CHAIR"))


def test_a_bad_item_refuses_only_itself(stand: Stand) -> None:
    for sku in ("CHAIR", "TABLE", "LAMP"):
        stand.shop.add_product(sku, 0)
    changes = [stand.change(sku, AVAILABILITIES[2], "soon") for sku in ("CHAIR", "TABLE", "LAMP")]
    stand.shop.delete_product("TABLE")
    unknown = Change(MISSING, MISSING, changes[0].fields)
    pushed = {one.variant_id: one.refused for one in stand.storefront().push([*changes, unknown])}
    assert set(pushed) == {one.variant_id for one in (*changes, unknown)}
    assert (pushed[changes[0].variant_id], pushed[changes[2].variant_id]) == (None, None)
    assert isinstance(pushed[MISSING], Refused)
    for sku in ("CHAIR", "LAMP"):
        assert stand.shop.shelf(sku).buyable


def test_a_notice_told_twice_is_said_once(stand: Stand) -> None:
    stand.shop.add_product("CHAIR", 5)
    order_id = stand.shop.place_order({"CHAIR": 2})
    stand.storefront().tell(telling(order_id))
    once = stand.shop.told(order_id)
    stand.storefront().tell(telling(order_id, again=True))
    assert stand.shop.told(order_id) == once
    assert len(once.notes) <= 1
    assert len(set(once.tags)) == len(once.tags)
    assert any("5 December" in said for said in (*once.notes, *once.marks.values()))


def test_marks_without_a_text_say_nothing_to_the_shopper(stand: Stand) -> None:
    stand.shop.add_product("CHAIR", 5)
    order_id = stand.shop.place_order({"CHAIR": 2})
    stand.storefront().tell(telling(order_id, text=""))
    told = stand.shop.told(order_id)
    assert told.notes == ()
    assert told.marks


def test_marks_are_taken_away_again(stand: Stand) -> None:
    stand.shop.add_product("CHAIR", 5)
    order_id = stand.shop.place_order({"CHAIR": 2})
    stand.storefront().tell(telling(order_id))
    stand.storefront().tell(Telling("BO-1-2", order_id, NoticeKind.CLEARED, OrderMarks(), ""))
    told = stand.shop.told(order_id)
    assert told.tags == ()
    assert set(told.marks.values()) <= {""}


def test_an_order_that_is_gone_cannot_be_told(stand: Stand) -> None:
    with pytest.raises(Refused):
        stand.storefront().tell(telling(MISSING))


# Webhooks


def test_webhooks_are_made_listed_mended_and_removed(stand: Stand) -> None:
    stand.subscribe()
    storefront = stand.storefront()
    made = list(storefront.subscriptions())
    assert sorted(one.topic for one in made) == sorted(stand.platform.topics)
    assert {(one.address, one.active) for one in made} == {(ADDRESS, True)}
    storefront.mend(made[0], ADDRESS, stand.sandbox.SECRET)
    assert sorted(one.topic for one in storefront.subscriptions()) == sorted(stand.platform.topics)
    for one in list(storefront.subscriptions()):
        storefront.unsubscribe(one)
        storefront.unsubscribe(one)  # what is gone already is no failure
    assert list(storefront.subscriptions()) == []


# Health and failures


def test_the_doctor_finds_nothing_with_good_keys_and_says_what_to_do_about_bad_ones(stand: Stand) -> None:
    findings = list(stand.storefront().check(stand.now))
    assert findings
    assert [one.what for one in findings if not one.ok] == []
    broken = [one for one in stand.storefront(good=False).check(stand.now) if not one.ok]
    assert broken
    assert all(one.said and one.fix for one in broken)


def calls(stand: Stand, *, good: bool = True) -> dict[str, Callable[[], object]]:
    """One of each kind of call, ready to be made."""
    stand.shop.add_product("CHAIR", 0, oversell=True)
    order_id = stand.shop.place_order({"CHAIR": 1})
    change = stand.change("CHAIR", AVAILABILITIES[2], "soon")
    storefront = stand.storefront(good=good)
    return {
        "read_orders": lambda: list(storefront.read_orders([order_id])),
        "read_pools": lambda: list(storefront.read_pools([change.variant_id])),
        "orders_changed": lambda: list(storefront.orders_changed(None)),
        "products_changed": lambda: list(storefront.products_changed(None)),
        "push": lambda: list(storefront.push([change])),
        "tell": lambda: storefront.tell(telling(order_id)),
        "subscriptions": lambda: list(storefront.subscriptions()),
        "subscribe": lambda: storefront.subscribe(stand.platform.topics[0], ADDRESS, stand.sandbox.SECRET),
    }


@pytest.mark.parametrize("fault", FAULTS)
def test_what_passes_by_itself_is_to_be_tried_later(stand: Stand, fault: str) -> None:
    for call in calls(stand).values():
        setattr(stand.shop.faults, fault, 20)
        with pytest.raises(TryLater):
            call()
        setattr(stand.shop.faults, fault, 0)


def test_a_key_that_is_not_known_is_the_owners_to_mend(stand: Stand) -> None:
    for call in calls(stand, good=False).values():
        with pytest.raises(OwnerMustAct) as caught:
            call()
        assert caught.value.act in {"read", "push", "notify", "webhooks"}
        assert caught.value.fix
