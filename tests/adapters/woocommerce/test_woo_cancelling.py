"""Units taken off an order at WooCommerce: what goes back, by which way, and what is left alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import responses
from woo_acts import books, cancel, cancelling, order_of, placed, refunds_of, retried
from woo_bench import Bench, one_try, open_bench

from adapters.http import NO_RETRIES, Channel
from adapters.reader import Reader
from adapters.woocommerce.client import WooStorefront
from adapters.woocommerce.standing import standing
from connector.ports.acting import Cancelling
from connector.ports.failures import OwnerMustAct, Refused, TryLater

RECORDINGS = Path(__file__).parents[4] / "shared/payloads/woocommerce"
recorded = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not beside this repository")


@pytest.fixture(name="bench")
def _bench() -> Iterator[Bench]:
    with open_bench() as bench:
        bench.shop.add_product("A", 50)
        bench.shop.add_product("B", 50)
        yield bench


def recording(name: str) -> Any:
    return json.loads((RECORDINGS / f"{name}.json").read_text("utf-8"))["body"]


# What the real shop said


@recorded
def test_what_is_left_of_a_recorded_order_is_less_by_its_recorded_refund() -> None:
    order = Reader(recording("order_after_partial_refund"))
    found = standing(order, Reader([recording("refund_create_partial")]).items())
    line = found.lines["6"]
    assert (line.units, line.ordered, line.left.net, found.left) == (2, 3, Decimal("20.00"), Decimal("20.00"))
    assert (found.is_paid, found.grain, found.refunds[0].reason) == (False, Decimal("0.01"), "one broken")
    assert not found.refunds[0].paid_back  # it was made with api_refund false


@recorded
def test_shipping_and_fees_of_a_recorded_order_are_part_of_what_can_go_back() -> None:
    found = standing(Reader(recording("order_multiline_coupon")), ())
    assert [charge.left.gross for charge in found.charges] == [Decimal("7.50"), Decimal("2.00")]
    assert found.left == Decimal("57.20")
    assert sum(row.left.gross for row in (*found.lines.values(), *found.charges)) == found.left


@recorded
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("order_after_full_refund", "cancelled"),
        ("order_cancelled", "cancelled"),
        ("order_status_refunded", "cancelled"),
    ],
)
def test_a_recorded_order_that_is_over_is_left_alone(name: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        standing(Reader(recording(name)), ()).refuse_unless_open()
    assert refused.value.code == code


@recorded
@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("completed", "shipped"),
        ("trash", "cancelled"),
        ("failed", "cancelled"),
        ("checkout-draft", "not_an_order"),
        ("in-transit", "unknown_status"),  # of a plugin: it may mean that the goods have left
    ],
)
def test_an_order_that_left_or_never_was_or_may_have_left_is_left_alone(status: str, code: str) -> None:
    order = {**recording("order_processing_in_stock"), "status": status}
    with pytest.raises(Refused) as refused:
        standing(Reader(order), ()).refuse_unless_open()
    assert refused.value.code == code


# Money


def test_part_of_a_line_goes_back_with_its_tax_to_the_cent(bench: Bench) -> None:
    bench.shop.set_tax("19")
    bench.shop.set_price("A", "3.33")
    order_id = placed(bench, {"A": 3}, shipping="4.90")
    back = [cancel(bench, order_id, {"A": 1}).refunded for _ in range(3)]
    assert back == ["3.96", "3.97", "3.96"]  # 9.99 and 1.90 of tax
    assert books(bench, order_id) == ({}, "11.89", "5.83")  # the shipping, which is not part of it
    (item,) = refunds_of(bench, order_id)[-1]["line_items"]
    assert (item["quantity"], item["total"], item["total_tax"]) == (-1, "-3.33", "-0.63")
    assert order_of(bench, order_id)["status"] == "processing"


@pytest.mark.parametrize("included", [False, True])
def test_a_whole_order_goes_back_with_shipping_fees_and_every_tax(bench: Bench, *, included: bool) -> None:
    bench.shop.set_tax("19", included=included)
    bench.shop.set_tax("7", tax_class="reduced", included=included)
    bench.shop.edit("B", {"tax_class": "reduced", "regular_price": "3.33"})
    order_id = placed(bench, {"A": 2, "B": 3}, shipping="4.90", fee="2.00")
    total = order_of(bench, order_id)["total"]
    done = cancel(bench, order_id, {"A": 2, "B": 3}, whole=True)
    assert (done.refunded, done.by_hand, books(bench, order_id)) == (total, "", ({}, total, "0.00"))
    (refund,) = refunds_of(bench, order_id)
    rows = [row for kind in ("line_items", "shipping_lines", "fee_lines") for row in refund[kind]]
    assert -sum(Decimal(row["total"]) + Decimal(row["total_tax"]) for row in rows) == Decimal(total)
    assert order_of(bench, order_id)["status"] == "refunded"
    assert [bench.shop.shelf(sku).available for sku in "AB"] == [50, 50]


def test_the_last_units_of_an_order_without_shipping_close_it(bench: Bench) -> None:
    bench.shop.set_tax("19")
    order_id = placed(bench, {"A": 2, "B": 1})
    cancel(bench, order_id, {"A": 1})
    cancel(bench, order_id, {"A": 1, "B": 1})
    assert (order_of(bench, order_id)["status"], books(bench, order_id)[2]) == ("refunded", "0.00")


def test_what_the_merchant_sent_back_already_is_not_sent_again(bench: Bench) -> None:
    order_id = placed(bench, {"A": 3})
    bench.shop.refund(order_id, "A", 1)
    goodwill = {"amount": "5.00", "reason": "sorry", "api_refund": False}
    bench.client._rest.post(f"orders/{order_id}/refunds", goodwill, act="amend")
    assert cancel(bench, order_id, {"A": 2}).refunded == "15.00"
    assert books(bench, order_id) == ({}, "30.00", "0.00")


def test_a_gift_leaves_the_order_and_no_money_moves(bench: Bench) -> None:
    bench.shop.set_price("B", "0.00")
    order_id = placed(bench, {"A": 1, "B": 2})
    assert cancel(bench, order_id, {"B": 1}).refunded == ""
    assert books(bench, order_id) == ({"A": 1, "B": 1}, "0.00", "10.00")
    assert bench.shop.shelf("B").available == 49


# Ways of paying


def test_a_way_of_paying_that_cannot_send_back_leaves_it_to_a_person(bench: Bench) -> None:
    order_id = placed(bench, {"A": 2}, way="bacs")
    bench.shop.pay_order(order_id)
    done = cancel(bench, order_id, {"A": 1})
    assert (done.refunded, "cannot send money back" in done.by_hand) == ("10.00", True)
    assert books(bench, order_id) == ({"A": 1}, "10.00", "10.00")
    assert bench.shop.shelf("A").available == 49
    (refund,) = refunds_of(bench, order_id)
    assert refund["refunded_payment"] is False


def test_a_retry_that_finds_the_refund_does_not_claim_that_the_money_was_sent(bench: Bench) -> None:
    order_id = placed(bench, {"A": 2}, way="bacs")
    bench.shop.pay_order(order_id)
    wanted = cancelling(bench, order_id, {"A": 1})
    bench.client.cancel(wanted)
    done = retried(bench, wanted)
    assert (done.refunded, "does not say that the money was sent" in done.by_hand) == ("10.00", True)
    assert books(bench, order_id)[1] == "10.00"


def test_goods_to_be_paid_on_delivery_are_taken_off_the_order_and_nothing_is_sent_back(bench: Bench) -> None:
    order_id = placed(bench, {"A": 3, "B": 1}, way="cod", shipping="5.00")
    done = cancel(bench, order_id, {"A": 1, "B": 1})
    assert (done.refunded, done.by_hand, refunds_of(bench, order_id)) == ("", "", [])
    assert books(bench, order_id) == ({"A": 2}, "0.00", "25.00")
    assert [bench.shop.shelf(sku).available for sku in "AB"] == [48, 50]
    cancel(bench, order_id, {"A": 2})
    assert order_of(bench, order_id)["status"] == "cancelled"


def test_a_line_that_gets_smaller_keeps_its_price_a_unit_and_its_tax(bench: Bench) -> None:
    bench.shop.set_tax("19")
    bench.shop.set_price("A", "3.33")
    order_id = placed(bench, {"A": 3}, way="bacs")
    cancel(bench, order_id, {"A": 1})
    (line,) = order_of(bench, order_id)["line_items"]
    assert (line["quantity"], line["total"], line["subtotal"], line["total_tax"]) == (2, "6.66", "6.66", "1.27")


def test_a_gateway_that_fails_is_tried_once_more_before_a_person_is_asked(bench: Bench) -> None:
    bench.shop.break_gateway("Stripe is on its lunch break.", times=2)
    order_id = placed(bench, {"A": 2})
    wanted = cancelling(bench, order_id, {"A": 1})
    with pytest.raises(TryLater, match="lunch break"):
        bench.client.cancel(wanted)
    assert books(bench, order_id) == ({"A": 2}, "0.00", "20.00")
    done = retried(bench, wanted)
    assert (done.refunded, "lunch break" in done.by_hand) == ("10.00", True)
    assert books(bench, order_id) == ({"A": 1}, "10.00", "10.00")


def test_a_gateway_that_recovers_needs_nobody(bench: Bench) -> None:
    bench.shop.break_gateway("Try again.")
    wanted = cancelling(bench, placed(bench, {"A": 2}), {"A": 1})
    with pytest.raises(TryLater):
        bench.client.cancel(wanted)
    assert retried(bench, wanted).by_hand == ""


@pytest.mark.parametrize(
    ("body", "status", "failure"),
    [
        ({"code": "internal_server_error", "message": "Critical.", "data": {"status": 500}}, 500, TryLater),
        ("<html>", 500, TryLater),
        ({"code": "x", "message": "No.", "data": {"status": 429}}, 429, TryLater),
        ({"code": "woocommerce_rest_cannot_create", "message": "Sorry.", "data": {"status": 401}}, 401, OwnerMustAct),
        ({"code": "rest_invalid_param", "message": "Bad.", "data": {"status": 400}}, 400, Refused),
    ],
)
@responses.activate
def test_other_failures_of_a_refund_are_what_they_are_elsewhere(
    body: object, status: int, failure: type[Exception]
) -> None:
    api = "https://shop.example/wp-json/wc/v3"
    line = {
        "id": 6, "name": "A", "product_id": 38, "variation_id": 0, "quantity": 3, "tax_class": "", "taxes": [],
        "subtotal": "30.00", "total": "30.00", "meta_data": [],
    }  # fmt: skip
    order = {
        "id": 39, "status": "processing", "currency": "USD", "total": "30.00", "prices_include_tax": False,
        "date_paid_gmt": "2026-11-21T20:31:34", "date_modified_gmt": "2026-11-21T20:31:35", "meta_data": [],
        "line_items": [line], "shipping_lines": [], "fee_lines": [], "refunds": [],
    }  # fmt: skip
    responses.get(f"{api}/orders/39", json=order)
    sent = body if isinstance(body, str) else json.dumps(body)
    responses.post(f"{api}/orders/39/refunds", body=sent, status=status)
    channel = Channel(api, allow_private=True, retries=NO_RETRIES)
    with pytest.raises(failure):
        WooStorefront(channel).cancel(Cancelling("R", "k", "39", {"6": 1}, whole=False, reason="x"))
    channel.close()
    request = json.loads(responses.calls[-1].request.body or b"")
    assert request == {
        "amount": "10.00",
        "reason": "x [R]",
        "api_refund": True,
        "api_restock": True,
        "line_items": [{"id": 6, "quantity": 1, "refund_total": "10.00"}],
    }


# What stays with the order, and what is not said


def test_the_reason_stays_with_the_order_and_nobody_is_mailed_by_us(bench: Bench) -> None:
    paid, unpaid = placed(bench, {"A": 2}), placed(bench, {"A": 2}, way="bacs")
    first, second = cancelling(bench, paid, {"A": 1}), cancelling(bench, unpaid, {"A": 1})
    bench.client.cancel(first)
    bench.client.cancel(second)
    assert order_of(bench, paid)["refunds"][0]["reason"] == f"Too late for <me> & mine. [{first.reference}]"
    notes = bench.client._rest.get(f"orders/{unpaid}/notes", {"type": "internal"}).read()
    assert [one["note"].text() for one in notes if second.reference in one["note"].text()] == [
        f"Too late for &lt;me&gt; &amp; mine. [{second.reference}]"
    ]
    assert bench.shop.mails == ()


def test_a_reference_is_not_found_in_a_longer_one(bench: Bench) -> None:
    order_id = placed(bench, {"A": 3})
    longer, shorter = cancelling(bench, order_id, {"A": 1}), cancelling(bench, order_id, {"A": 1})
    bench.client.cancel(Cancelling("R12", "k", order_id, longer.units, whole=False, reason=""))
    bench.client.cancel(Cancelling("R1", "k", order_id, shorter.units, whole=False, reason="", again=True))
    assert books(bench, order_id)[0] == {"A": 1}


def test_an_order_in_our_own_status_gives_its_units_back_too(bench: Bench) -> None:
    bench.shop.install_our_plugin()
    for way, left in (("cod", 48), ("", 46)):
        order_id = placed(bench, {"A": 3}, way=way)
        bench.client._rest.put(f"orders/{order_id}", {"status": "backordered"}, act="notify")
        cancel(bench, order_id, {"A": 1})
        assert (way, bench.shop.shelf("A").available) == (way, left)
        assert books(bench, order_id)[0] == {"A": 2}


def test_nothing_is_done_where_nothing_is_named(bench: Bench) -> None:
    for way in ("", "bacs"):
        with pytest.raises(Refused) as refused:
            cancel(bench, placed(bench, {"A": 1}, way=way), {})
        assert refused.value.code == "nothing"


@pytest.mark.parametrize("order_id", ["", "../products/1", "gid://x/1", "999999"])
def test_an_order_that_nobody_knows_is_refused(bench: Bench, order_id: str) -> None:
    with pytest.raises(Refused):
        bench.client.cancel(Cancelling("R", "k", order_id, {"1": 1}, whole=False, reason=""))


def test_a_read_only_key_is_the_owners_to_mend(bench: Bench) -> None:
    wanted = cancelling(bench, placed(bench, {"A": 1}), {"A": 1})
    bench.shop.keys["ck_sandbox"].permissions = "read"
    with one_try(bench.url) as client, pytest.raises(OwnerMustAct) as failure:
        client.cancel(wanted)
    assert failure.value.act == "amend"
