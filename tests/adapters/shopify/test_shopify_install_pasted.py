"""Keys that an owner pastes are tried before they are believed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses
from shopify_adapter_stage import DOMAIN, GRAPHQL, START, Hands
from shopify_install_stage import OPTIONAL, Door, endpoint, make, open_door

from adapters.shopify import platform
from adapters.shopify.sandbox import SECRET
from connector.ports.failures import OwnerMustAct, TryLater
from connector.ports.installing import Granted, Mistyped

APP = {"shop": DOMAIN, "client_id": "sandbox", "client_secret": SECRET}
OLD = {"shop": DOMAIN, "access_token": "shpat_sandbox", "webhook_secret": "hush"}


@pytest.fixture
def door() -> Iterator[Door]:
    with open_door() as opened:
        yield opened


@pytest.mark.parametrize("way", ["own", "code", "embedded"])
@pytest.mark.parametrize("shop", [DOMAIN, "sandbox", f" https://{DOMAIN}/admin "])
def test_keys_of_an_own_app_connect_beside_every_way(door: Door, way: str, shop: str) -> None:
    granted = door.installer(way).pasted({**APP, "shop": shop}, now=START)
    options = {**APP, "admin_url": door.url}
    assert granted == Granted(DOMAIN, "Sandbox", options, webhook_secret=SECRET)
    assert list(platform().problems(granted.options)) == []
    assert door.calls_with(granted.options)


def test_a_token_from_before_2026_connects_with_the_secret_of_its_webhooks(door: Door) -> None:
    granted = door.installer("own").pasted({**OLD, "client_id": " "}, now=START)
    options = {"shop": DOMAIN, "access_token": "shpat_sandbox", "admin_url": door.url}
    assert granted == Granted(DOMAIN, "Sandbox", options, webhook_secret="hush")


def test_rights_that_the_keys_lack_are_told() -> None:
    with open_door(scopes={"write_products", "read_locations"}) as door:
        granted = door.installer("own").pasted(OLD, now=START)
    assert granted.missing == ("read_inventory", "write_orders", *OPTIONAL)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ({}, "shop"),
        ({**APP, "shop": "evil.com"}, "shop"),
        ({**APP, "shop": f"{DOMAIN}.evil.com"}, "shop"),
        ({**APP, "shop": f"{DOMAIN}@evil.com"}, "shop"),
        ({**APP, "shop": "other"}, "shop"),
        ({**OLD, "shop": "other"}, "shop"),
        ({"shop": DOMAIN}, "client_id"),
        ({**APP, "client_id": ""}, "client_id"),
        ({**APP, "client_secret": " "}, "client_secret"),
        ({**APP, "client_id": "unknown"}, "client_id"),
        ({**APP, "client_secret": "wrong"}, "client_secret"),
        ({**OLD, "access_token": "shpat_wrong"}, "access_token"),
        ({**OLD, "access_token": SECRET}, "access_token"),
        ({**OLD, **APP}, "access_token"),
        ({**OLD, "webhook_secret": ""}, "webhook_secret"),
    ],
)
def test_what_cannot_be_used_is_said_of_its_question(door: Door, typed: dict[str, str], key: str) -> None:
    with pytest.raises(Mistyped) as raised:
        door.installer("own").pasted(typed, now=START)
    assert raised.value.key == key
    assert raised.value.fix
    assert not [secret for secret in (SECRET, "shpat_wrong", "shpat_sandbox") if secret in str(raised.value)]


def test_an_app_that_is_not_installed_in_the_shop_is_told_apart(door: Door) -> None:
    door.shop.uninstall()
    with pytest.raises(Mistyped, match="installed"):
        door.installer("own").pasted(APP, now=START)


def test_a_shop_that_there_is_not_is_mistyped() -> None:
    with endpoint(404, "<html>Not Found</html>"), pytest.raises(Mistyped) as raised:
        make(Hands(), "own").pasted(APP, now=START)
    assert raised.value.key == "shop"


def test_keys_are_tried_at_the_admin_api_of_the_shop_that_was_typed() -> None:
    with responses.RequestsMock() as mock:
        mock.add(responses.POST, GRAPHQL, status=404, body="<html>Not Found</html>")
        with pytest.raises(Mistyped) as raised:
            make(Hands(), "own").pasted(OLD, now=START)
    assert raised.value.key == "shop"


def test_a_shop_that_does_not_say_which_it_is_is_tried_later() -> None:
    with responses.RequestsMock() as mock:
        mock.add(responses.POST, GRAPHQL, json={"data": {"shop": {"name": "Sandbox", "myshopifyDomain": 7}}})
        with pytest.raises(TryLater, match="myshopifyDomain"):
            make(Hands(), "own").pasted(OLD, now=START)


def test_a_shop_that_is_away_or_locked_is_not_the_owners_typing(door: Door) -> None:
    door.shop.faults.answer_500 = 1
    with pytest.raises(TryLater):
        door.installer("own").pasted(APP, now=START)
    with endpoint(423, {}), pytest.raises(OwnerMustAct, match="locked"):
        make(Hands(), "own").pasted(APP, now=START)
    with endpoint(200, {"token": "x"}), pytest.raises(TryLater):
        make(Hands(), "own").pasted(APP, now=START)
