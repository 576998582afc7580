"""The owner of a Shopify shop whose app stands by itself: from the link in the admin to the flag on the variant."""

from __future__ import annotations

from datetime import timedelta

import pytest
from browser.live import Live, until
from browser.owner import ShopifyOwner
from browser.screens import DESKTOP, PHONE, NewPage, Screen
from browser.watch import Watch

from connector.ports.clock import system_clock

WAY = "code"
SKU, TITLE = "TENT-GREEN", "Green tent"


@pytest.mark.parametrize(
    ("screen", "javascript"),
    [pytest.param(DESKTOP, True, id="desktop"), pytest.param(PHONE, False, id="phone without JavaScript")],
)
def test_from_the_link_in_the_admin_to_the_flag_and_back(
    service: Live, new_page: NewPage, screen: Screen, *, javascript: bool
) -> None:
    shop = service.open_shopify(f"{screen.name}.myshopify.com")
    shop.add_product(SKU, 0, title=TITLE)
    owner = ShopifyOwner(new_page(screen, javascript=javascript), service.url)
    owner.begins(shop)
    owner.approves()
    owner.sees_the_plan("1 product that can be bought was found.")
    owner.enters_supply(SKU, 10, due := system_clock().date() + timedelta(days=14))
    assert shop.shelf(SKU).fields["inventoryPolicy"] == "DENY"  # nothing is written before the owner says so
    owner.starts()
    until("the shop sells on backorder", lambda: shop.shelf(SKU).fields["inventoryPolicy"] == "CONTINUE")

    shop.place_order({SKU: 3})
    owner.turn_to("Backorders")
    owner.until_reads(TITLE)
    owner.until_row_reads((SKU, "#1001"), f"{due:%b} {due.day}, {due.year}")  # it is planned a moment later

    owner.leaves()
    until("the flag is as it was found", lambda: shop.shelf(SKU).fields["inventoryPolicy"] == "DENY")
    until("the app is taken out of the shop", lambda: not shop.installed)
    owner.is_signed_out()


def test_an_owner_who_says_no_at_the_shop_connected_nothing(service: Live, new_page: NewPage) -> None:
    shop = service.open_shopify("refusing.myshopify.com")
    owner = ShopifyOwner(new_page(PHONE), service.url)
    owner.begins(shop)
    owner.page.get_by_role("link", name="Deny", exact=True).click()
    owner.reads("Not connected", "You said no at the shop, so nothing was connected and nothing was kept.")
    assert not shop.installed


def test_an_owner_who_went_away_in_the_middle_begins_again(service: Live, new_page: NewPage) -> None:
    shop = service.open_shopify("patient.myshopify.com")
    owner = ShopifyOwner(new_page(), service.url)
    owner.begins(shop)
    owner.page.goto("about:blank")
    owner.begins(shop)
    owner.approves()
    owner.sees_the_plan("0 products that can be bought were found.")


def test_a_store_that_is_connected_is_signed_in_to_by_the_same_link(service: Live, new_page: NewPage) -> None:
    shop = service.open_shopify("returning.myshopify.com")
    owner = ShopifyOwner(new_page(), service.url)
    owner.begins(shop)
    owner.approves()
    owner.page = new_page()
    owner.begins(shop)
    owner.approves()
    owner.turn_to("Overview")
    owner.reads("What waits")


def test_a_link_that_was_altered_is_refused(service: Live, new_page: NewPage, watch: Watch) -> None:
    watch.allowed.append("status of 403")
    shop = service.open_shopify("honest.myshopify.com")
    owner = ShopifyOwner(new_page(), service.url)
    owner.page.goto(shop.install_link(f"{service.url}/install/shopify").replace("honest", "victim"))
    owner.reads("Refused", "Open the app from your shop's admin again.")
