"""What the shop signs for the app: links and session tokens.

Written out by hand and by nothing that the adapter checks with, so that the two cannot be wrong together.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from adapters.shopify.sandbox.app_side import AppSide

TOKEN_SECONDS = 60
HEADER = {"alg": "HS256", "typ": "JWT"}


def link(shop: AppSide, address: str, more: Mapping[str, str]) -> str:
    """``address`` with a signed query: the shop, its admin's address (base64 with padding), the time, and ``more``."""
    domain = shop.store.shop.myshopify_domain
    admin = f"admin.shopify.com/store/{domain.partition('.')[0]}"
    told = {
        **more,
        "host": base64.b64encode(admin.encode()).decode(),
        "shop": domain,
        "timestamp": str(int(shop.store.clock().timestamp())),
    }
    joined = "&".join(f"{key}={told[key]}" for key in sorted(told))
    signed = {**told, "hmac": hmac.digest(shop.client_secret.encode(), joined.encode(), hashlib.sha256).hex()}
    return f"{address}{'&' if '?' in address else '?'}{urlencode(signed)}"


def embedded_link(shop: AppSide) -> str:
    """What the frame in the admin opens."""
    return link(shop, shop.app_url, {"embedded": "1", "id_token": shop.session_token(), "locale": "en"})


def session_token(shop: AppSide, user: str, claims: Mapping[str, object]) -> str:
    now = int(shop.store.clock().timestamp())
    address = f"https://{shop.store.shop.myshopify_domain}"
    true = {
        "iss": f"{address}/admin",
        "dest": address,
        "aud": shop.client_id,
        "sub": user,
        "exp": now + TOKEN_SECONDS,
        "nbf": now,
        "iat": now,
        "jti": shop.request_id(),
        "sid": hashlib.sha256(user.encode()).hexdigest(),
    }
    told = {name: value for name, value in {**true, **claims}.items() if value is not None}
    text = f"{_packed(HEADER)}.{_packed(told)}"
    return f"{text}.{_signature(text, shop.client_secret)}"


def claims_of(token: object, secret: str) -> dict[str, Any] | None:
    """What a session token says; None where this secret did not sign it."""
    text, _, signature = token.rpartition(".") if isinstance(token, str) else ("", "", "")
    if not text or not hmac.compare_digest(_signature(text, secret).encode(), signature.encode()):
        return None
    payload = text.partition(".")[2]
    read: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return read


def _packed(part: object) -> str:
    return _bare(json.dumps(part, separators=(",", ":")).encode())


def _signature(text: str, secret: str) -> str:
    return _bare(hmac.digest(secret.encode(), text.encode(), hashlib.sha256))


def _bare(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
