"""Requests that shoppers make to a page of their shop and that Shopify passes on to us: the app proxy.

Shopify signs the whole query: its pairs sorted, several values of one key joined by commas, nothing between the pairs,
hexadecimal in ``signature`` (shopify.dev, app-proxies).  The official libraries sort in two ways, by the key or by the
whole pair, which differ where one key is the beginning of another; either is believed, as for links (``signed_query``).

The shopper chose most of the query and all of the body.  Only ``shop`` is Shopify's word, and it is believed only where
it stands there once: what a shopper adds to the address is joined to it and is then no shop's domain.

With nothing between the pairs, a signed text can be cut into other pairs than Shopify's: who visits
``/apps/x?a=1shop=other.myshopify.comtimestamp=9z=`` gets a signature that fits ``a=1``, ``shop=other.myshopify.com``,
``timestamp=9`` and ``z=`` with all the rest.  Wherever it is cut, Shopify's own words stay in the text, so a text in
which they stand twice is not believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from adapters.shopify.domain import exact_domain
from adapters.shopify.signed_query import LONGEST_TIMESTAMP, TOLERANCE
from adapters.signing import signed_by_any_hex

Pairs = Sequence[tuple[str, str]]
MOST_PAIRS = 200
"""Longer queries are refused before anything is sorted or signed."""
SAID_ONCE = (b"shop=", b"timestamp=")
"""What is believed of a query; each stands once in all that was signed."""


def proxied(query: Pairs, secrets: Iterable[str], now: datetime) -> str | None:
    """The shop, in small letters, on whose page the request was made; None unless Shopify signed all of it just now.

    ``query``: the pairs as they came, decoded, in their order.  ``secrets``: the app's, any of which signs.
    """
    if len(query) > MOST_PAIRS:
        return None
    given = _joined(query)
    signature = given.pop("signature", "")
    live = tuple(secrets)
    texts = [_by_key(given), _by_pair(given)]
    if any(text.count(word) > 1 for text in texts for word in SAID_ONCE):
        return None
    if not any(signed_by_any_hex(live, text, signature) for text in texts):
        return None
    if not _is_now(given.get("timestamp", ""), now):
        return None
    return exact_domain(given.get("shop", ""))


def _joined(query: Pairs) -> dict[str, str]:
    values: dict[str, list[str]] = {}
    for key, value in query:
        values.setdefault(key, []).append(value)
    return {key: ",".join(several) for key, several in values.items()}


def _by_key(given: Mapping[str, str]) -> bytes:
    return _bytes(f"{key}={given[key]}" for key in sorted(given))


def _by_pair(given: Mapping[str, str]) -> bytes:
    return _bytes(sorted(f"{key}={value}" for key, value in given.items()))


def _bytes(pairs: Iterable[str]) -> bytes:
    return "".join(pairs).encode("utf-8", "surrogatepass")


def _is_now(timestamp: str, now: datetime) -> bool:
    digits = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= LONGEST_TIMESTAMP
    return digits and abs(now.timestamp() - int(timestamp)) <= TOLERANCE.total_seconds()
