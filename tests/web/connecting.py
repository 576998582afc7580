"""Connecting a store on a page: the service served over HTTP, so that a shop can post its keys to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from databases import address_in, everything_in
from house import CONFIG
from site_house import Browser, Seen, Site, site
from woo_owner import Owner

from adapters.woocommerce.sandbox.auth import Key
from connector.bootstrap.store_jobs import heal_webhooks
from connector.ports.accounts import PassKind
from connector.ports.records import StoreRecord
from connector.sandbox.serve import served
from connector.services.keys import Keys, read_keys
from connector.services.passes import INVITATION_LASTS, new_pass
from connector.services.turn import reconcile_turn, turn

ADDRESS = "http://127.0.0.1:8000"
CLOSED = CONFIG.partition("[[stores]]")[0]
"""No store in the file, and nobody may bring one without an invitation."""
OPEN = CLOSED.replace("[sync]", "[install]\nopen = true\n[sync]")


@contextmanager
def connecting(folder: Path, config: str = OPEN, **more: Any) -> Iterator[Site]:
    """``config`` with the address under which this very service answers."""
    built: list[Site] = []

    def answer(request: Any, start: Any) -> Any:
        return built[0].house.app(request, start)

    with served(answer) as url, site(folder, config.replace(ADDRESS, url), **more) as there:
        built.append(there)
        yield there


def behind_host(address: str) -> str:
    """What stands behind the host in an address, which is how a browser of these tests is led around."""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def type_address(there: Site, browser: Browser, **more: Any) -> Seen:
    return browser.post("/install/woocommerce", {"url": there.house.urls["woo"]}, **more)


def way_to_shop(away: Seen) -> str:
    assert away.status == 200, away.text
    link = away.soup.find("a", id="go")
    assert link is not None
    return str(link["href"])


def attempt_in(away: Seen) -> str:
    return parse_qs(urlsplit(way_to_shop(away)).query)["user_id"][0]


def say_yes(away: Seen, owner: Owner | None = None) -> str:
    """The owner logs in at the shop and approves; gives where the shop sends the browser back to."""
    return behind_host((owner or Owner()).log_in(way_to_shop(away)).approve())


def connect_woo(there: Site, browser: Browser) -> Seen:
    """The whole way; what the browser sees when it is back."""
    return browser.get(say_yes(type_address(there, browser)))


def work(there: Site) -> None:
    """What the scheduler does with the stores it finds."""
    there.house.service.known.refresh()
    for store in there.house.service.stores.values():
        heal_webhooks(there.house.service, store)
        reconcile_turn(store)
        turn(store)


def invitation(there: Site) -> str:
    service = there.house.service
    return new_pass(service.work, PassKind.INVITATION, now=service.clock(), lasts=INVITATION_LASTS)


def records(there: Site) -> dict[str, StoreRecord]:
    with there.house.service.work(read_only=True) as uow:
        return {one.key: one for one in uow.stores.all()}


def shop_keys(there: Site) -> dict[str, Key]:
    """The keys of apps at the shop; the one that the sandbox begins with is nobody's."""
    return {name: key for name, key in there.house.woo.keys.items() if name != "ck_sandbox"}


def kept_keys(there: Site, key: str) -> Keys | None:
    with there.house.service.work(read_only=True) as uow:
        return read_keys(uow, there.house.service.vault, key)


def is_inside(browser: Browser) -> bool:
    """Whether the browser is signed in to a store."""
    return browser.get("/settings/store").status == 200


def rows(folder: Path) -> dict[str, str]:
    """Every table of the database as text."""
    return {name: repr(found) for name, found in everything_in(address_in(folder)).items()}
