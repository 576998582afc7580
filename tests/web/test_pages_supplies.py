from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from bs4 import Tag
from house import CONFIG, MONDAY
from site_house import Browser, Seen, Site, site

from connector.services.supplies import add_supply, open_supplies

SUPPLIES = "/settings/supplies"
DUE = "2026-12-05"
FLAGS = {"chairs": ("backorders", "notify"), "tents": ("inventoryPolicy", "CONTINUE")}
GOOD: Mapping[str, Any] = {"sku": "CHAIR", "quantity": "5", "due": DUE, "reference": "PO 7", "form": "one"}


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path) as opened:
        for shop in opened.house.shops.values():
            shop.add_product("CHAIR", 0, title="Chair of oak")
        opened.house.connect()
        yield opened


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """For what is refused: a shop with one supply that nobody succeeds to change."""
    with site(tmp_path_factory.mktemp("still")) as opened:
        opened.house.woo.add_product("CHAIR", 0, title="Chair of oak")
        opened.house.connect()
        add(opened)
        yield opened


@pytest.fixture(scope="module")
def owner(still: Site) -> Browser:
    """One for all: signing in many times a minute is refused."""
    return still.owner()


LEFT = [("CHAIR", 5, 0, "", "PO 7")]


def entered(there: Site, store: str = "chairs") -> list[tuple[str, int, int, str, str]]:
    return [
        (one.sku, one.units, one.received, one.due.isoformat() if one.due else "", one.reference)
        for one in open_supplies(there.house.store(store))
    ]


def add(there: Site, sku: str = "CHAIR", units: int = 5, due: date | None = None) -> int:
    return add_supply(there.house.store("chairs"), sku, units, due, "PO 7").id


def wrong(seen: Seen, name: str) -> str:
    found = seen.soup.find(id=f"{name}-wrong")
    return " ".join(found.get_text(" ").split()) if isinstance(found, Tag) else ""


def hidden(seen: Seen, name: str) -> str:
    found = seen.soup.find("input", {"name": name, "type": "hidden"})
    assert isinstance(found, Tag), f"the page has no hidden field {name}"
    return str(found["value"])


def value(seen: Seen, name: str) -> str:
    found = seen.soup.find("input", {"name": name})
    assert isinstance(found, Tag)
    return str(found.get("value", ""))


@pytest.mark.parametrize("store", ["chairs", "tents"])
def test_a_supply_that_is_entered_opens_the_flag_at_the_shop(there: Site, store: str) -> None:
    shop = there.house.woo if store == "chairs" else there.house.shopify
    flag, opened = FLAGS[store]
    assert shop.shelf("CHAIR").fields[flag] != opened
    owner = there.owner(store)
    seen = owner.follow(owner.post(SUPPLIES, GOOD))
    assert seen.rows() == [
        ["CHAIR", "Chair of oak", "5", "0", "Dec 5, 2026", "PO 7", "Change or receive supply 1, CHAIR"]
    ]
    there.house.settle()
    assert shop.shelf("CHAIR").fields[flag] == opened
    assert DUE in shop.shelf("CHAIR").fields.values()


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"quantity": ""}, "quantity", "The quantity must be a whole number between 1 and 10,000,000."),
        ({"quantity": "0"}, "quantity", "The quantity “0” is not a whole number between 1 and 10,000,000."),
        ({"quantity": "-1"}, "quantity", "The quantity “-1” is not a whole number between 1 and 10,000,000."),
        ({"quantity": "9" * 900}, "quantity", f"The quantity “{'9' * 20}” is not a whole number"),
        ({"quantity": "<b>1</b>"}, "quantity", "The quantity “<b>1</b>” is not a whole number"),
        ({"due": "soon"}, "due", "“soon” is not a date like 2026-12-05 (year, month, day)."),
        ({"due": "2026-02-30"}, "due", "“2026-02-30” is not a date like 2026-12-05"),
        ({"due": "9999-12-31"}, "due", "Dec 31, 9999 is more than ten years away."),
        ({"sku": ""}, "sku", "The SKU is missing."),
        ({"sku": "CHAIR\0"}, "sku", "The SKU is longer than 500 characters or holds some that cannot be shown."),
        ({"sku": "C" * 600}, "sku", "The SKU is longer than 500 characters"),
        ({"sku": "NOBODY"}, "sku", "No product of your store has the SKU “NOBODY”."),
        ({"sku": "", "variant": "nobody"}, "sku", "No product of your store has the SKU"),
        ({"reference": "r" * 201}, "reference", "The reference is longer than 200 characters"),
        ({"reference": "a\0b"}, "reference", "The reference is longer than 200 characters or holds some"),
    ],
)
def test_what_cannot_be_meant_is_said_beside_its_field(
    still: Site, owner: Browser, typed: Mapping[str, str], field: str, said: str
) -> None:
    seen = owner.post(SUPPLIES, {**GOOD, **typed})
    assert (seen.status, entered(still)) == (422, LEFT)
    assert wrong(seen, field).startswith(said)
    assert value(seen, "reference") == GOOD["reference"] or field == "reference"


