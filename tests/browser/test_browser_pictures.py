"""The pictures of the guides, in the order in which a store owner meets the pages."""

from __future__ import annotations

from datetime import timedelta

from browser.album import picture
from browser.live import Live
from browser.owner import EmbeddedOwner, WooOwner
from browser.screens import DESKTOP, PHONE, NewPage
from browser.shopify_admin import stands_in_for_shopify
from browser.watch import Watch

from connector.ports.clock import system_clock

WAY = "embedded"
SKU, TITLE = "CHAIR-OAK", "Oak chair"


def test_the_pictures_of_a_woocommerce_owners_way(service: Live, new_page: NewPage) -> None:
    shop, address = service.open_woo()
    shop.add_product(SKU, 0, title=TITLE)
    shop.add_product("LAMP", 12, title="Reading lamp")
    owner = WooOwner(desk := new_page(DESKTOP), service.url, address)
    owner.finds_the_form()
    picture(desk, "woocommerce-connect")
    owner.connects()
    owner.sees_the_plan()
    owner.tries_policy("Up to a number of units", 5, "2 products would be opened for backorders.")
    picture(desk, "policy", owner.main.get_by_role("region", name="What it would do"))
    owner.saves_policy()

    phone = new_page(PHONE, kept=desk.context.storage_state())
    walker = WooOwner(phone, service.url, address)
    phone.goto(f"{service.url}/settings")
    walker.enters_supply(SKU, 10, due := system_clock().date() + timedelta(days=14))
    picture(phone, "supplies")
    owner.looks_at_the_plan()
    owner.until_row_reads((SKU, "backorder until"), "")  # there, if still folded: the supply is planned a moment later
    owner.reads("2 products would be opened")
    owner.main.get_by_text("See some of them").click()
    picture(desk, "plan")
    owner.press("Start")
    owner.sees_on_the_shelf(SKU, "Available on backorder")

    number = shop.place_order({SKU: 3})
    owner.turn_to("Backorders")
    owner.until_reads(TITLE)
    owner.until_row_reads((SKU, number), f"{due:%b} {due.day}, {due.year}")  # it is planned a moment later
    picture(desk, "backorders")
    walker.turn_to("Overview")
    walker.until_reads("Nothing needs you.")
    regions = [walker.main.get_by_role("region", name=name) for name in ("What waits", "Expected days")]
    picture(phone, "overview", walker.main.get_by_role("heading", level=1), *regions)
    walker.goes_to_the_door()
    picture(phone, "disconnect")


def test_the_picture_of_the_app_in_the_admin_of_a_shopify_shop(service: Live, new_page: NewPage, watch: Watch) -> None:
    domain = "example.myshopify.com"
    shop = service.open_shopify(domain)
    shop.add_product(SKU, 0, title=TITLE)
    page = new_page(DESKTOP)
    stands_in_for_shopify(page, service, domain, watch)
    owner = EmbeddedOwner(page, service.url)
    owner.opens(domain)
    owner.sees_the_plan()
    picture(page, "shopify-admin", owner.main)
