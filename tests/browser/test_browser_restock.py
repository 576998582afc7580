"""Somebody without an order who wants to hear when something is back: from the form in the shop to the way off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import requests
from browser.counter import WOO, Counter, counter
from browser.eyesight import ANY, faults, shoot, too_wide
from browser.live import until
from browser.screens import DESKTOP, SMALL_PHONE, NewPage, Screen
from browser.shop_window import THANKS, Window
from browser.shopper import Shopper
from browser.watch import Watch
from playwright.sync_api import expect

from connector.ports.restocking import ListState, SubscriptionRecord

CONFIRM = "Please confirm your address"
BACK = "is in stock again"
LONG = "Lamp <b>bold</b> with a shade of Tischkantenschutzprofilbefestigungsschraubenpapier"
GOODS = {
    "ASH-RARE": (0, "Ash chair"),
    "OAK-RARE": (0, "Oak chair"),
    "ELM-RARE": (0, "Elm chair"),
    "FIR-RARE": (0, "Fir chair"),
    "LAMP-RARE": (0, LONG),
    "STOOL": (5, "Milking stool"),
}
BOTS = ("BingPreview/1.0b", "WhatsApp/2.23.20.0", "GoogleImageProxy", "Mozilla/5.0 SafeLinks")


@dataclass(frozen=True)
class Stage:
    counter: Counter
    window: Window

    def page_of(self, sku: str) -> str:
        return f"{self.counter.shops[WOO].address}/window/{sku}"

    def asks(self, sku: str, email: str) -> str:
        """The form was sent by somebody; the link in the mail that came of it."""
        fields = {"variant": self.counter.shops[WOO].variants[sku], "email": email, "consent": "yes", "lang": "en"}
        address = f"{self.counter.url}/storefront/v1/{WOO}/restock"
        headers = {"Accept": "application/json", "X-Forwarded-For": "10.3.0.1"}
        assert requests.post(address, fields, headers=headers, timeout=60).status_code == 202
        return self.counter.link(email, CONFIRM)

    def of(self, email: str) -> SubscriptionRecord:
        store = self.counter.store(WOO)
        with self.counter.desk.work(read_only=True) as uow:
            (held,) = uow.restock.of_person(WOO, store.buyer_of(email))
        return held

    def link(self, email: str, purpose: str) -> str:
        store = self.counter.store(WOO)
        assert store.links is not None
        return store.links.restock(self.of(email).id, purpose, store.clock())


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    window = Window()
    with counter(tmp_path_factory.mktemp("restock"), {WOO: GOODS}, window.before) as here:
        window.service = here.url
        variants = here.shops[WOO].variants
        window.goods = {sku: (variants[sku], title) for sku, (_, title) in GOODS.items()}
        here.until_sold_ahead(WOO, "STOOL")
        yield Stage(here, window)


@pytest.fixture(scope="module")
def home(stage: Stage) -> str:
    return stage.counter.url


Arrives = Callable[..., Shopper]


@pytest.fixture
def shopper(new_page: NewPage) -> Arrives:
    return lambda screen=SMALL_PHONE, *, javascript=False: Shopper(new_page(screen, javascript=javascript))


def fills_in(she: Shopper, email: str) -> None:
    she.enter("E-mail address", email)
    she.enter("How many?", "2")
    she.main.get_by_role("checkbox").check()
    she.press("Tell me")


@pytest.mark.parametrize(
    ("sku", "screen", "javascript"),
    [
        pytest.param("ASH-RARE", SMALL_PHONE, False, id="phone without JavaScript"),
        pytest.param("OAK-RARE", DESKTOP, True, id="desktop"),
    ],
)
def test_from_the_form_to_the_invitation_and_off_the_list(
    stage: Stage, shopper: Arrives, sku: str, screen: Screen, *, javascript: bool
) -> None:
    here, she, email = stage.counter, shopper(screen, javascript=javascript), f"{sku.lower()}@example.com"
    title = GOODS[sku][1]
    she.opens(stage.page_of(sku))
    expect(she.main.get_by_text(THANKS)).to_be_hidden()
    fills_in(she, email)
    expect(she.main.get_by_text(THANKS).last if javascript else she.main.locator("#backorder-asked")).to_be_visible()
    assert she.page.url.partition("#")[0] == stage.page_of(sku)

    she.opens(here.link(email, CONFIRM))
    she.reads("Shall we write to you when it is back?", title, "may write to me once")
    assert stage.of(email).state is ListState.UNCONFIRMED
    she.press("Yes, write to me")
    she.reads("You are on the list", "After that your address is forgotten.")
    assert (stage.of(email).state, stage.of(email).units) == (ListState.WAITING, 2)

    here.shops[WOO].books.receive_goods(sku, 3)
    she.opens(here.link(email, BACK))
    she.reads("It is there", "It can be ordered at the shop now")
    she.follow("To the shop")
    she.reads(title)

    she.opens(stage.link(email, "stop"))
    she.reads("Do you want no message about this any more?")
    assert stage.of(email).state is ListState.INVITED
    she.press("Yes, write to me no more")
    she.reads("You are not on this list any more")
    assert (stage.of(email).state, stage.of(email).contact) == (ListState.STOPPED, b"")


@pytest.mark.parametrize("javascript", [False, True], ids=["without JavaScript", "with JavaScript"])
def test_an_address_with_a_slip_is_said_to_be_wrong(
    stage: Stage, shopper: Arrives, watch: Watch, *, javascript: bool
) -> None:
    watch.allowed.append("status of 422")
    she = shopper(javascript=javascript)
    she.opens(stage.page_of("ELM-RARE"))
    fills_in(she, "ada@localhost")
    she.reads("This is no mail address that we can write to.")
    if not javascript:
        she.follow("Back to the shop")
    assert she.page.url == stage.page_of("ELM-RARE")


def test_what_can_be_ordered_is_not_waited_for(stage: Stage, shopper: Arrives, watch: Watch) -> None:
    watch.allowed.append("status of 409")
    she = shopper()
    she.opens(stage.page_of("STOOL"))
    fills_in(she, "ada@example.com")
    she.reads("Good news", "This product can be ordered now.")


def test_programs_that_open_every_link_put_nobody_on_a_list_and_take_nobody_off(stage: Stage) -> None:
    email = "bot@example.com"
    links = [stage.asks("ELM-RARE", email), stage.link(email, "stop"), stage.link(email, "claim")]

    def opened() -> None:
        for agent in BOTS:
            for link in links:
                for method in ("HEAD", "GET"):
                    headers = {"User-Agent": agent, "Purpose": "prefetch", "X-Forwarded-For": "10.3.0.2"}
                    assert requests.request(method, link, headers=headers, timeout=60).status_code == 200

    opened()
    assert stage.of(email).state is ListState.UNCONFIRMED
    assert requests.post(links[0], {"do": "confirm"}, timeout=60).status_code == 200
    opened()
    assert stage.of(email).state is ListState.WAITING
    one_click = {"List-Unsubscribe": "One-Click"}
    assert requests.post(links[1], one_click, timeout=60, allow_redirects=False).status_code == 200
    assert stage.of(email).state is ListState.STOPPED


def test_a_yes_that_is_pressed_twice_counts_once_and_a_no_elsewhere_is_seen(stage: Stage, shopper: Arrives) -> None:
    link = stage.asks("FIR-RARE", "twice@example.com")
    she, he = shopper(javascript=True), shopper(DESKTOP)
    for one in (she, he):
        one.opens(link)
    she.main.get_by_role("button", name="Yes, write to me").dblclick()
    she.reads("You are on the list")
    since = stage.of("twice@example.com").confirmed_at
    he.press("No, forget my address now")
    he.reads("There is nothing left to confirm", "Your address is no longer kept for this")
    she.page.go_back()
    she.page.reload()
    she.reads("There is nothing left to confirm")
    assert (stage.of("twice@example.com").state, stage.of("twice@example.com").confirmed_at) == (
        ListState.STOPPED,
        since,
    )


def test_every_page_of_a_list_can_be_read_by_everybody(stage: Stage, shopper: Arrives, watch: Watch) -> None:
    watch.allowed += ["status of 404", "status of 422"]
    email, sku = "reader@example.com", "LAMP-RARE"
    eyes = {screen: shopper(screen, javascript=True) for screen in (DESKTOP, SMALL_PHONE)}
    wrong: dict[tuple[str, str], list[str]] = {}

    def look(name: str, address: str) -> None:
        for screen, one in eyes.items():
            one.opens(address)
            shoot(one.page, screen, f"restock-{name}.en")
            wrong[name, screen.name] = faults(one.page, ANY) if screen.touch else too_wide(one.page)

    look("window", stage.page_of("FIR-RARE"))
    look("asked", f"{stage.counter.url}/restock/asked?lang=en")
    link = stage.asks(sku, email)
    look("confirm", link)
    eyes[DESKTOP].press("Yes, write to me")
    eyes[DESKTOP].reads("You are on the list")
    look("confirmed", link)
    look("not-yet", stage.link(email, "claim"))
    look("stop", stage.link(email, "stop"))
    stage.counter.shops[WOO].books.receive_goods(sku, 1)
    look("back", stage.counter.link(email, BACK))
    eyes[DESKTOP].press("Write to me no more about this")
    until("it was taken down", lambda: stage.of(email).state is ListState.STOPPED)
    look("stopped", stage.link(email, "stop"))
    look("nothing", f"{link[:-2]}xx")
    assert {where: fault for where, fault in wrong.items() if fault} == {}
