"""Connecting a WooCommerce store: what is doubled, late, forged, mistyped or of another browser; where keys stand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import stamina
from connecting import (
    CLOSED,
    OPEN,
    attempt_in,
    behind_host,
    connect_woo,
    connecting,
    is_inside,
    kept_keys,
    records,
    rows,
    say_yes,
    shop_keys,
    type_address,
    way_to_shop,
    work,
)
from site_house import Site
from woo_owner import Owner

from connector.ports.installing import Granted

CALLBACK = "/install/woocommerce/callback"


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Site]:
    with connecting(tmp_path) as opened:
        yield opened


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Site]:
    with connecting(tmp_path, CLOSED) as opened:
        yield opened


@pytest.fixture(scope="module")
def nothing_known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """For what is refused and leaves nothing behind."""
    with connecting(tmp_path_factory.mktemp("refusals")) as opened:
        yield opened


# Doubled, late and forged.


def test_saying_yes_twice_connects_once_and_the_second_key_is_deleted_at_the_shop(there: Site) -> None:
    browser = there.stranger()
    owner = Owner().log_in(way_to_shop(type_address(there, browser)))
    back = behind_host(owner.approve())
    assert owner.follow_approve().status_code == 401
    assert len(shop_keys(there)) == 1
    assert browser.get(back).location == "/settings/welcome"
    (key,) = records(there)
    kept = kept_keys(there, key)
    assert kept is not None
    assert {kept.options["consumer_key"]} == set(shop_keys(there))


def test_coming_back_a_second_time_signs_nobody_in_again(there: Site) -> None:
    browser = there.stranger()
    back = say_yes(type_address(there, browser))
    browser.get(back)
    assert browser.get(back).location == "/settings/welcome", "still inside"
    browser.post("/out")
    assert browser.get(back).location == "/in"
    assert not is_inside(browser)


def test_a_yes_after_a_quarter_of_an_hour_comes_too_late_and_leaves_no_key(there: Site) -> None:
    browser = there.stranger()
    away = type_address(there, browser)
    owner = Owner().log_in(way_to_shop(away))
    there.house.clock.shift(timedelta(minutes=16))
    assert owner.follow_approve().status_code == 401
    assert (records(there), shop_keys(there)) == ({}, {})
    attempt = attempt_in(away)
    late = browser.get(f"/install/woocommerce/back?success=1&user_id={attempt}")
    assert (late.status, "longer than a quarter of an hour" in late.text) == (403, True)


def keys_post(attempt: object, **changed: object) -> dict[str, object]:
    told = {
        "key_id": 1,
        "user_id": attempt,
        "consumer_key": f"ck_{'a' * 40}",
        "consumer_secret": f"cs_{'b' * 40}",
        "key_permissions": "read_write",
    }
    return {**told, **changed}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (json.dumps(keys_post("a-word-that-nobody-ever-gave-to-a-shop")).encode(), 401),
        (json.dumps(keys_post("")).encode(), 401),
        (json.dumps(keys_post(None)).encode(), 401),
        (json.dumps(keys_post(["x"])).encode(), 401),
        (json.dumps(keys_post("x" * 128, key_id="x")).encode(), 401),
        (b"", 401),
        (b"{", 401),
        (b"[]", 401),
        (b"\xff\xfe\x00", 401),
        (b"[" * 5_000, 401),
        (b'{"user_id": "' + b"x" * 12_000 + b'"}', 401),
        (b"x" * 25_000, 413),
    ],
)
def test_a_forged_post_of_keys_is_refused_and_not_taken_for_an_error_of_ours(
    nothing_known: Site, body: bytes, status: int
) -> None:
    nothing_known.house.clock.shift(timedelta(minutes=1))
    answer = nothing_known.stranger().client.post(CALLBACK, data=body, content_type="application/json")
    assert (answer.status_code, answer.get_data()) == (status, b"refused\n")
    assert records(nothing_known) == {}


@pytest.mark.parametrize(
    "changed",
    [
        {"consumer_key": "cs_swapped"},
        {"consumer_secret": "with blanks"},
        {"consumer_key": f"ck_{'a' * 300}"},
        {"key_permissions": 7},
        {"key_id": "one"},
    ],
)
def test_a_post_of_another_shape_does_not_use_the_attempt_up(there: Site, changed: dict[str, object]) -> None:
    browser = there.stranger()
    away = type_address(there, browser)
    attempt = attempt_in(away)
    assert browser.client.post(CALLBACK, json=keys_post(attempt, **changed)).status_code == 401
    assert browser.get(say_yes(away)).location == "/settings/welcome"


def test_keys_that_may_only_read_are_refused_and_the_owner_is_told_why(there: Site) -> None:
    browser = there.stranger()
    away = type_address(there, browser)
    owner = Owner().log_in(way_to_shop(away).replace("scope=read_write", "scope=read"))
    assert owner.follow_approve().status_code == 401
    assert (records(there), shop_keys(there)) == ({}, {})
    seen = browser.get(f"/install/woocommerce/back?success=1&user_id={attempt_in(away)}")
    assert (seen.status, "may not both read and write" in seen.text) == (422, True)


@pytest.mark.parametrize("known", [True, False])
def test_who_posts_keys_of_their_own_making_for_the_shop_of_another_gets_nowhere(
    there: Site, tmp_path: Path, *, known: bool
) -> None:
    """Whoever begins knows the word that the shop's post is bound by, and needs no shop to send it."""
    if known:
        connect_woo(there, there.stranger())
    before = {key: kept_keys(there, key) for key in records(there)}
    thief = there.stranger()
    attempt = attempt_in(type_address(there, thief))
    assert thief.client.post(CALLBACK, json=keys_post(attempt)).status_code == 200
    for _ in range(2):
        seen = thief.get(f"/install/woocommerce/back?success=1&user_id={attempt}")
        assert (seen.status, "does not know the consumer key" in seen.text) == (422, True)
        assert '"keys"' not in rows(tmp_path)["passes"]
    assert not is_inside(thief)
    assert {key: kept_keys(there, key) for key in records(there)} == before


