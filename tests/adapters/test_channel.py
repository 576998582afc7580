"""The failures of the network are told apart, writes are never repeated, and no message holds a secret."""

from __future__ import annotations

import socket
import traceback
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar
from urllib.parse import urlencode

import pytest
import requests
import responses
from hypothesis import given
from hypothesis import strategies as st

import adapters.answers
from adapters.addresses import is_public
from adapters.answers import _retry_after
from adapters.http import NO_RETRIES, Answer, Channel, Retries
from connector.ports.failures import Failure, OwnerMustAct, TryLater, Unreadable

SHOP = "https://shop.example.com/wp-json/wc/v3"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
QUICK = Retries(attempts=3, seconds=5.0, first_wait=0.001)
SECRETS = {"consumer_key": "ck_hidden", "consumer_secret": "cs_hidden"}


def channel(base_url: str = SHOP, retries: Retries = NO_RETRIES, **more: Any) -> Channel:
    return Channel(base_url, allow_private=True, retries=retries, clock=lambda: NOW, **more)


@pytest.fixture
def shop() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def test_an_answer_is_read_as_json(shop: responses.RequestsMock) -> None:
    shop.get(f"{SHOP}/products", json=[{"id": 7}], headers={"X-WP-TotalPages": "3"})
    answer = channel().read("GET", "products", params={"page": "1"})
    assert [one["id"].whole() for one in answer.read()] == [7]
    assert (answer.status, answer.ok, answer.headers["x-wp-totalpages"]) == (200, True, "3")
    assert shop.calls[0].request.url == f"{SHOP}/products?page=1"


def test_a_body_is_sent_as_json(shop: responses.RequestsMock) -> None:
    matcher = responses.matchers.json_params_matcher({"update": [{"id": 7}]})
    shop.post(f"{SHOP}/products/batch", json={}, match=[matcher])
    assert channel(headers={"X-Token": "t"}).write("POST", "products/batch", body={"update": [{"id": 7}]}).ok
    assert shop.calls[0].request.headers["Content-Type"] == "application/json"
    assert shop.calls[0].request.headers["X-Token"] == "t"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422, 501])
def test_what_the_caller_must_judge_is_handed_back(shop: responses.RequestsMock, status: int) -> None:
    shop.get(f"{SHOP}/orders", status=status, json={"code": "x"})
    answer = channel().read("GET", "orders")
    assert (answer.status, answer.ok) == (status, False)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 522])
def test_a_busy_shop_is_tried_later(shop: responses.RequestsMock, status: int) -> None:
    shop.get(f"{SHOP}/orders", status=status, body="<html>Bad gateway</html>")
    with pytest.raises(TryLater, match=f"GET orders answered {status}"):
        channel().read("GET", "orders")


@pytest.mark.parametrize(
    "error",
    [
        requests.ConnectTimeout(),
        requests.ReadTimeout(),
        requests.ConnectionError("Connection refused"),
        requests.exceptions.ChunkedEncodingError("cut off"),
        requests.exceptions.SSLError("EOF occurred in violation of protocol"),
    ],
)
def test_a_shop_that_is_away_is_tried_later(shop: responses.RequestsMock, error: Exception) -> None:
    shop.get(f"{SHOP}/orders", body=error)
    with pytest.raises(TryLater):
        channel().read("GET", "orders")


def test_a_certificate_that_is_not_valid_is_for_the_owner(shop: responses.RequestsMock) -> None:
    shop.get(f"{SHOP}/orders", body=requests.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] expired"))
    with pytest.raises(OwnerMustAct, match="certificate"):
        channel().read("GET", "orders")


