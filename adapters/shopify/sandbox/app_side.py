"""The shop as the app's own installation in it: who may call, and what was granted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from threading import RLock

from adapters.shopify.sandbox import launch
from adapters.shopify.sandbox.grants import Grants, answer_grant
from adapters.shopify.sandbox.store import Store


class AppSide:
    """Half of a ``ShopifyShop``.  ``access_token``: of a custom app from before 2026, which never lapses."""

    store: Store
    access_token: str
    client_id: str
    client_secret: str
    app_url: str
    redirect_urls: Collection[str]
    scopes: frozenset[str]
    installed: bool
    _lock: RLock
    _grants: Grants

    def install(self, scopes: Collection[str] | None = None) -> None:
        """The owner says yes, to these rights or to all."""
        with self._lock:
            self.installed = True
            self.store.scopes = self.scopes if scopes is None else self.scopes & frozenset(scopes)

    def revoke_tokens(self) -> None:
        """No token that was ever given works any more; the app stays installed."""
        with self._lock:
            self._grants.revoke()
            self._grants.dead.add(self.access_token)

    def install_link(self, app_url: str) -> str:
        """Where the owner's browser is sent who opens the app from the shop's admin or the App Store."""
        return launch.link(self, app_url, {})

    def session_token(self, user: str = "1", **claims: object) -> str:
        """What App Bridge hands to a page in the admin.  ``claims``: others than the true ones; None takes one away."""
        return launch.session_token(self, user, claims)

    # What the web application asks.

    def authorize(self, scopes: Collection[str]) -> str:
        """The owner says yes on the page the app sent them to; gives the code that is brought back."""
        with self._lock:
            self.install(scopes)
            return self._grants.new_code()

    def accepts(self, token: str) -> bool:
        with self._lock:
            fixed = token == self.access_token and token not in self._grants.dead
            return self.installed and (fixed or self._grants.alive(token))

    def grant(self, given: Mapping[str, object]) -> tuple[dict[str, object], int]:
        """What the token endpoint answers, and with which status."""
        with self._lock:
            return answer_grant(self, self._grants, given)

    def request_id(self) -> str:
        with self._lock:
            return self.store.new_uuid()
