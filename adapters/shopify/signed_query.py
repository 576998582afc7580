"""Queries that Shopify has signed: the link that opens the app, and the way back from the page where the owner agreed.

Signed is the sorted query without ``hmac``, hexadecimal, with the app's secret (shopify.dev, authorization-code-grant).
The two official libraries write the signed text in different ways, which matters as soon as a value holds ``=``, ``:``
or ``/``, as a padded ``host`` does; which one Shopify signs is not documented, so either is believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote_plus

from adapters.shopify.domain import exact_domain
from adapters.signing import signed_by_any_hex
from connector.ports.installing import Forged

Query = Sequence[tuple[str, str]]

TOLERANCE = timedelta(seconds=90)
"""How far the time in a query may be from ours, as in Shopify's own JavaScript library."""
LONGEST_TIMESTAMP = 11  # digits: the year 5138


def signed_query(query: Query, secrets: Iterable[str], now: datetime) -> Mapping[str, str]:
    """The query by its keys, its ``shop`` in small letters.  Raises ``Forged`` unless all of it is as Shopify sent."""
    given = dict(query)
    if len(given) < len(query):
        # Two values of one key are signed as one text and read as another.
        raise Forged("the query holds a key twice")
    signature = given.pop("hmac", "")
    live = tuple(secrets)
    if not any(signed_by_any_hex(live, text, signature) for text in (_plain(given), _url_encoded(given))):
        raise Forged("the signature of the query is wrong")
    _refuse_late(given.get("timestamp", ""), now)
    shop = exact_domain(given.get("shop", ""))
    if shop is None:
        raise Forged("the query names no shop")
    return {**given, "shop": shop}


def only_value(query: Query, key: str) -> str:
    """The value of ``key``; empty where it is not there exactly once."""
    values = [value for name, value in query if name == key]
    return values[0] if len(values) == 1 else ""


def _plain(given: Mapping[str, str]) -> bytes:
    """As ShopifyAPI for Python writes it: values raw but for what would make two queries the same text."""
    return _joined(sorted(f"{_escaped(key).replace('=', '%3D')}={_escaped(value)}" for key, value in given.items()))


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("&", "%26")


def _url_encoded(given: Mapping[str, str]) -> bytes:
    """As a browser's ``URLSearchParams``, and so the library for JavaScript, writes it."""
    return _joined(f"{_form(key)}={_form(given[key])}" for key in sorted(given))


def _form(text: str) -> str:
    return quote_plus(text, safe="*", errors="surrogatepass").replace("~", "%7E")


def _joined(pairs: Iterable[str]) -> bytes:
    return "&".join(pairs).encode("utf-8", "surrogatepass")


def _refuse_late(timestamp: str, now: datetime) -> None:
    digits = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= LONGEST_TIMESTAMP
    if not digits or abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise Forged("the time in the query is not now")
