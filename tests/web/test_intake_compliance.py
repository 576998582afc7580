"""Shopify's privacy requests come to one address for all shops of an app."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from intake_parts import MemoryInbox, intake_app, shopify, woo

ADDRESS = "/webhooks/shopify/compliance"


@pytest.fixture
def inbox() -> MemoryInbox:
    return MemoryInbox()


@pytest.fixture
def client(inbox: MemoryInbox) -> FlaskClient:
    return intake_app(inbox).test_client()


@pytest.mark.parametrize(
    ("body", "signed_with", "kept_for"),
    [
        (b'{"shop_domain":"third.myshopify.com"}', "third-secret", "third"),
        (b'{"shop_domain":"THIRD.myshopify.com"}', "third-secret", "third"),
        (b'{"shop_domain":"gone.myshopify.com"}', "third-secret", "third"),
        (b'{"shop_domain":"third.myshopify.com"}', "second-secret", "second"),
        (b'{"shop_domain":null}', "second-secret", "second"),
        (b"[]", "second-secret", "second"),
        (b"\xff not json", "second-secret", "second"),
        (b"[" * 50_000, "second-secret", "second"),
    ],
    ids=[
        "the shop it names",
        "however it is written",
        "a shop that is no longer ours",
        "signed by another owner",
        "a shop of the wrong type",
        "a body that is no object",
        "a body that is no JSON",
        "a body too deep to read",
    ],
)
def test_a_genuine_request_is_kept_for_the_shop_it_names_or_else_for_the_one_that_signed(
    client: FlaskClient, inbox: MemoryInbox, body: bytes, signed_with: str, kept_for: str
) -> None:
    answer = client.post(ADDRESS, data=body, headers=shopify(body, signed_with, "customers/redact"))
    assert answer.status_code == 200
    expected = [(kept_for, "shopify", "customers/redact", body)]
    assert expected == [(one.store, one.platform, one.topic, one.body) for one in inbox.kept]


def test_a_forged_request_is_401_and_each_owner_sees_that_there_was_one(
    client: FlaskClient, inbox: MemoryInbox
) -> None:
    body = b'{"shop_domain":"third.myshopify.com"}'
    assert client.post(ADDRESS, data=body, headers=shopify(body, "a guess")).status_code == 401
    assert inbox.kept == []
    assert inbox.counted == {("second", "forged"): 1, ("third", "forged"): 1, ("bare", "forged"): 1}


def test_the_secret_of_another_platforms_store_does_not_sign(client: FlaskClient, inbox: MemoryInbox) -> None:
    body = b'{"shop_domain":"third.myshopify.com"}'
    assert client.post(ADDRESS, data=body, headers=shopify(body, "new-woo-secret")).status_code == 401
    assert inbox.kept == []


def test_compliance_is_an_ordinary_store_key_elsewhere(client: FlaskClient) -> None:
    assert client.post("/webhooks/woocommerce/compliance", data=b"{}", headers=woo(b"{}")).status_code == 404


def test_what_cannot_be_stored_is_asked_for_again_here_too(client: FlaskClient, inbox: MemoryInbox) -> None:
    inbox.broken = OSError("No space left on device")
    body = b"{}"
    assert client.post(ADDRESS, data=body, headers=shopify(body)).status_code == 503
