"""The app in a frame of the shop's admin: session tokens instead of cookies, and Shopify's own addresses around it.

The browser sees two sites, as it does in the field: what is a cookie of ours is a third party's there.
"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from browser.live import Live, until
from browser.owner import EmbeddedOwner
from browser.screens import DESKTOP, PHONE, NewPage, Screen
from browser.shopify_admin import lets_frame_this_machine, stands_in_for_shopify
from browser.watch import Watch
from playwright.sync_api import expect

from connector.ports.clock import system_clock

WAY = "embedded"
SKU, TITLE = "TENT-GREEN", "Green tent"


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=lambda screen: screen.name)
def test_from_opening_the_app_to_the_flag_and_back(
    service: Live, new_page: NewPage, watch: Watch, screen: Screen
) -> None:
    domain = f"{screen.name}.myshopify.com"
    shop = service.open_shopify(domain)
    shop.add_product(SKU, 0, title=TITLE)
    page = new_page(screen)
    stands_in_for_shopify(page, service, domain, watch)
    owner = EmbeddedOwner(page, service.url)
    owner.opens(domain)
    owner.sees_the_plan("1 product that can be bought was found.")
    owner.enters_supply(SKU, 10, due := system_clock().date() + timedelta(days=14))
    owner.starts()
    until("the shop sells on backorder", lambda: shop.shelf(SKU).fields["inventoryPolicy"] == "CONTINUE")

    shop.place_order({SKU: 3})
    owner.turn_to("Backorders")
    owner.until_reads(TITLE)
    owner.until_row_reads((SKU, "#1001"), f"{due:%b} {due.day}, {due.year}")  # it is planned a moment later

    owner.turn_to("Store")
    owner.press("Pause")
    owner.reads("Paused: nothing is written to your shop")
    owner.press("Go on")
    owner.reads("Going on. What is due is done now.")

    owner.leaves()
    until("the flag is as it was found", lambda: shop.shelf(SKU).fields["inventoryPolicy"] == "DENY")
    until("the app is taken out of the shop", lambda: not shop.installed)
    assert page.context.cookies(service.url) == []


def test_a_page_that_stood_open_for_long_gets_a_fresh_token(service: Live, new_page: NewPage, watch: Watch) -> None:
    domain = "sleepy.myshopify.com"
    shop = service.open_shopify(domain)
    page = new_page()
    stands_in_for_shopify(page, service, domain, watch)
    owner = EmbeddedOwner(page, service.url)
    owner.opens(domain)
    owner.sees_the_plan()
    owner.turn_to("Deliveries")
    long_ago = int(system_clock().timestamp()) - 600
    stale = shop.session_token(iat=long_ago, nbf=long_ago, exp=long_ago + 60)
    owner.frame.goto(re.sub(r"(?<=id_token=)[^&]+", stale, owner.frame.url))
    owner.reads("Everything the shop sent, kept as it came.")
    assert stale not in owner.frame.url


def test_the_language_that_is_picked_stays_without_a_cookie(service: Live, new_page: NewPage, watch: Watch) -> None:
    domain = "berlin.myshopify.com"
    service.open_shopify(domain)
    page = new_page()
    stands_in_for_shopify(page, service, domain, watch)
    owner = EmbeddedOwner(page, service.url)
    owner.opens(domain)
    owner.sees_the_plan()
    owner.turn_to("Supplies")
    owner.ground.get_by_role("button", name="Deutsch").click()
    expect(owner.ground.locator("html")).to_have_attribute("lang", "de")
    owner.looks_again()
    expect(owner.ground.locator("html")).to_have_attribute("lang", "de")


def test_no_other_site_can_frame_the_app(service: Live, new_page: NewPage, watch: Watch) -> None:
    watch.allowed.append("frame-ancestors")
    watch.played.add("evil.example")
    service.open_shopify("framed.myshopify.com")
    page = new_page()
    frame = (
        f'<iframe name="app-iframe" src="{service.url}/install/shopify?embedded=1&shop=framed.myshopify.com"></iframe>'
    )
    lets_frame_this_machine(page, "evil.example")
    page.route("https://evil.example/**", lambda route: route.fulfill(body=frame, content_type="text/html"))
    with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
        page.goto("https://evil.example/")
    assert "Backorder Connector" not in page.frame_locator("iframe").locator("body").inner_text()
