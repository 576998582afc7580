"""The shopper's page in a browser, from the link in a mail to what the shop then did, mostly without a script."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urljoin

import pytest
import requests
from browser.counter import SHOPIFY, WOO, Counter, Order, counter
from browser.eyesight import ANY, faults, shoot, too_wide
from browser.live import until
from browser.screens import DESKTOP, SMALL_PHONE, NewPage, Screen
from browser.shopper import Shopper
from browser.watch import Watch
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import expect

from connector.ports.promising import AmendmentKind
from connector.services.decisions import void_links

CONFIRMED = "not in stock yet"
DELAYED = "is delayed"
LONG = "<script>document.title = 'taken'</script> of oak, extensible, Tischkantenschutzprofilbefestigungsschrauben"
TITLES = {"LATE": "Walnut table", "OPEN": "Garden bench", "LOOK": LONG}
GOODS = {
    WOO: ("CANCEL", "INSTEAD", "DOUBLE", "RACE", "WITHDRAW", "LATE", "CLOSED", "LOOK", "BOT"),
    SHOPIFY: ("CANCEL", "INSTEAD", "SHIP", "OPEN"),
}
"""One product for each order of three, so that none takes another's units."""
THERE = {"INSTEAD": 1, "SHIP": 1, "RACE": 1, "LOOK": 1}
SLIPS: Mapping[tuple[str, str], tuple[int, int | None]] = {
    (WOO, "LATE"): (10, 25),
    (WOO, "BOT"): (10, 25),
    (SHOPIFY, "OPEN"): (3, None),
}
"""In how many days it was to come, and in how many it comes after all; None: nobody knows."""
BOTS: Mapping[str, Mapping[str, str]] = {
    "a mail scanner": {"User-Agent": "Mozilla/5.0 (compatible; MSIE 9.0; BingPreview/1.0b)"},
    "a chat's preview": {"User-Agent": "WhatsApp/2.23.20.0", "Range": "bytes=0-65535"},
    "an image proxy": {"User-Agent": "GoogleImageProxy", "Accept": "image/*"},
    "a browser that fetches ahead": {
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36",
        "Sec-Purpose": "prefetch;prerender",
        "Purpose": "prefetch",
    },
}


@dataclass(frozen=True)
class Stage:
    """``orders``: placed before the first test, so that none waits for another's mail."""

    counter: Counter
    orders: Mapping[tuple[str, str], Order]

    def order(self, store: str, name: str) -> Order:
        return self.orders[store, name]

    def link(self, store: str, name: str, subject: str = CONFIRMED) -> str:
        return self.counter.link(self.order(store, name).email, subject)

    def one(self, order: Order) -> Any:
        """What was asked for about an order, where that is one thing."""
        (made,) = self.counter.amendments(order)
        return made


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stock = {
        store: {sku: (THERE.get(sku, 0), TITLES.get(sku, "Oak chair")) for sku in skus} for store, skus in GOODS.items()
    }
    for goods in stock.values():
        goods["STOOL"] = (40, "Milking stool")
    with counter(tmp_path_factory.mktemp("counter"), stock) as here:
        for shop in here.shops.values():
            shop.books.set_price("STOOL", "7.50")
            for sku in {"INSTEAD", "LOOK"} & set(stock[shop.key]):
                shop.books.relate(sku, ["STOOL"])
        for store, skus in GOODS.items():
            here.until_sold_ahead(store, *skus)
        supplies = {late: here.expects(*late, 9, days) for late, (days, _) in SLIPS.items()}
        until("the shops show when they come", lambda: all(here.shows_days(*one) == SLIPS[one][0] for one in SLIPS))
        orders = {
            (store, sku): here.orders(store, sku, 3, country="DE" if sku in {"WITHDRAW", "LOOK", "BOT"} else "US")
            for store, skus in GOODS.items()
            for sku in skus
        }
        for late, (_, days) in SLIPS.items():
            here.mail(orders[late].email, CONFIRMED)
            here.slips(late[0], supplies[late], days)
        yield Stage(here, orders)


@pytest.fixture(scope="module")
def home(stage: Stage) -> str:
    return stage.counter.url


@pytest.fixture
def shopper(new_page: NewPage) -> Callable[..., Shopper]:
    return lambda screen=SMALL_PHONE, *, javascript=False: Shopper.at(new_page(screen, javascript=javascript))


