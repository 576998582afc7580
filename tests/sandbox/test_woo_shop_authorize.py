"""The sandbox's page of consent behaves as the recorded shop's did."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from flask import Flask, request
from woo_owner import Owner
from woocommerce import API

from adapters.woocommerce.sandbox import WooShop
from adapters.woocommerce.sandbox.consent import User
from connector.ports.clock import system_clock
from connector.sandbox.serve import served

ASKED = {
    "app_name": "Backorder Connector",
    "scope": "read_write",
    "user_id": "tenant-42",
    "return_url": "https://app.example.com/back",
    "callback_url": "https://app.example.com/keys",
}


@dataclass
class Door:
    """A shop, and what it posted to whom; the app answers ``answer``."""

    url: str = ""
    answer: int | None = 200
    posted: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)
    keys_when_posted: list[int] = field(default_factory=list)
    shop: WooShop = field(init=False)

    def __post_init__(self) -> None:
        self.shop = WooShop(system_clock, lambda *_: 200, post_keys=self.post, allow_http_callbacks=False)

    def post(self, address: str, headers: Mapping[str, str], body: bytes) -> int | None:
        self.posted.append((address, dict(headers), body))
        told = json.loads(body)
        self.keys_when_posted.append(self.api(told).get("products").status_code)
        return self.answer

    def address(self, **changes: str) -> str:
        return f"{self.url}/wc-auth/v1/authorize?{urlencode({**ASKED, **changes})}"

    def api(self, pair: Mapping[str, str]) -> API:
        return API(self.url, pair["consumer_key"], pair["consumer_secret"], timeout=60)

    def pairs(self) -> list[dict[str, str]]:
        return [json.loads(body) for _, _, body in self.posted]


@pytest.fixture
def door() -> Iterator[Door]:
    made = Door()
    with served(made.shop.app) as made.url:
        yield made


@pytest.mark.parametrize("name", list(ASKED))
@pytest.mark.parametrize("value", ["", "0", None])
def test_each_parameter_is_needed_and_zero_counts_as_missing(door: Door, name: str, value: str | None) -> None:
    query = {key: one for key, one in {**ASKED, name: value}.items() if one is not None}
    answer = requests.get(f"{door.url}/wc-auth/v1/authorize", query, allow_redirects=False, timeout=60)
    assert (answer.status_code, answer.headers["Content-Type"]) == (401, "text/html; charset=UTF-8")
    assert f"Error: Missing parameter {name}." in answer.text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"scope": "everything"}, "Invalid scope everything"),
        ({"callback_url": "http://app.example.com/keys"}, "The callback_url needs to be over SSL"),
        ({"callback_url": "https://"}, "The https:// is not a valid URL"),
        ({"return_url": "https://a b"}, "The https://a b is not a valid URL"),
    ],
)
def test_what_cannot_be_granted_is_an_error_page(door: Door, changes: dict[str, str], said: str) -> None:
    answer = requests.get(door.address(**changes), allow_redirects=False, timeout=60)
    assert (answer.status_code, f"Error: {said}." in answer.text) == (401, True)


def test_an_address_without_a_scheme_is_taken_for_https(door: Door) -> None:
    owner = Owner().log_in(door.address(callback_url="app.example.com/keys", return_url="app.example.com/back"))
    assert owner.approve().startswith("https://app.example.com/back?")
    assert door.posted[0][0] == "https://app.example.com/keys"


def test_whoever_is_not_logged_in_is_sent_to_the_form_first(door: Door) -> None:
    answer = requests.get(door.address(), allow_redirects=False, timeout=60)
    target = urlsplit(answer.headers["Location"])
    assert (answer.status_code, target.path) == (302, "/wc-auth/v1/login/")
    assert parse_qs(target.query) == {name: [value] for name, value in ASKED.items()}


@pytest.mark.parametrize(("name", "password"), [("admin", "wrong"), ("nobody", "password"), ("", "")])
def test_a_wrong_name_or_password_shows_the_form_again(door: Door, name: str, password: str) -> None:
    owner = Owner(name, password)
    answer = owner.submit(owner.open(door.address()))
    assert ("woocommerce-error" in answer.text, list(owner.web.cookies)) == (True, [])
    assert "wc-auth-approve" not in owner.page.links


def test_a_user_who_does_not_manage_the_shop_may_not_see_the_page(door: Door) -> None:
    door.shop.users["clerk"] = User("password", manages=False)
    owner = Owner("clerk")
    answer = owner.submit(owner.open(door.address()))
    assert (answer.status_code, "You do not have permission" in answer.text) == (401, True)


def test_the_keys_are_posted_before_the_browser_goes_back_just_as_recorded(door: Door) -> None:
    back = Owner().log_in(door.address()).approve()
    assert back == "https://app.example.com/back?success=1&user_id=tenant-42"
    address, headers, body = door.posted[0]
    told = json.loads(body)
    assert address == ASKED["callback_url"]
    assert (headers["Content-Type"], headers["User-Agent"]) == (
        "application/json;charset=UTF-8",
        f"WordPress/6.9.1; {door.url}",
    )
    assert (told["key_id"], told["user_id"], told["key_permissions"]) == (1, "tenant-42", "read_write")
    assert [len(told[name]) for name in ("consumer_key", "consumer_secret")] == [43, 43]
    assert b" " not in body
    assert door.keys_when_posted == [200]


@pytest.mark.parametrize("answer", [201, 204, 301, 400, 500, None])
def test_any_answer_but_200_deletes_the_keys_and_shows_an_error(door: Door, answer: int | None) -> None:
    door.answer = answer
    page = Owner().log_in(door.address()).follow_approve()
    assert (page.status_code, "Error: " in page.text) == (401, True)
    assert door.keys_when_posted == [200]
    assert door.api(door.pairs()[0]).get("products").status_code == 401


def test_the_link_that_says_yes_works_again_and_the_first_pair_stays_good(door: Door) -> None:
    owner = Owner().log_in(door.address())
    assert owner.approve() == owner.approve()
    first, second = door.pairs()
    assert (first["user_id"], second["user_id"]) == ("tenant-42", "tenant-42")
    assert first["consumer_key"] != second["consumer_key"]
    assert [door.api(pair).get("products").status_code for pair in (first, second)] == [200, 200]


def test_no_says_so_and_posts_nothing(door: Door) -> None:
    owner = Owner().log_in(door.address(return_url="https://app.example.com/back?step=2"))
    assert owner.deny() == "https://app.example.com/back?step=2&success=0&user_id=tenant-42"
    assert door.posted == []


@pytest.mark.parametrize(("scope", "reads", "writes"), [("read", 200, 401), ("write", 401, 200)])
def test_keys_may_do_what_was_asked_for_and_no_more(door: Door, scope: str, reads: int, writes: int) -> None:
    Owner().log_in(door.address(scope=scope)).approve()
    api = door.api(door.pairs()[0])
    assert api.get("products").status_code == reads
    assert api.post("products/batch", {"update": []}).status_code == writes


def test_a_key_that_the_merchant_deletes_opens_nothing_any_more(door: Door) -> None:
    Owner().log_in(door.address()).approve()
    door.shop.delete_key(door.pairs()[0]["consumer_key"])
    assert door.api(door.pairs()[0]).get("products").status_code == 401


def test_saying_yes_needs_the_nonce_and_the_cookie_of_the_same_browser(door: Door) -> None:
    owner = Owner().log_in(door.address())
    link = owner.page.links["wc-auth-approve"]
    forged = link.replace("wc_auth_nonce=", "wc_auth_nonce=0")
    assert owner.web.get(forged, timeout=60).status_code == 401
    assert requests.get(link, timeout=60).status_code == 401
    assert Owner().log_in(door.address()).web.get(link, timeout=60).status_code == 401
    assert door.posted == []


def test_names_are_cleaned_and_shown_as_text(door: Door) -> None:
    owner = Owner().log_in(door.address(app_name='Tom & "Co"<script>', user_id="a%20b<b>c"))
    assert "Tom &amp; &quot;Co&quot; would like" in owner.page.text
    assert "<script" not in owner.page.text
    assert parse_qs(urlsplit(owner.deny()).query)["user_id"] == ["abc"]


def test_with_plain_permalinks_the_same_steps_stand_in_the_query(door: Door) -> None:
    address = f"{door.url}/?{urlencode({'wc-auth-version': '1', 'wc-auth-route': 'authorize', **ASKED})}"
    owner = Owner().log_in(address)
    assert owner.approve() == "https://app.example.com/back?success=1&user_id=tenant-42"


def test_logging_out_leads_back_to_the_form(door: Door) -> None:
    owner = Owner().log_in(door.address())
    owner.web.get(f"{door.url}{owner.page.links['wc-auth-logout']}", allow_redirects=False, timeout=60)
    owner.open(door.address())
    assert "username" in owner.page.fields


def test_the_form_sends_nobody_to_another_site(door: Door) -> None:
    owner = Owner()
    form = owner.open(door.address())
    owner.page.fields["redirect"] = "https://evil.example/"
    filled = {**owner.page.fields, "username": "admin", "password": "password"}
    answer = owner.web.post(form.url, filled, allow_redirects=False, timeout=60)
    assert answer.headers["Location"] == f"{door.url}/"


def test_anyone_may_read_the_index_in_both_forms(door: Door) -> None:
    for path in ("/wp-json/", "/?rest_route=/"):
        assert "wc/v3" in requests.get(f"{door.url}{path}", timeout=60).json()["namespaces"]
    fields = requests.get(f"{door.url}/wp-json/?_fields=namespaces", timeout=60).json()
    assert list(fields) == ["namespaces"]


def test_a_shop_that_is_served_posts_over_http_to_an_app_that_is_served() -> None:
    app = Flask(__name__)
    got: list[tuple[str, bytes]] = []

    @app.post("/keys")
    def keys() -> str:
        got.append((request.headers["Content-Type"], request.get_data()))
        return "thanks"

    shop = WooShop(system_clock, lambda *_: 200)
    with served(shop.app) as url, served(app) as there:
        asked = {**ASKED, "callback_url": f"{there}/keys", "return_url": f"{there}/back"}
        back = Owner().log_in(f"{url}/wc-auth/v1/authorize?{urlencode(asked)}").approve()
        assert back == f"{there}/back?success=1&user_id=tenant-42"
        gone = Owner().log_in(
            f"{url}/wc-auth/v1/authorize?{urlencode({**asked, 'callback_url': 'http://127.0.0.1:1/'})}"
        )
        assert gone.follow_approve().status_code == 401
    assert [(kind, json.loads(body)["user_id"]) for kind, body in got] == [
        ("application/json;charset=UTF-8", "tenant-42")
    ]
