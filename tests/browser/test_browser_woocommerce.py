"""The owner of a WooCommerce shop: from an address typed into a page to the flag that shoppers see, and back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from browser.live import Gate, Live, until
from browser.owner import Operator, WooOwner
from browser.screens import DESKTOP, PHONE, NewPage, Screen
from browser.watch import Watch
from playwright.sync_api import expect

from connector.ports.clock import system_clock

SKU, TITLE = "CHAIR-OAK", "Oak chair"
PRODUCTS = 350  # of which each call to the shop brings 100
SOLD_OUT, ON_BACKORDER = "Out of stock", "Available on backorder"


@pytest.mark.parametrize(
    ("screen", "javascript"),
    [
        pytest.param(DESKTOP, True, id="desktop"),
        pytest.param(PHONE, True, id="phone"),
        pytest.param(PHONE, False, id="phone without JavaScript"),
    ],
)
def test_from_connect_to_the_flag_on_the_storefront_and_back(
    service: Live, new_page: NewPage, screen: Screen, *, javascript: bool
) -> None:
    shop, address = service.open_woo()
    shop.add_product(SKU, 0, title=TITLE)
    shop.add_product("LAMP", 12, title="Reading lamp")
    owner = WooOwner(new_page(screen, javascript=javascript), service.url, address)
    due = system_clock().date() + timedelta(days=14)
    owner.connects()
    owner.sees_the_plan("2 products that can be bought were found.", "0 products would be opened for backorders,")
    owner.tries_policy("Up to a number of units", 5, "2 products would be opened for backorders.")
    owner.saves_policy()
    owner.enters_supply(SKU, 10, due)
    owner.sees_on_the_shelf(SKU, SOLD_OUT)  # nothing is written before the owner says so
    owner.starts()
    owner.sees_on_the_shelf(SKU, ON_BACKORDER)

    number = shop.place_order({SKU: 3})
    owner.turn_to("Backorders")
    owner.until_reads(TITLE)
    owner.until_row_reads((SKU, number), f"{due:%b} {due.day}, {due.year}")  # it is planned a moment later
    owner.follow(SKU)
    owner.reads("Who waits", "What was decided, and why", f"order {number}", "3 units wait until")

    owner.leaves()
    owner.sees_on_the_shelf(SKU, SOLD_OUT)
    owner.is_signed_out()


def test_an_owner_who_says_no_at_the_shop_connected_nothing(service: Live, new_page: NewPage) -> None:
    shop, address = service.open_woo()
    owner = WooOwner(new_page(PHONE), service.url, address)
    owner.begins()
    owner.logs_in()
    owner.page.get_by_role("link", name="Deny", exact=True).click()
    owner.reads("Not connected", "You said no at the shop, so nothing was connected and nothing was kept.")
    assert [call for call in shop.calls if "webhooks" in call] == []
    owner.is_signed_out()


def test_an_owner_who_went_away_in_the_middle_begins_again_and_has_one_store(service: Live, new_page: NewPage) -> None:
    operator = Operator(new_page(), service.url)
    operator.signs_in()
    before = operator.row().count()
    _, address = service.open_woo()
    owner = WooOwner(new_page(), service.url, address)
    owner.begins()
    owner.page.close()
    owner.page = new_page()
    owner.connects()
    owner.sees_the_plan("0 products that can be bought were found.")
    operator.page.reload()
    expect(operator.row()).to_have_count(before + 1)


def test_an_import_survives_a_reload_and_the_death_of_the_service(
    service: Live, new_page: NewPage, watch: Watch
) -> None:
    watch.allowed.append("ERR_(CONNECTION|SOCKET|EMPTY)_")  # the page looks again by itself while nobody is there
    gate = Gate(lets=2)
    shop, address = service.open_woo(gate)
    for number in range(PRODUCTS):
        shop.add_product(f"SKU-{number}", 0)
    owner = WooOwner(new_page(), service.url, address)
    owner.connects()
    until("the import is in the middle", gate.reached.is_set)
    owner.looks_again()
    bar = owner.main.get_by_label("Products")
    read = int(bar.get_attribute("value") or 0)
    assert 0 < read < PRODUCTS
    service.kill()
    owner.looks_again()
    owner.reads(f"Products: {read} / {PRODUCTS}")
    gate.opened.set()
    owner.sees_the_plan(f"{PRODUCTS} products that can be bought were found.")
