"""A store's own settings, and what is taken from ShopifyAPI."""

from __future__ import annotations

import pytest

from adapters.shopify import platform
from adapters.shopify.client import ShopifyStorefront
from adapters.shopify.inbound import TOPICS
from adapters.shopify.vendor import shop_domain, version_is_known

TOKEN = {"shop": "example.myshopify.com", "access_token": "shpat_1"}
APP = {"shop": "example.myshopify.com", "client_id": "1", "client_secret": "2"}


@pytest.mark.parametrize(
    "options",
    [
        TOKEN,
        APP,
        {**TOKEN, "shop": "https://example.myshopify.com/admin"},
        {**TOKEN, "api_version": "2027-01", "admin_url": "http://127.0.0.1:5001"},
        {**TOKEN, "api_version": "unstable"},
    ],
)
def test_settings_that_are_complete_have_no_problem_and_connect(options: dict[str, object]) -> None:
    assert list(platform().problems(options)) == []
    assert isinstance(platform().connect(options, allow_private=True), ShopifyStorefront)


@pytest.mark.parametrize(
    ("options", "keys"),
    [
        ({"access_token": "shpat_1"}, ["shop"]),
        ({"shop": "example.myshopify.com"}, ["access_token"]),
        ({"shop": "example.myshopify.com", "client_id": "1"}, ["client_secret"]),
        ({**TOKEN, "shop": "evil.example.com"}, ["shop"]),
        ({**TOKEN, "shop": "example.myshopify.com.evil.example"}, ["shop"]),
        ({**TOKEN, "api_version": "latest"}, ["api_version"]),
        ({**TOKEN, "access_token": "shpss_1"}, ["access_token"]),
        ({**TOKEN, "acess_token": "x"}, ["acess_token"]),
        ({**TOKEN, "admin_url": "example"}, ["admin_url"]),
    ],
)
def test_what_is_wrong_with_a_setting_is_said_of_its_key(options: dict[str, object], keys: list[str]) -> None:
    assert [key for key, _ in platform().problems(options)] == keys


def test_every_topic_we_subscribe_to_is_translated() -> None:
    assert set(platform().topics) <= set(TOPICS)


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("example.myshopify.com", "example.myshopify.com"),
        (" Example.MyShopify.com ", "example.myshopify.com"),
        ("example", "example.myshopify.com"),
        ("https://example.myshopify.com/admin?x=1", "example.myshopify.com"),
        ("evil.com", None),
        ("a.myshopify.com", "a.myshopify.com"),
        ("example.myshopify.com@evil.com", None),
        ("evil.com#.myshopify.com", None),
        ("\N{KELVIN SIGN}ite.myshopify.com", None),
        ("", None),
    ],
)
def test_a_shop_is_named_by_its_own_domain(text: str, domain: str | None) -> None:
    assert shop_domain(text) == domain


@pytest.mark.parametrize(("version", "known"), [("2026-10", True), ("unstable", True), ("2026", False), ("", False)])
def test_a_version_is_a_quarter(version: str, known: bool) -> None:  # noqa: FBT001 -- a column of the table
    assert version_is_known(version) is known


@pytest.mark.parametrize(
    "typed", ["example.myshopify.com", " Example.MyShopify.com", "https://example.myshopify.com/admin"]
)
def test_a_shop_is_the_same_shop_however_its_address_is_written(typed: str) -> None:
    assert platform().shop({**TOKEN, "shop": typed}) == "example.myshopify.com"