def test_a_key_that_was_deleted_before_one_came_back_connects_nothing(there: Site) -> None:
    browser = there.stranger()
    back = say_yes(type_address(there, browser))
    for name in shop_keys(there):
        there.house.woo.delete_key(name)
    assert browser.get(back).status == 422
    assert (records(there), is_inside(browser)) == ({}, False)


def test_a_shop_that_does_not_answer_while_its_keys_are_tried_is_asked_again(there: Site) -> None:
    browser = there.stranger()
    back = say_yes(type_address(there, browser))
    there.house.woo.faults.answer_500 = 50
    with stamina.set_testing(True, attempts=1):
        seen = browser.get(back)
    assert (seen.status, "does not answer just now" in seen.text, records(there)) == (503, True, {})
    there.house.woo.faults.answer_500 = 0
    assert browser.get(back).location == "/settings/welcome"


def test_keys_that_wait_to_be_tried_wait_under_the_seal_and_not_for_long(there: Site, tmp_path: Path) -> None:
    browser = there.stranger()
    back = say_yes(type_address(there, browser))
    (name, at_shop) = next(iter(shop_keys(there).items()))
    waiting = "".join(rows(tmp_path).values())
    assert not any(secret in waiting for secret in (name, at_shop.secret))
    assert "'keys'" in waiting or '"keys"' in waiting
    browser.get(back)
    assert '"keys"' not in rows(tmp_path)["passes"]


def test_a_platform_that_posts_no_keys_has_no_such_address(nothing_known: Site) -> None:
    assert nothing_known.stranger().client.post("/install/shopify/callback", data=b"{}").status_code == 404
    assert nothing_known.stranger().client.post("/install/etsy/callback", data=b"{}").status_code == 404


# Another browser.


def test_who_says_yes_for_somebody_else_signs_nobody_in_and_puts_out_who_got_in(there: Site) -> None:
    began, other = there.stranger(), there.stranger()
    back = say_yes(type_address(there, began))
    assert began.get(back).location == "/settings/welcome"
    assert is_inside(began)
    seen = other.get(back)
    assert (seen.status, "Another browser began this connection" in seen.text) == (403, True)
    assert not is_inside(other)
    assert not is_inside(began)
    assert began.get(back).status == 403, "nor does it get in again"


def test_once_another_browser_came_back_the_one_that_began_gets_in_no_more(there: Site) -> None:
    began, other = there.stranger(), there.stranger()
    back = say_yes(type_address(there, began))
    assert other.get(back).status == 403
    assert began.get(back).status == 403
    assert (is_inside(began), records(there)) == (False, {})


def test_once_another_browser_came_back_keys_that_come_later_are_refused(there: Site) -> None:
    began, other = there.stranger(), there.stranger()
    owner = Owner().log_in(way_to_shop(type_address(there, began)))
    assert other.get(behind_host(owner.deny())).status == 403
    assert owner.follow_approve().status_code == 401
    assert (records(there), shop_keys(there)) == ({}, {})