@pytest.mark.parametrize("body", ["<html>Please wait</html>", '[{"id": 7}, {"id', "", "\xff"])
def test_a_success_that_is_no_json_is_tried_later(shop: responses.RequestsMock, body: str) -> None:
    shop.get(f"{SHOP}/orders", body=body.encode("latin-1"))
    answer = channel().read("GET", "orders")
    with pytest.raises(TryLater, match="GET orders answered 200 with a body that"):
        answer.read()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed_but_told_to_the_owner(shop: responses.RequestsMock, status: int) -> None:
    shop.post(f"{SHOP}/orders", status=status, headers={"Location": "https://u:pw@new.example/x?consumer_secret=s"})
    with pytest.raises(OwnerMustAct) as caught:
        channel().write("POST", "orders", body={})
    assert caught.value.act == "read"
    assert caught.value.problem == "The shop's address moved: POST orders is sent on to https://new.example/x."
    assert len(shop.calls) == 1


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("2.0", timedelta(seconds=2)),
        ("0", timedelta(0)),
        ("-5", timedelta(0)),
        ("Sat, 21 Nov 2026 12:01:30 GMT", timedelta(seconds=90)),
        ("Sat, 21 Nov 2026 11:00:00 GMT", timedelta(0)),
        ("1e300", timedelta(days=1)),
        ("soon", None),
        ("nan", None),
        (None, None),
    ],
)
def test_the_wait_the_platform_asks_for_is_passed_on(
    shop: responses.RequestsMock, header: str | None, expected: timedelta | None
) -> None:
    shop.get(f"{SHOP}/orders", status=429, headers={"Retry-After": header} if header else {})
    with pytest.raises(TryLater) as caught:
        channel().read("GET", "orders")
    assert caught.value.after == expected


@given(st.text())
def test_no_retry_after_header_breaks_us(header: str) -> None:
    after = _retry_after(header, NOW)
    assert after is None or timedelta(0) <= after <= timedelta(days=1)


def test_a_read_is_tried_again_and_a_write_is_not(shop: responses.RequestsMock) -> None:
    shop.get(f"{SHOP}/orders", status=503)
    shop.get(f"{SHOP}/orders", body=requests.ConnectionError())
    shop.get(f"{SHOP}/orders", json=[])
    shop.post(f"{SHOP}/orders", status=503)
    assert channel(retries=QUICK).read("GET", "orders").ok
    with pytest.raises(TryLater):
        channel(retries=QUICK).write("POST", "orders", body={})
    assert [call.request.method for call in shop.calls] == ["GET", "GET", "GET", "POST"]


def test_a_read_is_given_up_after_its_attempts(shop: responses.RequestsMock) -> None:
    shop.get(f"{SHOP}/orders", status=503)
    with pytest.raises(TryLater):
        channel(retries=QUICK).read("GET", "orders")
    assert len(shop.calls) == 3


def test_a_long_wait_is_left_to_the_row(shop: responses.RequestsMock) -> None:
    shop.get(f"{SHOP}/orders", status=429, headers={"Retry-After": "60"})
    with pytest.raises(TryLater):
        channel(retries=QUICK).read("GET", "orders")
    assert len(shop.calls) == 1


def test_what_the_owner_must_do_is_not_tried_again(shop: responses.RequestsMock) -> None:
    shop.get(f"{SHOP}/orders", status=301)
    with pytest.raises(OwnerMustAct):
        channel(retries=QUICK).read("GET", "orders")
    assert len(shop.calls) == 1


def test_every_attempt_is_signed_anew(shop: responses.RequestsMock) -> None:
    nonces = iter("abc")

    def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["X-Nonce"] = next(nonces)
        return request

    shop.get(f"{SHOP}/orders", status=503)
    shop.get(f"{SHOP}/orders", json=[])
    channel(retries=QUICK, auth=sign).read("GET", "orders")
    assert [call.request.headers["X-Nonce"] for call in shop.calls] == ["a", "b"]


@pytest.mark.parametrize(
    "failure",
    [
        {"body": requests.ConnectionError(f"Max retries exceeded with url: /orders?{SECRETS}")},
        {"status": 500, "body": "consumer_secret=cs_hidden"},
        {"status": 302, "headers": {"Location": "/login?consumer_secret=cs_hidden&consumer_key=ck_hidden"}},
        {"body": "not json cs_hidden"},
    ],
)
def test_no_failure_repeats_a_secret(shop: responses.RequestsMock, failure: dict[str, Any]) -> None:
    shop.get(f"{SHOP}/orders", **failure)
    with pytest.raises(Failure) as caught:
        channel().read("GET", f"orders?{urlencode(SECRETS)}", params=SECRETS).read()
    assert "hidden" not in "".join(traceback.format_exception(caught.value))


