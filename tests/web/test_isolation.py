"""One store never sees another's data: every route with the other's ids, and everything that the other's pages hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from bs4 import Tag
from connecting import connecting
from databases import address_in, query
from house import CONFIG
from shopify_doors import APP, DOMAIN, bearer
from signed import last_body, newest, post
from site_house import Browser, Seen, Site
from walking import addresses, ids_of, walk

from connector.ports.operating import RequestKind
from connector.services.privacy import answer_requests
from connector.services.privacy_asked import ask
from connector.services.privacy_subject import Subject
from connector.services.turn import turn
from connector.storage.tables import metadata
from connector.web.access import Who

EMBEDDED = CONFIG.replace("[sync]", f'[install.shopify]\nway = "embedded"\n{APP}[sync]')
WORDS = {"chairs": "otter", "tents": "zebra"}
OTHER = {"chairs": "tents", "tents": "chairs"}
NOT_ROWS_OF_A_STORE = {"sessions", "passes"}


@dataclass
class Town:
    """Both stores, full of words that nobody else uses.  ``held``: the rows of each after they were filled."""

    site: Site
    folder: Path

    def rows(self, store: str) -> dict[str, list[Any]]:
        """Every row of a store in every table."""
        found: dict[str, list[Any]] = {}
        for table in metadata.sorted_tables:
            if table.name not in NOT_ROWS_OF_A_STORE:
                column = "key" if table.name == "stores" else "store"
                asked = f"""SELECT * FROM "{table.name}" WHERE "{column}" = '{store}'"""  # noqa: S608 -- names of our own
                found[table.name] = query(address_in(self.folder), asked)
        return found

    def secrets_of(self, store: str) -> set[str]:
        """What no other store may see: its words, its key, its shop."""
        return {WORDS[store], store, DOMAIN if store == "tents" else self.site.house.urls["woo"].partition("//")[2]}


def fill(there: Site, store: str) -> None:
    house, word = there.house, WORDS[store]
    shop = house.woo if store == "chairs" else house.shopify
    shop.add_product(f"{word}-waits", 0, title=f"{word} that waits")
    shop.add_product(f"{word}-by-hand", 0, title=f"{word} by hand")
    house.connect()
    with house.service.work() as uow:
        record = uow.stores.get(store)
        assert record is not None
        record.title = f"The {word} store"
        uow.stores.save(record)
        uow.commit()
    owner = there.owner(store)
    for sku in (f"{word}-waits", f"{word}-by-hand"):
        entered = {"sku": sku, "units": "9", "due": "2026-12-24", "reference": f"{word}-reference"}
        house.add_supply(store, sku, 9, date(2026, 12, 24))
        owner.post("/settings/supplies", entered)
    house.settle()
    shop.place_order({f"{word}-waits": 2})
    house.settle()
    sold_out = {"chairs": ("backorders", "no"), "tents": ("inventoryPolicy", "DENY")}[store]
    shop.set_field(f"{word}-by-hand", *sold_out)
    house.settle()


def ask_for_data(there: Site, store: str) -> None:
    """A privacy request whose answer, to be downloaded, holds the store's word."""
    email = {"chairs": "aicha@example.test", "tents": "jo@example.com"}[store]
    ask(there.house.store(store), RequestKind.ACCESS, Subject(emails=(email,)), "by letter")
    answer_requests(there.house.store(store))


def park(there: Site, store: str) -> None:
    """A delivery that cannot be read, whose reason and body hold the store's word."""
    topic = {"chairs": "product.updated", "tents": "products/update"}[store]
    body = last_body(there.house, store, topic)
    body["id"] = f"{WORDS[store]} is no id"
    assert post(there.house, store, topic, json.dumps(body).encode()) == 200
    turn(there.house.store(store))
    assert newest(there.house, store).reason != ""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("isolation")
    with connecting(folder, EMBEDDED) as there:
        for store in WORDS:
            fill(there, store)
            park(there, store)
            ask_for_data(there, store)
        yield Town(there, folder)


@pytest.fixture
def town(whole: Town) -> Town:
    """An hour later, so that nobody is held up for what others tried."""
    whole.site.house.clock.shift(timedelta(hours=1))
    return whole


def visitor(town: Town) -> Browser:
    """The owner of the tents in Shopify's admin, with a token in every request and no cookie."""
    browser = town.site.stranger()
    browser.client.environ_base["HTTP_AUTHORIZATION"] = bearer(town.site)["Authorization"]
    return browser


def leaks(town: Town, of: str, seen: Seen) -> set[str]:
    told = f"{seen.html} {seen.location}".lower()
    return {word for word in town.secrets_of(of) if word in told}