def test_a_form_with_nothing_in_it_is_told_all_that_is_missing(owner: Browser) -> None:
    seen = owner.post(SUPPLIES)
    assert (seen.status, bool(wrong(seen, "sku")), bool(wrong(seen, "quantity"))) == (422, True, True)


def test_a_form_that_is_sent_twice_acts_once(there: Site) -> None:
    owner = there.owner()
    owner.post(SUPPLIES, GOOD)
    seen = owner.follow(owner.post(SUPPLIES, GOOD))
    assert "This form was sent twice; it was acted on once." in seen.text
    assert len(entered(there)) == 1
    owner.post(SUPPLIES, {**GOOD, "form": "another"})
    assert len(entered(there)) == 2


def test_a_form_that_was_refused_can_be_mended_and_sent_again(there: Site) -> None:
    owner = there.owner()
    seen = owner.post(SUPPLIES, {**GOOD, "sku": "NOBODY"})
    again = {**GOOD, "form": hidden(seen, "form")}
    assert owner.post(SUPPLIES, again).status == 303
    assert len(entered(there)) == 1


def test_a_sku_of_two_products_asks_which_is_meant(there: Site) -> None:
    there.house.shopify.add_product("PEG", 0, title="Peg of steel")
    wood = there.house.shopify.add_product("PEG", 0, title="Peg of wood")
    there.house.connect()
    owner = there.owner("tents")
    seen = owner.post(SUPPLIES, {**GOOD, "sku": "PEG"})
    assert wrong(seen, "sku").startswith("Your store uses the SKU “PEG” for 2 products")
    assert ("Peg of steel" in seen.text, "Peg of wood" in seen.text) == (True, True)
    owner.post(SUPPLIES, {**GOOD, "sku": "PEG", "variant": wood})
    (supply,) = open_supplies(there.house.store("tents"))
    with there.house.service.work(read_only=True) as uow:
        pool = uow.catalogue.get("tents", [wood])[wood].pool_id
    assert (supply.pool_id, supply.sku) == (pool, "PEG")


def test_words_of_a_title_find_the_product(there: Site) -> None:
    owner = there.owner()
    seen = owner.post(SUPPLIES, {**GOOD, "sku": "chair of"})
    found = [str(one["value"]) for one in seen.soup.find_all("input", {"name": "variant"}) if one["value"]]
    assert len(found) == 1
    owner.post(SUPPLIES, {**GOOD, "sku": "chair of", "variant": found[0]})
    assert entered(there) == [("CHAIR", 5, 0, DUE, "PO 7")]


def test_a_link_to_a_product_has_it_picked_already(there: Site) -> None:
    with there.house.service.work(read_only=True) as uow:
        (variant,) = uow.catalogue.by_sku("chairs", "CHAIR")
    owner = there.owner()
    assert value(owner.get(f"{SUPPLIES}?variant={variant.id}"), "sku") == "CHAIR"
    assert owner.get(f"{SUPPLIES}?variant=%00nobody&sku=%00").status == 200


def test_what_a_supply_is_called_is_only_ever_shown(there: Site) -> None:
    script = "<script>alert(1)</script>"
    there.house.woo.add_product(script, 0, title=script)
    there.house.connect()
    owner = there.owner()
    seen = owner.follow(owner.post(SUPPLIES, {**GOOD, "sku": script, "reference": script}))
    assert script not in seen.html
    assert seen.rows()[0][:6] == [script, script, "5", "0", "Dec 5, 2026", script]
    assert script not in owner.get(f"{SUPPLIES}/1").html