Arrives = Callable[..., Shopper]


@pytest.mark.parametrize(
    ("store", "screen", "javascript"),
    [
        pytest.param(WOO, SMALL_PHONE, False, id="WooCommerce, on a phone without JavaScript"),
        pytest.param(SHOPIFY, DESKTOP, True, id="Shopify, on a desktop"),
    ],
)
def test_from_the_link_in_the_mail_to_a_unit_that_is_cancelled_and_refunded(
    stage: Stage, shopper: Arrives, store: str, screen: Screen, *, javascript: bool
) -> None:
    order, she = stage.order(store, "CANCEL"), shopper(screen, javascript=javascript)
    she.opens(stage.link(store, "CANCEL"))
    she.reads("Oak chair", "Ordered", "Still to come", "Expected", "When you ordered, you were shown")
    she.enter("Units to cancel", "1")
    she.press("Cancel")
    she.reads("Cancel 1 unit of Oak chair?", "This cannot be undone.")
    she.follow("No, back to the order")
    assert stage.counter.amendments(order) == []

    she.enter("Units to cancel", "1")
    she.press("Cancel")
    she.press("Yes, cancel")
    she.reads("1 unit")
    she.until_reads("Sent back:")
    she.reads("1 unit was cancelled on")
    books = stage.counter.shops[store].books.books(order.id)
    assert (books.units, books.refunded) == ({"CANCEL": 2}, "10.00")
    assert "10.00 to you" in stage.counter.mail(order.email, "cancelled").part("plain")

    she.page.go_back()  # to the question, which is a new one now
    she.page.reload()
    she.opens(stage.link(store, "CANCEL"))
    assert stage.one(order).units == 1
    expect(she.main.get_by_label("Units to cancel")).to_have_value("2")


def test_who_is_told_of_a_delay_says_that_they_wait(stage: Stage, shopper: Arrives) -> None:
    she = shopper()
    she.opens(stage.link(WOO, "LATE", DELAYED))
    she.until_reads("This comes later than you were told")  # once it is noted that the mail was sent
    she.reads("If you do nothing")
    she.press("I will wait until")
    she.reads("You agreed to wait until")
    she.reads_no("This comes later than you were told")
    she.page.go_back()
    she.page.reload()
    she.reads("You agreed to wait until")


def test_who_is_told_of_a_delay_without_a_date_gets_all_money_back(stage: Stage, shopper: Arrives) -> None:
    order, he = stage.order(SHOPIFY, "OPEN"), shopper(DESKTOP, javascript=True)
    he.opens(stage.link(SHOPIFY, "OPEN", DELAYED))
    he.until_reads("it is cancelled after")  # once it is noted that the mail was sent
    he.reads("nobody can give a date yet", "This costs you nothing (16 CFR 435")
    he.press("Cancel")
    he.reads("Cancel 3 units of Garden bench?")
    he.press("Yes, cancel")
    he.until_reads("Sent back: \N{EURO SIGN}30.00")
    assert stage.counter.shops[SHOPIFY].books.books(order.id).worth == "0.00"
    he.reads_no("Units to cancel", "I will wait")


@pytest.mark.parametrize("store", [WOO, SHOPIFY])
def test_something_else_is_taken_instead_and_the_difference_comes_back(
    stage: Stage, shopper: Arrives, store: str
) -> None:
    order, she = stage.order(store, "INSTEAD"), shopper()
    she.opens(stage.link(store, "INSTEAD"))
    she.follow("Take something else instead")
    she.until_reads("Milking stool")  # a shop that takes seconds to say what else it has is not waited for
    she.reads("7.50", "2.50")
    she.enter("Units to exchange", "2")
    she.press("Take this instead")
    she.until_reads("Sent back: ")
    she.reads("2 units were exchanged for something else", "5.00")
    assert stage.counter.shops[store].books.books(order.id).units == {"INSTEAD": 1, "STOOL": 2}


