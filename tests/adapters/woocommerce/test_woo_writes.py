"""What the client writes to a shop that answers as WooCommerce does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser

import pytest
from woo_bench import Bench, open_bench

from connector.domain.facts import ShownSeen
from connector.domain.marks import LineMark, NoticeKind, OrderMarks, OrderStatus
from connector.ports.failures import OwnerMustAct, Refused
from connector.ports.storefront import Change, Telling

SHOWN = {
    "backorders": "notify",
    "_backorder_status": "backorder",
    "_backorder_expected_on": "2026-12-01",
    "_backorder_expected_from": "2026-11-28",
    "_backorder_message": "Ships in “December” & not before \\ 1",
}
ADDRESS = "http://127.0.0.1:9/webhooks/woocommerce/main"


@pytest.fixture(name="bench")
def _bench() -> Iterator[Bench]:
    with open_bench() as bench:
        yield bench


def shown(bench: Bench, variant_id: str) -> dict[str, str]:
    facts = [one for one in bench.client.read_products([variant_id]) if isinstance(one, ShownSeen)]
    return next(dict(one.fields) for one in facts if one.variant_id == variant_id)


def test_what_was_pushed_is_what_is_read_back(bench: Bench) -> None:
    product = bench.shop.add_product("A", 0)
    variation = bench.shop.add_variations("Chair", {"R": 0})["R"]
    when = bench.clock.pass_by()
    changes = [Change(product, product, SHOWN), Change(variation, bench.shop.parent_of(variation), SHOWN)]

    assert [(product, when, None), (variation, when, None)] == [
        (one.variant_id, one.changed_at, one.refused) for one in bench.client.push(changes)
    ]
    assert SHOWN == shown(bench, product) == shown(bench, variation)


def test_an_emptied_field_is_empty_again(bench: Bench) -> None:
    product = bench.shop.add_product("A", 0)
    list(bench.client.push([Change(product, product, SHOWN)]))
    nothing = {
        "backorders": "no",
        "_backorder_status": "",
        "_backorder_expected_on": "",
        "_backorder_expected_from": "",
        "_backorder_message": "",
    }
    assert [one.refused for one in bench.client.push([Change(product, product, nothing)])] == [None]
    assert nothing == shown(bench, product)


def test_a_push_never_touches_the_number(bench: Bench) -> None:
    product = bench.shop.add_product("A", -3)
    list(bench.client.push([Change(product, product, SHOWN)]))
    assert bench.shop.shelf("A").available == -3


def test_many_changes_go_a_hundred_at_a_time(bench: Bench) -> None:
    products = [bench.shop.add_product(f"P{one}", 0) for one in range(150)]
    done = list(bench.client.push([Change(one, one, {"backorders": "notify"}) for one in products]))
    assert products == [one.variant_id for one in done]
    assert len(bench.calls("products/batch")) == 2


def test_one_bad_change_does_not_fail_the_others(bench: Bench) -> None:
    product = bench.shop.add_product("A", 0)
    unmanaged = bench.shop.add_product("U", None)
    chair = bench.shop.add_variations("Chair", {"R": 0})["R"]
    table = bench.shop.parent_of(bench.shop.add_variations("Table", {"S": 0})["S"])
    flag = {"backorders": "notify"}
    done = {
        one.variant_id: one.refused.code if isinstance(one.refused, Refused) else ""
        for one in bench.client.push(
            [
                Change("999999", "999999", flag),
                Change(product, product, flag),
                Change(unmanaged, unmanaged, flag),
                Change(chair, table, flag),
                Change("888888", "888888", {"backorders": "maybe"}),
            ]
        )
    }
    assert {
        "999999": "woocommerce_rest_product_invalid_id",
        product: "",
        unmanaged: "not_taken",
        chair: "woocommerce_rest_product_variation_invalid_id",
        "888888": "bad_value",
    } == done


def test_a_flag_written_to_a_variation_that_draws_from_its_parent_is_seen_to_be_ignored(bench: Bench) -> None:
    shared = bench.shop.add_variations("Table", {"S": None}, shared_stock=0)["S"]
    parent = bench.shop.parent_of(shared)
    fields = {key: value for key, value in SHOWN.items() if key != "backorders"}
    (taken,) = bench.client.push([Change(shared, parent, fields)])
    (ignored,) = bench.client.push([Change(shared, parent, SHOWN)])
    assert taken.refused is None
    assert isinstance(ignored.refused, Refused)
    assert ignored.refused.code == "not_taken"


def test_nothing_to_push_calls_nobody(bench: Bench) -> None:
    assert list(bench.client.push([])) == []
    assert bench.calls() == []


class Shown(HTMLParser):
    """A note as a mail program shows it, for WooCommerce sends notes as HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def telling(order_id: str, text: str = "Your chair waits.", *, again: bool = False) -> Telling:
    marks = OrderMarks(OrderStatus.WAITING, (LineMark("1", "A", "Chair", 1, 2, date(2026, 12, 1)),))
    return Telling("R7F", order_id, NoticeKind.WAITING, marks, text, again)


