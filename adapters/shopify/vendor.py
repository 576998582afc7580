"""The parts of ShopifyAPI that are sound: what a shop's domain and an API version look like.

Its client is not used: it has no timeout for GraphQL and keeps a token across shops (ADR 0003).  Nor is its check of a
query's signature: it knows one of the two ways to write the signed text, and lets a query be a day old.
"""

from __future__ import annotations

from shopify import ApiVersion, VersionNotFoundError
from shopify.utils.shop_url import sanitize_shop_domain

from adapters.shopify.domain import exact_domain


def shop_domain(text: str) -> str | None:
    """``example.myshopify.com`` from what a person types; None where it is no such domain."""
    # The library knows no shop of a single letter, and makes letters small before it looks at what they are.
    return exact_domain(str(sanitize_shop_domain(text) or text.strip())) if text.isascii() else None


def version_is_known(version: str) -> bool:
    """Whether ``version`` is written as Shopify writes one: ``2026-10``, or ``unstable``."""
    try:
        ApiVersion.coerce_to_version(version)
    except VersionNotFoundError:
        return False
    return True