def test_another_browser_that_comes_back_while_the_keys_are_tried_lets_nobody_in(
    there: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, other = there.stranger(), there.stranger()
    back = say_yes(type_address(there, began))
    installer = there.house.service.installers["woocommerce"]
    tried = installer.tried

    def meanwhile(granted: Granted) -> None:
        other.get(back)
        tried(granted)

    monkeypatch.setattr(installer, "tried", meanwhile)
    assert began.get(back).location == "/in"
    assert (is_inside(began), is_inside(other)) == (False, False)


def test_other_sessions_of_the_store_go_on(there: Site) -> None:
    first = there.stranger()
    connect_woo(there, first)
    second, other = there.stranger(), there.stranger()
    back = say_yes(type_address(there, second))
    second.get(back)
    other.get(back)
    assert is_inside(first)
    assert not is_inside(second)


# The address that is typed.


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "The address is missing."),
        ("http://127.0.0.1:9", "No shop answers at http://127.0.0.1:9."),
        ("javascript:alert(1)", "This is no web address."),
        ("http://127.0.0.1:8000/\r\nX-Evil: 1", "This is no web address."),
        ("https://user:pass@127.0.0.1/", "holds a user name or a password"),
        ("x" * 5_000, "The address names no host."),
        ("http://[", "This is no web address."),
        ("\x00", "This is no web address."),
    ],
)
def test_an_address_that_is_none_is_shown_again_with_what_is_wrong(
    nothing_known: Site, address: str, said: str
) -> None:
    seen = nothing_known.stranger().post("/install/woocommerce", {"url": address})
    assert seen.status == 422
    field = seen.soup.find("input", id="begin-url")
    assert field is not None
    wrong = seen.soup.find(id="begin-url-wrong")
    assert wrong is not None
    assert said in wrong.get_text()
    assert seen.soup.find(id="paste-url-wrong") is None
    assert "Refresh" not in seen.headers


def test_pasted_keys_connect_a_store(there: Site) -> None:
    browser = there.stranger()
    typed = {"url": there.house.urls["woo"], "consumer_key": "ck_sandbox", "consumer_secret": "cs_sandbox"}
    assert browser.follow(browser.post("/install/woocommerce/keys", typed)).status == 200
    assert set(records(there)) == set(there.house.service.stores)


def test_wrong_keys_are_said_and_the_secret_is_not_shown_again(there: Site) -> None:
    typed = {"url": there.house.urls["woo"], "consumer_key": "ck_sandbox", "consumer_secret": "cs_wrong_one"}
    seen = there.stranger().post("/install/woocommerce/keys", typed)
    assert (seen.status, "cs_wrong_one" in seen.html, records(there)) == (422, False, {})


def test_keys_are_not_even_tried_for_somebody_who_was_not_invited(closed: Site) -> None:
    typed = {"url": closed.house.urls["woo"], "consumer_key": "ck_sandbox", "consumer_secret": "cs_sandbox"}
    assert closed.stranger().post("/install/woocommerce/keys", typed).status == 403
    assert (closed.house.woo.calls, records(closed)) == ([], {})


def test_keys_stand_nowhere_but_under_the_seal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with connecting(tmp_path, OPEN) as there:
        there.house.woo.add_product("CHAIR-OAK", 0)
        browser = there.stranger()
        connect_woo(there, browser)
        work(there)
        (key,) = records(there)
        (name, at_shop) = next(iter(shop_keys(there).items()))
        kept = kept_keys(there, key)
        assert kept is not None
        adapter = there.house.app.url_map.bind("localhost")
        looked = [
            browser.get(adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, "1")))
            for rule in there.house.app.url_map.iter_rules()
            if "GET" in (rule.methods or set()) and "static" not in rule.endpoint
        ]
        assert len(looked) > 20
        there.house.woo.delete_key(name)
        work(there)
        looked += [
            browser.get("/settings/welcome"),
            browser.post("/settings/welcome/check"),
            browser.get("/settings"),
            browser.get("/settings/backorders.csv"),
            browser.get("/nowhere"),
            browser.post("/settings/nowhere"),
        ]
        assert any("The shop does not know the consumer key." in one.text for one in looked)
        secrets = (name, at_shop.secret, kept.webhook_secret)
        logged = "".join(capsys.readouterr()) + caplog.text
        places = {table: text for table, text in rows(tmp_path).items() if table != "credentials"}
        everywhere = {
            **places,
            "the log": logged,
            **{one.path: f"{one.html}{one.headers}" for one in looked},
            "the sealed row": rows(tmp_path)["credentials"],
        }
        found = {place for place, text in everywhere.items() for secret in secrets if secret in text}
        assert found == set()
        assert key in rows(tmp_path)["credentials"]
