"""What the blocks of the theme extension show, rendered by a Liquid engine and followed by their script."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from bs4 import BeautifulSoup
from node_stage import EXTENSION, json_of, needs_node, product_page, rendered, run, variant

pytestmark = needs_node

DAY = "2026-12-24"
DATED = "Available on backorder: expected December 24, 2026"
UNDATED = "Available on backorder; there is no date yet"
HOSTILE = "</script><script>alert(1)</script>\"' & <img src=x onerror=alert(1)>"

CASES = [
    (variant(stock=5, status="in_stock"), "in_stock", None, ""),
    (variant(stock=5, status="in_stock", message="Leaves today"), "in_stock", None, "Leaves today"),
    (variant(status="backorder", expected_on=DAY, message="Comes December 24"), "backorder", DAY, "Comes December 24"),
    (variant(status="backorder", expected_on=DAY), "backorder", DAY, DATED),
    (
        variant(status="backorder", expected_on=DAY, expected_from="2026-12-20"),
        "backorder",
        DAY,
        "Available on backorder: expected between December 20, 2026 and December 24, 2026",
    ),
    (variant(status="backorder"), "backorder", None, UNDATED),
    (variant(), "backorder", None, UNDATED),
    (variant(sells=False, status="sold_out", message="Sold out for now."), "sold_out", None, "Sold out for now."),
    (variant(sells=False), "sold_out", None, "Sold out"),
    (
        variant(status="backorder", expected_on=DAY, message="Soon."),
        "backorder",
        DAY,
        "Soon. (expected December 24, 2026)",
    ),
    # What we wrote before the stock moved is not believed.
    (variant(stock=5, status="backorder", expected_on=DAY, message="Comes soon."), "in_stock", None, ""),
    (variant(sells=False, status="backorder", expected_on=DAY, message="Comes"), "sold_out", None, "Sold out"),
    # A day that has passed is no promise, and neither is a text that names it.
    (variant(status="backorder", expected_on="2026-11-22", message="Comes November 22."), "backorder", None, UNDATED),
    (variant(status="backorder", expected_on="2026-11-23"), "backorder", "2026-11-23",
     "Available on backorder: expected November 23, 2026"),
]  # fmt: skip


def soup(page: str) -> BeautifulSoup:
    return BeautifulSoup(page, "html.parser")


def text_of(page: str) -> str:
    found = soup(page).select_one("[data-backorder-text]")
    assert found is not None
    return " ".join(found.get_text().split())


def promise_of(page: str) -> Any:
    field = soup(page).select_one("input[data-backorder-promise]")
    assert field is not None
    return None if field.has_attr("disabled") else json.loads(str(field["value"]))


@pytest.fixture(scope="module")
def pages() -> list[str]:
    return rendered(*(product_page([one]) for one, *_ in CASES))


@pytest.mark.parametrize("number", range(len(CASES)))
def test_a_variant_says_what_is_known_of_it(pages: list[str], number: int) -> None:
    _, status, day, text = CASES[number]
    page = pages[number]
    assert text_of(page) == text
    (offer,) = json_of(page, "ld+json")["offers"]
    schema = {"in_stock": "InStock", "backorder": "BackOrder", "sold_out": "OutOfStock"}[status]
    assert (offer["availability"], offer.get("availabilityStarts")) == (f"https://schema.org/{schema}", day)
    (said,) = json_of(page, "json").values()
    assert (said["status"], said["until"], html.unescape(said["text"])) == (status, day or "", text)
    promised = promise_of(page)
    if status != "backorder":
        assert promised is None
    else:
        assert (html.unescape(promised["text"]), promised["until"], promised["where"]) == (text, day, "product page")
    form = soup(page).select_one("[data-backorder-form]")
    assert form is not None
    assert form.has_attr("hidden") is (status != "sold_out")


def test_a_range_goes_with_the_order_as_a_range() -> None:
    (page,) = rendered(product_page([variant(status="backorder", expected_on=DAY, expected_from="2026-12-20")]))
    assert (promise_of(page)["from"], promise_of(page)["until"]) == ("2026-12-20", DAY)


def test_what_a_stranger_typed_is_shown_as_the_text_that_it_is() -> None:
    one = variant(status="backorder", expected_on=DAY, message=f"24 {HOSTILE}", title=HOSTILE)
    (page,) = rendered(product_page([{**one, "sku": HOSTILE}], title=HOSTILE))
    seen = soup(page)
    assert seen.select("img") == []
    assert {str(script.get("type")) for script in seen.select("script")} == {"application/json", "application/ld+json"}
    assert text_of(page) == " ".join(f"24 {HOSTILE}".split())
    assert json_of(page, "ld+json")["name"] == HOSTILE
    assert "<" not in next(iter(json_of(page, "json").values()))["text"]
    assert html.unescape(promise_of(page)["text"]) == f"24 {HOSTILE}"


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("de", "Nachlieferbar: erwartet am 24. Dezember 2026"),
        ("fr", "Disponible en réapprovisionnement : attendu le 24 décembre 2026"),
        ("it", "Ordinabile, in arrivo: atteso il 24 dicembre 2026"),
        ("es", "Disponible bajo pedido: se espera el 24 de diciembre de 2026"),
        ("nl", "Leverbaar in nabestelling: verwacht op 24 december 2026"),
    ],
)
def test_the_blocks_own_words_are_in_the_language_of_the_page(locale: str, text: str) -> None:
    one = variant(status="backorder", expected_on=DAY, message="Comes December 24")
    (page,) = rendered(product_page([one], words="own"), locale=locale)
    assert text_of(page) == text


def cart_page(*items: tuple[dict[str, Any], int], title: str = "Chair") -> dict[str, Any]:
    lines = [
        {"variant": one, "variant_id": one["id"], "quantity": units, "product": {"title": title}}
        for one, units in items
    ]
    return {"cart": {"items": lines}, "block": {"settings": {"title": "What comes later"}, "shopify_attributes": ""}}


@pytest.mark.parametrize(
    ("items", "lines"),
    [
        ([(variant(stock=5), 7)], ["Chair (Oak): 5 now, 2 later"]),
        ([(variant(stock=0, status="backorder", expected_on=DAY), 2)], [f"Chair (Oak): {DATED}"]),
        ([(variant(stock=-2, title="Default Title"), 1)], [f"Chair: {UNDATED}"]),
        ([(variant(stock=5), 5)], []),
        ([(variant(stock=1, sells=False), 5)], []),
        ([(variant(stock=5), 4), (variant(stock=5), 3)], ["Chair (Oak): 1 now, 2 later"]),
        ([(variant(stock=3), 3), (variant(12, stock=1), 2)], ["Chair (Oak): 1 now, 1 later"]),
    ],
)  # fmt: skip
def test_the_cart_says_what_comes_now_and_what_later(items: list[tuple[dict[str, Any], int]], lines: list[str]) -> None:
    (page,) = rendered(cart_page(*items), block="cart")
    assert [" ".join(one.get_text().split()) for one in soup(page).select("li")] == lines
    assert ("What comes later" in page) is bool(lines)


def test_a_title_in_the_cart_is_shown_as_the_text_that_it_is() -> None:
    (page,) = rendered(cart_page((variant(title=HOSTILE), 1), title=HOSTILE), block="cart")
    assert soup(page).select("script, img") == []


# The script.

OAK = variant(11, status="backorder", expected_on=DAY, message="L'attente <b>: 24")
ASH = variant(12, stock=3, status="in_stock", title="Ash")
FIR = variant(13, sells=False, status="sold_out", title="Fir", message="Gone.")


def acted(*acts: list[Any]) -> dict[str, Any]:
    (block,) = rendered(product_page([OAK, ASH, FIR]))
    others = '<form action="/cart/add"><input type="hidden" name="id" value="999"></form>'
    form = '<form action="/cart/add" id="add" data-main><input type="hidden" name="id" value="11"></form>'
    page = f"<html><body><div class='shopify-section'>{others}{block}{form}</div></body></html>"
    said: dict[str, Any] = run(
        "act.mjs", str(EXTENSION / "assets" / "backorder.js"), given={"html": page, "acts": acts}
    )
    assert said["errors"] == []
    return said


@pytest.mark.parametrize("hand", ["pick", "pickSilently"])
def test_the_block_follows_the_variant_that_is_picked(hand: str) -> None:
    first, ash, fir, oak = acted(["load"], [hand, "12"], [hand, "13"], [hand, "11"])["seen"]
    assert [one["text"] for one in (first, ash, fir, oak)] == ["L'attente <b>: 24", "", "Gone.", "L'attente <b>: 24"]
    assert oak["markup"] == "L'attente &lt;b&gt;: 24", "a text stays a text"
    assert [one["form"] for one in (first, ash, fir, oak)] == [False, False, True, False]
    assert fir["variant"] == "13"
    assert fir["css"] == "backorder__text backorder__text--sold_out"
    assert (ash["property"], fir["property"]) == (None, None)
    promised = json.loads(oak["property"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", promised.pop("at"))
    assert promised == {"text": "L'attente <b>: 24", "from": DAY, "until": DAY, "where": "product page"}


def test_what_is_bought_takes_the_promise_along_though_the_block_is_outside_the_form() -> None:
    _, bought = acted(["load"], ["buy"])["seen"]
    assert json.loads(bought["property"])["until"] == DAY


def test_the_script_may_be_loaded_twice() -> None:
    assert acted(["load"], ["load"], ["pick", "13"])["seen"][-1]["text"] == "Gone."


def test_the_form_is_sent_without_leaving_the_page_and_thanks() -> None:
    *_, asked = acted(["load"], ["pick", "13"], ["ask", 202])["seen"]
    (sent,) = asked["sent"]
    assert (sent["address"], sent["accept"]) == ("https://shop.example/apps/backorder/restock", "application/json")
    assert "variant=13" in sent["body"]
    assert "email=ann%40example.com" in sent["body"]
    assert asked["thanks"] == "Thank you. Please confirm with the link that we send you."
    assert asked["submitted"] == []


def test_what_is_wrong_with_the_form_is_said_in_the_page() -> None:
    *_, asked = acted(["load"], ["pick", "13"], ["ask", 422])["seen"]
    assert (asked["thanks"], asked["submitted"]) == ("Tick the box.", [])


@pytest.mark.parametrize("answer", [None, 503])
def test_a_form_that_could_not_be_sent_so_is_sent_as_any_form_is(answer: int | None) -> None:
    *_, asked = acted(["load"], ["pick", "13"], ["ask", answer])["seen"]
    assert asked["submitted"] == ["https://shop.example/apps/backorder/restock"]
    assert asked["thanks"] == ""
