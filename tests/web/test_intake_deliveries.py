"""What a platform is answered, and what is kept (docs/bad-input.md)."""

from __future__ import annotations

import gzip
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from intake_parts import LIMIT, NOW, MemoryInbox, intake_app, shopify, woo
from structlog.testing import capture_logs

from connector.ports.records import NewDelivery

MAIN = "/webhooks/woocommerce/main"
ORDER = b'{"id":17,"note":"caf\\u00e9 \\/ "}'
# As a server hands on a request with ``Transfer-Encoding: chunked``.
CHUNKED = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}


def announcing(length: int) -> dict[str, str]:
    return {"CONTENT_LENGTH": str(length)}


@pytest.fixture
def inbox() -> MemoryInbox:
    return MemoryInbox()


@pytest.fixture
def app(inbox: MemoryInbox) -> Flask:
    return intake_app(inbox)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_a_genuine_delivery_is_kept_whole(client: FlaskClient, inbox: MemoryInbox) -> None:
    answer = client.post(MAIN, data=ORDER, headers=woo(ORDER))
    assert (answer.status_code, answer.text) == (200, "ok\n")
    expected = NewDelivery(
        store="main",
        platform="woocommerce",
        topic="order.updated",
        external_id="7:d1",
        body=ORDER,
        received_at=NOW,
    )
    assert [expected] == inbox.kept


def test_a_replayed_delivery_is_answered_200_and_kept_once(client: FlaskClient, inbox: MemoryInbox) -> None:
    answers = [client.post(MAIN, data=ORDER, headers=woo(ORDER)).status_code for _ in range(3)]
    assert answers == [200, 200, 200]
    assert len(inbox.kept) == 1


def test_two_bodies_under_one_delivery_id_are_two_deliveries(client: FlaskClient, inbox: MemoryInbox) -> None:
    for body in (b'{"id":1}', b'{"id":2}'):
        assert client.post(MAIN, data=body, headers=woo(body)).status_code == 200
    assert [delivery.body for delivery in inbox.kept] == [b'{"id":1}', b'{"id":2}']


@pytest.mark.parametrize("secret", ["new-woo-secret", "old-woo-secret"])
def test_while_a_secret_is_changed_the_old_one_still_signs(
    client: FlaskClient, inbox: MemoryInbox, secret: str
) -> None:
    assert client.post(MAIN, data=ORDER, headers=woo(ORDER, secret)).status_code == 200
    assert len(inbox.kept) == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"\0" * 4096, b"not json", b"\xff\xfe\xfd", b'{"id":' + b"9" * 5000 + b"}", b"[" * 9000, b"x" * LIMIT],
    ids=["empty", "NUL bytes", "no JSON", "no UTF-8", "a huge number", "deep nesting", "as long as allowed"],
)
def test_a_signed_body_is_kept_whatever_it_holds(client: FlaskClient, inbox: MemoryInbox, body: bytes) -> None:
    """Whether it can be read is the digest's question; the platform has done its part."""
    assert client.post(MAIN, data=body, headers=woo(body)).status_code == 200
    assert [body] == [delivery.body for delivery in inbox.kept]


def test_a_compressed_body_is_not_unpacked(client: FlaskClient, inbox: MemoryInbox) -> None:
    packed = gzip.compress(ORDER)
    answer = client.post(MAIN, data=packed, headers=woo(packed) | {"Content-Encoding": "gzip"})
    assert answer.status_code == 200
    assert [packed] == [delivery.body for delivery in inbox.kept]


@pytest.mark.parametrize(
    "headers",
    [
        woo(ORDER, "somebody-else"),
        woo(ORDER + b" "),
        woo(ORDER) | {"X-WC-Webhook-Signature": ""},
        woo(ORDER) | {"X-WC-Webhook-Signature": "\xe9\xff"},
        woo(ORDER) | {"X-WC-Webhook-Signature": "A" * 60_000},
        {name: value for name, value in woo(ORDER).items() if name != "X-WC-Webhook-Signature"},
        {"Content-Type": "application/json"},
        shopify(ORDER, "new-woo-secret"),
    ],
    ids=[
        "another secret",
        "another body",
        "an empty signature",
        "a signature beyond ASCII",
        "a huge signature",
        "no signature",
        "no headers",
        "the other platform's headers",
    ],
)
def test_a_forgery_is_counted_and_never_stored(
    client: FlaskClient, inbox: MemoryInbox, headers: dict[str, str]
) -> None:
    answer = client.post(MAIN, data=ORDER, headers=headers)
    assert (answer.status_code, answer.text) == (401, "refused\n")
    assert inbox.kept == []
    assert inbox.counted == {("main", "forged"): 1}


def test_a_body_signed_with_an_empty_secret_does_not_pass_for_a_store_without_secrets(
    client: FlaskClient, inbox: MemoryInbox
) -> None:
    answer = client.post("/webhooks/shopify/bare", data=ORDER, headers=shopify(ORDER, ""))
    assert answer.status_code == 401
    assert inbox.kept == []