def test_what_is_there_waits_for_the_rest_and_leaves_after_all(stage: Stage, shopper: Arrives) -> None:
    he = shopper()
    he.opens(stage.link(SHOPIFY, "SHIP"))
    he.reads("What is there is sent now, and the rest when it comes.")
    he.press("Wait and send it together")
    he.until_reads("The shop waits until everything is there and sends it together.")
    he.press("Send what is there now")
    he.until_reads("What is there is sent now, and the rest when it comes.")
    kinds = [one.kind for one in stage.counter.amendments(stage.order(SHOPIFY, "SHIP"))]
    assert kinds == [AmendmentKind.SHIP_TOGETHER, AmendmentKind.SHIP_NOW]


def test_a_contract_is_withdrawn_from_in_two_steps(stage: Stage, shopper: Arrives, watch: Watch) -> None:
    watch.allowed.append("status of 422")
    order, she = stage.order(WOO, "WITHDRAW"), shopper()
    she.opens(stage.link(WOO, "WITHDRAW"))
    she.follow("Withdraw from the contract here")
    she.enter("Your name", "   ")
    she.enter("Where the acknowledgement may reach you", "ada@example.org")
    she.press("Continue")
    she.reads("Enter your name.")
    assert she.main.get_by_label("Where the acknowledgement may reach you").input_value() == "ada@example.org"
    she.enter("Your name", "Ada Lovelace")
    she.press("Continue")
    she.reads("Nothing has been sent yet.", "I, Ada Lovelace, withdraw from the contract", "Oak chair")
    assert stage.counter.amendments(order) == []
    she.press("Confirm withdrawal")
    she.until_reads("Sent back: $30.00")
    she.reads("3 units were cancelled on")
    said = stage.counter.mail(order.email, "we have received your withdrawal").part("plain")
    assert "Ada Lovelace" in said
    assert stage.one(order).kind is AmendmentKind.WITHDRAW


def _addresses(mail: Mapping[str, str], at: str, shown: str) -> list[str]:
    """All that a program could open: what a mail and a page link, and what their forms would ask for."""
    found = re.findall(r"https?://[^\s<>\"')]+", mail["plain"])
    found += [html.unescape(one) for one in re.findall(r"(?:href|src)=\"(https?://[^\"]+)\"", mail["html"])]
    soup = BeautifulSoup(shown, "html.parser")
    found += [urljoin(at, str(one["href"])) for one in soup.select("a[href]")]
    for form in soup.find_all("form"):
        assert isinstance(form, Tag)
        fields = {str(one["name"]): str(one.get("value", "")) for one in form.select("[name]")}
        found.append(f"{urljoin(at, str(form['action']))}?{urlencode(fields)}")
    return list(dict.fromkeys(one.partition("#")[0] for one in found if one.startswith(at.partition("/o/")[0])))


def test_programs_that_open_every_link_change_nothing(stage: Stage) -> None:
    order, link = stage.order(WOO, "BOT"), stage.link(WOO, "BOT", DELAYED)
    mail = stage.counter.mail(order.email, DELAYED)
    until("it is noted that the mail was sent", lambda: "OPTION" in str(stage.counter.written(order)))
    shown = requests.get(link, timeout=60).text
    addresses = _addresses({kind: mail.part(kind) for kind in ("plain", "html")}, link, shown)
    assert len(addresses) >= 7
    before = stage.counter.written(order)
    for number, headers in enumerate(BOTS.values()):
        for address in addresses:
            for method in ("HEAD", "GET"):
                there = {**headers, "X-Forwarded-For": f"10.2.0.{number}"}
                answer = requests.request(method, address, headers=there, timeout=60)
                assert answer.status_code in {200, 405}, (method, address, answer.status_code)
    assert stage.counter.written(order) == before


def test_a_button_that_is_pressed_twice_acts_once(stage: Stage, shopper: Arrives) -> None:
    order, link = stage.order(WOO, "DOUBLE"), stage.link(WOO, "DOUBLE")
    she = shopper(javascript=True)
    she.opens(link)
    she.enter("Units to cancel", "1")
    she.press("Cancel")
    she.main.get_by_role("button", name="Yes, cancel").dblclick()
    she.reads("Still to come", "1 unit")
    assert stage.one(order).units == 1

    he = shopper()
    he.opens(link)
    he.enter("Units to cancel", "1")
    he.press("Cancel")
    form = he.main.locator("form")
    address = urljoin(link, form.get_attribute("action") or "")
    fields = {name: form.locator(f"[name={name}]").input_value() for name in ("form", "units")}
    with ThreadPoolExecutor(4) as threads:
        posts = [threads.submit(requests.post, address, data=fields, timeout=60) for _ in range(4)]
        assert {post.result().status_code for post in posts} == {200}  # the order, each time
    assert [one.units for one in stage.counter.amendments(order)] == [1, 1]


