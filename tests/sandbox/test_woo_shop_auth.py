"""Who is let in, and the exact words for who is not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
import requests
from woo_stage import Stage, open_stage
from woocommerce import API
from woocommerce.oauth import OAuth

from adapters.woocommerce.sandbox.auth import Key

HTTPS = {"X-Forwarded-Proto": "https"}  # as a proxy says it; the tests have no certificate
ERROR = "woocommerce_rest_authentication_error"


@pytest.fixture
def stage() -> Iterator[Stage]:
    with open_stage() as opened:
        opened.shop.keys["ck_reader"] = Key("cs_reader", "read")
        yield opened


def _url(stage: Stage, path: str = "products") -> str:
    return f"{stage.url}/wp-json/wc/v3/{path}"


def _said(answer: requests.Response) -> tuple[int, str, str]:
    body = answer.json()
    return answer.status_code, body["code"], body["message"]


def _signed(url: str, drift: int = 0) -> str:
    stamped = int(time.time()) + drift
    oauth = OAuth(url, "ck_sandbox", "cs_sandbox", version="wc/v3", method="GET", oauth_timestamp=stamped)
    return str(oauth.get_oauth_url())


def test_over_http_basic_and_no_credentials_are_told_the_same(stage: Stage) -> None:
    expected = (401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
    query = {"consumer_key": "ck_sandbox", "consumer_secret": "cs_sandbox"}
    assert _said(requests.get(_url(stage), timeout=60)) == expected
    assert _said(requests.get(_url(stage), auth=("ck_sandbox", "cs_sandbox"), timeout=60)) == expected
    assert _said(requests.get(_url(stage), params=query, timeout=60)) == expected


def test_over_https_basic_and_keys_in_the_query_work(stage: Stage) -> None:
    query = {"consumer_key": "ck_sandbox", "consumer_secret": "cs_sandbox"}
    answers = [
        requests.get(_url(stage), auth=("ck_sandbox", "cs_sandbox"), headers=HTTPS, timeout=60),
        requests.get(_url(stage), params=query, headers=HTTPS, timeout=60),
    ]
    assert [answer.status_code for answer in answers] == [200, 200]


@pytest.mark.parametrize(
    ("key", "secret", "expected"),
    [
        ("ck_wrong", "cs_sandbox", (401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")),
        ("ck_sandbox", "cs_wrong", (401, ERROR, "Consumer secret is invalid.")),
    ],
)
def test_over_https_a_wrong_key_and_a_wrong_secret_differ(
    stage: Stage, key: str, secret: str, expected: tuple[int, str, str]
) -> None:
    assert _said(requests.get(_url(stage), auth=(key, secret), headers=HTTPS, timeout=60)) == expected


@pytest.mark.parametrize(
    ("key", "secret", "message"),
    [
        ("ck_wrong", "cs_sandbox", "Consumer key is invalid."),
        ("ck_sandbox", "cs_wrong", "Invalid signature - provided signature does not match."),
    ],
)
def test_signed_by_a_wrong_key_or_secret(stage: Stage, key: str, secret: str, message: str) -> None:
    assert _said(API(stage.url, key, secret, timeout=60).get("products")) == (401, ERROR, message)


def test_a_nonce_is_good_once(stage: Stage) -> None:
    url = _signed(_url(stage))
    assert requests.get(url, timeout=60).status_code == 200
    expected = (401, ERROR, "Invalid nonce - nonce has already been used.")
    assert _said(requests.get(url, timeout=60)) == expected


@pytest.mark.parametrize(("drift", "status"), [(-1000, 401), (1000, 401), (-800, 200), (800, 200)])
def test_a_stamp_may_be_a_quarter_of_an_hour_off(stage: Stage, drift: int, status: int) -> None:
    answer = requests.get(_signed(_url(stage), drift), timeout=60)
    assert answer.status_code == status
    assert status == 200 or answer.json()["message"] == "Invalid timestamp."


def test_a_changed_parameter_breaks_the_signature(stage: Stage) -> None:
    url = _signed(f"{_url(stage)}?per_page=1")
    expected = (401, ERROR, "Invalid signature - provided signature does not match.")
    assert _said(requests.get(url.replace("per_page=1", "per_page=2"), timeout=60)) == expected


def test_a_request_signed_in_part_names_what_is_missing(stage: Stage) -> None:
    query = urlencode({"oauth_consumer_key": "ck_sandbox", "oauth_nonce": "1", "oauth_timestamp": "1"})
    expected = (
        401,
        "woocommerce_rest_authentication_missing_parameter",
        "Missing OAuth parameters oauth_signature, oauth_signature_method",
    )
    assert _said(requests.get(f"{_url(stage)}?{query}", timeout=60)) == expected


@pytest.mark.parametrize("text", ["Grüße 日本", "a b", "a&b=c", "1+1", "2026-11-21T12:00:00Z"])
def test_the_vendors_client_signs_such_values_rightly(stage: Stage, text: str) -> None:
    assert stage.api.get("products", params={"search": text}).status_code == 200


@pytest.mark.parametrize("params", [{"include[]": "1"}, {"search": "100%25"}])
def test_the_vendors_client_signs_these_wrongly(stage: Stage, params: dict[str, str]) -> None:
    expected = (401, ERROR, "Invalid signature - provided signature does not match.")
    assert _said(stage.api.get("products", params=params)) == expected


def test_a_key_that_may_read_is_refused_a_write_with_401(stage: Stage) -> None:
    reader = API(stage.url, "ck_reader", "cs_reader", timeout=60)
    assert reader.get("products").status_code == 200
    expected = (401, ERROR, "The API key provided does not have write permissions.")
    assert _said(reader.post("products", {"name": "A"})) == expected


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "products/1", "woocommerce_rest_cannot_view"),
        ("POST", "products", "woocommerce_rest_cannot_create"),
        ("PUT", "products/1", "woocommerce_rest_cannot_edit"),
        ("DELETE", "products/1", "woocommerce_rest_cannot_delete"),
        ("POST", "products/batch", "woocommerce_rest_cannot_batch"),
    ],
)
def test_without_a_key_each_act_is_refused_in_its_own_words(stage: Stage, method: str, path: str, code: str) -> None:
    assert _said(requests.request(method, _url(stage, path), timeout=60))[:2] == (401, code)


def test_anyone_may_read_the_index(stage: Stage) -> None:
    body = requests.get(f"{stage.url}/wp-json/", timeout=60).json()
    assert (body["timezone_string"], body["gmt_offset"], "wc/v3" in body["namespaces"]) == ("UTC", "0", True)
