"""How a Shopify store connects: embedded in its admin, by a link from there, or with keys that its owner pastes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from adapters.http import Retries
from adapters.manifest import Manifest, load_manifest
from adapters.shopify import keeping, pasted, signed_link
from adapters.shopify.domain import exact_domain
from adapters.shopify.installation import Installation, installation
from adapters.shopify.oauth import NOT_OUR_APP, GrantRefused, by_session, not_accepted
from adapters.shopify.session_token import visitor_of
from adapters.shopify.signed_query import Query, only_value
from adapters.shopify.vendor import version_is_known
from connector.ports.clock import Clock, system_clock
from connector.ports.installing import Begun, Forged, Granted, Installer, NotOffered, Question, Visitor, Way

ADMIN = "https://admin.shopify.com"
WAYS: Mapping[str, frozenset[Way]] = {
    "embedded": frozenset({Way.EMBEDDED, Way.PASTED}),
    "code": frozenset({Way.SIGNED_LINK, Way.PASTED}),
    "own": frozenset({Way.PASTED}),
}
"""No address is typed in any of them: rule 2.3.1 of the App Store forbids it."""


class ShopifyInstaller:
    """An ``Installer``."""

    platform = "shopify"
    posts_keys = False
    questions: Sequence[Question] = ()
    pasted_questions: Sequence[Question] = pasted.QUESTIONS

    def __init__(self, setup: Installation) -> None:
        self._setup = setup
        self.ways = WAYS[setup.way]

    def begin(self, typed: Mapping[str, str], *, return_url: str, callback_url: str, now: datetime) -> Begun:  # noqa: ARG002 -- as the port declares it
        raise NotOffered("a Shopify store connects from its own admin, not by its address")

    def begin_signed(self, query: Query, *, return_url: str, now: datetime) -> Begun:
        self._demand(Way.SIGNED_LINK)
        return signed_link.begin(self._setup, query, return_url, now)

    def finish(self, query: Query, remember: Mapping[str, str], *, now: datetime) -> Granted:
        self._demand(Way.SIGNED_LINK)
        return signed_link.finish(self._setup, query, remember, now)

    def attempt_in(self, query: Query) -> str:
        return only_value(query, "state")

    def was_refused(self, query: Query) -> bool:
        return any(key == "error" for key, _ in query)

    def posted_attempt(self, body: bytes) -> str:  # noqa: ARG002 -- as the port declares it
        raise NotOffered("Shopify posts no keys")

    def posted(self, body: bytes, remember: Mapping[str, str]) -> Granted:  # noqa: ARG002 -- as above
        raise NotOffered("Shopify posts no keys")

    def tried(self, granted: Granted) -> None:  # noqa: ARG002 -- as above
        raise NotOffered("Shopify posts no keys")

    def pasted(self, typed: Mapping[str, str], *, now: datetime) -> Granted:  # noqa: ARG002 -- as above
        return pasted.pasted(self._setup, typed)

    def visitor(self, token: str, *, now: datetime) -> Visitor:
        self._demand(Way.EMBEDDED)
        return visitor_of(token, client_id=self._setup.app.client_id, secrets=self._setup.secrets, now=now)

    def exchange(self, token: str, *, now: datetime) -> Granted:
        shop = self.visitor(token, now=now).shop
        with closing(self._setup.channel(shop)) as channel:
            try:
                bought = by_session(channel, self._setup.app, token, now)
            except GrantRefused as refused:
                if refused.code in NOT_OUR_APP:
                    raise not_accepted() from None
                raise Forged(f"the shop does not take the session token: {refused}") from None
        return self._setup.granted(shop, bought)

    def frame_ancestors(self, shop: str) -> Sequence[str]:
        """``shop`` may be what a stranger wrote into the query: what is no shop's domain never reaches a header."""
        self._demand(Way.EMBEDDED)
        domain = exact_domain(shop)
        if domain is None:
            raise Forged("the page is asked for by no shop")
        other = urlsplit(self._setup.admin_url)
        # The admin of a sandbox stands at the sandbox's own address.
        return (f"https://{domain}", ADMIN, *((f"{other.scheme}://{other.netloc}",) if other.netloc else ()))

    def client_id(self) -> str:
        self._demand(Way.EMBEDDED)
        return self._setup.app.client_id

    def lapses(self, options: Mapping[str, object]) -> datetime | None:
        return keeping.lapses(options)

    def renew(self, options: Mapping[str, object], *, now: datetime) -> Mapping[str, object]:
        return keeping.renew(self._setup, options, now)

    def revoke(self, options: Mapping[str, object]) -> str:
        return keeping.revoke(self._setup, options)

    def webhook_secrets(self) -> tuple[str, ...]:
        return () if self._setup.way == "own" else self._setup.secrets

    def _demand(self, way: Way) -> None:
        if way not in self.ways:
            raise NotOffered(f"this installation does not connect Shopify stores in the way: {way.value}")


def install_problems(settings: Mapping[str, object]) -> Iterable[tuple[str, str]]:
    """Check ``[install.shopify]``: what the manifest says, and what only this platform can tell."""
    found = list(_manifest().install_problems(settings))
    if not found and not version_is_known(str(_manifest().install_with_defaults(settings)["api_version"])):
        found.append(("api_version", "is no version of the Admin API: give a quarter, as in 2026-10"))
    return found


def installer(
    settings: Mapping[str, object],
    *,
    allow_private: bool,
    clock: Clock = system_clock,
    sleep: Callable[[float], None] = time.sleep,
    retries: Retries | None = None,
) -> Installer:
    """``settings``: ``[install.shopify]``, checked; nothing is called yet."""
    full = _manifest().install_with_defaults(settings)
    setup = installation(full, settings, allow_private=allow_private, clock=clock, sleep=sleep, retries=retries)
    return ShopifyInstaller(setup)


@cache
def _manifest() -> Manifest:
    return load_manifest(Path(__file__).parent)
