"""Session tokens of App Bridge: who looks at our pages inside the shop's admin (shopify.dev, session-tokens).

A JWT that the app's secret signs, good for a minute.  The library checks its form and signature; what it says is
checked here, against a moment that is handed in.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import jwt
from jwt.algorithms import HMACAlgorithm

from adapters.reader import Reader
from adapters.shopify.domain import exact_domain
from connector.ports.failures import Unreadable
from connector.ports.installing import Forged, Visitor

LEEWAY = timedelta(seconds=10)
"""How far Shopify's clock and ours may be apart, as in Shopify's own libraries."""
LONGEST = 4096  # characters; a real one has about 700
ALGORITHM = "HS256"


class _AnySecret(HMACAlgorithm):
    def check_key_length(self, key: bytes) -> str | None:  # noqa: ARG002 -- whatever its length
        """PyJWT would warn of a short secret with each token.  Shopify chooses it, so nobody here could heed that."""
        return None


_JWS = jwt.PyJWS(algorithms=[])
_JWS.register_algorithm(ALGORITHM, _AnySecret(HMACAlgorithm.SHA256))


def visitor_of(token: str, *, client_id: str, secrets: Iterable[str], now: datetime) -> Visitor:
    """Raises ``Forged`` for every token that is not of this app, of now, and of one shop."""
    claims = _signed(token, secrets)
    try:
        return _visitor(claims, client_id, now)
    except (Unreadable, OverflowError, ValueError, OSError):
        # All but the first come of a moment that no calendar holds.
        raise Forged("the session token lacks a claim") from None


def _signed(token: str, secrets: Iterable[str]) -> Reader:
    if len(token) > LONGEST or not token.isascii():
        raise Forged("the session token is none")
    found = None
    for secret in secrets:
        # Each one is tried even after one fits: the time taken tells nothing.
        found = _payload(token, secret) or found
    if found is None:
        raise Forged("the session token is not signed by this app")
    try:
        return Reader.of(found)
    except Unreadable:
        raise Forged("the session token holds no claims") from None


def _payload(token: str, secret: str) -> bytes | None:
    try:
        payload = _JWS.decode(token, key=secret.encode("utf-8", "surrogateescape"), algorithms=[ALGORITHM])
    except jwt.PyJWTError:
        return None
    return payload if isinstance(payload, bytes) else None


def _visitor(claims: Reader, client_id: str, now: datetime) -> Visitor:
    if claims["aud"].text() != client_id:
        raise Forged("the session token is for another app")
    until = datetime.fromtimestamp(claims["exp"].number(), UTC)
    since = datetime.fromtimestamp(claims["nbf"].number(), UTC)
    if now >= until + LEEWAY:
        raise Forged("the session token has expired")
    if now < since - LEEWAY:
        raise Forged("the session token is not valid yet")
    shop = _shop(claims)
    if not all(claims[name].text() for name in ("sub", "jti", "sid")):
        raise Forged("the session token names nobody")
    return Visitor(shop=shop, user=claims["sub"].text(), until=until)


def _shop(claims: Reader) -> str:
    """``dest`` is the shop and ``iss`` its admin; where they are of two shops, one of them is not ours to believe."""
    shop = exact_domain(claims["dest"].text().removeprefix("https://"))
    expected = (f"https://{shop}", f"https://{shop}/admin")
    if shop is None or (claims["dest"].text(), claims["iss"].text()) != expected:
        raise Forged("the session token is of no shop")
    return shop
