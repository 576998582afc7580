"""What may happen to the whole service: trade, shoppers, the owner, the wires, the machine and the clock.

Each move takes three small numbers that choose among what is there.  One that makes no sense now raises what a sandbox
raises, and is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from bs4 import BeautifulSoup, Tag
from faults import ON_THE_WAY, WITHIN
from whole import GOODS, STORES, WOO, Whole
from worlds import FLAGS, REFUSALS
from year import LINK

from adapters.shopify.sandbox.trade import ONLINE
from adapters.woocommerce.sandbox.storefront import PLAIN
from connector.ports.clock import system_clock
from connector.services.overrides import overrides, release_variants
from connector.services.steer import steer
from connector.services.stores import go_on, pause
from connector.services.supplies import add_supply, change_supply, open_supplies, receive_supply
from connector.services.supply_errors import SupplyError

Move = Callable[[Whole, int, int, int], None]
PLACES = ("US", "DE", "FR", "GB")
POLICIES: tuple[Mapping[str, Any], ...] = (
    {"policy": {"mode": "always", "lead_days": 21}, "rules": [{"sku": "*-RARE", "mode": "never"}]},
    {"policy": {"mode": "while_incoming"}, "rules": []},
    {"policy": {"mode": "up_to", "units": 3, "lead_days": 10}, "rules": []},
)
NONSENSE = (*REFUSALS, SupplyError)


def _sku(whole: Whole, store: str, number: int) -> str:
    del whole
    return GOODS[store][number % len(GOODS[store])]


def _pick(whole: Whole, number: int) -> tuple[str, str]:
    """Some order, of either store."""
    store = STORES[number % 2]
    orders = whole.shops[store].order_ids()
    return store, orders[(number // 2) % len(orders)] if orders else ""


def order(whole: Whole, a: int, b: int, c: int) -> None:
    store = STORES[a % 2]
    number = len(whole.buyers[store])
    lines = {_sku(whole, store, b): 1 + c % 3}
    if c > 4:
        lines[_sku(whole, store, b + 1)] = 1 + a % 2
    email, country = f"{store}{number}@example.com", PLACES[(a + b) % len(PLACES)]
    paid = c != 3
    if store == WOO:
        whole.woo.place_order(lines, paid=paid, extras=replace(PLAIN, email=email, country=country))
    else:
        whole.shopify.place_order(lines, paid=paid, how=replace(ONLINE, email=email, country=country))
    whole.buyers[store].append(email)


def _by_merchant(whole: Whole, number: int, verb: Callable[[Any, str], None]) -> None:
    """What a merchant does to an order; the money that leaves is the merchant's doing."""
    store, order_id = _pick(whole, number)
    shop = whole.shops[store]
    before = Decimal(shop.books(order_id).refunded)
    try:
        verb(shop, order_id)
    finally:
        moved = Decimal(shop.books(order_id).refunded) - before
        whole.given_back[store, order_id] = whole.given_back.get((store, order_id), Decimal(0)) + moved


def _first_sku(shop: Any, order_id: str, number: int) -> str:
    skus = sorted(shop.books(order_id).units)
    return str(skus[number % len(skus)])


def pay(whole: Whole, a: int, b: int, c: int) -> None:
    del b, c
    _by_merchant(whole, a, lambda shop, order_id: shop.pay_order(order_id))


def cancel(whole: Whole, a: int, b: int, c: int) -> None:
    del b, c
    _by_merchant(whole, a, lambda shop, order_id: shop.cancel_order(order_id))


def refund(whole: Whole, a: int, b: int, c: int) -> None:
    _by_merchant(
        whole, a, lambda shop, order_id: shop.refund(order_id, _first_sku(shop, order_id, b), 1, restock=c % 2 == 0)
    )


def edit(whole: Whole, a: int, b: int, c: int) -> None:
    def change(shop: Any, order_id: str) -> None:
        sku = _first_sku(shop, order_id, b)
        shop.change_quantity(order_id, sku, max(0, shop.books(order_id).units[sku] + (-1, 1, 2, -2)[c % 4]))

    _by_merchant(whole, a, change)


def ship(whole: Whole, a: int, b: int, c: int) -> None:
    del b, c
    _by_merchant(whole, a, lambda shop, order_id: shop.ship(order_id))


def goods(whole: Whole, a: int, b: int, c: int) -> None:
    store = STORES[a % 2]
    whole.shops[store].receive_goods(_sku(whole, store, b), 1 + c % 5)


def count(whole: Whole, a: int, b: int, c: int) -> None:
    store = STORES[a % 2]
    whole.shops[store].set_stock(_sku(whole, store, b), c - 2)


def by_hand(whole: Whole, a: int, b: int, c: int) -> None:
    store = STORES[a % 2]
    key, opened, closed = FLAGS[whole.shops[store].platform]
    sku = _sku(whole, store, b)
    whole.shops[store].set_field(sku, key, opened if c % 2 else closed)
    whole.by_hand |= {(store, sku), (store, "Desk")} if sku.startswith("DESK") else {(store, sku)}


