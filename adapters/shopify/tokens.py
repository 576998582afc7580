"""The access token of a store: one that never lapses, one that lapses and is renewed from outside, or one that the
app's own id and secret buy for a day.

An app of the Dev Dashboard gets its token by the client credentials grant (shopify.dev, client-credentials-grant): 24
hours, no refresh token, ask again.  The token that a shop's own custom app was given before 2026 stays as it is.  An
app that shops install gets one for an hour, with a refresh token (``Installer.renew``).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol

from adapters.http import Channel
from connector.ports.clock import Clock
from connector.ports.failures import OwnerMustAct, TryLater
from connector.ports.sentence import Sentence

RENEW_BEFORE = timedelta(minutes=5)
PATH = "admin/oauth/access_token"


class Tokens(Protocol):
    def current(self) -> str:
        """The token to send now."""
        ...

    def renew(self, refused: str) -> bool:
        """The shop refused this token; whether there is another one to try."""
        ...


class FixedToken:
    def __init__(self, token: str) -> None:
        self._token = token

    def current(self) -> str:
        return self._token

    def renew(self, refused: str) -> bool:  # noqa: ARG002 -- there is no other one, whichever was refused
        return False


class LapsingToken:
    """A token that is good until a moment.  Whoever holds its refresh token puts another in its place."""

    def __init__(self, token: str, until: datetime, clock: Clock) -> None:
        self._token = token
        self._until = until
        self._clock = clock

    def current(self) -> str:
        if self._clock() >= self._until:
            raise TryLater(Sentence("the access token has lapsed and is being renewed"))
        return self._token

    def renew(self, refused: str) -> bool:  # noqa: ARG002 -- whichever was refused, a new one comes from outside
        return False


class GrantedToken:
    """A token from the client credentials grant, kept in memory and renewed shortly before it lapses."""

    def __init__(self, channel: Channel, client_id: str, client_secret: str, clock: Clock) -> None:
        self._channel = channel
        self._ask = {"client_id": client_id, "client_secret": client_secret, "grant_type": "client_credentials"}
        self._clock = clock
        self._lock = Lock()
        self._token = ""
        self._until: datetime | None = None

    def current(self) -> str:
        # One at a time: several threads that find it lapsed would otherwise each buy one.
        with self._lock:
            if self._until is None or self._clock() >= self._until - RENEW_BEFORE:
                self._grant()
            return self._token

    def renew(self, refused: str) -> bool:
        with self._lock:
            if refused == self._token:
                self._grant()
            return True

    def _grant(self) -> None:
        asked_at = self._clock()
        answer = self._channel.read("POST", PATH, body=self._ask)
        if not answer.ok:
            raise OwnerMustAct(
                "read",
                Sentence("Shopify gives no access token for this app (status %(status)s).", status=answer.status),
                Sentence(
                    "Check client_id and client_secret, that the app is installed in this shop, and that app "
                    "and shop belong to the same organisation."
                ),
            )
        granted = answer.read()
        self._token = granted["access_token"].text()
        self._until = asked_at + timedelta(seconds=granted["expires_in"].whole(minimum=0))
