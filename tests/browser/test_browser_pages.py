"""Every page as it looks and reads: on a phone and on a desktop, in both languages, for eyes and for screen readers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, product

import pytest
from browser.eyesight import faults, shoot
from browser.live import Live
from browser.market import SCRIPT, Market, market
from browser.owner import Operator, Owner
from browser.screens import PHONE, SCREENS, NewPage, Screen, new_context
from browser.watch import Watch
from hypothesis import settings
from playwright.sync_api import Browser, Page, StorageState, expect

from connector.web.access import ACCESS, Who

LANGUAGES = {"en": "en-US", "de": "de-DE"}
# German words are the longest, so they are looked at where there is the least room; the nightly run looks at all four.
EYES = list(product(SCREENS, LANGUAGES) if settings().max_examples > 1000 else zip(SCREENS, LANGUAGES, strict=True))

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
    "texts-french": ("texts.show", "/settings/texts?language=fr"),
    "promises": ("promises.show", "/settings/promises"),
    "decisions": ("decisions.show", "/settings/decisions"),
    "restock-lists": ("waiting.show", "/settings/restock"),
    "store": ("shop.show", "/settings/store"),
    "privacy": ("privacy.show", "/settings/privacy"),
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
    "promises.save",
    "decisions.decide",
    "decisions.message",
    "backorders.void_links",
    "shop.save",
    "shop.pause",
    "shop.resume",
    "shop.ask_to_leave",
    "overrides.release",
    "privacy.passed_on",
    "supplies.add",
    "supplies.change",
    "supplies.receive",
    "supplies.import_rows",
    "deliveries.replay",
    "deliveries.again",
    "admin.look_at",
    "admin.link",
    "admin.invite",
}
FILES = {"backorders.export", "charts.image", "privacy.answer"}


@dataclass
class Eyes:
    """A reader at a screen; ``page`` is used for one address after another."""

    screen: Screen
    language: str
    page: Page
    watch: Watch


@dataclass
class Readers:
    """Everybody who looks at a page: on each screen, in each language.  Browsers are opened once and kept."""

    market: Market
    chromium: Browser
    kept: dict[str, list[Eyes]] = field(default_factory=dict)

    def of(self, name: str) -> list[Eyes]:
        who = "owner" if name in OWNER else "operator" if name in OPERATOR else "anyone"
        if who not in self.kept:
            state = {"owner": self.market.owner, "operator": self.market.operator}.get(who)
            self.kept[who] = [self._open(one, to, state) for one, to in EYES]
        for eyes in self.kept[who]:
            eyes.watch.seen.clear()
        return self.kept[who]

    def _open(self, screen: Screen, language: str, state: StorageState | None) -> Eyes:
        context = new_context(self.chromium, screen, language=LANGUAGES[language], kept=state)
        watch = Watch(self.market.live.url)
        watch.over(context)
        return Eyes(screen, language, context.new_page(), watch)


@pytest.fixture(scope="module")
def there(service: Live, chromium: Browser) -> Iterator[Market]:
    with market(service, chromium) as made:
        yield made


@pytest.fixture(scope="module")
def readers(there: Market, chromium: Browser) -> Iterator[Readers]:
    made = Readers(there, chromium)
    yield made
    for eyes in chain.from_iterable(made.kept.values()):
        eyes.page.context.close()


@pytest.mark.parametrize("name", PAGES)
def test_every_page_can_be_read_by_everybody_on_every_screen(there: Market, readers: Readers, name: str) -> None:
    address = f"{there.live.url}{PAGES[name][1].format(**there.found)}"
    found = {}
    for eyes in readers.of(name):
        if name == "no-such-page":
            eyes.watch.allowed.append("status of 404")
        eyes.page.goto(address)
        expect(eyes.page.locator("html")).to_have_attribute("lang", eyes.language)
        shoot(eyes.page, eyes.screen, f"{name}.{eyes.language}")
        found[eyes.screen.name, eyes.language] = faults(eyes.page) + eyes.watch.faults
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


def test_a_link_that_the_operator_makes_signs_an_owner_in_once(there: Market, new_page: NewPage, watch: Watch) -> None:
    watch.allowed.append("status of 403")
    operator = Operator(new_page(kept=there.operator), there.live.url)
    operator.page.goto(f"{there.live.url}/admin")
    operator.press("Make a sign-in link")
    status = operator.main.get_by_role("status")
    expect(status).to_contain_text("http://")
    told = status.inner_text()
    (link,) = re.findall(r"http://\S+", told)
    owner = Owner(new_page(PHONE), there.live.url)
    owner.page.goto(link)
    owner.press("Sign in")
    owner.reads("What waits")
    thief = Owner(new_page(), there.live.url)
    thief.page.goto(link)
    thief.press("Sign in")
    thief.reads("This link does not work any more")