def unlist(whole: Whole, a: int, b: int, c: int) -> None:
    if c > 1:
        raise ValueError("rarely")
    store = STORES[a % 2]
    whole.shops[store].delete_product(_sku(whole, store, b))


def supply(whole: Whole, a: int, b: int, c: int) -> None:
    store = STORES[a % 2]
    due = None if c == 7 else system_clock().date() + timedelta(days=1 + 3 * c)
    add_supply(whole.web.stores[store], _sku(whole, store, b), 1 + c % 5, due)


def slip(whole: Whole, a: int, b: int, c: int) -> None:
    store = whole.web.stores[STORES[a % 2]]
    held = open_supplies(store)
    due = None if c == 7 else system_clock().date() + timedelta(days=9 * c)
    change_supply(store, held[b % len(held)].id, due=due)


def receive(whole: Whole, a: int, b: int, c: int) -> None:
    store = whole.web.stores[STORES[a % 2]]
    held = open_supplies(store)
    one = held[b % len(held)]
    received = receive_supply(store, one.id, None if c % 2 else 1, last=c > 5)
    whole.shops[store.key].receive_goods(one.sku, received.received - one.received)


def visit(whole: Whole, a: int, b: int, c: int) -> None:
    """A shopper opens the page of an order, and presses whatever button they find there."""
    key, order_id = _pick(whole, a)
    store = whole.web.stores[key]
    assert store.links is not None
    with store.work(read_only=True) as uow:
        terms = uow.promises.terms(key, [order_id]).get(order_id)
    page = store.links.page(order_id, terms.link if terms is not None else 0, system_clock())
    _press_something(whole, page.partition("8000")[2], b, c)


def _press_something(whole: Whole, path: str, b: int, c: int) -> None:
    with whole.app.test_client() as client:
        for step in range(4):
            answer = client.get(path)
            assert answer.status_code < 500, (path, answer.status_code)
            soup = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
            forms = [one for one in soup.find_all("form") if "lang" not in _names(one)[:1]]
            links = [one for one in soup.find_all("a") if str(one.get("href", "")).startswith(path)]
            ways = [*forms, *(one for one in links if str(one["href"]) != path)]
            if not ways:
                return
            way = ways[(b + step * c) % len(ways)]
            if way.name == "a":
                path = str(way["href"])
                continue
            data = _filled_in(way, c)
            action = str(way.get("action") or path)
            if str(way.get("method", "get")).lower() == "get":
                path = f"{action}?{urlencode(data)}"
                continue
            said = client.post(action, data=data)
            assert said.status_code < 500, (action, data, said.status_code)
            return


def _names(form: Tag) -> list[str]:
    return [str(one.get("name")) for one in form.find_all(["input", "select", "button", "textarea"]) if one.get("name")]


def _filled_in(form: Tag, c: int) -> dict[str, str]:
    data: dict[str, str] = {}
    for one in form.find_all(["input", "button", "select"]):
        name = str(one.get("name") or "")
        if not name:
            continue
        if one.name == "select":
            options = [str(each.get("value", each.get_text())) for each in one.find_all("option")]
            data[name] = options[c % len(options)]
        elif one.get("type") == "number":
            data[name] = str(1 + c % int(str(one.get("max") or 1)))
        elif one.get("type") == "date":
            data[name] = (system_clock().date() + timedelta(days=2 + c)).isoformat()
        elif one.get("type") == "email":
            data[name] = "shopper@example.com"
        elif one.get("type") in {"checkbox", "radio"}:
            data.setdefault(name, str(one.get("value", "on")))
        else:
            data[name] = str(one.get("value") or "")
    return data


def wish(whole: Whole, a: int, b: int, c: int) -> None:
    """Somebody asks to hear when something is back, and says yes to the question that comes by mail."""
    store = STORES[a % 2]
    form = {"sku": GOODS[store][-1], "email": f"wish{b}@example.com", "lang": "en", "units": str(1 + c % 2)}
    with whole.app.test_client() as client:
        client.post(f"/storefront/v1/{store}/restock", data=form | {"consent": "yes"})


def answer_mail(whole: Whole, a: int, b: int, c: int) -> None:
    """Whoever got a mail follows its link, and presses what is there."""
    found = [match[1] for one in whole.mailbox.mails if (match := LINK.search(one.text)) is not None]
    _press_something(whole, found[(a * 8 + b) % len(found)], b, c)


def halt(whole: Whole, a: int, b: int, c: int) -> None:
    del b, c
    pause(whole.web.work, STORES[a % 2], by="owner", now=system_clock())


def resume(whole: Whole, a: int, b: int, c: int) -> None:
    del b, c
    go_on(whole.web.work, STORES[a % 2], by="owner", now=system_clock())


def policy(whole: Whole, a: int, b: int, c: int) -> None:
    del c
    value = POLICIES[b % len(POLICIES)]
    steer(STORES[a % 2], whole.web.work, "policy", value, by="owner", now=system_clock(), replan=True)