@pytest.mark.parametrize("store", WORDS)
def test_the_words_of_a_store_are_on_its_own_pages(town: Town, store: str) -> None:
    """Without this, the tests below would find nothing because there is nothing."""
    seen = list(walk(town.site.owner(store), gets(town, ids_of(town.site, store))))
    named = {one.path for one in seen if WORDS[store] in one.html.lower()}
    assert len(named) > 8, named
    assert [one.path for one in seen if leaks(town, OTHER[store], one)] == []
    assert [one.path for one in seen if one.status != 200] == []


def gets(town: Town, ids: dict[str, object]) -> list[tuple[str, str]]:
    return [one for one in addresses(town.site.house.app, Who.OWNER, ids) if one[0] == "GET"]


def posts(town: Town, ids: dict[str, object]) -> list[tuple[str, str]]:
    return [one for one in addresses(town.site.house.app, Who.OWNER, ids) if one[0] == "POST"]


@pytest.mark.parametrize("store", [*WORDS, "by token"])
def test_every_page_with_the_ids_of_the_other_shows_nothing_of_it(town: Town, store: str) -> None:
    browser = visitor(town) if store == "by token" else town.site.owner(store)
    other = OTHER.get(store, "chairs")
    seen = list(walk(browser, gets(town, ids_of(town.site, other))))
    assert len(seen) > 12
    assert [(one.path, leaks(town, other, one)) for one in seen if leaks(town, other, one)] == []
    with_id = [one for one in seen if any(str(one.path).endswith(f"/{value}") for value in foreign(town, other))]
    assert {one.path: one.status for one in with_id} == {one.path: 404 for one in with_id}
    assert len(with_id) >= 4


def foreign(town: Town, store: str) -> set[str]:
    """The ids of a store that its neighbour does not happen to have too."""
    return {
        path.rpartition("/")[2]
        for _, path in gets(town, ids_of(town.site, store))
        if path not in {one for _, one in gets(town, ids_of(town.site, OTHER[store]))}
    }


def forms(seen: Seen) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Every form of a page: method, address, and what it is filled with."""
    for form in seen.soup.find_all("form"):
        assert isinstance(form, Tag)
        fields = {str(one["name"]): str(one.get("value", "")) for one in form.select("[name]")}
        fields.pop("csrf_token", None)
        yield str(form.get("method", "get")).upper(), str(form.get("action") or seen.path), fields


def everything_on(town: Town, store: str) -> tuple[set[str], list[tuple[str, dict[str, str]]]]:
    """All links below ``/settings`` that lead on from a store's own pages, and all forms that are sent from there."""
    owner, links, sent = town.site.owner(store), set[str](), dict[str, tuple[str, dict[str, str]]]()
    ahead = [path for _, path in gets(town, ids_of(town.site, store))]
    while ahead and len(links) < 300:
        seen = owner.get(ahead.pop())
        if seen.status != 200 or not seen.headers["Content-Type"].startswith("text/html"):
            continue
        for method, action, fields in forms(seen):
            if method == "POST" and action.startswith("/settings"):
                sent[f"{action} {sorted(fields.items())}"] = (action, fields)
        for link in seen.soup.select("a[href^='/settings']"):
            if (address := str(link["href"])) not in links:
                links.add(address)
                ahead.append(address)
    return links, list(sent.values())


@pytest.mark.parametrize("store", [*WORDS, "by token"])
def test_every_link_of_the_others_pages_leads_to_nothing_of_it(town: Town, store: str) -> None:
    browser = visitor(town) if store == "by token" else town.site.owner(store)
    other = OTHER.get(store, "chairs")
    links, _ = everything_on(town, other)
    assert len(links) > 15
    for link in sorted(links):
        asked = link.lower()
        found = {word for word in leaks(town, other, browser.get(link)) if word not in asked}
        assert (link, found) == (link, set())


@pytest.mark.parametrize("store", [*WORDS, "by token"])
def test_every_form_of_the_others_pages_changes_nothing_of_it_and_shows_nothing(town: Town, store: str) -> None:
    other = OTHER.get(store, "chairs")
    _, sent = everything_on(town, other)
    sent += [(path, {}) for _, path in posts(town, ids_of(town.site, other))]
    assert len(sent) > 12
    browser = visitor(town) if store == "by token" else town.site.owner(store)
    before = town.rows(other)
    for action, fields in sent:
        if store == "by token":
            browser = visitor(town)
        seen = browser.post(action, fields)
        filled = " ".join(fields.values()).lower()
        found = {word for word in leaks(town, other, seen) if word not in filled and word not in action}
        assert (action, found) == (action, set())
    after = town.rows(other)
    assert {table for table in before if before[table] != after[table]} == set()
    assert before["supplies"]
    assert before["deliveries"]
    assert before["order_lines"]


def test_the_operator_sees_the_store_that_was_turned_to_and_no_other(town: Town) -> None:
    operator = town.site.operator()
    for store in WORDS:
        operator.post("/admin/look", {"store": store})
        seen = list(walk(operator, gets(town, ids_of(town.site, store))))
        assert [one.path for one in seen if WORDS[OTHER[store]] in one.html.lower()] == []
