"""What a shopper's browser sees of a product, in the markup of the recorded shop."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator

import pytest
import requests
from woo_stage import Stage, open_stage

WAITS = '<p class="stock available-on-backorder">Available on backorder</p>'
SOLD_OUT = '<p class="stock out-of-stock">Out of stock</p>'
BUTTON = "single_add_to_cart_button"


@pytest.fixture
def stage() -> Iterator[Stage]:
    with open_stage() as opened:
        yield opened


def _page(stage: Stage, path: str) -> str:
    answer = requests.get(f"{stage.url}{path}", timeout=60)
    assert answer.status_code == 200
    return answer.text


def _stock_text(page: str) -> str:
    found = re.search(r'<p class="stock .*?</p>', page)
    return found[0] if found else ""


@pytest.mark.parametrize(
    ("number", "backorders", "text", "status", "schema", "buyable"),
    [
        (5, "no", '<p class="stock in-stock">5 in stock</p>', "instock", "InStock", True),
        (3, "notify", '<p class="stock in-stock">3 in stock (can be backordered)</p>', "instock", "InStock", True),
        (3, "yes", '<p class="stock in-stock">3 in stock</p>', "instock", "InStock", True),
        (0, "no", SOLD_OUT, "outofstock", "OutOfStock", False),
        (-2, "no", SOLD_OUT, "outofstock", "OutOfStock", False),
        (0, "notify", WAITS, "onbackorder", "BackOrder", True),
        (-2, "notify", WAITS, "onbackorder", "BackOrder", True),
        (0, "yes", "", "onbackorder", "BackOrder", True),
    ],
)
def test_the_page_of_a_product_shows_its_flag(
    stage: Stage, number: int, backorders: str, text: str, status: str, schema: str, *, buyable: bool
) -> None:
    stage.product("CHAIR", number, backorders=backorders)
    page = _page(stage, "/product/CHAIR/")
    assert _stock_text(page) == text
    assert f"status-publish {status} " in page
    assert f"https://schema.org/{schema}" in page
    assert (BUTTON in page) == buyable


@pytest.mark.parametrize(
    ("status", "text", "buyable"),
    [("instock", "", True), ("onbackorder", WAITS, True), ("outofstock", SOLD_OUT, False)],
)
def test_a_product_without_a_number_shows_the_status_it_was_given(
    stage: Stage, status: str, text: str, *, buyable: bool
) -> None:
    stage.product("TENT", stock_status=status)
    page = _page(stage, "/product/tent/")
    assert (_stock_text(page), BUTTON in page) == (text, buyable)


def test_a_flag_written_through_the_api_is_on_the_page_at_once(stage: Stage) -> None:
    product = stage.product("CHAIR", 0)
    assert _stock_text(_page(stage, "/product/CHAIR/")) == SOLD_OUT
    stage.put(f"products/{product}", {"backorders": "notify"})
    assert _stock_text(_page(stage, "/product/CHAIR/")) == WAITS


def test_a_variation_is_shown_on_the_page_of_its_parent(stage: Stage) -> None:
    stage.shop.add_variations("Stool", {"STOOL-RED": 2, "STOOL-BLUE": 0})
    stage.shop.set_field("STOOL-BLUE", "backorders", "notify")
    page = _page(stage, "/product/stool/")
    found = re.search(r'data-product_variations="(.*?)"', page)
    assert found
    rows = {row["sku"]: row["availability_html"] for row in json.loads(html.unescape(found[1]))}
    assert rows == {"STOOL-RED": '<p class="stock in-stock">2 in stock</p>', "STOOL-BLUE": WAITS}
    assert _stock_text(page.replace(found[0], "")) == ""
    assert _stock_text(_page(stage, "/product/STOOL-BLUE/").replace(found[0], "")) == WAITS


def test_the_list_shows_the_flag_as_a_class_only(stage: Stage) -> None:
    stage.product("CHAIR", 0, backorders="notify")
    stage.product("TABLE", 0)
    page = _page(stage, "/shop/")
    classes = {found[1]: found[0] for found in re.findall(r'<li class="(.*?)">.*?href="/product/(.*?)/"', page)}
    assert ("onbackorder" in classes["chair"], "outofstock" in classes["table"]) == (True, True)
    assert 'class="stock' not in page


def test_the_list_is_cut_into_pages_that_lead_to_each_other(stage: Stage) -> None:
    for number in range(20):
        stage.shop.add_product(f"P-{number:02}", 1)
    first, second = _page(stage, "/shop/"), _page(stage, "/shop/page/2/")
    assert (first.count("<li "), second.count("<li ")) == (16, 4)
    assert 'class="next" href="/shop/page/2/"' in first
    assert 'class="prev" href="/shop/page/1/"' in second
    assert 'class="next"' not in second


def test_a_name_is_shown_as_text(stage: Stage) -> None:
    stage.shop.add_product("EVIL", 1, title='</script><script>alert(1)</script> & "Co"')
    for path in ("/product/EVIL/", "/shop/"):
        assert "<script>alert" not in _page(stage, path)


def test_what_is_in_the_bin_has_no_page(stage: Stage) -> None:
    stage.shop.add_product("GONE", 1)
    stage.shop.delete_product("GONE")
    assert [requests.get(f"{stage.url}/product/{name}/", timeout=60).status_code for name in ("gone", "never")] == [
        404,
        404,
    ]
    assert "GONE" not in _page(stage, "/shop/")
