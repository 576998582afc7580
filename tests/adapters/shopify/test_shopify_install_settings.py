"""``[install.shopify]``, the ways that it opens, and the app's configuration file."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from shopify_adapter_stage import START, Hands
from shopify_install_stage import APP, RETURN, make

import adapters
from adapters.shopify import platform
from adapters.shopify.checks import NEEDED_SCOPES, OPTIONAL_SCOPES
from adapters.shopify.inbound import TOPICS
from adapters.shopify.install import install_problems, installer
from connector.ports.installing import Installer, NotOffered, Way

FILE = Path(__file__).parents[3] / "adapters/shopify/app/shopify.app.toml"


def test_without_settings_owners_paste_their_own_keys() -> None:
    assert list(install_problems({})) == []
    assert installer({}, allow_private=False).ways == {Way.PASTED}


@pytest.mark.parametrize(
    ("settings", "keys"),
    [
        ({"way": "own"}, []),
        ({"way": "embedded", **APP}, []),
        ({"way": "code", **APP, "old_client_secret": "old", "scopes": ["read_orders"]}, []),
        ({"way": "embedded"}, ["client_id", "client_secret"]),
        ({"way": "code", "client_id": "1"}, ["client_secret"]),
        ({"way": "typed"}, ["way"]),
        ({"api_version": "latest"}, ["api_version"]),
        ({"scopes": "read_orders"}, ["scopes"]),
        ({"admin_url": "example"}, ["admin_url"]),
        ({"client": "1"}, ["client"]),
    ],
)
def test_what_is_wrong_with_the_installation_is_said_of_its_key(settings: dict[str, object], keys: list[str]) -> None:
    assert [key for key, _ in install_problems(settings)] == keys


@pytest.mark.parametrize(
    ("way", "ways"),
    [
        ("own", {Way.PASTED}),
        ("code", {Way.PASTED, Way.SIGNED_LINK}),
        ("embedded", {Way.PASTED, Way.EMBEDDED}),
    ],
)
def test_each_way_opens_its_door_and_nobody_types_a_shops_address(way: str, ways: set[Way]) -> None:
    made = make(Hands(), way)
    assert made.ways == ways
    assert list(made.questions) == []


DOORS: dict[str, tuple[str, Callable[[Installer], object]]] = {
    "begin": ("", lambda way: way.begin({}, return_url=RETURN, callback_url=RETURN, now=START)),
    "posted": ("", lambda way: way.posted(b"{}", {})),
    "posted_attempt": ("", lambda way: way.posted_attempt(b"{}")),
    "begin_signed": ("code", lambda way: way.begin_signed([], return_url=RETURN, now=START)),
    "finish": ("code", lambda way: way.finish([], {}, now=START)),
    "visitor": ("embedded", lambda way: way.visitor("", now=START)),
    "exchange": ("embedded", lambda way: way.exchange("", now=START)),
    "frame_ancestors": ("embedded", lambda way: way.frame_ancestors("a.myshopify.com")),
    "client_id": ("embedded", lambda way: way.client_id()),
}


CLOSED = [(way, call) for way in ("own", "code", "embedded") for call, (opens, _) in DOORS.items() if opens != way]


@pytest.mark.parametrize(("way", "call"), CLOSED)
def test_a_door_that_is_not_open_is_not_offered(way: str, call: str) -> None:
    with pytest.raises(NotOffered):
        DOORS[call][1](make(Hands(), way))


@pytest.mark.parametrize(
    ("way", "settings", "secrets"),
    [
        ("own", {}, ()),
        ("code", {"client_secret": "new"}, ("new",)),
        ("embedded", {"client_secret": "new", "old_client_secret": "old"}, ("new", "old")),
        ("embedded", {"client_secret": "new", "old_client_secret": ""}, ("new",)),
    ],
)
def test_webhooks_are_signed_with_the_secrets_of_the_app(way: str, settings: dict[str, Any], secrets: object) -> None:
    assert make(Hands(), way, **settings).webhook_secrets() == secrets


def test_the_app_is_named_to_its_pages() -> None:
    assert make(Hands(), "embedded").client_id() == "sandbox"


def configured() -> Any:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def test_all_that_is_needed_is_asked_for_by_the_settings_and_by_the_file() -> None:
    defaults = adapters.manifest("shopify").install_with_defaults({})
    # Shopify grants the reading of old orders only on request, and asking for it unasked fails the installation.
    asked = [*NEEDED_SCOPES, *(one for one in OPTIONAL_SCOPES if one != "read_all_orders")]
    assert defaults["scopes"] == asked
    assert configured()["access_scopes"] == {"scopes": ",".join(asked)}


def test_the_file_asks_for_every_compliance_topic_and_each_is_understood() -> None:
    (subscription,) = configured()["webhooks"]["subscriptions"]
    topics = subscription["compliance_topics"]
    assert topics == ["customers/data_request", "customers/redact", "shop/redact"]
    assert set(topics) <= set(TOPICS)
    # These cannot be subscribed to through the API, and the others are not left to the file.
    assert not set(topics) & set(platform().topics)
    assert "topics" not in subscription


def test_the_addresses_of_the_file_are_those_of_the_service() -> None:
    told = configured()
    base = "https://backorder.example.com"
    assert told["application_url"] == f"{base}/install/shopify"
    assert told["auth"]["redirect_urls"] == [f"{base}/install/shopify/back"]
    assert told["webhooks"]["subscriptions"][0]["uri"] == f"{base}/webhooks/shopify/compliance"


def test_the_file_and_the_service_speak_one_version() -> None:
    manifest = adapters.manifest("shopify")
    version = configured()["webhooks"]["api_version"]
    assert version == manifest.install_with_defaults({})["api_version"] == manifest.with_defaults({})["api_version"]
    assert version in manifest.api_versions
    assert configured()["embedded"] is True
