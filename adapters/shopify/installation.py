"""``[install.shopify]`` in the types that the calls need, and the connections made with it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field

from adapters.http import Channel, Retries
from adapters.shopify.admin import Admin
from adapters.shopify.checks import missing_scopes
from adapters.shopify.oauth import App, Bought
from adapters.shopify.tokens import FixedToken
from connector.ports.clock import Clock, system_clock
from connector.ports.failures import Failure
from connector.ports.installing import Granted

CARRIED = ("api_version", "admin_url")
"""Settings of the installation that each store needs too.  Only where they were set: a default may change later."""


@dataclass(frozen=True, slots=True)
class Installation:
    """``secrets``: the app's, the live one first."""

    way: str
    app: App
    secrets: tuple[str, ...]
    scopes: tuple[str, ...]
    api_version: str
    admin_url: str = ""
    carried: Mapping[str, object] = field(default_factory=dict)
    allow_private: bool = False
    clock: Clock = system_clock
    sleep: Callable[[float], None] = time.sleep
    retries: Retries | None = None

    def address(self, shop: str) -> str:
        """``shop`` as ``exact_domain`` gives it."""
        return self.admin_url.rstrip("/") or f"https://{shop}"

    def channel(self, shop: str) -> Channel:
        return Channel(
            self.address(shop),
            allow_private=self.allow_private,
            clock=self.clock,
            sleep=self.sleep,
            retries=self.retries,
            platform="shopify",
        )

    def admin(self, channel: Channel, token: str) -> Admin:
        return Admin(channel, FixedToken(token), self.api_version, self.sleep)

    def granted(self, shop: str, bought: Bought) -> Granted:
        """What was bought for a shop, with the shop's name where it says it."""
        with closing(self.channel(shop)) as channel:
            title = _title(self.admin(channel, bought.token)) or shop
        options = {"shop": shop, **self.carried, **bought.options()}
        return Granted(shop, title, options, missing=missing_scopes(bought.scopes, self.scopes))


def installation(
    settings: Mapping[str, object],
    given: Mapping[str, object],
    *,
    allow_private: bool,
    clock: Clock = system_clock,
    sleep: Callable[[float], None] = time.sleep,
    retries: Retries | None = None,
) -> Installation:
    """``settings``: the checked table with its defaults; ``given``: the same as it was written."""
    live = str(settings.get("client_secret") or "")
    scopes = settings.get("scopes")
    return Installation(
        way=str(settings["way"]),
        app=App(str(settings.get("client_id") or ""), live),
        secrets=tuple(filter(None, (live, str(settings.get("old_client_secret") or "")))),
        scopes=tuple(map(str, scopes)) if isinstance(scopes, list | tuple) else (),
        api_version=str(settings["api_version"]),
        admin_url=str(settings.get("admin_url") or ""),
        carried={key: given[key] for key in CARRIED if given.get(key)},
        allow_private=allow_private,
        clock=clock,
        sleep=sleep,
        retries=retries,
    )


def _title(admin: Admin) -> str:
    """The keys are bought and would be lost with a failure here, so there is none: the doctor says what is wrong."""
    try:
        return admin.read("ShopInfo").need("shop")["name"].text()
    except Failure:
        return ""
