"""Webhook bodies of the catalogue and the shop, in the REST shape of version 2026-07 and later."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from adapters.shopify.sandbox.records import APP_ID, Level, Product, Shop, Variant

Json = dict[str, Any]
SHOP_ZONE = timezone(timedelta(hours=-5))  # Panama keeps it all year; bodies are in shop time, GraphQL in UTC
FULL_VARIANTS = 100  # beyond these a product body names its variants in ``variant_gids`` only


def shop_time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(SHOP_ZONE).isoformat(timespec="seconds")


def amount(value: Decimal) -> str:
    return f"{value:.2f}"


def money_set(value: Decimal, currency: str = "EUR") -> Json:
    money = {"amount": amount(value), "currency_code": currency}
    return {"shop_money": money, "presentment_money": dict(money)}


def level_body(level: Level) -> Json:
    return {
        "inventory_item_id": level.item.ref,
        "location_id": level.location.ref,
        "available": level.numbers["available"],
        "updated_at": shop_time(level.updated_at),
        "admin_graphql_api_id": level.gid,
    }


def gone_body(ref: int) -> Json:
    return {"id": ref}


def variant_body(variant: Variant) -> Json:
    return {
        "admin_graphql_api_id": variant.gid,
        "barcode": variant.barcode,
        "compare_at_price": None if variant.compare_at_price is None else amount(variant.compare_at_price),
        "created_at": shop_time(variant.created_at),
        "id": variant.ref,
        "inventory_policy": variant.inventory_policy.lower(),
        "position": variant.position,
        "price": amount(variant.price),
        "product_id": variant.product.ref,
        "sku": variant.sku,
        "taxable": variant.taxable,
        "title": variant.title,
        "updated_at": shop_time(variant.updated_at),
        "option1": variant.title,
        "option2": None,
        "option3": None,
        "image_id": None,
        "inventory_item_id": variant.inventory_item.ref,
        "inventory_quantity": variant.inventory_quantity,
        "old_inventory_quantity": variant.old_quantity,
    }


def product_body(product: Product) -> Json:
    return {
        "admin_graphql_api_id": product.gid,
        "body_html": product.description_html,
        "created_at": shop_time(product.created_at),
        "handle": product.handle,
        "id": product.ref,
        "product_type": product.product_type,
        "published_at": shop_time(product.published_at),
        "template_suffix": product.template_suffix,
        "title": product.title,
        "updated_at": shop_time(product.updated_at),
        "vendor": product.vendor,
        "status": product.status.lower(),
        "published_scope": "global",
        "tags": ", ".join(product.tags),
        "variants": [variant_body(variant) for variant in product.variants[:FULL_VARIANTS]],
        "options": _options(product),
        "images": [],
        "image": None,
        "media": [],
        "variant_gids": [
            {"admin_graphql_api_id": variant.gid, "updated_at": shop_time(variant.updated_at)}
            for variant in product.variants
        ],
        "has_variants_that_requires_components": False,
        "category": None,
    }


def _options(product: Product) -> list[Json]:
    values = [variant.title for variant in product.variants]
    return [{"id": product.ref + 1, "product_id": product.ref, "name": product.option, "position": 1, "values": values}]


def shop_body(shop: Shop, primary_location: int) -> Json:
    """What ``app/uninstalled`` carries.  The token is dead when it arrives."""
    return {
        "id": shop.ref,
        "name": shop.name,
        "email": shop.email,
        "domain": shop.myshopify_domain,
        "country": "DE",
        "country_code": "DE",
        "country_name": "Germany",
        "currency": shop.currency_code,
        "customer_email": shop.contact_email,
        "created_at": shop_time(shop.created_at),
        "updated_at": shop_time(shop.updated_at),
        "timezone": "(GMT-05:00) America/Panama",
        "iana_timezone": shop.iana_timezone,
        "money_format": "€{{amount}}",
        "weight_unit": "kg",
        "taxes_included": shop.taxes_included,
        "plan_display_name": "Development",
        "plan_name": "partner_test",
        "primary_locale": "en",
        "primary_location_id": primary_location,
        "myshopify_domain": shop.myshopify_domain,
        "has_storefront": True,
        "multi_location_enabled": True,
        "setup_required": False,
        "enabled_presentment_currencies": [shop.currency_code],
    }


def privacy_body(topic: str, shop: Shop, order_refs: tuple[int, ...]) -> Json:
    about: Json = {"shop_id": shop.ref, "shop_domain": shop.myshopify_domain}
    if topic == "shop/redact":
        return about
    customer = {"id": APP_ID + 1, "email": "shopper@example.com", "phone": None}
    if topic == "customers/redact":
        return {**about, "customer": customer, "orders_to_redact": list(order_refs)}
    return {**about, "customer": customer, "orders_requested": list(order_refs), "data_request": {"id": APP_ID + 2}}