def take_back(whole: Whole, a: int, b: int, c: int) -> None:
    """The owner gives what was changed by hand back to us."""
    del b, c
    store = whole.web.stores[STORES[a % 2]]
    release_variants(store, [one.variant_id for _, one in overrides(store)])


def post(whole: Whole, a: int, b: int, c: int) -> None:
    """How the shops' webhooks travel from now on."""
    faults = whole.shops[STORES[a % 2]].faults
    faults.lost, faults.doubled, faults.shuffled, faults.seed = (0.0, 0.3, 1.0)[b % 3], (0.0, 0.5)[c % 2], c > 3, a


def deafen(whole: Whole, a: int, b: int, c: int) -> None:
    """The web part is away, or is back."""
    del b, c
    whole.deaf = a % 2 == 0


def wire(whole: Whole, a: int, b: int, c: int) -> None:
    """The next calls of a shop come to something else than an answer."""
    ill = ON_THE_WAY[(b + 8 * (c % 2)) % len(ON_THE_WAY)]
    whole.stage.wires[STORES[a % 2]].ills.extend([ill] * (1, 1, 2, 6)[c % 4])


def lose_answers(whole: Whole, a: int, b: int, c: int) -> None:
    """A call is carried out, and its answer comes to nothing; after a few that go well."""
    del c
    whole.stage.wires[STORES[a % 2]].ills.extend(["", *[""] * b, "cut"])


def revoke(whole: Whole, a: int, b: int, c: int) -> None:
    del c
    if a % 2:
        whole.shopify.access_token = "shpat_sandbox" if b % 2 else "shpat_another"
    elif b % 2:
        whole.woo.keys.setdefault("ck_sandbox", whole.key)
    else:
        whole.woo.keys.clear()


def die(whole: Whole, a: int, b: int, c: int) -> None:
    whole.boundaries.arm(WITHIN[a % len(WITHIN)], 1 + b + 8 * c, whole.boundaries.die)
    whole.work()


def fail(whole: Whole, a: int, b: int, c: int) -> None:
    """The database fails: before it did anything, or with what it did done and the answer lost."""
    engine = whole.worker.database.engine
    whole.boundaries.arm(WITHIN[a % 3], 1 + b + 8 * c, whole.boundaries.fail(engine, "made up: disk I/O error"))
    whole.work()


def stand_still(whole: Whole, a: int, b: int, c: int) -> None:
    """The worker is stopped in the middle of something for longer than any lease, while everybody else goes on."""

    def pass_by(_: str) -> None:
        with whole.boundaries.unwatched():
            whole.pass_time(timedelta(minutes=10))
            for move in (order, edit, visit, slip)[a % 4 :]:
                attempt(whole, move, a + b, b, c)
            whole.flush()
        if a > 3:
            whole.another_works(1 + c % 2)

    # Not inside a transaction: there is one file and one thread, and the others would wait for us.
    whole.boundaries.arm(WITHIN[2 + b % 3], 1 + c, pass_by)
    whole.work()


def hours(whole: Whole, a: int, b: int, c: int) -> None:
    del b, c
    whole.pass_time(timedelta(hours=1 + 3 * a))
    whole.work()


def days(whole: Whole, a: int, b: int, c: int) -> None:
    del c
    for _ in range(1 + b):
        whole.pass_time(timedelta(days=1 + a // 2))
        whole.work()


def jump(whole: Whole, a: int, b: int, c: int) -> None:
    """The machine's clock is wrong for a while."""
    del c
    whole.set_clock((timedelta(hours=2), timedelta(hours=-2), timedelta(minutes=50), timedelta(minutes=-3))[a % 4])
    whole.work(1 + b % 2)
    whole.set_clock(timedelta())


def slowly(whole: Whole, a: int, b: int, c: int) -> None:
    """One of the jobs that come rarely."""
    del b, c
    whole.jobs((("reconcile",), ("webhooks", "watch"), ("housekeeping", "sample"))[a % 3])


def work(whole: Whole, a: int, b: int, c: int) -> None:
    del b, c
    whole.work(1 + a % 2)


TRADE: Mapping[str, Move] = {
    one.__name__: one
    for one in (order, order, pay, cancel, refund, edit, ship, goods, count, by_hand, unlist, supply, slip, receive)
}
PEOPLE: Mapping[str, Move] = {one.__name__: one for one in (visit, wish, answer_mail, halt, resume, policy, take_back)}
ILLS: Mapping[str, Move] = {
    one.__name__: one for one in (post, deafen, wire, lose_answers, revoke, die, fail, stand_still, jump)
}
TIME: Mapping[str, Move] = {one.__name__: one for one in (hours, days, slowly, work)}
MOVES: Mapping[str, Move] = {**TRADE, **PEOPLE, **ILLS, **TIME}


def attempt(whole: Whole, move: Move, a: int, b: int, c: int) -> bool:
    """Whether it made sense."""
    whole.clock.shift(timedelta(seconds=1))
    try:
        move(whole, a, b, c)
    except (*NONSENSE, ZeroDivisionError):
        return False
    return True