def test_of_two_browsers_that_want_the_same_units_one_is_told_that_it_came_late(
    stage: Stage, shopper: Arrives, watch: Watch
) -> None:
    watch.allowed.append("status of 409")
    order, link = stage.order(WOO, "RACE"), stage.link(WOO, "RACE")
    she, he = shopper(), shopper(DESKTOP)
    for one in (she, he):
        one.opens(link)
        one.enter("Units to cancel", "2")
        one.press("Cancel")
        one.reads("Cancel 2 units of Oak chair?")
    she.press("Yes, cancel")
    she.reads("2 units")
    he.press("Yes, cancel")
    he.reads("This is not possible any more", "Nothing was changed")
    he.follow("Back to the order")
    he.until_reads("2 units were cancelled on")
    assert stage.one(order).units == 2
    assert stage.counter.shops[WOO].books.books(order.id).units == {"RACE": 1}


def test_every_link_that_opens_nothing_shows_the_same_page(stage: Stage, shopper: Arrives, watch: Watch) -> None:
    watch.allowed.append("status of 404")
    here, order = stage.counter, stage.order(WOO, "CLOSED")
    good = stage.link(WOO, "CLOSED")
    he = shopper()
    he.opens(good)
    he.reads("Still to come")
    void_links(here.store(WOO), order.id)
    altered = f"{good[:-1]}{'A' if good[-1] != 'A' else 'B'}"
    links = {
        "void": good,
        "altered": here.page_of(order, generation=1).replace("/o/", "/o/x"),
        "cut off": altered[:-3],
        "expired": here.page_of(order, days=-1, generation=1),
        "another store's": here.page_of(order, generation=1, store=SHOPIFY),
        "no link at all": f"{here.url}/o/hello",
    }
    said = {}
    for name, link in links.items():
        he.opens(link)
        said[name] = (he.page.title(), he.main.inner_text(), he.page.locator("body").inner_html())
    assert len(set(said.values())) == 1, said
    he.reads("This page is not open", "Open the link in the newest message")
    he.opens(here.page_of(order, generation=1))  # as the next message bears it
    he.reads("Still to come")


LOOKS = {
    "shopper-order": (WOO, "LOOK", ""),
    "shopper-cancel": (WOO, "LOOK", "{line}/cancel?units=2"),
    "shopper-instead": (WOO, "LOOK", "{line}/instead"),
    "shopper-withdraw": (WOO, "LOOK", "withdraw"),
    "shopper-late": (WOO, "BOT", ""),
    "shopper-waits": (WOO, "LATE", ""),
    "shopper-done": (SHOPIFY, "OPEN", ""),
    "shopper-not-open": (WOO, "LOOK", "nothing/cancel"),
}


def _line(stage: Stage, order: Order) -> str:
    with stage.counter.desk.work(read_only=True) as uow:
        lines = uow.orders.get(order.store, [order.id])[order.id].lines.values()
    return next(one.id for one in lines if one.sku == order.sku)


@pytest.mark.parametrize("screen", [DESKTOP, SMALL_PHONE], ids=lambda screen: screen.name)
def test_every_page_of_a_shopper_can_be_read_by_everybody(
    stage: Stage, shopper: Arrives, watch: Watch, screen: Screen
) -> None:
    watch.allowed.append("status of 404")
    she = shopper(screen, javascript=True)  # which axe needs
    wrong = {}
    for name, (store, sku, path) in LOOKS.items():
        order = stage.order(store, sku)
        address = f"{stage.counter.page_of(order)}/{path.format(line=_line(stage, order))}".rstrip("/")
        she.opens(address)
        shoot(she.page, screen, f"{name}.en")
        wrong[name, "en"] = faults(she.page, ANY) if screen.touch else too_wide(she.page)
        if screen.touch:  # German words are the longer ones
            she.opens(f"{address}{'&' if '?' in address else '?'}lang=de")
            shoot(she.page, screen, f"{name}.de")
            wrong[name, "de"] = too_wide(she.page)
    assert {where: fault for where, fault in wrong.items() if fault} == {}
