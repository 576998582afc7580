"""A store owner at a browser, who knows the words on the pages and nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from browser.live import CLIENT_ID, PASSWORD, WAIT_SECONDS, until
from playwright.sync_api import Error, Frame, FrameLocator, Locator, Page, expect

from adapters.shopify.sandbox import ShopifyShop

IMPORT_MILLISECONDS = WAIT_SECONDS * 1000


@dataclass
class Owner:
    """``home``: the address of the service."""

    page: Page
    home: str

    @property
    def ground(self) -> Page | FrameLocator:
        """Where our pages stand."""
        return self.page

    @property
    def main(self) -> Locator:
        return self.ground.locator("main")

    def press(self, name: str) -> None:
        self.main.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        self.main.get_by_role("link", name=name, exact=True).click()

    def turn_to(self, name: str) -> None:
        """A line of the menu."""
        menu = self.ground.get_by_role("navigation", name="Store", exact=True)
        menu.get_by_role("link", name=name, exact=True).click()
        expect(menu.get_by_role("link", name=name, exact=True)).to_have_attribute("aria-current", "page")

    def reads(self, *sentences: str | re.Pattern[str]) -> None:
        for sentence in sentences:
            expect(self.main).to_contain_text(sentence)

    def looks_again(self) -> None:
        try:
            self.page.reload()
        except Error:  # at that moment the page looked again by itself
            self.page.wait_for_load_state()

    def until_reads(self, sentence: str) -> None:
        """Looks again and again, as one does who waits for something."""

        def is_there() -> bool:
            self.looks_again()
            return sentence in self.main.inner_text()

        until(f"the page says {sentence!r}", is_there)

    def row(self, *words: str) -> Locator:
        """The row of a table that holds all of these words."""
        found = self.main.locator("tbody tr")
        for word in words:
            found = found.filter(has_text=word)
        return found

    def until_row_reads(self, words: tuple[str, str], sentence: str) -> None:
        """The same for the row that holds all of these words."""

        def is_there() -> bool:
            self.looks_again()
            expect(self.main).to_be_visible()
            return any(sentence in one for one in self.row(*words).all_inner_texts())

        until(f"the row of {words} says {sentence!r}", is_there)

    # What leads from connected to started, the same on both platforms.

    def sees_the_plan(self, *sentences: str) -> None:
        """The page looks again by itself until the shop was read."""
        expect(self.main).to_contain_text("No order is waiting for goods.", timeout=IMPORT_MILLISECONDS)
        self.reads("Your store is connected", *sentences)

    def tries_policy(self, mode: str, units: int, preview: str) -> None:
        self.turn_to("Policy")
        self.main.get_by_label(mode, exact=True).check()
        self.main.get_by_label("Units", exact=True).first.fill(str(units))
        self.press("Preview")
        self.reads("What it would do", preview)

    def saves_policy(self) -> None:
        self.press("Save exactly this")
        self.reads("Saved.")

    def enters_supply(self, sku: str, units: int, due: date) -> None:
        self.turn_to("Supplies")
        self.main.get_by_label("SKU", exact=True).fill(sku)
        self.main.get_by_label("Units", exact=True).fill(str(units))
        self.main.get_by_label("Due", exact=True).fill(due.isoformat())
        self.main.get_by_label("Reference", exact=True).fill("PO 7")
        self.press("Enter")
        expect(self.row(sku, "PO 7")).to_be_visible()

    def looks_at_the_plan(self) -> None:
        self.turn_to("Overview")
        self.follow("Look at the plan")
        self.reads("Your store is connected")

    def starts(self) -> None:
        self.looks_at_the_plan()
        self.press("Start")
        self.reads("Started. What the plan says is written to your shop now")

    def goes_to_the_door(self) -> None:
        self.turn_to("Store")
        self.follow("Disconnect this store")
        self.reads("What we wrote to your products")

    def leaves(
        self, flags: str = "Put it back as it was before we came, except where somebody changed it since"
    ) -> None:
        self.goes_to_the_door()
        self.main.get_by_label(flags).check()
        self.main.get_by_label("I am sure").check()
        self.press("Disconnect")
        self.reads("Being disconnected")

    def is_signed_out(self) -> None:
        """Once the store is gone its pages are closed."""

        def is_out() -> bool:
            self.page.goto(f"{self.home}/settings")
            return "/in" in self.page.url

        until("the pages of the store are closed", is_out)


@dataclass
class WooOwner(Owner):
    """``shop``: the address of the owner's own shop."""

    shop: str

    def finds_the_form(self) -> None:
        self.page.goto(f"{self.home}/install")
        self.follow("WooCommerce")
        self.main.get_by_label("Shop address").first.fill(self.shop)

    def begins(self) -> None:
        """From the first page to the shop's own page of consent."""
        self.finds_the_form()
        self.press("Go to my shop")
        expect(self.page.get_by_text("would like to connect to your store")).to_be_visible()

    def logs_in(self) -> None:
        self.page.get_by_label("Username or email address").fill("admin")
        self.page.get_by_label("Password").fill("password")
        self.page.get_by_role("button", name="Login").click()
        expect(self.page.get_by_text("Logged in as admin")).to_be_visible()

    def approves(self) -> None:
        self.page.get_by_role("link", name="Approve", exact=True).click()
        self.reads("Your store is connected")

    def connects(self) -> None:
        self.begins()
        self.logs_in()
        self.approves()

    def sees_on_the_shelf(self, sku: str, words: str) -> None:
        """On the page that shoppers see; it may take a moment until it does."""
        shelf = self.page.context.new_page()

        def says() -> bool:
            shelf.goto(f"{self.shop}/product/{sku}/")
            return words in shelf.locator("main").inner_text()

        until(f"the shop says {words!r}", says)
        shelf.close()


class ShopifyOwner(Owner):
    """Of an app that stands by itself: the shop's admin leads to it, and it leads to the shop's page of consent."""

    def begins(self, shop: ShopifyShop) -> None:
        self.page.goto(shop.install_link(f"{self.home}/install/shopify"))
        expect(self.page.get_by_role("heading", name="Install sandbox")).to_be_visible()

    def approves(self) -> None:
        self.page.get_by_role("link", name="Approve", exact=True).click()
        self.reads("Your store is connected")


class EmbeddedOwner(Owner):
    """Of an app that stands in a frame of the shop's admin, where it is kept no cookie of ours."""

    @property
    def ground(self) -> FrameLocator:
        return self.page.frame_locator("iframe")

    @property
    def frame(self) -> Frame:
        found = self.page.frame("app-iframe")
        assert found is not None
        return found

    def opens(self, domain: str) -> None:
        self.page.goto(f"https://{domain}/admin/apps/{CLIENT_ID}")

    def looks_again(self) -> None:
        """By the menu's own line: a frame has no button to reload it."""
        self.ground.locator("nav a[aria-current=page]").click()


class Operator(Owner):
    def signs_in(self) -> None:
        self.page.goto(f"{self.home}/admin")
        self.main.get_by_label("Password or token").fill(PASSWORD)
        self.press("Sign in")
        self.reads("Every store of this installation.")
