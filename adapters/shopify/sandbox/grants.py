"""Codes, tokens and refresh tokens of the app in this shop, and what the token endpoint answers.

Every token lapses by the shop's clock.  A refresh token stays good until the one that replaced it is used, at most 30
days from its first use; a new grant ends those before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from adapters.shopify.sandbox.launch import claims_of
from connector.ports.clock import Clock

if TYPE_CHECKING:
    from adapters.shopify.sandbox.app_side import AppSide

Answer = tuple[dict[str, object], int]
CODE, TOKEN, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(seconds=86_399)
REFRESH, REPLACED = timedelta(days=90), timedelta(days=30)
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105 -- the name of a kind of token
OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"


@dataclass
class Refresh:
    until: datetime
    replaces: str = ""


@dataclass
class Grants:
    """Guarded by the shop's lock.  ``dead``: tokens that never lapse by themselves and were ended."""

    clock: Clock
    new_id: Callable[[], str]
    codes: dict[str, datetime] = field(default_factory=dict)  # each until when
    tokens: dict[str, datetime] = field(default_factory=dict)
    refreshes: dict[str, Refresh] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)

    def new_code(self) -> str:
        return self._new("", self.codes, CODE)

    def use_code(self, code: object) -> bool:
        """Whether it is good; it is not a second time."""
        until = self.codes.pop(str(code), None)
        return until is not None and self.clock() < until

    def alive(self, token: str) -> bool:
        until = self.tokens.get(token)
        return until is not None and self.clock() < until

    def buy(self, good_for: timedelta) -> str:
        return self._new("shpat_", self.tokens, good_for)

    def begin(self) -> dict[str, object]:
        """A first pair."""
        self.refreshes.clear()
        return self._pair("")

    def refresh(self, old: object) -> dict[str, object] | None:
        """A pair for a refresh token; None for one that is not, or no longer, good."""
        name, now = str(old), self.clock()
        found = self.refreshes.get(name)
        if found is None or now >= found.until:
            return None
        # Using it retires the one that it replaced, with whatever else that one was traded for.
        if found.replaces:
            for other in [one for one, each in self.refreshes.items() if found.replaces in (one, each.replaces)]:
                if other != name:
                    del self.refreshes[other]
            found.replaces = ""
        found.until = min(found.until, now + REPLACED)
        return self._pair(name)

    def revoke(self) -> None:
        self.codes.clear()
        self.tokens.clear()
        self.refreshes.clear()

    def _pair(self, replaces: str) -> dict[str, object]:
        refresh = f"shprt_{self.new_id().replace('-', '')}"
        self.refreshes[refresh] = Refresh(self.clock() + REFRESH, replaces)
        return {
            "access_token": self.buy(TOKEN),
            "expires_in": int(TOKEN.total_seconds()),
            "refresh_token": refresh,
            "refresh_token_expires_in": int(REFRESH.total_seconds()),
        }

    def _new(self, prefix: str, into: dict[str, datetime], good_for: timedelta) -> str:
        made = prefix + self.new_id().replace("-", "")
        into[made] = self.clock() + good_for
        return made


def answer_grant(shop: AppSide, grants: Grants, given: Mapping[str, object]) -> Answer:
    """One call to the token endpoint."""
    if given.get("client_id") != shop.client_id:
        return _no(400, "application_cannot_be_found", "Could not find Shopify API application with api_key")
    if given.get("client_secret") != shop.client_secret:
        return _no(400, "invalid_client", "The client secret is not that of the app")
    if not shop.installed:
        return _no(400, "invalid_request", "The application is not installed in this shop")
    bought = _bought(shop, grants, given)
    if isinstance(bought, dict):
        return {**bought, "scope": ",".join(sorted(shop.store.scopes))}, 200
    return bought


def _bought(shop: AppSide, grants: Grants, given: Mapping[str, object]) -> dict[str, object] | Answer:
    match given.get("grant_type"):
        case "client_credentials":
            return {"access_token": grants.buy(DAY), "expires_in": int(DAY.total_seconds())}
        case "refresh_token":
            pair = grants.refresh(given.get("refresh_token"))
            return pair or _no(401, "invalid_request", "This request requires an active refresh_token")
        case None | "urn:ietf:params:oauth:grant-type:token-exchange" as kind:
            return _refused(shop, grants, given, kind) or grants.begin()
        case _:
            return _no(400, "unsupported_grant_type", "The grant is not known")


def _refused(shop: AppSide, grants: Grants, given: Mapping[str, object], kind: str | None) -> Answer | None:
    """Why a code or a session token buys nothing; None where it does."""
    if given.get("expiring") != "1":
        # Shopify still grants a token without end to a custom app; ours asks for none.
        return _no(400, "invalid_request", "Public apps must request expiring offline access tokens")
    if kind is None:
        used = grants.use_code(given.get("code"))
        return None if used else _no(400, "invalid_request", "The authorization code was not found or was already used")
    if (given.get("subject_token_type"), given.get("requested_token_type")) != (ID_TOKEN, OFFLINE):
        return _no(400, "invalid_request", "The kind of token is not known")
    good = _is_session(shop, given.get("subject_token"))
    return None if good else _no(400, "invalid_subject_token", "The id token is invalid")


def _is_session(shop: AppSide, token: object) -> bool:
    claims = claims_of(token, shop.client_secret)
    address = f"https://{shop.store.shop.myshopify_domain}"
    if claims is None or (claims.get("aud"), claims.get("dest")) != (shop.client_id, address):
        return False
    now = shop.store.clock().timestamp()
    return bool(claims["nbf"] <= now < claims["exp"])


def _no(status: int, code: str, why: str) -> Answer:
    return {"error": code, "error_description": why}, status
