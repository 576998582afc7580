"""Taxes, shipping, fees and refunds of the sandbox shop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from woo_stage import Stage, open_stage, problem

from adapters.woocommerce.sandbox.storefront import Extras

CANNOT = "woocommerce_rest_cannot_create_order_refund"


@pytest.fixture
def stage() -> Iterator[Stage]:
    with open_stage() as opened:
        yield opened


def checked_out(stage: Stage, way: str = "stripe") -> Any:
    """Two of A at 10.00, shipped for 5.00, wrapped for 2.00, with 10 % of tax on all of it."""
    stage.shop.set_tax("10")
    stage.product("A", 10)
    order_id = stage.shop.place_order({"A": 2}, way=way, extras=Extras(shipping="5.00", fee="2.00"))
    return stage.get(f"orders/{order_id}")


def ids(order: Any) -> tuple[int, int, int]:
    return order["line_items"][0]["id"], order["shipping_lines"][0]["id"], order["fee_lines"][0]["id"]


def refund(stage: Stage, order: Any, **body: object) -> Any:
    return stage.post(f"orders/{order['id']}/refunds", body)


def row(line_id: int, total: str, tax: str, quantity: int = 0) -> dict[str, object]:
    return {"id": line_id, "quantity": quantity, "refund_total": total, "refund_tax": [{"id": 1, "refund_total": tax}]}


def test_an_order_adds_up_its_goods_its_shipping_its_fees_and_the_tax_on_each(stage: Stage) -> None:
    order = checked_out(stage)
    shown = {key: order[key] for key in ("total", "total_tax", "cart_tax", "shipping_total", "shipping_tax")}
    assert shown == {
        "total": "29.70",
        "total_tax": "2.70",
        "cart_tax": "2.20",
        "shipping_total": "5.00",
        "shipping_tax": "0.50",
    }
    (line,), (tax,) = order["line_items"], order["tax_lines"]
    assert (line["total"], line["total_tax"], line["taxes"][0]["id"]) == ("20.00", "2.00", tax["rate_id"])
    assert (tax["tax_total"], tax["shipping_tax_total"]) == ("2.20", "0.50")


def test_a_price_that_holds_the_tax_is_taken_apart(stage: Stage) -> None:
    stage.shop.set_tax("19", included=True)
    order = stage.order(stage.product("A", 10), 1)
    (line,) = order["line_items"]
    assert (order["prices_include_tax"], order["total"]) == (True, "10.00")
    assert (line["total"], line["total_tax"]) == ("8.40", "1.60")


def test_an_edit_has_the_tax_worked_out_anew_and_leaves_the_money_it_is_not_told(stage: Stage) -> None:
    order = checked_out(stage)
    line = {"id": ids(order)[0], "quantity": 1}
    assert stage.put(f"orders/{order['id']}", {"line_items": [line]})["total"] == "29.70"
    edited = stage.put(f"orders/{order['id']}", {"line_items": [{**line, "total": "10.00", "subtotal": "10.00"}]})
    assert (edited["line_items"][0]["total_tax"], edited["total"]) == ("1.00", "18.70")


def test_a_tax_class_has_a_rate_of_its_own(stage: Stage) -> None:
    stage.shop.set_tax("19")
    stage.shop.set_tax("7", tax_class="reduced")
    product = stage.product("BOOK", 10, tax_class="reduced")
    (line,) = stage.order(product, 1)["line_items"]
    assert (line["tax_class"], line["total_tax"], line["taxes"][0]["id"]) == ("reduced", "0.70", 2)
    assert stage.get(f"products/{product}")["tax_class"] == "reduced"


def test_shipping_and_fees_are_refunded_by_their_ids_with_their_tax(stage: Stage) -> None:
    order = checked_out(stage)
    line, shipping, fee = ids(order)
    rows = [row(line, "10.00", "1.00", 1), row(shipping, "5.00", "0.50"), row(fee, "2.00", "0.20")]
    made = refund(stage, order, line_items=rows, reason="late")
    assert (made["amount"], made["reason"], made["refunded_payment"]) == ("18.70", "late", True)
    assert [(one["total"], one["total_tax"]) for one in made["shipping_lines"]] == [("-5.00", "-0.50")]
    assert [(one["total"], one["total_tax"]) for one in made["fee_lines"]] == [("-2.00", "-0.20")]
    of = [one["meta_data"][0]["value"] for kind in ("shipping_lines", "fee_lines") for one in made[kind]]
    assert of == [str(shipping), str(fee)]
    assert stage.shop.books(str(order["id"])).worth == "11.00"


def test_the_last_cent_makes_the_order_refunded_and_one_more_is_refused(stage: Stage) -> None:
    order = checked_out(stage)
    path = f"orders/{order['id']}/refunds"
    refund(stage, order, amount="29.69")
    assert stage.get(f"orders/{order['id']}")["status"] == "processing"
    assert problem(stage.api.post(path, {"amount": "0.02"})) == (500, CANNOT)
    refund(stage, order, amount="0.01")
    assert stage.get(f"orders/{order['id']}")["status"] == "refunded"


@pytest.mark.parametrize(("way", "pays_back"), [("stripe", True), ("bacs", False), ("cod", False), ("cheque", False)])
def test_only_a_card_is_paid_back_by_itself(stage: Stage, way: str, *, pays_back: bool) -> None:
    order = checked_out(stage, way)
    answer = stage.api.post(f"orders/{order['id']}/refunds", {"amount": "1.00"})
    assert (answer.status_code == 201) == pays_back
    assert refund(stage, order, amount="1.00", api_refund=False)["refunded_payment"] is False


def test_a_gateway_that_fails_says_why_and_nothing_is_refunded(stage: Stage) -> None:
    order = checked_out(stage)
    stage.shop.break_gateway("Card expired.")
    answer = stage.api.post(f"orders/{order['id']}/refunds", {"amount": "1.00"})
    assert (*problem(answer), answer.json()["message"]) == (500, CANNOT, "Card expired.")
    assert stage.get(f"orders/{order['id']}")["refunds"] == []
    assert refund(stage, order, amount="1.00")["refunded_payment"] is True


def test_an_order_to_be_paid_on_delivery_is_not_paid_yet(stage: Stage) -> None:
    order = checked_out(stage, "cod")
    assert (order["status"], order["date_paid_gmt"]) == ("processing", None)


def test_the_books_of_an_order_that_is_over_ask_for_nothing(stage: Stage) -> None:
    order = checked_out(stage, "bacs")
    stage.shop.cancel_order(str(order["id"]))
    books = stage.shop.books(str(order["id"]))
    assert (dict(books.units), books.refunded, books.worth) == ({}, "0.00", "0.00")
