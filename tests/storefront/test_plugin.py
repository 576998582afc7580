"""What the WordPress plugin shows, and that it never shows more than is known."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from php_stage import PHP, PLUGIN, TODAY, needs_php, play, product, written

HOSTILE = "<script>alert(1)</script>\"' & <img src=x onerror=alert(1)>"
SERVICE = {"address": "https://backorders.example", "store": "chairs"}
DAY = "2026-12-24"
DATED = "Available on backorder: expected December 24, 2026"
UNDATED = "Available on backorder; there is no date yet"
RANGE = "Available on backorder: expected between December 20, 2026 and December 24, 2026"
SOURCES = sorted(PLUGIN.rglob("*.php"))


def page(one: dict[str, Any], **case: Any) -> dict[str, Any]:
    shown: dict[str, Any] = play(products=[one], **case)["pages"]["7"]
    return shown


def options(**chosen: str) -> dict[str, Any]:
    return {"backorder_connector": {**SERVICE, **chosen}}


@needs_php
@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(PLUGIN).as_posix())
def test_php_reads_every_file(path: Path) -> None:
    done = subprocess.run([PHP or "php", "-l", str(path)], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout


def test_no_file_uses_what_php_7_4_does_not_know() -> None:
    newer = re.compile(
        r"\?->|\bmatch\s*\(|\breadonly\s+[\\\w?]+\s+\$|\benum\s+[A-Z]|\bstr_(contains|starts_with|ends_with)\b"
        r"|: (mixed|never|static)\b"
    )
    comments = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
    assert [path.name for path in SOURCES if newer.search(comments.sub("", path.read_text()))] == []


def test_no_file_can_be_called_by_itself() -> None:
    guards = ("defined( 'ABSPATH' ) || exit;", "defined( 'WP_UNINSTALL_PLUGIN' ) || exit;")
    files = [path for path in SOURCES if path.parent.name != "languages"]
    assert [path.name for path in files if not any(guard in path.read_text() for guard in guards)] == []


# The page of a product.


@needs_php
@pytest.mark.parametrize(
    ("stock", "backorders", "meta", "text", "schema", "starts"),
    [
        (5, "notify", written("in_stock"), "", "InStock", None),
        (5, "notify", written("in_stock", message="Leaves today"), "Leaves today", "InStock", None),
        (0, "notify", written("backorder", DAY, "Comes December 24."), "Comes December 24.", "BackOrder", DAY),
        (0, "notify", written("backorder", DAY), DATED, "BackOrder", DAY),
        (-3, "yes", written("backorder", DAY, first="2026-12-20"), RANGE, "BackOrder", DAY),
        (0, "notify", written("backorder"), UNDATED, "BackOrder", None),
        (0, "no", written("sold_out", message="Sold out."), "Sold out.", "OutOfStock", None),
        (0, "no", {}, "Out of stock", "OutOfStock", None),
        (5, "notify", {}, "", "InStock", None),
        # A text of the owner that leaves the day out does not keep it from the page: the data for engines say it.
        (0, "notify", written("backorder", DAY, "Soon."), "Soon. (expected December 24, 2026)", "BackOrder", DAY),
        # What the service wrote before the stock moved is not believed.
        (5, "notify", written("backorder", DAY, "Comes December 24."), "", "InStock", None),
        (0, "no", written("backorder", DAY, "Comes December 24."), "Out of stock", "OutOfStock", None),
        (0, "notify", written("in_stock", message="Leaves today"), UNDATED, "BackOrder", None),
        # A day that has passed is no promise, and neither is a text that names it.
        (0, "notify", written("backorder", "2026-11-22", "Comes November 22."), UNDATED, "BackOrder", None),
        (0, "notify", written("backorder", TODAY, "Comes November 23."), "Comes November 23.", "BackOrder", TODAY),
        (0, "notify", written("backorder", "2026-02-30"), UNDATED, "BackOrder", None),
        (0, "notify", written("backorder", "soon"), UNDATED, "BackOrder", None),
    ],
)
def test_a_product_says_what_is_known_of_it(
    stock: int, backorders: str, meta: dict[str, str], text: str, schema: str, starts: str | None
) -> None:
    shown = page(product(stock=stock, backorders=backorders, meta=meta))
    assert shown["text"] == text
    assert shown["offer"]["availability"] == f"https://schema.org/{schema}"
    assert shown["offer"].get("availabilityStarts") == starts


@needs_php
def test_a_text_of_a_stranger_is_shown_as_the_text_that_it_is() -> None:
    shown = page(product(meta=written("backorder", "2026-12-24", f"{HOSTILE} 24")))
    assert "<" not in shown["text"]
    assert "&lt;script&gt;" in shown["text"]


@needs_php
def test_a_shop_may_have_the_words_of_the_plugin_instead_in_the_language_of_the_page() -> None:
    bears = written("backorder", "2026-12-24", "Expected December 24.")
    shown = page(product(meta=bears), locale="de_AT", options={**options(words="own"), "date_format": "j.n.Y"})
    assert shown["text"] == "Nachlieferbar: erwartet am 24.12.2026"


@needs_php
def test_a_variation_whose_parent_keeps_the_stock_says_what_the_parent_bears() -> None:
    parent = product(7, 0, meta=written("backorder", "2026-12-24"), type="variable", children=[8])
    pages = play(products=[parent, product(8, None, managed_by=7)])["pages"]
    assert pages["8"]["text"] == "Available on backorder: expected December 24, 2026"
    assert pages["8"]["offer"]["availabilityStarts"] == "2026-12-24"
    assert "availabilityStarts" not in pages["7"]["offer"], "an offer of many variations has no one day"


# The newest word.


def answered(*variants: dict[str, Any], status: int = 200) -> dict[str, Any]:
    return {"status": status, "body": json.dumps({"store": "chairs", "variants": list(variants), "missing": {}})}


SAID = {
    "variant": "7",
    "status": "backorder",
    "expected": {"from": "2026-12-28", "until": "2026-12-31"},
    "message": "Kommt bis 31.",
}


@needs_php
def test_the_newest_word_is_asked_for_once_for_a_whole_page_and_shown() -> None:
    parent = product(7, 0, meta=written("backorder", "2026-12-24"), children=[8, 9])
    case = {"products": [parent, product(8), product(9)], "options": options(live="yes"), "locale": "de_DE"}
    said = play(answer=answered(SAID), **case)
    assert said["pages"]["7"]["text"] == "Kommt bis 31."
    assert said["pages"]["7"]["offer"]["availabilityStarts"] == "2026-12-31"
    (request,) = said["requests"]
    assert request["address"] == (
        "https://backorders.example/storefront/v1/chairs/availability?lang=de-DE&variant=7&variant=8&variant=9"
    )
    assert request["how"]["timeout"] <= 2


@needs_php
@pytest.mark.parametrize(
    "answer",
    [None, answered(status=503), {"status": 200, "body": "<html>"}, {"status": 200, "body": '{"variants": 3}'},
     answered({"variant": [], "status": "backorder"}), answered()],
)  # fmt: skip
def test_what_stands_on_the_product_is_shown_where_the_service_is_away(answer: dict[str, Any] | None) -> None:
    case = {"answer": answer} if answer else {}
    bears = product(meta=written("backorder", "2026-12-24"))
    said = play(products=[bears], cart=[[7, 1]], options=options(live="yes"), **case)
    assert said["pages"]["7"]["offer"]["availabilityStarts"] == "2026-12-24"
    assert len(said["requests"]) == 1, "and it is not asked again for a while"


@needs_php
def test_an_answer_that_is_no_answer_is_shown_as_nothing_known() -> None:
    odd = {"variant": "7", "status": "backorder", "expected": {"from": [], "until": {"a": 1}}, "message": ["x"]}
    shown = page(product(), options=options(live="yes"), answer=answered(odd))
    assert shown["text"] == "Available on backorder; there is no date yet"


@needs_php
def test_nobody_is_asked_unless_the_owner_wants_it() -> None:
    assert play(products=[product()], options=options())["requests"] == []


# The cart and the order.


@needs_php
@pytest.mark.parametrize(
    ("stock", "units", "meta", "text", "promise"),
    [
        (5, 7, written("in_stock"), "5 now, 2 later", {"from": None, "until": None}),
        (0, 2, written("backorder", "2026-12-24"), "Available on backorder: expected December 24, 2026",
         {"from": "2026-12-24", "until": "2026-12-24"}),
        (0, 2, written("backorder", "2026-12-24", first="2026-12-20"),
         "Available on backorder: expected between December 20, 2026 and December 24, 2026",
         {"from": "2026-12-20", "until": "2026-12-24"}),
        (-4, 1, written("backorder"), "Available on backorder; there is no date yet", {"from": None, "until": None}),
    ],
)  # fmt: skip
def test_a_line_of_the_cart_says_what_comes_later_and_the_order_keeps_it(
    stock: int, units: int, meta: dict[str, str], text: str, promise: dict[str, str | None]
) -> None:
    (line,) = play(products=[product(stock=stock, meta=meta)], cart=[[7, units]])["cart"]
    assert line["data"] == [{"key": "Availability", "value": text, "display": text}]
    assert line["notice"] == "", "WooCommerce's own words would say less"
    now = max(0, stock)
    assert line["api"] == {"now": now, "later": units - now, "text": text, **promise}
    assert line["schema"] == list(line["api"])
    at = line["promise"].pop("at")
    assert line["promise"] == {"text": text, "where": "checkout", **promise}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", at)


@needs_php
@pytest.mark.parametrize(("stock", "units", "backorders"), [(5, 5, "notify"), (5, 7, "no"), (None, 2, "no")])
def test_a_line_that_is_all_there_says_nothing_and_promises_nothing(
    stock: int | None, units: int, backorders: str
) -> None:
    (line,) = play(products=[product(stock=stock, backorders=backorders)], cart=[[7, units]])["cart"]
    assert (line["data"], line["promise"]) == ([], None)
    assert line["notice"] == "Available on backorder"


@needs_php
def test_two_lines_that_draw_from_one_stock_are_not_both_given_it() -> None:
    parent = product(7, 5, type="variable", children=[8, 9])
    things = [parent, product(8, None, managed_by=7), product(9, None, managed_by=7)]
    lines = play(products=things, cart=[[8, 4], [9, 3]])["cart"]
    assert [line["api"]["text"] for line in lines] == ["", "1 now, 2 later"]


@needs_php
def test_an_order_shows_what_was_promised_and_how_it_stands() -> None:
    promised = json.dumps({"text": "Expected December 20, 2026 <b>", "from": "2026-12-20", "until": "2026-12-20"})
    stands = json.dumps(
        [
            {"line": "1", "ready": 1, "waiting": 2, "expected_on": DAY},
            {"line": "2", "ready": 3, "waiting": 0, "expected_on": None},
            {"line": "3", "ready": 0, "waiting": 1, "expected_on": None},
        ]
    )
    lines = [{"id": 1, "meta": {"_backorder_promise": promised}}, {"id": 2}, {"id": 3}, {"id": 4}]
    shown = play(order={"id": 12, "meta": {"_backorder_lines": stands}, "lines": lines})["order"]
    assert shown["1"]["page"] == (
        '<p class="backorder-connector-line">When you ordered: Expected December 20, 2026 &lt;b&gt;</p>'
        '<p class="backorder-connector-line">Still to come: 2, expected December 24, 2026</p>'
    )
    assert (
        shown["1"]["mail"]
        == "\nWhen you ordered: Expected December 20, 2026\nStill to come: 2, expected December 24, 2026"
    )
    assert shown["1"]["admin"] == shown["1"]["page"]
    assert [shown[line]["mail"] for line in "234"] == ["\nIs here now", "\nStill to come: 1; there is no date yet", ""]


@needs_php
@pytest.mark.parametrize("broken", ["", "{", "[]", "3", '[{"line": "1"}]', '[{"line": "1", "ready": 0, "waiting": 0}]'])
def test_an_order_with_metadata_that_cannot_be_read_says_nothing(broken: str) -> None:
    lines = [{"id": 1, "meta": {"_backorder_promise": broken}}]
    assert play(order={"id": 12, "meta": {"_backorder_lines": broken}, "lines": lines})["order"]["1"]["page"] == ""


@needs_php
def test_orders_that_wait_have_a_status_of_their_own() -> None:
    said = play()
    assert list(said["statuses"]) == ["wc-pending", "wc-processing", "wc-backordered", "wc-completed"]
    assert said["post"] == ["wc-backordered"]


# The form and the settings.


@needs_php
def test_a_sold_out_product_offers_the_form_and_sends_it_to_the_service() -> None:
    form = page(product(backorders="no"), options=options())["form"]
    assert 'action="https://backorders.example/storefront/v1/chairs/restock"' in form
    assert '<input type="hidden" name="variant" value="7">' in form
    assert '<input type="hidden" name="page" value="https://shop.example/product/7/?a=1&amp;b=2">' in form
    assert set(re.findall(r'name="([a-z_]+)"', form)) == {
        "variant",
        "email",
        "units",
        "lang",
        "consent_text",
        "page",
        "website",
        "consent",
    }


@needs_php
def test_of_many_variations_those_that_are_sold_out_can_be_chosen() -> None:
    parent = product(7, None, type="variable", children=[8, 9, 10])
    things = [parent, product(8, backorders="no", name=f"A {HOSTILE}"), product(9, backorders="no"), product(10, 3)]
    form = play(products=things, options=options())["pages"]["7"]["form"]
    assert re.findall(r'<option value="(\d+)">', form) == ["8", "9"]
    assert "<script" not in form
    assert "<img" not in form


@needs_php
@pytest.mark.parametrize(
    ("thing", "chosen"),
    [
        (product(stock=1), options()),
        (product(backorders="notify"), options()),
        (product(backorders="no"), options(form="no")),
        (product(backorders="no"), {}),
    ],
)
def test_there_is_no_form_for_what_can_be_bought_or_without_a_service(thing: Any, chosen: dict[str, Any]) -> None:
    assert page(thing, options=chosen)["form"] == ""


@needs_php
@pytest.mark.parametrize(
    ("typed", "kept", "errors"),
    [
        ({"address": "https://a.example/", "store": "main"}, {"address": "https://a.example", "store": "main"}, []),
        ({"address": "http://127.0.0.1:8000"}, {"address": "http://127.0.0.1:8000", "store": ""}, []),
        ({"address": "http://a.example"}, {"address": "https://old.example", "store": ""}, ["address"]),
        ({"address": "javascript:alert(1)"}, {"address": "https://old.example", "store": ""}, ["address"]),
        ({"address": "https://a.example/?x=1"}, {"address": "https://old.example", "store": ""}, ["address"]),
        ({"address": ["x"], "store": "../x"}, {"address": "", "store": "chairs"}, ["store"]),
    ],
)
def test_only_an_address_and_a_key_that_can_be_right_are_kept(
    typed: Any, kept: dict[str, str], errors: list[str]
) -> None:
    said = play(typed=typed, options=options(address="https://old.example"))
    assert {key: said["kept"][key] for key in kept} == kept
    assert said["errors"] == errors


@needs_php
def test_only_who_may_manage_the_shop_sees_its_settings() -> None:
    assert play(rights=["edit_posts"], options=options())["settings"] == "refused"
    shown = play(rights=["manage_woocommerce"], options=options())["settings"]
    assert 'href="https://backorders.example/settings"' in shown
    assert "_wpnonce" in shown
    assert set(re.findall(r'name="backorder_connector\[([a-z]+)\]"', shown)) == {
        "address",
        "store",
        "words",
        "form",
        "phone",
        "live",
    }


# Languages.

CALL = re.compile(r"\b(?:esc_html__|esc_attr__|__|_x|_n_noop)\( '((?:[^'\\]|\\.)*)'")
PLACE = re.compile(r"%(?:\d\$)?[sd]")


def texts_of_the_source() -> set[str]:
    return {text for path in SOURCES if path.parent.name != "languages" for text in CALL.findall(path.read_text())}


def test_every_text_is_in_the_list_for_translators() -> None:
    listed = set(
        re.findall(r'^msgid "(.+)"$', (PLUGIN / "languages/backorder-connector.pot").read_text(), re.MULTILINE)
    )
    assert {text.replace('\\"', '"') for text in listed} == texts_of_the_source()


@needs_php
@pytest.mark.parametrize("language", ["de_DE", "es_ES", "fr_FR", "it_IT", "nl_NL"])
def test_every_text_is_translated_with_the_same_places(language: str) -> None:
    file = PLUGIN / f"languages/backorder-connector-{language}.l10n.php"
    code = "echo json_encode( ( include $argv[1] )['messages'], JSON_THROW_ON_ERROR );"
    command = [PHP or "php", "-r", code, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    said: dict[str, str] = json.loads(done.stdout)
    plain = {key.split("\4")[-1].split("\0")[0]: text for key, text in said.items()}
    assert set(plain) == texts_of_the_source()
    for text, translated in plain.items():
        assert set(PLACE.findall(translated)) == set(PLACE.findall(text)), text