def test_an_answer_without_end_is_cut(shop: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters.answers, "LARGEST_ANSWER", 1_000_000)
    shop.get(f"{SHOP}/orders", body=b" " * 1_000_001)
    with pytest.raises(Unreadable, match="is larger than 1 MB"):
        channel().read("GET", "orders")


@pytest.mark.parametrize("address", ["http://shop.example.com", "ftp://shop.example.com", "shop.example.com", ""])
def test_keys_never_travel_in_the_open(address: str) -> None:
    with pytest.raises(OwnerMustAct, match="https"):
        Channel(address, allow_private=False).read("GET", "orders")


@pytest.mark.parametrize("address", ["http://", "http://[", "http://exa mple.com:x", "gopher://shop"])
def test_an_address_that_is_none_is_for_the_owner(address: str) -> None:
    with pytest.raises(OwnerMustAct, match="no web address"):
        channel(address).read("GET", "orders")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    ports: ClassVar[list[int]] = []

    def do_GET(self) -> None:
        self.ports.append(self.client_address[1])
        body = b'{"cookie": "%s"}' % self.headers.get("Cookie", "").encode()
        self.send_response(200)
        self.send_header("Set-Cookie", "session=1")
        self.send_header("Content-Length", str(len(body) + (50 if self.path == "/cut" else 0)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = self.path == "/cut"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name is the base class's
        """Keep the test's output clean."""


@pytest.fixture
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as made:
        made.daemon_threads = True
        _Handler.ports.clear()
        Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{made.server_port}"
        made.shutdown()


def test_calls_share_a_connection_and_keep_no_cookie(server: str) -> None:
    one = channel(server)
    answers = [one.read("GET", "orders").read()["cookie"].text() for _ in range(3)]
    one.close()
    assert answers == ["", "", ""]
    assert len(set(_Handler.ports)) == 1


def test_an_answer_that_breaks_off_is_tried_later(server: str) -> None:
    one = channel(server)
    with pytest.raises(TryLater):
        one.read("GET", "cut")
    one.close()


def test_a_shop_that_does_not_listen_is_tried_later() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(TryLater, match="failed on the way"):
            channel(f"http://127.0.0.1:{unused.getsockname()[1]}").read("GET", "orders")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_a_private_address_is_refused_unless_it_is_allowed(host: str) -> None:
    with pytest.raises(OwnerMustAct, match="leads into a private network"):
        Channel(f"https://{host}:1", allow_private=False).read("GET", "orders")


def test_a_name_that_answers_differently_the_second_time_gains_nothing(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: public when it is checked, loopback when it is connected to."""
    answers = iter([["93.184.215.14"], ["127.0.0.1"]])

    def rebinding(_host: str, port: int, *_args: object, **_kwargs: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in next(answers)]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    port = server.rpartition(":")[2]
    with pytest.raises(OwnerMustAct, match="leads into a private network"):
        Channel(f"https://shop.example.com:{port}", allow_private=False).read("GET", "orders")
    assert next(answers, None) is None
    assert _Handler.ports == []


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("::ffff:93.184.215.14", True),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("fe80::1%eth0", False),
        ("169.254.169.254", False),
        ("10.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 -- looked at, not bound
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("ff02::1", False),
        ("shop.example.com", False),
    ],
)
def test_an_ipv4_address_in_another_dress_is_judged_as_what_it_leads_to(address: str, *, expected: bool) -> None:
    assert is_public(address) is expected


@given(st.text())
def test_no_redirect_target_breaks_us(target: str) -> None:
    answer = Answer(302, {"Location": target}, b"", "GET orders")
    with suppress(OwnerMustAct):
        adapters.answers.refuse(answer, NOW)