def test_a_supply_without_a_day_and_one_that_is_overdue_say_so(there: Site) -> None:
    add(there, due=MONDAY.date() - timedelta(days=1))
    add(there)
    seen = there.owner().get(SUPPLIES)
    assert [row[4] for row in seen.rows()] == ["Nov 22, 2026 overdue", "not known"]
    assert "An overdue supply gives no date any more" in seen.text


def test_a_supply_that_slips_moves_the_date_at_the_shop(there: Site) -> None:
    number = add(there, due=date(2026, 12, 5))
    there.house.settle()
    owner = there.owner()
    seen = owner.get(f"{SUPPLIES}/{number}")
    assert (value(seen, "quantity"), value(seen, "due"), value(seen, "reference")) == ("5", DUE, "PO 7")
    moved = {"quantity": "7", "due": "2026-12-20", "reference": "PO 8"}
    assert "7 units of CHAIR to come, due Dec 20, 2026" in owner.follow(owner.post(f"{SUPPLIES}/{number}", moved)).text
    assert entered(there) == [("CHAIR", 7, 0, "2026-12-20", "PO 8")]
    there.house.settle()
    assert "2026-12-20" in there.house.woo.shelf("CHAIR").fields.values()


def test_fewer_units_than_have_come_cannot_be_meant(there: Site) -> None:
    number = add(there)
    owner = there.owner()
    owner.post(f"{SUPPLIES}/{number}/receive", {"do": "some", "units": "3", "form": "one"})
    seen = owner.post(f"{SUPPLIES}/{number}", {"quantity": "3", "due": "", "reference": ""})
    assert (seen.status, entered(there)) == (422, [("CHAIR", 5, 3, "", "PO 7")])
    assert wrong(seen, "quantity").startswith("3 units of it have come already: the quantity must be above that")


@pytest.mark.parametrize(
    ("sent", "left", "said"),
    [
        ({"do": "some", "units": "2"}, [("CHAIR", 5, 2, "", "PO 7")], "3 units of CHAIR to come, nobody knows when"),
        ({"do": "some", "units": "5"}, [], "5 of 5 units of CHAIR came, and no more are expected"),
        ({"do": "all"}, [], "5 of 5 units of CHAIR came, and no more are expected"),
        ({"do": "close"}, [], "0 of 5 units of CHAIR came, and no more are expected"),
    ],
)
def test_goods_that_come_and_goods_that_never_will(
    there: Site, sent: Mapping[str, str], left: list[Any], said: str
) -> None:
    number = add(there)
    owner = there.owner()
    form = hidden(owner.get(f"{SUPPLIES}/{number}"), "form")
    seen = owner.follow(owner.post(f"{SUPPLIES}/{number}/receive", {**sent, "form": form}))
    assert said in seen.text
    assert entered(there) == left
    owner.post(f"{SUPPLIES}/{number}/receive", {**sent, "form": form})
    assert entered(there) == left


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"do": "some"}, "The quantity must be a whole number between 1 and 10,000,000."),
        ({"do": "some", "units": "1.5"}, "The quantity “1.5” is not a whole number"),
        ({"do": "burn"}, "Choose what happened to the supply."),
        ({}, "Choose what happened to the supply."),
    ],
)
def test_a_number_that_did_not_come_is_refused(still: Site, owner: Browser, sent: Mapping[str, str], said: str) -> None:
    seen = owner.post(f"{SUPPLIES}/1/receive", sent)
    assert (seen.status, entered(still)) == (422, LEFT)
    assert wrong(seen, "units").startswith(said)


def test_a_closed_supply_takes_nothing_more(there: Site) -> None:
    number = add(there)
    owner = there.owner()
    owner.post(f"{SUPPLIES}/{number}/receive", {"do": "all", "form": "one"})
    assert "It is closed: 5 of 5 units came." in owner.get(f"{SUPPLIES}/{number}").text
    for path, form in ((f"{SUPPLIES}/{number}", GOOD), (f"{SUPPLIES}/{number}/receive", {"do": "all", "form": "two"})):
        seen = owner.follow(owner.post(path, form))
        assert "Supply 1 is closed already: 5 of 5 units came. Nothing was changed." in seen.text