@pytest.mark.parametrize(
    "address",
    ["/webhooks/woocommerce/nosuch", "/webhooks/shopify/main", "/webhooks/magento/main"],
    ids=["unknown store", "a store of another platform", "unknown platform"],
)
def test_an_address_of_no_store_is_404_and_leaves_no_trace(
    client: FlaskClient, inbox: MemoryInbox, address: str
) -> None:
    signed = client.post(address, data=ORDER, headers=woo(ORDER))
    ping = client.post(address, data={"webhook_id": "7"})
    assert [(answer.status_code, answer.text) for answer in (signed, ping)] == [(404, "refused\n")] * 2
    assert (inbox.kept, inbox.counted) == ([], {})


def test_a_stranger_reads_the_same_in_every_refusal(client: FlaskClient) -> None:
    forged = client.post(MAIN, data=ORDER, headers=woo(ORDER, "guess"))
    unknown = client.post("/webhooks/woocommerce/nosuch", data=ORDER, headers=woo(ORDER, "guess"))
    assert forged.data == unknown.data
    assert dict(forged.headers) == dict(unknown.headers)


def test_woocommerces_unsigned_ping_is_answered_200_and_not_kept(client: FlaskClient, inbox: MemoryInbox) -> None:
    answer = client.post(MAIN, data={"webhook_id": "7"})
    assert answer.status_code == 200
    assert (inbox.kept, inbox.counted) == ([], {("main", "ping"): 1})


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("address", [MAIN, "/webhooks/shopify/compliance"])
def test_webhooks_are_posted_and_nothing_else(client: FlaskClient, address: str, method: str) -> None:
    answer = client.open(address, method=method)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_a_body_that_is_announced_too_long_is_refused_unread(client: FlaskClient, inbox: MemoryInbox) -> None:
    stream = BytesIO(b"x" * 10)
    answer = client.post(MAIN, input_stream=stream, headers=woo(b"x"), environ_overrides=announcing(LIMIT + 1))
    assert answer.status_code == 413
    assert stream.tell() == 0
    assert inbox.kept == []


def test_a_body_of_unknown_length_is_counted_while_it_is_read(client: FlaskClient, inbox: MemoryInbox) -> None:
    body = b"x" * (LIMIT * 3)
    stream = BytesIO(body)
    answer = client.post(MAIN, input_stream=stream, headers=woo(body), environ_overrides=CHUNKED)
    assert answer.status_code == 413
    assert stream.tell() == LIMIT + 1
    assert inbox.kept == []


def test_a_body_of_unknown_length_within_the_limit_is_kept(client: FlaskClient, inbox: MemoryInbox) -> None:
    answer = client.post(MAIN, input_stream=BytesIO(ORDER), headers=woo(ORDER), environ_overrides=CHUNKED)
    assert answer.status_code == 200
    assert [delivery.body for delivery in inbox.kept] == [ORDER]


def test_a_body_shorter_than_announced_is_no_delivery(client: FlaskClient, inbox: MemoryInbox) -> None:
    announced = announcing(len(ORDER) + 5)
    answer = client.post(MAIN, input_stream=BytesIO(ORDER), headers=woo(ORDER), environ_overrides=announced)
    assert answer.status_code == 400
    assert inbox.kept == []


def test_of_a_body_longer_than_announced_only_what_was_announced_counts(
    client: FlaskClient, inbox: MemoryInbox
) -> None:
    announced = announcing(len(ORDER) - 1)
    answer = client.post(MAIN, input_stream=BytesIO(ORDER), headers=woo(ORDER), environ_overrides=announced)
    assert answer.status_code == 401
    assert inbox.kept == []


@pytest.mark.parametrize(
    "broken",
    [sqlite3.OperationalError("database or disk is full"), TimeoutError(), RuntimeError("the writer thread is gone")],
)
def test_what_cannot_be_stored_is_asked_for_again(client: FlaskClient, inbox: MemoryInbox, broken: Exception) -> None:
    inbox.broken = broken
    with capture_logs() as logs:
        answer = client.post(MAIN, data=ORDER, headers=woo(ORDER))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert [("delivery_not_kept", type(broken).__name__)] == [(line["event"], line["cause"]) for line in logs]
    inbox.broken = None
    assert client.post(MAIN, data=ORDER, headers=woo(ORDER)).status_code == 200
    assert len(inbox.kept) == 1


def test_names_longer_than_a_column_are_cut_and_the_delivery_is_kept(client: FlaskClient, inbox: MemoryInbox) -> None:
    headers = woo(ORDER, delivery="9" * 5000) | {"X-WC-Webhook-Topic": "t" * 5000}
    assert client.post(MAIN, data=ORDER, headers=headers).status_code == 200
    assert [(delivery.topic, len(delivery.external_id)) for delivery in inbox.kept] == [("t" * 200, 200)]


def test_fifty_at_once_are_all_kept_once(app: Flask, inbox: MemoryInbox) -> None:
    bodies = [b'{"id":%d}' % number for number in range(25)] * 2

    def post(body: bytes) -> int:
        return app.test_client().post(MAIN, data=body, headers=woo(body)).status_code

    with ThreadPoolExecutor(50) as pool:
        assert list(pool.map(post, bodies)) == [200] * 50
    assert sorted(set(bodies)) == sorted(delivery.body for delivery in inbox.kept)