def test_a_notice_marks_the_order_and_mails_the_shopper(bench: Bench) -> None:
    bench.shop.add_product("A", 5)
    order_id = bench.shop.place_order({"A": 1})
    bench.client.tell(telling(order_id))
    told = bench.shop.told(order_id)
    assert told.notes == ("Your chair waits.\n\n[R7F]",)
    assert (told.marks["_backorder_status"], told.marks["_backorder_expected_on"]) == ("waiting", "2026-12-01")
    assert len(bench.shop.mails) == 1


def test_a_title_like_a_tag_arrives_as_text(bench: Bench) -> None:
    bench.shop.add_product("A", 5, title="<b>x")
    order_id = bench.shop.place_order({"A": 1})
    bench.client.tell(telling(order_id, "<b>x waits for you & yours."))
    (mail,) = bench.shop.mails
    shown = Shown()
    shown.feed(mail.text)
    assert (shown.tags, "".join(shown.text)) == ([], "<b>x waits for you & yours.\n\n[R7F]")


def test_a_notice_told_again_is_not_told_twice(bench: Bench) -> None:
    bench.shop.add_product("A", 5)
    order_id = bench.shop.place_order({"A": 1})
    bench.client.tell(telling(order_id))
    bench.client.tell(telling(order_id, again=True))
    assert len(bench.shop.told(order_id).notes) == 1


def test_a_notice_whose_first_try_never_arrived_is_told(bench: Bench) -> None:
    bench.shop.add_product("A", 5)
    order_id = bench.shop.place_order({"A": 1})
    bench.client.tell(telling(order_id, again=True))
    assert len(bench.shop.told(order_id).notes) == 1


def test_marks_alone_say_nothing_to_the_shopper(bench: Bench) -> None:
    bench.shop.add_product("A", 5)
    order_id = bench.shop.place_order({"A": 1})
    bench.client.tell(telling(order_id, ""))
    assert bench.shop.told(order_id).notes == ()
    assert bench.shop.told(order_id).marks["_backorder_status"] == "waiting"


def test_cleared_marks_leave_nothing_on_the_order(bench: Bench) -> None:
    bench.shop.add_product("A", 5)
    order_id = bench.shop.place_order({"A": 1})
    bench.client.tell(telling(order_id, ""))
    bench.client.tell(Telling("R8", order_id, NoticeKind.CLEARED, OrderMarks(), ""))
    assert bench.shop.told(order_id).marks == {}


def test_an_order_that_is_gone_cannot_be_told(bench: Bench) -> None:
    with pytest.raises(Refused):
        bench.client.tell(telling("999999"))


def test_webhooks_are_made_listed_mended_and_removed(bench: Bench) -> None:
    made = bench.client.subscribe("order.updated", ADDRESS, "s3")
    assert [made] == list(bench.client.subscriptions())
    assert (made.topic, made.address, made.active) == ("order.updated", ADDRESS, True)

    bench.client.mend(made, ADDRESS, "s4")
    (mended,) = bench.client.subscriptions()
    assert (mended.topic, mended.active) == ("order.updated", True)
    # A webhook that is only switched on again keeps its failures; a new one has none.
    assert made.id != mended.id

    bench.client.unsubscribe(mended)
    bench.client.unsubscribe(mended)
    assert list(bench.client.subscriptions()) == []


def test_all_webhooks_of_a_busy_shop_are_listed(bench: Bench) -> None:
    made = {bench.client.subscribe("order.updated", f"{ADDRESS}/{one}", "s").id for one in range(105)}
    assert made == {one.id for one in bench.client.subscriptions()}


@pytest.mark.parametrize(("topic", "address"), [("order.exploded", ADDRESS), ("order.updated", "ftp://x")])
def test_a_webhook_the_shop_will_not_have_is_the_owners_to_mend(bench: Bench, topic: str, address: str) -> None:
    with pytest.raises(OwnerMustAct) as refused:
        bench.client.subscribe(topic, address, "s")
    assert refused.value.act == "webhooks"
