"""A strict imitation of a Shopify shop: its Admin API over HTTP, and its signed webhooks."""

from adapters.shopify.sandbox.shop import ShopifyShop

__all__ = ["ShopifyShop"]