@pytest.mark.parametrize("number", ["7", "0", "9" * 17, "9" * 40, "-1", "x"])
def test_a_supply_that_is_not_there_is_no_page(owner: Browser, number: str) -> None:
    assert owner.get(f"{SUPPLIES}/{number}").status == 404


def test_the_supplies_of_another_store_are_not_there(still: Site) -> None:
    stranger = still.owner("tents")
    assert stranger.get(f"{SUPPLIES}/1").status == 404
    assert "There is no supply 1 any more." in stranger.follow(stranger.post(f"{SUPPLIES}/1", GOOD)).text
    assert stranger.get(SUPPLIES).soup.find("table") is None
    assert entered(still) == LEFT


def link(seen: Seen, rel: str) -> str:
    found = seen.soup.find("a", rel=rel)
    return str(found["href"]) if isinstance(found, Tag) else ""


def test_thousands_are_turned_over_page_by_page_both_ways(there: Site) -> None:
    days = [None if number % 7 == 0 else MONDAY.date() + timedelta(days=number % 5) for number in range(120)]
    for day in days:
        add(there, due=day)
    owner = there.owner()
    pages, path = [], SUPPLIES
    while path:
        seen = owner.get(path)
        pages.append([(row[4], row[6]) for row in seen.rows()])
        path = link(seen, "next")
    assert [len(page) for page in pages] == [50, 50, 20]
    assert len({row for page in pages for row in page}) == 120
    shown = [day for page in pages for day, _ in page]
    assert shown[0] == "Nov 23, 2026"
    assert shown[-18:] == ["not known"] * 18
    assert [(row[4], row[6]) for row in owner.get(link(seen, "prev")).rows()] == pages[1]


@pytest.mark.parametrize(
    "at", ["x", "W10", "WzAsIngiLCJ5Il0", "WzAsIjIwMjYtMTItMDUiLCI5OTk5OTk5OTk5OTk5OTk5OTk5OTkiXQ"]
)
def test_a_place_in_the_list_that_somebody_made_up_is_refused(owner: Browser, at: str) -> None:
    assert owner.get(f"{SUPPLIES}?at={at}").status == 400


def test_the_list_speaks_german_to_a_german(there: Site) -> None:
    add(there, due=date(2026, 12, 5))
    seen = there.owner().get(SUPPLIES, headers={"Accept-Language": "de"})
    assert "05.12.2026" in seen.text


def test_a_supply_without_a_day_is_due_after_the_days_of_its_supplier(tmp_path: Path) -> None:
    config = f"{CONFIG}[stores.suppliers.acme]\nlead_days = 30\n"
    with site(tmp_path, config) as there:
        there.house.shopify.add_product("CHAIR", 0, title="Chair of oak")
        there.house.connect()
        owner = there.owner("tents")
        assert owner.post(SUPPLIES, {**GOOD, "due": "", "supplier": "acme"}).status == 303
        assert entered(there, "tents") == [("CHAIR", 5, 0, (MONDAY + timedelta(days=30)).date().isoformat(), "PO 7")]
        refused = owner.post(SUPPLIES, {**GOOD, "due": "", "supplier": "acne", "form": "two"})
        assert (refused.status, "acne" in wrong(refused, "supplier")) == (422, True)


def test_a_supply_that_slips_shows_who_is_worse_off(there: Site) -> None:
    supply = add(there, due=(MONDAY + timedelta(days=5)).date())
    there.house.settle(2)
    order = there.house.woo.place_order({"CHAIR": 2})
    there.house.settle(2)
    owner = there.owner()
    page = f"{SUPPLIES}/{supply}"
    assert owner.post(page, {"quantity": "5", "due": "2026-12-20", "reference": "PO 7"}).status == 303
    there.house.settle(2)
    said = owner.get(page).text
    assert f"Worse off (1) Order {order} : Nov 28, 2026 → Dec 20, 2026" in said
    assert "Better off" not in said
