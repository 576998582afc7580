"""What the shop tells us and what we read there are the same facts, through the whole life of an order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from shopify_adapter_stage import Stage, only, open_stage

from adapters.shopify import platform
from connector.domain.facts import OrderSeen, Reread, ShownSeen, Thing, VariantSeen
from connector.ports.storefront import Verdict

ADDRESS = "https://connector.example.com/webhooks/shopify/main"
PLATFORM = platform()

# What happens to an order of four A and one B, act by act; the arguments follow the order's id.
LIVES: list[list[tuple[str, tuple[object, ...]]]] = [
    [("pay_order", ())],
    [("ship", ({"A": 1},))],
    [("refund", ("A", 1))],
    [("refund", ("A", 3))],
    [("change_quantity", ("A", 5))],
    [("change_quantity", ("A", 0))],
    [("cancel_order", ())],
    [("pay_order", ()), ("ship", ())],
    [("ship", ({"A": 2},)), ("refund", ("A", 3))],
    [("pay_order", ()), ("change_quantity", ("B", 2)), ("ship", ())],
    [("pay_order", ()), ("refund", ("A", 4)), ("refund", ("B", 1))],
]


@pytest.fixture(name="stage")
def make_stage() -> Iterator[Stage]:
    with open_stage() as stage:
        for topic in PLATFORM.topics:
            stage.client.subscribe(topic, ADDRESS, "")
        yield stage


def told(stage: Stage) -> list[tuple[str, bytes]]:
    """Everything the shop sends now: topic and body, each genuine."""
    stage.letters.clear()
    stage.shop.flush()
    assert {PLATFORM.authenticate(headers, body, ["shpss_sandbox"]) for headers, body in stage.letters} == {
        Verdict.GENUINE
    }
    return [(PLATFORM.envelope(headers).topic, body) for headers, body in stage.letters]


@pytest.mark.parametrize("life", LIVES, ids=lambda life: "-".join(act for act, _ in life))
def test_the_newest_order_we_were_told_is_the_order_we_read(
    stage: Stage, life: list[tuple[str, tuple[object, ...]]]
) -> None:
    stage.shop.add_product("A", 3, oversell=True)
    stage.shop.add_product("B", 3)
    order = stage.shop.place_order({"A": 4, "B": 1}, paid=False, language="de")
    for act, arguments in life:
        # Shopify dates changes by the second: two within one second cannot be told apart.
        stage.clock.pass_by()
        getattr(stage.shop, act)(order, *arguments)

    news = [PLATFORM.translate(topic, body) for topic, body in told(stage)]

    seen = [fact for one in news for fact in only(OrderSeen, one.facts)]
    newest = max(seen, key=lambda fact: fact.changed_at)
    # Where it goes and whose it is are protected: no list asks for them.
    assert (newest.country, newest.email) == ("DE", "jo@example.com")
    assert [replace(newest, country="", email="")] == list(stage.client.read_orders([order]))


def test_every_change_of_stock_names_the_pool_to_read(stage: Stage) -> None:
    item = stage.item_of(stage.shop.add_product("A", 3))
    told(stage)
    acts: list[tuple[str, tuple[object, ...]]] = [
        ("set_stock", ("A", 9)),
        ("receive_goods", ("A", 2)),
        ("place_order", ({"A": 1},)),
    ]
    for act, arguments in acts:
        getattr(stage.shop, act)(*arguments)
        rereads = {one for topic, body in told(stage) for one in PLATFORM.translate(topic, body).rereads}
        assert Reread(Thing.POOL, item) in rereads


def test_a_new_product_is_known_with_its_number_after_what_it_asks_us_to_read(stage: Stage) -> None:
    variant = stage.shop.add_product("A", 3)
    rereads = {one for topic, body in told(stage) for one in PLATFORM.translate(topic, body).rereads}
    assert Reread(Thing.PRODUCT, stage.product_of(variant)) in rereads


def test_our_own_write_comes_back_as_what_we_wrote(stage: Stage) -> None:
    variant = stage.shop.add_product("A", 0)
    told(stage)
    stage.clock.pass_by()
    (pushed,) = stage.client.push([stage.change(variant, inventoryPolicy="CONTINUE")])
    echoes = [PLATFORM.translate(topic, body) for topic, body in told(stage)]
    shown = [fact for one in echoes for fact in only(ShownSeen, one.facts)]
    assert {(one.variant_id, one.fields["inventoryPolicy"], one.changed_at) for one in shown} == {
        (variant, "CONTINUE", pushed.changed_at)
    }


def test_a_variant_told_is_the_variant_read(stage: Stage) -> None:
    skus = stage.shop.add_variations("Screws", {"S1": 1, "S2": 2})
    stage.clock.pass_by()
    stage.shop.set_field("S1", "inventoryPolicy", "CONTINUE")
    news = [PLATFORM.translate(topic, body) for topic, body in told(stage)]
    seen = {fact.id: fact for one in news for fact in only(VariantSeen, one.facts)}
    read = list(stage.client.read_products([stage.product_of(skus["S1"])]))
    assert seen == {fact.id: fact for fact in only(VariantSeen, read)}
