"""What the token endpoint of a shop is asked for, and what it answers (shopify.dev, access-tokens).

Every token that is asked for here lapses: Shopify gives public apps no other kind since April 2026.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.http import Answer, Channel
from adapters.reader import Reader
from adapters.shopify.answered import turned_away
from adapters.shopify.tokens import PATH
from connector.ports.failures import Failure, OwnerMustAct, TryLater, Unreadable
from connector.ports.sentence import Sentence

TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 -- the name of a grant
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105 -- the name of a kind of token
OFFLINE_TOKEN = "urn:shopify:params:oauth:token-type:offline-access-token"  # noqa: S105 -- as above
NOT_OUR_APP = frozenset({"application_cannot_be_found", "invalid_client", "unauthorized_client"})
"""Errors that speak of the app, not of what it brought."""
TURNED_AWAY = frozenset({402, 404, 423})  # a shop that is frozen, locked, or none
_CODE = re.compile(r"[a-z_]{1,60}", re.ASCII)


class GrantRefused(Failure):
    """The shop gives no token for this.  ``code``: Shopify's word for why, where it is one."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(Sentence("no token was granted (%(answer)s)", answer=f"{status} {code}".rstrip()))
        self.code = code


@dataclass(frozen=True, slots=True)
class App:
    """Whose token it is to be."""

    client_id: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class Bought:
    """A token with its refresh token, and how long each is good for; the moments are None where it does not lapse."""

    token: str
    scopes: tuple[str, ...]
    until: datetime | None = None
    refresh_token: str = ""
    refresh_until: datetime | None = None

    def options(self) -> dict[str, object]:
        """As they are kept with a store."""
        kept: dict[str, object] = {"access_token": self.token, "scopes": list(self.scopes)}
        if self.until is not None and self.refresh_until is not None:
            kept["access_token_until"] = self.until.isoformat()
            kept["refresh_token"] = self.refresh_token
            kept["refresh_token_until"] = self.refresh_until.isoformat()
        return kept


def by_code(channel: Channel, app: App, code: str, now: datetime) -> Bought:
    """A code is good for one try, so this is sent once."""
    return _bought(channel.write("POST", PATH, body=_body(app, code=code, expiring="1")), now)


def by_session(channel: Channel, app: App, session_token: str, now: datetime) -> Bought:
    body = _body(
        app,
        grant_type=TOKEN_EXCHANGE,
        subject_token=session_token,
        subject_token_type=ID_TOKEN,
        requested_token_type=OFFLINE_TOKEN,
        expiring="1",
    )
    return _bought(channel.read("POST", PATH, body=body), now)


def by_refresh(channel: Channel, app: App, refresh_token: str, now: datetime) -> Bought:
    """May be sent again: a refresh token stays good until the one that replaced it is used, at most 30 days."""
    body = _body(app, grant_type="refresh_token", refresh_token=refresh_token)
    return _bought(channel.read("POST", PATH, body=body), now)


def by_client(channel: Channel, app: App) -> str:
    """A token for a day, for an app and a shop of one organisation."""
    answer = channel.read("POST", PATH, body=_body(app, grant_type="client_credentials"))
    granted = _read(answer)
    try:
        return granted["access_token"].text()
    except Unreadable as error:
        raise _not_understood(answer, error) from None


def not_accepted() -> OwnerMustAct:
    return OwnerMustAct(
        "read",
        Sentence("Shopify does not accept this service's client id and secret."),
        Sentence("Whoever runs this service must check client_id and client_secret under [install.shopify]."),
    )


def _body(app: App, **given: str) -> Mapping[str, str]:
    return {"client_id": app.client_id, "client_secret": app.client_secret, **given}


def _bought(answer: Answer, now: datetime) -> Bought:
    granted = _read(answer)
    try:
        token = granted["access_token"].text()
        scopes = tuple(scope.strip() for scope in granted["scope"].text().split(",") if scope.strip())
        if granted["refresh_token"].is_null:
            return Bought(token, scopes)
        return Bought(
            token,
            scopes,
            until=_after(now, granted["expires_in"]),
            refresh_token=granted["refresh_token"].text(),
            refresh_until=_after(now, granted["refresh_token_expires_in"]),
        )
    except Unreadable as error:
        raise _not_understood(answer, error) from None


def _not_understood(answer: Answer, error: Unreadable) -> TryLater:
    return TryLater(Sentence("%(call)s answered what cannot be read: %(path)s", call=answer.call, path=error.path))


def _after(now: datetime, seconds: Reader) -> datetime:
    return now + timedelta(seconds=min(seconds.whole(minimum=0), timedelta(days=3650).total_seconds()))


def _read(answer: Answer) -> Reader:
    """The answer; its description of an error stays out of ours, since nobody says what it may repeat."""
    if answer.status in TURNED_AWAY and (failure := turned_away(answer.status, "read")):
        raise failure
    body = answer.read()
    if answer.ok:
        return body
    said = body.raw.get("error") if isinstance(body.raw, dict) else None
    raise GrantRefused(answer.status, said if isinstance(said, str) and _CODE.fullmatch(said) else "")
