"""How the shop lets an app in: the page where the owner says yes, codes, tokens that lapse, and the embedded admin."""

from __future__ import annotations

import base64
import hmac
import html
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests
from shopify_bench import START, Bench, open_bench

from adapters.shopify.sandbox import SECRET
from adapters.shopify.sandbox.launch import claims_of
from connector.ports.sandbox import Faults

DOMAIN = "sandbox.myshopify.com"
APP = {"client_id": "sandbox", "client_secret": SECRET}
BACK = "https://app.example.com/back"
ASK = {"client_id": "sandbox", "scope": "write_products,read_locations", "redirect_uri": BACK, "state": "s1"}
EXCHANGE = {
    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
    "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
    "requested_token_type": "urn:shopify:params:oauth:token-type:offline-access-token",
    "expiring": "1",
}
HOUR, DAY = 3600, 86_400


@pytest.fixture
def bench() -> Iterator[Bench]:
    with open_bench() as opened:
        yield opened


def page(bench: Bench, **asked: str) -> requests.Response:
    return bench.session.get(f"{bench.url}/admin/oauth/authorize", params={**ASK, **asked}, timeout=60)


def links(bench: Bench, **asked: str) -> dict[str, str]:
    found = re.findall(r'id="(approve|deny)" href="([^"]+)"', page(bench, **asked).text)
    return {name: bench.url + html.unescape(target) for name, target in found}


def say(bench: Bench, what: str, **asked: str) -> dict[str, str]:
    answer = bench.session.get(links(bench, **asked)[what], allow_redirects=False, timeout=60)
    where, _, query = answer.headers["Location"].partition("?")
    assert where == asked.get("redirect_uri", BACK)
    return dict(parse_qsl(query))


def code(bench: Bench) -> str:
    return say(bench, "approve")["code"]


def token(bench: Bench, **given: object) -> tuple[int, Any]:
    answer = bench.session.post(f"{bench.url}/admin/oauth/access_token", json={**APP, **given}, timeout=60)
    return answer.status_code, answer.json()


def bought(bench: Bench) -> Any:
    status, body = token(bench, code=code(bench), expiring="1")
    assert status == 200, body
    return body


def works(bench: Bench, access_token: str) -> bool:
    return bench.post("{ shop { name } }", token=access_token).status_code == 200


def signature(query: dict[str, str]) -> str:
    text = "&".join(f"{key}={query[key]}" for key in sorted(query) if key != "hmac")
    return hmac.digest(SECRET.encode(), text.encode(), "sha256").hex()


def test_the_owner_sees_what_is_asked_and_may_say_yes_or_no(bench: Bench) -> None:
    text = page(bench).text
    assert re.findall(r"<li>(\w+)</li>", text) == ["write_products", "read_locations"]
    assert set(links(bench)) == {"approve", "deny"}


def test_yes_brings_a_signed_code_back(bench: Bench) -> None:
    told = say(bench, "approve")
    assert set(told) == {"code", "hmac", "host", "shop", "state", "timestamp"}
    assert (told["shop"], told["state"], told["timestamp"]) == (DOMAIN, "s1", str(int(START.timestamp())))
    assert told["hmac"] == signature(told)
    assert (told["host"][-1], base64.b64decode(told["host"])) == ("=", b"admin.shopify.com/store/sandbox")


def test_no_brings_no_code_back(bench: Bench) -> None:
    told = say(bench, "deny")
    assert (told["error"], told["state"], told["hmac"]) == ("access_denied", "s1", signature(told))
    assert "code" not in told


def test_an_address_with_a_query_of_its_own_keeps_it(bench: Bench) -> None:
    link = bench.shop.install_link("https://app.example.com/in?from=store")
    query = dict(parse_qsl(urlsplit(link).query))
    assert query.pop("from") == "store"
    assert (set(query), query["hmac"]) == ({"hmac", "host", "shop", "timestamp"}, signature(query))


@pytest.mark.parametrize(
    "asked",
    [{"client_id": "other"}, {"redirect_uri": ""}, {"redirect_uri": "javascript:alert(1)"}, {"scope": ""}],
)
@pytest.mark.parametrize("what", ["authorize", "approve", "deny"])
def test_a_question_that_is_not_whole_is_refused(bench: Bench, asked: dict[str, str], what: str) -> None:
    query = urlencode({**ASK, **asked})
    answer = bench.session.get(f"{bench.url}/admin/oauth/{what}?{query}", allow_redirects=False, timeout=60)
    assert answer.status_code == 400


def test_the_owner_is_sent_back_only_where_the_app_is_known_to_be() -> None:
    with open_bench(redirect_urls=[BACK]) as bench:
        assert page(bench).status_code == 200
        assert page(bench, redirect_uri=f"{BACK}/other").status_code == 400


