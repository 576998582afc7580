"""A WooCommerce shop in memory, for tests and for trying the service out: the law is what was seen on a running one."""

from adapters.woocommerce.sandbox.records import Mail
from adapters.woocommerce.sandbox.shop import WooShop

__all__ = ["Mail", "WooShop"]
