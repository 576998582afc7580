"""A store with some trade in it, so that no page is empty, and the browsers of those who look at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import requests
from browser.live import WAIT_SECONDS, Live, until
from browser.owner import Operator, WooOwner
from browser.undecided import undecided
from playwright.sync_api import Browser, StorageState

from adapters.signing import hmac_sha256_base64
from adapters.woocommerce.sandbox import WooShop
from connector.bootstrap.service import Service, open_service
from connector.ports.clock import system_clock
from connector.ports.history import Sample
from connector.ports.records import DeliveryState

SCRIPT = "<script>document.title = 'taken over'</script> desk"
STOCK = {
    "CHAIR-OAK": (0, "Oak chair"),
    "CHAIR-ASH": (2, "Ash chair"),
    "TABLE-WALNUT": (1, "Walnut table, extensible, for up to twelve people who do not mind to sit close"),
    "BENCH": (0, "Garden bench"),
    "LAMP": (12, "Reading lamp"),
    "RUG-RED": (4, "Red rug"),
    "RUG-BLUE": (0, "Blue rug"),
    "STOOL": (7, "Milking stool"),
    "DESK": (0, SCRIPT),
    "SHELF-A-VERY-LONG-SKU-WITHOUT-ANY-PLACE-TO-BREAK-IT-AT-ALL-0000001": (0, "Shelf"),
}
ORDERS = (
    ({"CHAIR-OAK": 3}, True),
    ({"CHAIR-OAK": 1, "TABLE-WALNUT": 2}, True),
    ({"BENCH": 2}, False),
    ({"RUG-BLUE": 1, "DESK": 2, "LAMP": 1}, True),
    ({"CHAIR-OAK": 2}, True),
    ({"SHELF-A-VERY-LONG-SKU-WITHOUT-ANY-PLACE-TO-BREAK-IT-AT-ALL-0000001": 1}, True),
)
SUPPLIES = (
    "sku,quantity,due,reference\nCHAIR-OAK,4,{soon},PO 7\nCHAIR-OAK,20,{later},PO 9\nDESK,5,{later},PO 9\nRUG-BLUE,3,,"
)
SAMPLES = 40  # days of history
LISTS = (
    ("product", "/settings/backorders?q=CHAIR-OAK", "/products/"),
    ("order", "/settings/backorders?q=CHAIR-OAK", "/orders/"),
    ("supply", "/settings/supplies", "/supplies/"),
    ("delivery", "/settings/deliveries?state=parked", "/deliveries/"),
)
"""Where a link to a page of one thing is found."""


@dataclass
class Market:
    """``owner`` and ``operator``: what their browsers keep."""

    live: Live
    shop: WooShop
    owner: StorageState
    operator: StorageState
    found: dict[str, str] = field(default_factory=dict)


@contextmanager
def market(live: Live, chromium: Browser) -> Iterator[Market]:
    page, other = chromium.new_page(), chromium.new_page()
    for one in (page, other):
        one.set_default_timeout(WAIT_SECONDS * 1000)
    try:
        shop, address = live.open_woo()
        for sku, (units, title) in STOCK.items():
            shop.add_product(sku, units, title=title)
        shop.add_variations("T-shirt", {"SHIRT-S": 3, "SHIRT-M": 0, "SHIRT-L": 0})
        owner = WooOwner(page, live.url, address)
        _opened(owner)
        until("the flags are pushed", lambda: shop.shelf("LAMP").fields["backorders"] == "notify")
        for lines, paid in ORDERS:
            shop.place_order(lines, paid=paid)
        shop.set_field("LAMP", "backorders", "no")
        operator = Operator(other, live.url)
        operator.signs_in()
        service = open_service(live.config)
        try:
            _unreadable(shop)
            _history(service)
            until("the orders arrived", lambda: _orders(service) >= len(ORDERS) - 1)
            undecided(service, _key(service))
            until("all of it arrived", lambda: _is_settled(service))
        finally:
            service.close()
        made = Market(live, shop, page.context.storage_state(), other.context.storage_state())
        made.found = _addresses(owner)
        yield made
    finally:
        page.context.close()
        other.context.close()


def _opened(owner: WooOwner) -> None:
    """Connected, with a policy, a rule and supplies, and started."""
    owner.connects()
    owner.sees_the_plan()
    owner.tries_policy("Up to a number of units", 8, "13 products would be opened for backorders.")
    owner.saves_policy()
    owner.press("Add a rule")
    owner.main.get_by_label("Which", exact=True).fill("RUG-*")
    owner.press("Save without a look")
    owner.reads("Saved.")
    owner.turn_to("Supplies")
    owner.follow("Import many from a CSV file")
    today = system_clock().date()
    rows = SUPPLIES.format(soon=today + timedelta(days=9), later=today + timedelta(days=30))
    owner.main.get_by_label("Or paste the rows here").fill(rows)
    owner.press("Look at the rows")
    owner.press("Import the 4 good rows")
    owner.starts()


def _key(service: Service) -> str:
    (key,) = service.stores
    return key


def _unreadable(shop: WooShop) -> None:
    """The shop sends an order that nobody can read."""
    hook = next(one for one in shop._core.hooks.rows.values() if one.topic == "order.updated")
    body = b'{"id": 4711, "number": "4711", "status": "processing", "line_items": "none"}'
    headers = {
        "Content-Type": "application/json",
        "X-WC-Webhook-Topic": "order.updated",
        "X-WC-Webhook-Signature": hmac_sha256_base64(hook.secret, body),
        "X-WC-Webhook-Delivery-ID": "unreadable",
    }
    assert requests.post(hook.delivery_url, body, headers=headers, timeout=60).status_code == 200


def _history(service: Service) -> None:
    now = system_clock().replace(minute=0, second=0, microsecond=0)
    with service.work() as uow:
        for day in range(1, SAMPLES):
            units = 4 + (day * 7) % 23
            uow.history.sample(_key(service), Sample(now - timedelta(days=day), units, units // 2))
        uow.commit()


def _orders(service: Service) -> int:
    with service.work(read_only=True) as uow:
        return uow.backlog.totals(_key(service)).orders


def _is_settled(service: Service) -> bool:
    key = _key(service)
    with service.work(read_only=True) as uow:
        counts = uow.deliveries.counts(key)
        return bool(
            uow.backlog.totals(key).orders >= len(ORDERS) - 1
            and counts.get(DeliveryState.PARKED)
            and not counts.get(DeliveryState.RECEIVED)
            and uow.showings.overridden(key)
        )


def _addresses(owner: WooOwner) -> dict[str, str]:
    """The pages of single things, as their lists link them."""
    found = {}
    for name, path, inside in LISTS:
        owner.page.goto(f"{owner.home}{path}")
        found[name] = str(owner.main.locator(f"tbody a[href*='{inside}']").first.get_attribute("href"))
    return found