def test_what_stands_in_the_question_does_not_become_part_of_the_page(bench: Bench) -> None:
    assert "<script>" not in page(bench, scope="<script>alert(1)</script>", state='"><script>').text


def test_a_code_is_good_once_and_for_a_minute(bench: Bench) -> None:
    first, second = code(bench), code(bench)
    assert token(bench, code=first, expiring="1")[0] == 200
    assert token(bench, code=first, expiring="1")[0] == 400
    bench.clock.turn(60)
    assert token(bench, code=second, expiring="1")[0] == 400


def test_what_is_bought_is_a_pair_that_lapses(bench: Bench) -> None:
    pair = bought(bench)
    assert (pair["expires_in"], pair["refresh_token_expires_in"]) == (HOUR, 90 * DAY)
    assert pair["scope"] == "read_locations,write_products"
    bench.clock.turn(HOUR - 1)
    assert works(bench, pair["access_token"])
    bench.clock.turn(1)
    assert not works(bench, pair["access_token"])


def test_an_app_may_do_no_more_than_it_asked_for(bench: Bench) -> None:
    pair = bought(bench)
    answer = bench.post("{ orders(first: 1) { nodes { id } } }", token=pair["access_token"]).json()
    assert [one["extensions"]["code"] for one in answer["errors"]] == ["ACCESS_DENIED"]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"client_id": "other"}, "application_cannot_be_found"),
        ({"client_secret": "guessed"}, "invalid_client"),
        ({"code": "guessed"}, "invalid_request"),
        ({"code": None}, "invalid_request"),
        ({"expiring": None}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_a_call_that_is_not_right_gets_no_token(bench: Bench, given: dict[str, object], error: str) -> None:
    status, body = token(bench, **{"code": code(bench), "expiring": "1", **given})
    assert (status, body["error"]) == (400, error)


def test_a_session_token_says_what_app_bridge_says(bench: Bench) -> None:
    claims = claims_of(bench.shop.session_token("7", extra=1, sid=None), SECRET)
    assert claims is not None
    now = int(START.timestamp())
    expected = {
        "iss": f"https://{DOMAIN}/admin",
        "dest": f"https://{DOMAIN}",
        "aud": "sandbox",
        "sub": "7",
        "exp": now + 60,
        "nbf": now,
        "iat": now,
        "extra": 1,
    }
    assert expected == {name: value for name, value in claims.items() if name != "jti"}
    again = claims_of(bench.shop.session_token("7"), SECRET)
    assert again is not None
    assert again["jti"] != claims["jti"]


def test_a_session_is_exchanged_for_a_pair(bench: Bench) -> None:
    status, pair = token(bench, **EXCHANGE, subject_token=bench.shop.session_token())
    assert status == 200
    assert works(bench, pair["access_token"])


@pytest.mark.parametrize(
    "claims", [{"aud": "other"}, {"dest": "https://other.myshopify.com"}, {"exp": 0}, {"nbf": 9_999_999_999}]
)
def test_a_session_that_is_not_of_here_and_now_is_not(bench: Bench, claims: dict[str, Any]) -> None:
    status, body = token(bench, **EXCHANGE, subject_token=bench.shop.session_token(**claims))
    assert (status, body["error"]) == (400, "invalid_subject_token")


@pytest.mark.parametrize("forged", ["", None, "a.b.c", 7])
def test_a_session_that_the_shop_did_not_sign_is_not(bench: Bench, forged: object) -> None:
    status, body = token(bench, **EXCHANGE, subject_token=forged)
    assert (status, body["error"]) == (400, "invalid_subject_token")


@pytest.mark.parametrize("key", ["expiring", "subject_token_type", "requested_token_type"])
def test_an_exchange_names_what_it_brings_and_wants(bench: Bench, key: str) -> None:
    given = {**EXCHANGE, "subject_token": bench.shop.session_token(), key: "other"}
    assert token(bench, **given)[0] == 400


def refresh(bench: Bench, pair: Any) -> Any:
    return token(bench, grant_type="refresh_token", refresh_token=pair["refresh_token"])


def test_a_refresh_token_stays_good_until_its_successor_is_used(bench: Bench) -> None:
    first = bought(bench)
    _, second = refresh(bench, first)
    _, instead = refresh(bench, first)
    assert all(works(bench, one["access_token"]) for one in (first, second, instead))
    assert refresh(bench, instead)[0] == 200
    assert [refresh(bench, one)[0] for one in (first, second)] == [401, 401]


@pytest.mark.parametrize(("used", "days", "status"), [(False, 89, 200), (False, 90, 401), (True, 29, 200)])
def test_a_refresh_token_lapses(bench: Bench, used: bool, days: int, status: int) -> None:  # noqa: FBT001 -- a column of the table
    pair = bought(bench)
    if used:
        refresh(bench, pair)
    bench.clock.turn(days * DAY)
    assert refresh(bench, pair)[0] == status


def test_a_refresh_token_that_was_used_is_good_for_thirty_days(bench: Bench) -> None:
    pair = bought(bench)
    refresh(bench, pair)
    bench.clock.turn(30 * DAY)
    status, body = refresh(bench, pair)
    assert (status, body["error_description"]) == (401, "This request requires an active refresh_token")


def test_a_new_grant_ends_the_refresh_tokens_before_it(bench: Bench) -> None:
    first, second = bought(bench), bought(bench)
    assert [refresh(bench, one)[0] for one in (first, second)] == [401, 200]


def test_the_client_credentials_grant_gives_a_token_for_a_day(bench: Bench) -> None:
    status, body = token(bench, grant_type="client_credentials")
    assert (status, body["expires_in"], "refresh_token" in body) == (200, DAY - 1, False)
    bench.clock.turn(DAY - 2)
    assert works(bench, body["access_token"])
    bench.clock.turn(1)
    assert not works(bench, body["access_token"])
    assert token(bench, grant_type="client_credentials", client_secret="guessed")[0] == 400


def test_revoked_tokens_are_dead_and_new_ones_can_be_had(bench: Bench) -> None:
    pair = bought(bench)
    waiting = code(bench)
    bench.shop.revoke_tokens()
    assert not works(bench, pair["access_token"])
    assert not works(bench, "shpat_sandbox")
    assert (refresh(bench, pair)[0], token(bench, code=waiting, expiring="1")[0]) == (401, 400)
    assert works(bench, bought(bench)["access_token"])


def test_an_uninstalled_app_gets_nothing_until_it_is_installed_again(bench: Bench) -> None:
    pair = bought(bench)
    bench.shop.uninstall()
    session = bench.shop.session_token()
    assert not works(bench, pair["access_token"])
    assert token(bench, **EXCHANGE, subject_token=session)[0] == 400
    bench.shop.install()
    assert token(bench, **EXCHANGE, subject_token=session)[0] == 200
    assert not works(bench, pair["access_token"])
    assert not works(bench, "shpat_sandbox")


def test_an_app_uninstalls_itself(bench: Bench) -> None:
    bench.subscribe("APP_UNINSTALLED")
    said = bench.data("mutation Bye { appUninstall { app { apiKey title } userErrors { code } } }")
    assert said["appUninstall"] == {"app": {"apiKey": "sandbox", "title": "Backorder Connector"}, "userErrors": []}
    assert [letter.topic for letter in bench.post_out()] == ["app/uninstalled"]
    assert not works(bench, "shpat_sandbox")


def test_the_token_endpoint_fails_as_the_shop_does(bench: Bench) -> None:
    bench.shop.faults = Faults(answer_429=2, answer_500=1)
    assert [
        requests.post(f"{bench.url}/admin/oauth/access_token", json=APP, timeout=60).status_code for _ in range(3)
    ] == [429, 429, 500]
    assert bench.shop.calls == ["POST /admin/oauth/access_token"] * 3


def test_the_admin_frames_the_app_with_a_signed_query_and_a_session() -> None:
    with open_bench(app_url="https://app.example.com/in") as bench:
        bench.shop.uninstall()
        answer = bench.session.get(f"{bench.url}/admin/apps/sandbox", timeout=60)
        assert bench.session.get(f"{bench.url}/admin/apps/other", timeout=60).status_code == 404
    source = html.unescape(re.findall(r'<iframe [^>]*src="([^"]+)"', answer.text)[0])
    query = dict(parse_qsl(urlsplit(source).query))
    assert source.startswith("https://app.example.com/in?")
    assert set(query) == {"embedded", "hmac", "host", "id_token", "locale", "shop", "timestamp"}
    assert (query["embedded"], query["hmac"]) == ("1", signature(query))
    assert (claims_of(query["id_token"], SECRET) or {})["aud"] == "sandbox"
    assert bench.shop.installed


def test_an_app_without_an_address_is_not_framed(bench: Bench) -> None:
    assert bench.session.get(f"{bench.url}/admin/apps/sandbox", timeout=60).status_code == 404


def test_a_page_of_the_app_may_ask_for_a_fresh_session(bench: Bench) -> None:
    first, second = (bench.session.get(f"{bench.url}/session-token", timeout=60) for _ in range(2))
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    assert first.text != second.text
    assert claims_of(first.text, SECRET) is not None


@pytest.mark.parametrize("path", ["app-bridge.js", "shopifycloud/app-bridge.js"])
def test_the_script_of_the_admin_is_served(bench: Bench, path: str) -> None:
    answer = bench.session.get(f"{bench.url}/{path}", timeout=60)
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert "window.shopify" in answer.text
