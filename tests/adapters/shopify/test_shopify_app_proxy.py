"""Requests that Shopify passes on from a shop's own pages: whose they are, and what is not believed."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta

import pytest

from adapters.shopify import platform
from adapters.shopify.app_proxy import MOST_PAIRS, proxied
from connector.ports.storefront import PassesVisitorsOn

# The example of shopify.dev (app-proxies), with the secret of their documentation.
SIGNED_AT = datetime.fromtimestamp(1317327555, UTC)
EXAMPLE = [
    ("extra", "1"),
    ("extra", "2"),
    ("shop", "shop-name.myshopify.com"),
    ("logged_in_customer_id", "1"),
    ("path_prefix", "/apps/awesome_reviews"),
    ("timestamp", "1317327555"),
    ("signature", "4c68c8624d737112c91818c11017d24d334b524cb5c2b8ba08daa056f7395ddb"),
]


def signed(*pairs: tuple[str, str], text: str) -> list[tuple[str, str]]:
    """The pairs with the signature that ``text``, written out by hand, gets."""
    return [*pairs, ("signature", hmac.digest(b"hush", text.encode(), "sha256").hex())]


def test_the_documented_example_is_of_its_shop() -> None:
    assert proxied(EXAMPLE, ["hush"], SIGNED_AT) == "shop-name.myshopify.com"


def test_a_signed_query_cannot_be_cut_into_that_of_another_shop() -> None:
    chosen = "1shop=other.myshopify.comtimestamp=1317327556z="
    rest = "path_prefix=/apps/xshop=shop-name.myshopify.comtimestamp=1317327555"  # what Shopify added to it
    forged = [("a", "1"), ("shop", "other.myshopify.com"), ("timestamp", "1317327556"), ("z", rest)]
    assert proxied(signed(*forged, text=f"a={chosen}{rest}"), ["hush"], SIGNED_AT) is None


def test_the_order_in_which_the_pairs_came_does_not_matter_but_that_of_one_keys_values_does() -> None:
    assert proxied(EXAMPLE[::-1][:-2] + EXAMPLE[:2], ["hush"], SIGNED_AT) == "shop-name.myshopify.com"
    assert proxied([EXAMPLE[1], EXAMPLE[0], *EXAMPLE[2:]], ["hush"], SIGNED_AT) is None


def test_while_the_secret_is_changed_the_old_one_is_believed_too() -> None:
    assert proxied(EXAMPLE, ["new", "hush"], SIGNED_AT) == "shop-name.myshopify.com"


@pytest.mark.parametrize("secrets", [[], [""], ["other"]], ids=["none", "empty", "another"])
def test_without_the_right_secret_nothing_is_believed(secrets: list[str]) -> None:
    assert proxied(EXAMPLE, secrets, SIGNED_AT) is None


@pytest.mark.parametrize("index", range(len(EXAMPLE)))
def test_nothing_of_the_query_can_be_left_out(index: int) -> None:
    assert proxied(EXAMPLE[:index] + EXAMPLE[index + 1 :], ["hush"], SIGNED_AT) is None


@pytest.mark.parametrize("index", range(len(EXAMPLE)))
def test_nothing_of_the_query_can_be_altered(index: int) -> None:
    key, value = EXAMPLE[index]
    assert proxied([*EXAMPLE[:index], (key, value + "0"), *EXAMPLE[index + 1 :]], ["hush"], SIGNED_AT) is None


@pytest.mark.parametrize("extra", [("shop", "other.myshopify.com"), ("a", "b"), ("signature", "0"), ("timestamp", "9")])
def test_nothing_can_be_added(extra: tuple[str, str]) -> None:
    assert proxied([*EXAMPLE, extra], ["hush"], SIGNED_AT) is None
    assert proxied([extra, *EXAMPLE], ["hush"], SIGNED_AT) is None


@pytest.mark.parametrize(("seconds", "believed"), [(90, True), (91, False), (-90, True), (-91, False)])
def test_a_request_is_good_for_ninety_seconds(seconds: int, *, believed: bool) -> None:
    assert (proxied(EXAMPLE, ["hush"], SIGNED_AT + timedelta(seconds=seconds)) is not None) is believed


@pytest.mark.parametrize("timestamp", ["", "1317327555.0", "-1", "1" * 12, "\u0661", "now"])
def test_a_signed_time_that_is_no_number_is_not_now(timestamp: str) -> None:
    query = signed(
        ("shop", "a.myshopify.com"), ("timestamp", timestamp), text=f"shop=a.myshopify.comtimestamp={timestamp}"
    )
    assert proxied(query, ["hush"], SIGNED_AT) is None


def test_a_shop_that_a_shopper_adds_to_the_address_makes_it_nobodys_although_signed() -> None:
    query = signed(
        ("shop", "evil.myshopify.com"),
        ("shop", "a.myshopify.com"),
        ("timestamp", "1317327555"),
        text="shop=evil.myshopify.com,a.myshopify.comtimestamp=1317327555",
    )
    assert proxied(query, ["hush"], SIGNED_AT) is None


@pytest.mark.parametrize("shop", ["evil.com", "a.myshopify.com.evil.com", "a.myshopify.com\n", ""])
def test_a_signed_query_of_something_else_than_a_shop_is_nobodys(shop: str) -> None:
    query = signed(("shop", shop), ("timestamp", "1317327555"), text=f"shop={shop}timestamp=1317327555")
    assert proxied(query, ["hush"], SIGNED_AT) is None


@pytest.mark.parametrize(
    "text",
    ["a=1a-b=2shop=a.myshopify.comtimestamp=1317327555", "a-b=2a=1shop=a.myshopify.comtimestamp=1317327555"],
    ids=["sorted by key", "sorted by pair"],
)
def test_either_librarys_sorting_is_believed(text: str) -> None:
    query = signed(("a", "1"), ("a-b", "2"), ("shop", "A.myshopify.com"), ("timestamp", "1317327555"), text=text)
    assert proxied(query, ["hush"], SIGNED_AT) is None  # Signed was the name in small letters.
    assert proxied([(key, value.lower()) for key, value in query], ["hush"], SIGNED_AT) == "a.myshopify.com"


def test_letters_beyond_ascii_and_lone_surrogates_are_signed_like_any_other() -> None:
    text = "name=Jürgen\u2028shop=a.myshopify.comtimestamp=1317327555"
    pairs = [("name", "Jürgen\u2028"), ("shop", "a.myshopify.com"), ("timestamp", "1317327555")]
    assert proxied(signed(*pairs, text=text), ["hush"], SIGNED_AT) == "a.myshopify.com"
    assert proxied([*EXAMPLE, ("x", "\ud800")], ["hush"], SIGNED_AT) is None


def test_a_query_of_thousands_of_pairs_is_refused_before_it_is_looked_at() -> None:
    rest = [("timestamp", "1317327555"), ("shop", "a.myshopify.com")]
    many = [("a", "")] * (MOST_PAIRS - len(rest) - 1)
    text = f"a={',' * (len(many) - 1)}shop=a.myshopify.comtimestamp=1317327555"
    assert proxied(signed(*many, *rest, text=text), ["hush"], SIGNED_AT) == "a.myshopify.com"
    text = f"a={',' * len(many)}shop=a.myshopify.comtimestamp=1317327555"
    assert proxied(signed(("a", ""), *many, *rest, text=text), ["hush"], SIGNED_AT) is None


def test_the_platform_says_that_it_passes_visitors_on() -> None:
    shopify = platform()
    assert isinstance(shopify, PassesVisitorsOn)
    assert shopify.storefront_visitor(EXAMPLE, ["hush"], SIGNED_AT) == "shop-name.myshopify.com"
