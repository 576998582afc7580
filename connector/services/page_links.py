"""Signed addresses of pages for one person of one store.

A token says itself what it opens and until when; nothing of it is written down.  It is signed with a key that follows
from the encryption keys, so those in use and the old ones open what they have signed.  Whoever has the token is who it
was given to: it goes to one person, and no page of ours names it to anybody else.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from connector.ports.vault import Vault

PURPOSE = "shopper pages"
LONGEST = 4_000
"""Characters of a token that are looked at; ours have some hundred, a form with a long title in it more."""

FORM_LASTS = timedelta(hours=20)
"""Shorter than ``sent_once`` remembers what was sent."""

STOP_LASTS = timedelta(days=60)
"""The least time for which the way off a list works: 30 days after a mail by law (CAN-SPAM), and mails wait."""

RESTOCK_PURPOSES = frozenset({"confirm", "stop", "claim"})


@dataclass(frozen=True, slots=True)
class PageToken:
    """What a token of ``/o/`` opens.  ``generation`` must still be that of the order (``TermsRecord.link``)."""

    store: str
    order_id: str
    generation: int


@dataclass(frozen=True, slots=True)
class RestockToken:
    """What a token of ``/r/`` opens; ``purpose`` is one of ``RESTOCK_PURPOSES``."""

    store: str
    subscription: int
    purpose: str


class Tokens:
    """Signs tokens and opens them again; the same for all stores of an installation."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """``keys``: the newest first, which signs."""
        self._keys = list(reversed(keys))  # the library signs with the last

    @classmethod
    def of(cls, vault: Vault) -> Tokens:
        return cls(vault.derive_all(PURPOSE))

    def page(self, store: str, order_id: str, generation: int, until: date) -> str:
        return self._sign("shopper page", [store, order_id, generation, until.toordinal()])

    def read_page(self, token: str, now: datetime) -> PageToken | None:
        """None for one that was altered, has expired, or was never ours."""
        match self._open("shopper page", token):
            case [str(store), str(order_id), int(generation), int(until)] if now.date().toordinal() <= until:
                return PageToken(store, order_id, generation)
        return None

    def restock(self, store: str, subscription: int, purpose: str, until: date) -> str:
        if purpose not in RESTOCK_PURPOSES:
            raise ValueError(f"There are no restock links for {purpose!r}.")
        return self._sign("restock page", [store, subscription, purpose, until.toordinal()])

    def read_restock(self, token: str, now: datetime) -> RestockToken | None:
        """None for one that was altered, has expired, or was never ours."""
        match self._open("restock page", token):
            case [str(store), int(subscription), str(purpose), int(until)] if now.date().toordinal() <= until:
                return RestockToken(store, subscription, purpose)
        return None

    def form(self, token: str, now: datetime, said: Sequence[str] = ()) -> str:
        """What a form on the page of ``token`` bears in place of a cookie: it is good on that page alone, for
        ``FORM_LASTS``, and ``said`` (which alternative was offered) comes back as it was.
        """
        until = int((now + FORM_LASTS).timestamp())
        return self._sign("shopper form", [secrets.token_urlsafe(12), _mark(token), until, *said])

    def read_form(self, token: str, form: str, now: datetime) -> tuple[str, ...] | None:
        """What the form was given to say; None where it is not of this page, or too old."""
        match self._open("shopper form", form):
            case [str(), str(mark), int(until), *said] if mark == _mark(token) and now.timestamp() <= until:
                return tuple(str(one) for one in said)
        return None

    def _sign(self, salt: str, values: list[Any]) -> str:
        return str(self._serializer(salt).dumps(values))

    def _open(self, salt: str, token: str) -> object:
        if len(token) > LONGEST or not token.isascii() or not _is_canonical(token.rpartition(".")[2]):
            return None
        try:
            return self._serializer(salt).loads(token)
        except BadData:
            return None

    def _serializer(self, salt: str) -> URLSafeSerializer:
        return URLSafeSerializer(
            self._keys,
            salt=f"backorder-connector: {salt}",
            signer_kwargs={"key_derivation": "hmac", "digest_method": sha256},
        )


@dataclass(frozen=True, slots=True)
class StoreLinks:
    """``ports.promising.PageLinks`` of one store.  ``page_days``: ``ShopperSettings.link_days``; ``confirm_days``: when
    an address that nobody confirmed is forgotten.
    """

    tokens: Tokens
    store: str
    public_url: str
    page_days: int
    confirm_days: int

    def page(self, order_id: str, generation: int, now: datetime) -> str:
        until = now.date() + timedelta(days=self.page_days)
        return f"{self.public_url.rstrip('/')}/o/{self.tokens.page(self.store, order_id, generation, until)}"

    def restock(self, subscription: int, purpose: str, now: datetime) -> str:
        lasts = timedelta(days=self.confirm_days if purpose == "confirm" else self.page_days)
        until = now.date() + (max(lasts, STOP_LASTS) if purpose == "stop" else lasts)
        return f"{self.public_url.rstrip('/')}/r/{self.tokens.restock(self.store, subscription, purpose, until)}"


def _mark(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _is_canonical(signature: str) -> bool:
    """Whether it is written as we write it: the last letter of base64 has bits that do not count, and there must be
    one address for a page, not four.
    """
    try:
        raw = urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    except ValueError:
        return False
    return urlsafe_b64encode(raw).decode("ascii").rstrip("=") == signature
