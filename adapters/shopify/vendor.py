"""The parts of ShopifyAPI that are sound: what a shop's domain and an API version look like, and the query signature.

Its client is not used: it has no timeout for GraphQL and keeps a token across shops (ADR 0003).
"""

from __future__ import annotations

from collections.abc import Mapping

from shopify import ApiVersion, Session, VersionNotFoundError
from shopify.utils.shop_url import sanitize_shop_domain


def shop_domain(text: str) -> str | None:
    """``example.myshopify.com`` from what a person types; None where it is no such domain."""
    domain = sanitize_shop_domain(text)
    return None if domain is None else str(domain)


def version_is_known(version: str) -> bool:
    """Whether ``version`` is written as Shopify writes one: ``2026-10``, or ``unstable``."""
    try:
        ApiVersion.coerce_to_version(version)
    except VersionNotFoundError:
        return False
    return True


def query_is_genuine(query: Mapping[str, str], secret: str) -> bool:
    """Whether the query of a redirect from Shopify is signed with the app's secret and less than a day old."""
    # The library keeps the secret on the class; a class of our own keeps two shops' secrets apart.
    signed = type("SignedSession", (Session,), {"secret": secret})
    return bool(signed.validate_params(dict(query)))  # type: ignore[attr-defined]  # the library has no types
