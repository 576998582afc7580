"""Every page as it looks and reads: on a phone and on a desktop, in both languages, for eyes and for screen readers."""

from __future__ import annotations


from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.conftest import SCREENS, NewPage
from browser.live import Live
from browser.market import SCRIPT, Market, market
from browser.watch import Watch
from playwright.sync_api import Browser, Page, expect

from connector.web.access import ACCESS, Who

SHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"
GRAVE = {"serious", "critical"}
LANGUAGES = {"en": "en-US", "de": "de-DE"}

OWNER = {
    "overview": ("overview.show", "/settings"),
    "welcome": ("welcome.show", "/settings/welcome"),
    "backorders": ("backorders.lines", "/settings/backorders"),
    "backorders-none-found": ("backorders.lines", "/settings/backorders?q=nothing+like+it"),
    "products": ("backorders.variants", "/settings/backorders/products"),
    "product": ("backorders.variant", "{product}"),
    "order": ("backorders.order", "{order}"),
    "policy": ("policy.show", "/settings/policy"),
    "policy-which": ("policy.show", "/settings/policy?sku=RUG-RED"),
    "texts": ("texts.show", "/settings/texts"),
    "store": ("shop.show", "/settings/store"),
    "leave": ("shop.leave", "/settings/store/leave"),
    "by-hand": ("overrides.show", "/settings/by-hand"),
    "supplies": ("supplies.show", "/settings/supplies"),
    "supply": ("supplies.edit", "{supply}"),
    "supply-import": ("supplies.import_form", "/settings/supplies/import"),
    "deliveries": ("deliveries.show", "/settings/deliveries"),
    "delivery": ("deliveries.one", "{delivery}"),
    "charts": ("charts.show", "/settings/charts"),
    "no-such-page": ("", "/settings/nowhere"),
}
OPERATOR = {"stores": ("admin.stores", "/admin"), "jobs": ("admin.jobs", "/admin/jobs")}
ANYONE = {
    "sign-in": ("entry.sign_in", "/in"),
    "link": ("entry.by_link", "/in/some-link"),
    "operator-sign-in": ("admin.sign_in", "/admin/in"),
    "connect": ("install.choose", "/install"),
    "connect-woocommerce": ("install.platform", "/install/woocommerce"),
    "connect-shopify": ("install.platform", "/install/shopify"),
}
PAGES = OWNER | OPERATOR | ANYONE
ANSWERS_TO_FORMS = {
    "welcome.check",
    "welcome.start",
    "policy.save",
    "texts.save",
    "shop.save",
    "shop.pause",
    "shop.resume",
    "shop.ask_to_leave",
    "overrides.release",
    "supplies.add",
    "supplies.change",
    "supplies.receive",
    "supplies.import_rows",
    "deliveries.replay",
    "admin.look_at",
    "admin.link",
    "admin.invite",
}
FILES = {"backorders.export", "charts.image"}


@pytest.fixture(scope="module")
def there(service: Live, chromium: Browser) -> Iterator[Market]:
    with market(service, chromium) as made:
        yield made


def faults(page: Page) -> list[str]:
    """What keeps somebody from using the page as it is now."""
    wide, room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    found = [f"the page is {wide} wide and has room for {room}"] if wide > room else []
    grave = [one for one in Axe().run(page).response["violations"] if one["impact"] in GRAVE]
    return found + [f"{one['help']}: {node['html']}" for one in grave for node in one["nodes"]]


@pytest.mark.parametrize("name", PAGES)
def test_every_page_can_be_read_by_everybody_on_every_screen(
    there: Market, new_page: NewPage, watch: Watch, name: str
) -> None:
    if name == "no-such-page":
        watch.allowed.append("status of 404")
    kept = there.owner if name in OWNER else there.operator if name in OPERATOR else None
    path = PAGES[name][1].format(**there.found)
    found = {}
    for screen in SCREENS.values():
        for language, locale in LANGUAGES.items():
            page = new_page(screen, language=locale, kept=kept)
            page.goto(f"{there.live.url}{path}")
            expect(page.locator("html")).to_have_attribute("lang", language)
            folder = SHOTS / str(screen.width)
            folder.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=folder / f"{name}.{language}.png", full_page=True)
            found[screen.name, language] = faults(page)
            page.context.close()
    assert {where: wrong for where, wrong in found.items() if wrong} == {}


def test_every_page_of_an_owner_and_of_the_operator_is_looked_at() -> None:
    looked_at = {endpoint for endpoint, _ in (OWNER | OPERATOR).values() if endpoint}
    theirs = {endpoint for endpoint, who in ACCESS.items() if who in {Who.OWNER, Who.OPERATOR}}
    assert looked_at == theirs - ANSWERS_TO_FORMS - FILES


def test_a_script_in_the_name_of_a_product_is_text(there: Market, new_page: NewPage) -> None:
    page = new_page(kept=there.owner)
    page.goto(f"{there.live.url}/settings/backorders?q=DESK")
    expect(page.locator("main")).to_contain_text(SCRIPT)
    expect(page).to_have_title("Backorders · Backorder Connector")
