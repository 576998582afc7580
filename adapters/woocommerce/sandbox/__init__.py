"""A WooCommerce shop in memory, for tests and for trying the service out: the law is what was seen on a running one."""

from adapters.woocommerce.sandbox.records import Mail
from adapters.woocommerce.sandbox.shop import WooShop
from connector.ports.clock import Clock
from connector.ports.sandbox import SandboxShop, Send

__all__ = ["SECRET", "Mail", "WooShop", "open_shop", "options"]

SECRET = "made-up-woo-secret"  # noqa: S105 -- of made-up webhooks
"""What webhooks are subscribed with."""


def open_shop(clock: Clock, send: Send) -> SandboxShop:
    return WooShop(clock, send)


def options(url: str, *, good: bool = True) -> dict[str, object]:
    """The settings of a store at the address where such a shop is served; not ``good``: with a key it does not know."""
    return {"url": url, "consumer_key": "ck_sandbox" if good else "ck_unknown", "consumer_secret": "cs_sandbox"}
