"""Signatures over exact bytes, compared in constant time against several live secrets.

More than one secret is live while an owner changes it: deliveries signed with the old one are still on their way.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable


def hmac_sha256_base64(secret: str, body: bytes) -> str:
    """The signature of a webhook, as WooCommerce and Shopify write it."""
    return base64.b64encode(_digest(secret, body)).decode("ascii")


def hmac_sha256_hex(secret: str, body: bytes) -> str:
    """The signature of a query string, as Shopify writes it (lower case)."""
    return _digest(secret, body).hex()


def signed_by_any(secrets: Iterable[str], body: bytes, signature: str) -> bool:
    """Whether ``signature`` (base64) is over ``body`` with one of ``secrets``.  An empty secret signs nothing."""
    return _is_any((hmac_sha256_base64(secret, body) for secret in secrets if secret), signature)


def signed_by_any_hex(secrets: Iterable[str], body: bytes, signature: str) -> bool:
    """The same for a hexadecimal signature."""
    return _is_any((hmac_sha256_hex(secret, body) for secret in secrets if secret), signature)


def _digest(secret: str, body: bytes) -> bytes:
    # A secret from an environment that is not UTF-8 holds its bytes as escapes; this gives them back.
    return hmac.digest(secret.encode("utf-8", "surrogateescape"), body, "sha256")


def _is_any(expected: Iterable[str], signature: str) -> bool:
    # compare_digest refuses text beyond ASCII, and a header may hold anything.
    given = signature.encode("utf-8", "surrogatepass")
    found = False
    for one in expected:
        # Every secret is tried, so that the time taken does not tell which one came close.
        found |= hmac.compare_digest(one.encode("ascii"), given)
    return found
