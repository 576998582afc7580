"""Other products instead of what waits: which are offered, and what the order is after one was taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import pytest
from woo_acts import books, cancel, line_of, order_of, placed, refunds_of, retried, swapping
from woo_bench import Bench, one_try, open_bench

from connector.ports.acting import Alternative, Swapping
from connector.ports.failures import Refused, TryLater


@pytest.fixture(name="bench")
def _bench() -> Iterator[Bench]:
    with open_bench() as bench:
        bench.shop.add_product("CHAIR", 50)
        yield bench


def offered(bench: Bench, order_id: str, limit: int = 20, sku: str = "CHAIR") -> Sequence[Alternative]:
    return bench.client.alternatives(order_id, line_of(bench, order_id, sku), limit)


def product(bench: Bench, sku: str, price: str, stock: int | None = 5, **fields: object) -> str:
    made = bench.shop.add_product(sku, stock, title=f"The {sku}")
    bench.shop.edit(sku, {"regular_price": price, **fields})
    return made


# What is offered


def test_what_the_merchant_named_comes_before_what_the_shop_guessed(bench: Bench) -> None:
    for sku in ("GUESS", "CROSS", "UP"):
        product(bench, sku, "9.00")
    bench.shop.relate("CHAIR", ["UP"])
    cross = int(swap_target(bench, "CROSS"))
    bench.shop.edit("CHAIR", {"cross_sell_ids": [cross]})
    order_id = placed(bench, {"CHAIR": 1})
    assert [one.sku for one in offered(bench, order_id)] == ["UP", "CROSS", "GUESS"]
    assert [one.sku for one in offered(bench, order_id, 2)] == ["UP", "CROSS"]


def swap_target(bench: Bench, sku: str) -> str:
    """The id of a product."""
    found = bench.client._rest.get("products", {"sku": sku, "_fields": "id"}).read().items()
    return found[0]["id"].number_id()


@pytest.mark.parametrize(
    ("stock", "fields", "is_offered"),
    [
        (1, {}, True),
        (None, {}, True),  # no number is kept, and it is said to be in stock
        (None, {"stock_status": "onbackorder"}, False),
        (None, {"stock_status": "outofstock"}, False),
        (0, {"backorders": "notify"}, False),  # it can be bought, and is not there
        (-3, {"backorders": "yes"}, False),
        (5, {"status": "draft"}, False),
        (5, {"regular_price": ""}, False),
        (5, {"regular_price": "10.01"}, False),
        (5, {"regular_price": "10.00"}, True),
        (5, {"tax_class": "reduced"}, False),
    ],
)
def test_only_what_is_there_costs_no_more_and_is_taxed_the_same_is_offered(
    bench: Bench, stock: int | None, fields: dict[str, object], *, is_offered: bool
) -> None:
    product(bench, "OTHER", "9.00", stock, **fields)
    order_id = placed(bench, {"CHAIR": 1})
    assert [one.sku for one in offered(bench, order_id)] == ["OTHER"] * is_offered


def test_the_variations_that_are_there_are_offered_by_their_full_names(bench: Bench) -> None:
    bench.shop.add_variations("Sofa", {"RED": 3, "BLUE": 0})
    bench.shop.add_variations("Desk", {"OAK": None, "ASH": None}, shared_stock=2)
    bench.shop.edit("Sofa", {"images": [{"id": 7, "src": "https://shop.example/sofa.jpg?a=1&amp;b=2"}]})
    bench.shop.relate("CHAIR", ["RED", "OAK"])
    found = {one.sku: one for one in offered(bench, placed(bench, {"CHAIR": 1}))}
    assert set(found) == {"RED", "OAK", "ASH"}
    red = found["RED"]
    assert (red.title, red.price, red.back, red.currency) == ("Sofa - RED", "10.00", "0.00", "USD")
    assert red.product_id == bench.shop.parent_of(red.variant_id) != red.variant_id
    assert (red.url.partition("/product/")[2], red.image) == (
        "sofa/?attribute_option=RED",
        "https://shop.example/sofa.jpg?a=1&b=2",
    )


def test_of_a_variation_that_waits_its_products_relations_are_offered(bench: Bench) -> None:
    bench.shop.add_variations("Sofa", {"RED": 3})
    product(bench, "OTHER", "9.00")
    order_id = placed(bench, {"RED": 1})
    assert [one.sku for one in offered(bench, order_id, sku="RED")] == ["CHAIR", "OTHER"]


@pytest.mark.parametrize(
    ("tax", "included", "price", "paid", "back"),
    [
        ("", False, "9.00", "10.00", "1.00"),
        ("19", False, "9.00", "10.00", "1.00"),  # as it is entered: without tax
        ("19", True, "9.00", "10.00", "1.00"),
    ],
)
def test_prices_are_compared_as_they_are_entered(
    bench: Bench, tax: str, price: str, paid: str, back: str, *, included: bool
) -> None:
    if tax:
        bench.shop.set_tax(tax, included=included)
    product(bench, "OTHER", price)
    (one,) = offered(bench, placed(bench, {"CHAIR": 3}))
    assert (one.price, one.paid, one.back) == (price, paid, back)


def test_what_was_paid_is_compared_and_not_what_it_costs_now(bench: Bench) -> None:
    product(bench, "OTHER", "9.00")
    order_id = placed(bench, {"CHAIR": 3})
    bench.shop.set_price("CHAIR", "1.00")
    bench.shop.refund(order_id, "CHAIR", 1)
    assert [one.paid for one in offered(bench, order_id)] == ["10.00"]


def test_a_unit_that_cost_a_part_of_a_cent_is_rounded_down(bench: Bench) -> None:
    product(bench, "OTHER", "3.33")
    product(bench, "DEARER", "3.34")
    order_id = placed(bench, {"CHAIR": 3})
    line = {"id": int(line_of(bench, order_id, "CHAIR")), "total": "10.00", "subtotal": "10.00"}
    bench.client._rest.put(f"orders/{order_id}", {"line_items": [line]}, act="amend")
    assert [(one.sku, one.paid, one.back) for one in offered(bench, order_id)] == [("OTHER", "3.33", "0.00")]


def test_an_order_in_another_currency_than_the_shops_is_offered_nothing(bench: Bench) -> None:
    product(bench, "OTHER", "9.00")
    order_id = placed(bench, {"CHAIR": 1})
    bench.client._rest.put(f"orders/{order_id}", {"currency": "EUR"}, act="amend")
    assert list(offered(bench, order_id)) == []


def test_of_a_product_that_is_gone_or_a_line_that_is_no_longer_wanted_nothing_is_offered(bench: Bench) -> None:
    product(bench, "OTHER", "9.00")
    order_id = placed(bench, {"CHAIR": 1, "OTHER": 1})
    cancel(bench, order_id, {"OTHER": 1})
    assert list(offered(bench, order_id, sku="OTHER")) == []
    line = line_of(bench, order_id, "CHAIR")
    bench.client._rest.delete(f"products/{swap_target(bench, 'CHAIR')}", act="push")
    assert list(bench.client.alternatives(order_id, line, 5)) == []


def test_a_shop_that_is_away_offers_nothing_yet(bench: Bench) -> None:
    order_id = placed(bench, {"CHAIR": 1})
    line = line_of(bench, order_id, "CHAIR")
    bench.shop.faults.answer_html = 9
    with one_try(bench.url) as client, pytest.raises(TryLater):
        client.alternatives(order_id, line, 5)


# What is taken


@pytest.mark.parametrize(
    ("tax", "included", "refunded", "worth"),
    [
        ("", False, "2.00", "18.00"),
        ("19", False, "2.38", "21.42"),  # 8.00 and 10.00, each with 19 % of tax
        ("19", True, "2.00", "18.00"),
    ],
)
def test_the_difference_goes_back_with_its_tax(
    bench: Bench, tax: str, refunded: str, worth: str, *, included: bool
) -> None:
    if tax:
        bench.shop.set_tax(tax, included=included)
    other = product(bench, "OTHER", "8.00")
    order_id = placed(bench, {"CHAIR": 2})
    total = order_of(bench, order_id)["total"]
    done = bench.client.swap(swapping(bench, order_id, "CHAIR", 1, other))
    assert (done.refunded, done.by_hand) == (refunded, "")
    units, back, left = books(bench, order_id)
    assert (units, back) == ({"CHAIR": 1, "OTHER": 1}, refunded)
    # The tax of each line is rounded anew, which may move the total by a cent.
    assert abs(Decimal(left) - Decimal(worth)) <= Decimal("0.01" if included else 0)
    assert Decimal(order_of(bench, order_id)["total"]) - Decimal(total) == Decimal(left) - Decimal(worth)
    (item,) = refunds_of(bench, order_id)[0]["line_items"]
    assert item["quantity"] == 0
    assert -Decimal(item["total"]) - Decimal(item["total_tax"]) == Decimal(refunded)
    assert [bench.shop.shelf(sku).available for sku in ("CHAIR", "OTHER")] == [49, 4]


def test_a_unit_that_was_swapped_can_be_cancelled_for_what_was_kept_for_it(bench: Bench) -> None:
    other = product(bench, "OTHER", "8.00")
    order_id = placed(bench, {"CHAIR": 2})
    bench.client.swap(swapping(bench, order_id, "CHAIR", 2, other))
    assert cancel(bench, order_id, {"OTHER": 1}).refunded == "8.00"
    assert cancel(bench, order_id, {"OTHER": 1}).refunded == "8.00"
    assert order_of(bench, order_id)["status"] == "refunded"


def test_units_refunded_before_stay_refunded(bench: Bench) -> None:
    other = product(bench, "OTHER", "8.00")
    order_id = placed(bench, {"CHAIR": 3})
    cancel(bench, order_id, {"CHAIR": 1})
    bench.client.swap(swapping(bench, order_id, "CHAIR", 2, other))
    assert books(bench, order_id) == ({"OTHER": 2}, "14.00", "16.00")
    assert [bench.shop.shelf(sku).available for sku in ("CHAIR", "OTHER")] == [50, 3]


def test_a_variation_is_taken_instead(bench: Bench) -> None:
    red = bench.shop.add_variations("Sofa", {"RED": 3})["RED"]
    order_id = placed(bench, {"CHAIR": 1})
    bench.client.swap(swapping(bench, order_id, "CHAIR", 1, red))
    (line,) = order_of(bench, order_id)["line_items"]
    assert (str(line["variation_id"]), line["name"], bench.shop.shelf("RED").available) == (red, "Sofa - RED", 2)


@pytest.mark.parametrize("change", [{"regular_price": "9.99"}, {"stock_quantity": 0}, {"status": "draft"}])
def test_a_retry_sends_back_what_the_first_try_meant_to(bench: Bench, change: dict[str, object]) -> None:
    bench.shop.break_gateway("Try again.")
    other = product(bench, "OTHER", "8.00")
    order_id = placed(bench, {"CHAIR": 1})
    wanted = swapping(bench, order_id, "CHAIR", 1, other)
    with pytest.raises(TryLater):
        bench.client.swap(wanted)
    bench.shop.edit("OTHER", change)
    assert retried(bench, wanted).refunded == "2.00"
    assert books(bench, order_id) == ({"OTHER": 1}, "2.00", "8.00")


def test_a_way_of_paying_that_cannot_send_back_leaves_the_difference_to_a_person(bench: Bench) -> None:
    other = product(bench, "OTHER", "8.00")
    order_id = placed(bench, {"CHAIR": 1}, way="bacs")
    bench.shop.pay_order(order_id)
    done = bench.client.swap(swapping(bench, order_id, "CHAIR", 1, other))
    assert (done.refunded, "cannot send money back" in done.by_hand) == ("2.00", True)


def test_what_is_to_be_paid_on_delivery_only_costs_less(bench: Bench) -> None:
    bench.shop.set_tax("19")
    other = product(bench, "OTHER", "8.00")
    order_id = placed(bench, {"CHAIR": 2}, way="cod")
    bench.client.swap(swapping(bench, order_id, "CHAIR", 1, other))
    assert books(bench, order_id) == ({"CHAIR": 1, "OTHER": 1}, "0.00", "21.42")
    assert refunds_of(bench, order_id) == []


def test_an_order_in_our_own_status_takes_the_other_from_the_shelf(bench: Bench) -> None:
    bench.shop.install_our_plugin()
    other = product(bench, "OTHER", "8.00")
    order_id = placed(bench, {"CHAIR": 1})
    bench.client._rest.put(f"orders/{order_id}", {"status": "backordered"}, act="notify")
    bench.client.swap(swapping(bench, order_id, "CHAIR", 1, other))
    assert [bench.shop.shelf(sku).available for sku in ("CHAIR", "OTHER")] == [50, 4]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"regular_price": "10.01"}, "dearer"),
        ({"stock_quantity": 1}, "sold_out"),
        ({"status": "draft"}, "sold_out"),
        ({"tax_class": "reduced"}, "other_tax"),
    ],
)
def test_what_became_unfit_is_refused_and_nothing_done(bench: Bench, fields: dict[str, object], code: str) -> None:
    other = product(bench, "OTHER", "8.00")
    order_id = placed(bench, {"CHAIR": 2})
    bench.shop.edit("OTHER", fields)
    with pytest.raises(Refused) as refused:
        bench.client.swap(swapping(bench, order_id, "CHAIR", 2, other))
    assert (refused.value.code, books(bench, order_id)) == (code, ({"CHAIR": 2}, "0.00", "20.00"))


@pytest.mark.parametrize("variant", ["", "x", "1/../2"])
def test_what_is_no_id_is_refused(bench: Bench, variant: str) -> None:
    order_id = placed(bench, {"CHAIR": 1})
    with pytest.raises(Refused) as refused:
        bench.client.swap(Swapping("R", "k", order_id, line_of(bench, order_id, "CHAIR"), 1, variant, ""))
    assert refused.value.code == "not_an_id"


def test_the_same_again_is_no_alternative(bench: Bench) -> None:
    order_id = placed(bench, {"CHAIR": 1})
    with pytest.raises(Refused) as refused:
        bench.client.swap(swapping(bench, order_id, "CHAIR", 1, swap_target(bench, "CHAIR")))
    assert refused.value.code == "the_same"


def test_nobody_is_mailed_by_us(bench: Bench) -> None:
    other = product(bench, "OTHER", "10.00")
    order_id = placed(bench, {"CHAIR": 1})
    wanted = swapping(bench, order_id, "CHAIR", 1, other)
    bench.client.swap(wanted)
    retried(bench, wanted)
    assert bench.shop.mails == ()
    notes = bench.client._rest.get(f"orders/{order_id}/notes", {"type": "internal"}).read()
    assert sum(wanted.reference in one["note"].text() for one in notes) == 1
