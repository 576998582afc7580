"""A Shopify store is connected: by a signed link, with pasted keys; all that is forged on the way is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest
from connecting import connecting, invitation, is_inside, kept_keys, records, work
from shopify_doors import CODE, DOMAIN, OWN, OWN_OPEN, altered, answer_of, connect_by_code, launch_link
from site_house import Browser, Site

from adapters.shopify.sandbox import ShopifyShop
from connector.ports.clock import system_clock

CREDENTIALS = {"shop": DOMAIN, "client_id": "sandbox", "client_secret": "shpss_sandbox"}
TOKEN = {"shop": DOMAIN, "access_token": "shpat_sandbox", "webhook_secret": "shpss_sandbox"}


@pytest.fixture
def code(tmp_path: Path) -> Iterator[Site]:
    with connecting(tmp_path, CODE) as opened:
        yield opened


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Site]:
    with connecting(tmp_path, OWN) as opened:
        yield opened


# By a link that Shopify signed.


def test_from_the_link_to_the_flag_in_the_shop(code: Site) -> None:
    code.house.shopify.add_product("TENT-2P", 0, title="Tent for two")
    browser = code.stranger()
    away = browser.get(launch_link(code))
    assert away.headers["Refresh"].startswith(f"0; url={code.house.urls['shopify']}/admin/oauth/authorize?")
    assert browser.follow(browser.get(answer_of(away))).status == 200
    (key,) = records(code)
    assert records(code)[key].shop == DOMAIN
    work(code)
    code.house.add_supply(key, "TENT-2P", 3, date(2026, 12, 24))
    work(code)
    assert "1 product would be opened for backorders" in browser.get("/settings/welcome").text
    assert code.house.shopify.shelf("TENT-2P").fields["inventoryPolicy"] == "DENY"
    browser.post("/settings/welcome/start")
    work(code)
    code.house.settle()
    assert code.house.shopify.shelf("TENT-2P").fields["inventoryPolicy"] == "CONTINUE"


def test_opening_the_app_again_signs_in_to_the_same_store(code: Site) -> None:
    connect_by_code(code, code.stranger())
    again = code.stranger()
    assert again.follow(connect_by_code(code, again)).status == 200
    assert len(records(code)) == 1


def test_rights_that_were_not_granted_are_said(code: Site) -> None:
    code.house.shopify.scopes = frozenset({"read_products", "write_products"})
    browser = code.stranger()
    seen = browser.follow(connect_by_code(code, browser))
    assert "These rights were not granted: read_inventory, read_locations, write_orders, write_order_edits" in seen.text


@pytest.mark.parametrize(
    "forged",
    [
        {"hmac": "0" * 64},
        {"hmac": ""},
        {"hmac": "ü"},
        {"shop": "evil.com"},
        {"shop": "another.myshopify.com"},
        {"shop": "sandbox.myshopify.com.evil.com"},
        {"shop": "sandbox.myshopify.com\n"},
        {"timestamp": "1"},
        {"timestamp": None},
    ],
)
def test_a_link_that_was_altered_leads_nowhere(code: Site, forged: Mapping[str, str | None]) -> None:
    seen = code.stranger().get(altered(launch_link(code), **forged))
    assert (seen.status, "Refused" in seen.text, "Refresh" in seen.headers) == (403, True, False)


@pytest.mark.parametrize(
    "shop",
    [
        "evil.com",
        "sandbox.myshopify.com.evil.com",
        "\u017fandbox.myshopify.com",
        "sandbox.myshopify.com\n",
        "x@y.myshopify.com",
        "sandbox.myshopify.com/x",
    ],
)
def test_even_a_signed_link_leads_to_no_address_that_is_no_shop(code: Site, shop: str) -> None:
    code.house.shopify.store.shop.myshopify_domain = shop
    assert code.stranger().get(launch_link(code)).status == 403


def test_a_link_that_is_old_leads_nowhere(code: Site) -> None:
    link = launch_link(code)
    code.house.clock.shift(timedelta(minutes=2))
    assert code.stranger().get(link).status == 403


def test_a_value_that_stands_twice_is_refused(code: Site) -> None:
    assert code.stranger().get(f"{launch_link(code)}&shop=another.myshopify.com").status == 403


@pytest.mark.parametrize(
    "forged",
    [{"hmac": "0" * 64}, {"code": "another"}, {"shop": "another.myshopify.com"}, {"timestamp": "1"}, {"code": None}],
)
def test_a_callback_that_was_altered_connects_nothing_and_uses_the_attempt_up(
    code: Site, forged: Mapping[str, str | None]
) -> None:
    browser = code.stranger()
    back = answer_of(browser.get(launch_link(code)))
    for address in (altered(back, **forged), back):
        seen = browser.get(address)
        assert (seen.status, "Refused" in seen.text) == (403, True)
    assert (records(code), is_inside(browser)) == ({}, False)


@pytest.mark.parametrize("state", ["", "x", "x" * 5_000, "\x00", "ü", None])
def test_a_callback_without_a_state_of_ours_connects_nothing(code: Site, state: str | None) -> None:
    browser = code.stranger()
    back = answer_of(browser.get(launch_link(code)))
    assert browser.get(altered(back, state=state)).status == 403
    assert records(code) == {}


def test_the_state_of_another_browser_connects_nothing(code: Site) -> None:
    began, other = code.stranger(), code.stranger()
    back = answer_of(began.get(launch_link(code)))
    other.get(launch_link(code))
    assert "Another browser began" in other.get(back).text
    assert began.get(back).status == 403
    assert (records(code), is_inside(began), is_inside(other)) == ({}, False, False)


def test_the_callback_of_another_shop_does_not_fit_the_state(code: Site) -> None:
    """Signed by Shopify all the same: an owner of two shops could otherwise be handed the wrong one."""
    browser = code.stranger()
    away = browser.get(launch_link(code))
    code.house.shopify.store.shop.myshopify_domain = "another.myshopify.com"
    assert browser.get(answer_of(away)).status == 403
    assert records(code) == {}


def test_a_callback_works_once(code: Site) -> None:
    browser = code.stranger()
    back = answer_of(browser.get(launch_link(code)))
    assert browser.get(back).location == "/settings/welcome"
    calls = len(code.house.shopify.calls)
    browser.post("/out")
    assert browser.get(back).location == "/in"
    assert not is_inside(browser)
    assert len(code.house.shopify.calls) == calls


def test_a_callback_after_a_quarter_of_an_hour_comes_too_late(code: Site) -> None:
    browser = code.stranger()
    away = browser.get(launch_link(code))
    code.house.clock.shift(timedelta(minutes=16))
    seen = browser.get(answer_of(away))
    assert (seen.status, "longer than a quarter of an hour" in seen.text) == (403, True)
    assert records(code) == {}


def test_a_refusal_is_said_and_the_same_state_brings_nothing_afterwards(code: Site) -> None:
    browser = code.stranger()
    away = browser.get(launch_link(code))
    assert "You said no at the shop" in browser.get(answer_of(away, "deny")).text
    assert "You said no at the shop" in browser.get(answer_of(away)).text
    assert records(code) == {}


def test_a_shop_that_does_not_answer_is_said_with_a_way_to_begin_again(code: Site) -> None:
    browser = code.stranger()
    back = answer_of(browser.get(launch_link(code)))
    code.house.shopify.faults.answer_500 = 50
    seen = browser.get(back)
    assert (seen.status, "Begin again" in seen.text) == (502, True)
    assert records(code) == {}
    code.house.shopify.faults.answer_500 = 0
    assert connect_by_code(code, browser).location == "/settings/welcome"


def test_a_store_that_was_uninstalled_comes_back_with_its_settings(code: Site) -> None:
    browser = code.stranger()
    connect_by_code(code, browser)
    work(code)
    (key,) = records(code)
    browser.post("/settings/welcome/start")
    code.house.shopify.uninstall()
    code.house.settle()
    assert records(code)[key].gone_at is not None
    assert not is_inside(browser)
    assert browser.follow(connect_by_code(code, browser)).status == 200
    assert records(code)[key].gone_at is None
    assert code.house.store(key).push


# Pasted.


def paste(browser: Browser, typed: Mapping[str, str]) -> tuple[int, str]:
    seen = browser.post("/install/shopify/keys", dict(typed))
    return seen.status, seen.text


@pytest.mark.parametrize("typed", [CREDENTIALS, TOKEN])
def test_an_invited_owner_pastes_keys_and_is_inside(own: Site, typed: Mapping[str, str]) -> None:
    browser = own.stranger()
    browser.get(f"/install?invitation={invitation(own)}")
    assert "With keys that you paste" in browser.get("/install/shopify").text
    assert paste(browser, typed)[0] == 302
    own.house.shopify.add_product("TENT-2P", 2)
    work(own)
    own.house.settle()
    (key,) = records(own)
    assert own.house.available(key, "TENT-2P") == 2
    assert is_inside(browser)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({**CREDENTIALS, "client_secret": "shpss_wrong_one"}, "client_secret"),
        ({**CREDENTIALS, "client_id": "unknown"}, "client_id"),
        ({**CREDENTIALS, "shop": "another.myshopify.com"}, "shop"),
        ({**CREDENTIALS, "shop": "evil.com"}, "shop"),
        ({**TOKEN, "access_token": "shpat_wrong_one"}, "access_token"),
        ({**TOKEN, "webhook_secret": ""}, "webhook_secret"),
        ({"shop": DOMAIN}, "client_id"),
        ({}, "shop"),
    ],
)
def test_wrong_keys_are_said_beside_their_field_and_no_secret_is_shown_again(
    tmp_path: Path, wrong: Mapping[str, str], field: str
) -> None:
    with connecting(tmp_path, OWN_OPEN) as there:
        seen = there.stranger().post("/install/shopify/keys", dict(wrong))
        assert seen.status == 422
        assert [one["id"] for one in seen.soup.select("[id$=-wrong]")] == [f"paste-{field}-wrong"]
        assert not any(wrong.get(key, "?") in seen.html for key in ("client_secret", "access_token") if wrong.get(key))
        assert records(there) == {}


def test_the_page_of_own_keys_says_to_everybody_what_to_do(own: Site) -> None:
    stranger, operator = own.stranger(), own.operator()
    assert "ask the operator of this service for one" in stranger.get("/install/shopify").text
    assert "ask for a link that signs you in" in stranger.get("/install/shopify").text
    assert "/install/shopify" not in stranger.get("/in").html, (
        "nobody comes in through a form of keys that is not theirs"
    )
    assert "With keys that you paste" in operator.get("/install/shopify").text


def test_a_stranger_cannot_even_try_keys(own: Site) -> None:
    assert paste(own.stranger(), CREDENTIALS)[0] == 403
    assert own.house.shopify.calls == []


def test_the_operator_pastes_keys_and_stays_the_operator(own: Site) -> None:
    operator = own.operator()
    assert paste(operator, CREDENTIALS)[0] == 302
    assert operator.get("/admin").status == 200
    assert is_inside(operator)


def test_an_owner_who_is_signed_in_gives_new_keys_without_an_invitation(own: Site) -> None:
    operator = own.operator()
    paste(operator, CREDENTIALS)
    (key,) = records(own)
    owner = own.owner(key)
    assert "With keys that you paste" in owner.get("/install/shopify").text
    assert paste(owner, TOKEN)[0] == 302
    kept = kept_keys(own, key)
    assert kept is not None
    assert kept.options["access_token"] == "shpat_sandbox"


def test_an_owner_brings_no_other_store_by_that(own: Site) -> None:
    paste(own.operator(), CREDENTIALS)
    (key,) = records(own)
    with own.house.service.work() as uow:
        record = uow.stores.get(key)
        assert record is not None
        record.shop = "elsewhere.myshopify.com"
        uow.stores.save(record)
        uow.commit()
    assert paste(own.owner(key), CREDENTIALS)[0] == 403
    assert set(records(own)) == {key}


def test_keys_that_may_little_do_not_sign_in_to_a_store_that_is_known(tmp_path: Path) -> None:
    with connecting(tmp_path, OWN_OPEN) as there:
        first = there.stranger()
        paste(first, CREDENTIALS)
        (key,) = records(there)
        before = kept_keys(there, key)
        there.house.shopify.install({"read_products"})
        stranger = there.stranger()
        status, said = paste(stranger, TOKEN)
        assert (status, "These keys lack rights" in said, is_inside(stranger)) == (422, True, False)
        assert kept_keys(there, key) == before
        assert paste(there.owner(key), TOKEN)[0] == 302, "its owner is warned, and not kept from it"


def test_keys_of_another_app_bring_the_secret_that_its_webhooks_are_signed_with(own: Site) -> None:
    operator = own.operator()
    paste(operator, CREDENTIALS)
    (key,) = records(own)
    operator.post("/install/shopify/keys", {**TOKEN, "webhook_secret": "of-the-other-app"})
    kept = kept_keys(own, key)
    assert kept is not None
    assert kept.webhook_secret == "of-the-other-app"


def test_an_address_cannot_be_typed_for_a_shop_of_shopify(own: Site) -> None:
    assert own.operator().post("/install/shopify", {"url": DOMAIN}).status == 404


def test_a_link_signed_for_another_app_is_none_here(code: Site) -> None:
    other = ShopifyShop(system_clock, lambda *_: 200, client_secret="shpss_of_another_app")
    link = other.install_link("http://localhost/install/shopify").removeprefix("http://localhost")
    assert code.stranger().get(link).status == 403
