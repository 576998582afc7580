"""A strict imitation of a Shopify shop: its Admin API over HTTP, and its signed webhooks."""

from adapters.shopify.sandbox.shop import ShopifyShop
from connector.ports.clock import Clock
from connector.ports.sandbox import SandboxShop, Send

__all__ = ["SECRET", "ShopifyShop", "open_shop", "options"]

SECRET = "shpss_sandbox"  # noqa: S105 -- of a made-up app
"""What the app's webhooks are signed with."""


def open_shop(clock: Clock, send: Send) -> SandboxShop:
    return ShopifyShop(clock, send, allow_http_webhooks=True)


def options(url: str, *, good: bool = True) -> dict[str, object]:
    """The settings of a store at the address where such a shop is served; not ``good``: with a token it never gave."""
    token = "shpat_sandbox" if good else "shpat_unknown"
    return {"shop": "sandbox.myshopify.com", "admin_url": url, "access_token": token}
