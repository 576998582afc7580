"""A WooCommerce store is connected on a page: from its address to the flag in its shop; refused, invited, again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from connecting import (
    CLOSED,
    attempt_in,
    behind_host,
    connect_woo,
    connecting,
    invitation,
    is_inside,
    kept_keys,
    records,
    say_yes,
    shop_keys,
    type_address,
    way_to_shop,
    work,
)
from house import CONFIG
from site_house import Browser, Site
from woo_owner import Owner

from connector.bootstrap.service import Service
from connector.bootstrap.web import build_app
from connector.checked_settings import read_settings

CALLBACK = "/install/woocommerce/callback"
IN_THE_FILE = CONFIG.replace("[sync]", "[install]\nopen = true\n[sync]")


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Site]:
    with connecting(tmp_path) as opened:
        yield opened


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Site]:
    with connecting(tmp_path, CLOSED) as opened:
        yield opened


def test_from_the_address_to_the_flag_in_the_shop(there: Site) -> None:
    there.house.woo.add_product("CHAIR-OAK", 0, title="Oak chair")
    there.house.woo.add_product("STOOL", 5, title="Stool")
    browser = there.stranger()
    assert "/install/woocommerce" in browser.get("/install").html
    away = type_address(there, browser)
    assert away.headers["Refresh"] == f"0; url={way_to_shop(away)}"
    back = browser.get(say_yes(away))
    assert (back.status, back.location) == (302, "/settings/welcome")

    reading = browser.follow(back)
    assert reading.headers["Refresh"] == "3"
    assert [bar["id"] for bar in reading.soup.find_all("progress")] == ["bar-products", "bar-orders"]
    (key,) = there.house.service.stores
    assert records(there)[key].shop == there.house.urls["woo"]
    work(there)
    there.house.add_supply(key, "CHAIR-OAK", 4, date(2026, 12, 24))
    work(there)
    planned = browser.get("/settings/welcome")
    assert "Refresh" not in planned.headers
    assert "1 product would be opened for backorders" in planned.text
    assert there.house.woo.shelf("CHAIR-OAK").fields["backorders"] == "no"

    assert browser.post("/settings/welcome/start").location == "/settings"
    work(there)
    there.house.settle()
    assert there.house.woo.shelf("CHAIR-OAK").fields["backorders"] == "notify"
    assert there.house.woo.shelf("STOOL").fields["backorders"] == "no"


def test_without_javascript_and_without_the_refresh_header_a_link_leads_on(there: Site) -> None:
    away = type_address(there, there.stranger())
    asked = parse_qs(urlsplit(way_to_shop(away)).query)
    assert asked["scope"] == ["read_write"]
    assert asked["callback_url"] == [f"{there.house.service.settings.server.public_url}{CALLBACK}"]
    assert away.soup.find("script") is None


def test_a_store_that_is_read_is_not_written_to_before_its_owner_says_start(there: Site) -> None:
    there.house.woo.add_product("CHAIR-OAK", 0)
    connect_woo(there, there.stranger())
    work(there)
    there.house.add_supply(next(iter(there.house.service.stores)), "CHAIR-OAK", 4, date(2026, 12, 24))
    before = there.house.woo.shelf("CHAIR-OAK")
    there.house.settle()
    assert there.house.woo.shelf("CHAIR-OAK") == before


@pytest.mark.parametrize("read", [False, True])
def test_a_service_that_starts_anew_goes_on_where_it_was_and_knows_its_owner(
    there: Site, tmp_path: Path, *, read: bool
) -> None:
    browser = there.stranger()
    connect_woo(there, browser)
    if read:
        work(there)
    before = browser.get("/settings/welcome").text
    with closing(Service(read_settings(tmp_path / "config.toml", {}))) as again:
        app = build_app(again)
        restarted = Browser(app.test_client())
        held = browser.client.get_cookie("backorder_session")
        assert held is not None
        restarted.client.set_cookie("backorder_session", held.value)
        assert restarted.get("/settings/welcome").text == before
        app.extensions["backorder.on_stop"]()


# The owner says no, or nothing.


def test_a_refusal_at_the_shop_is_said_and_nothing_is_kept(there: Site) -> None:
    browser = there.stranger()
    owner = Owner().log_in(way_to_shop(type_address(there, browser)))
    back = behind_host(owner.deny())
    for _ in range(2):
        seen = browser.get(back)
        assert (seen.status, "You said no at the shop" in seen.text) == (200, True)
    assert (records(there), shop_keys(there), is_inside(browser)) == ({}, {}, False)


def test_after_a_refusal_the_same_page_of_the_shop_can_not_be_used_to_say_yes(there: Site) -> None:
    browser = there.stranger()
    owner = Owner().log_in(way_to_shop(type_address(there, browser)))
    browser.get(behind_host(owner.deny()))
    assert owner.follow_approve().status_code == 401
    assert (records(there), shop_keys(there)) == ({}, {})


def test_after_a_refusal_one_begins_again(there: Site) -> None:
    browser = there.stranger()
    browser.get(behind_host(Owner().log_in(way_to_shop(type_address(there, browser))).deny()))
    assert browser.follow(connect_woo(there, browser)).status == 200


def test_who_comes_back_before_the_keys_is_told_to_wait_and_gets_in_when_they_are_there(there: Site) -> None:
    browser = there.stranger()
    away = type_address(there, browser)
    attempt = attempt_in(away)
    early = browser.get(f"/install/woocommerce/back?success=1&user_id={attempt}")
    assert (early.status, "The shop has sent no keys yet" in early.text) == (200, True)
    assert not is_inside(browser)
    assert browser.get(say_yes(away)).location == "/settings/welcome"


def test_an_attempt_that_was_left_lying_is_no_hindrance_to_the_next(there: Site) -> None:
    browser = there.stranger()
    first = type_address(there, browser)
    assert connect_woo(there, browser).location == "/settings/welcome"
    assert browser.get(say_yes(first)).location == "/settings/welcome", "two tabs, each with an attempt of its own"
    assert len(records(there)) == 1


# By invitation.


def test_without_an_invitation_an_unknown_store_is_refused_and_its_key_deleted(closed: Site) -> None:
    browser = closed.stranger()
    assert "New stores come in by invitation" in browser.get("/install/woocommerce").text
    away = type_address(closed, browser)
    attempt, owner = attempt_in(away), Owner().log_in(way_to_shop(away))
    assert owner.follow_approve().status_code == 401
    assert (records(closed), shop_keys(closed)) == ({}, {})
    seen = browser.get(f"/install/woocommerce/back?success=1&user_id={attempt}")
    assert (seen.status, "New stores come in by invitation" in seen.text) == (403, True)
    assert not is_inside(browser)


def test_an_invitation_brings_one_store(closed: Site) -> None:
    token = invitation(closed)
    browser, later = closed.stranger(), closed.stranger()
    assert "by invitation" not in browser.get(f"/install?invitation={token}").text
    assert connect_woo(closed, browser).location == "/settings/welcome"
    assert "used before, or it is too old" in later.get(f"/install?invitation={token}").text
    assert later.client.get_cookie("backorder_invitation") is None


def test_an_invitation_does_not_bring_two_stores_by_two_attempts_at_once(closed: Site) -> None:
    browser = closed.stranger()
    browser.get(f"/install?invitation={invitation(closed)}")
    first, second = type_address(closed, browser), type_address(closed, browser)
    assert browser.get(say_yes(first)).location == "/settings/welcome"
    with closed.house.service.work() as uow:  # the other attempt is to be that of another shop
        (record,) = uow.stores.all()
        record.shop = "https://elsewhere.example.com"
        uow.stores.save(record)
        uow.commit()
    seen = browser.get(say_yes(second))
    assert (seen.status, "New stores come in by invitation" in seen.text) == (403, True)
    assert len(records(closed)) == 1


def test_an_invitation_is_not_used_up_by_signing_in_to_a_store_that_is_known(closed: Site) -> None:
    browser = closed.stranger()
    browser.get(f"/install?invitation={invitation(closed)}")
    connect_woo(closed, browser)
    token = invitation(closed)
    browser.get(f"/install?invitation={token}")
    connect_woo(closed, browser)
    assert "used before" not in closed.stranger().get(f"/install?invitation={token}").text


def test_an_invitation_is_too_old_after_a_week(closed: Site) -> None:
    token = invitation(closed)
    closed.house.clock.shift(timedelta(days=7))
    assert "too old" in closed.stranger().get(f"/install?invitation={token}").text


@pytest.mark.parametrize("token", ["wrong", "", "\x00", "x" * 10_000, "ü"])
def test_what_is_no_invitation_invites_nobody(closed: Site, token: str) -> None:
    browser = closed.stranger()
    assert browser.get("/install", query_string={"invitation": token}).status == 200
    assert browser.client.get_cookie("backorder_invitation") is None


def test_a_stranger_signs_in_to_a_store_that_is_known_by_saying_yes_at_its_shop(closed: Site) -> None:
    browser = closed.stranger()
    browser.get(f"/install?invitation={invitation(closed)}")
    connect_woo(closed, browser)
    another = closed.stranger()
    assert another.follow(connect_woo(closed, another)).status == 200
    assert len(records(closed)) == 1


def test_an_operator_brings_a_store_and_stays_the_operator(closed: Site) -> None:
    operator = closed.operator()
    assert "by invitation" not in operator.get("/install").text
    assert operator.follow(connect_woo(closed, operator)).status == 200
    assert operator.get("/admin").status == 200
    assert len(records(closed)) == 1


# Known already.


def test_connecting_again_takes_the_new_keys_and_keeps_the_webhooks_secret(there: Site) -> None:
    browser = there.stranger()
    connect_woo(there, browser)
    work(there)
    (key,) = records(there)
    before = kept_keys(there, key)
    connect_woo(there, browser)
    after = kept_keys(there, key)
    assert before is not None
    assert after is not None
    assert after.options != before.options
    assert after.webhook_secret == before.webhook_secret
    there.house.woo.delete_key(str(before.options["consumer_key"]))
    work(there)
    there.house.woo.add_product("STOOL", 5)
    there.house.settle()
    assert there.house.available(key, "STOOL") == 5


def test_a_store_of_the_config_file_signs_its_owner_in_and_keeps_the_keys_of_the_file(tmp_path: Path) -> None:
    with connecting(tmp_path, IN_THE_FILE) as there:
        browser = there.stranger()
        seen = browser.follow(connect_woo(there, browser))
        assert "set up in the config file" in seen.text
        assert kept_keys(there, "chairs") is None
        assert set(records(there)) == {"chairs", "tents"}
        assert there.house.store("chairs").push, "it goes on as the file says"
