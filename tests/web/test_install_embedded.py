"""Our pages inside Shopify's admin: a session token with every request, no cookie, and no other page around them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from connecting import connecting, records, work
from house import CONFIG
from shopify_doors import APP, DOMAIN, EMBEDDED, bearer, framed, open_framed
from site_house import Site

from adapters.shopify.sandbox import ShopifyShop
from connector.ports.clock import system_clock
from connector.web.access import ACCESS, Who

NEIGHBOUR = "neighbour.myshopify.com"


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Site]:
    with connecting(tmp_path, EMBEDDED) as opened:
        yield opened


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with connecting(tmp_path_factory.mktemp("embedded"), EMBEDDED) as opened:
        opened.house.shopify.add_product("TENT-2P", 2, title="Tent for two")
        open_framed(opened.stranger(), framed(opened))
        work(opened)
        opened.house.settle()
        yield opened


def owners_pages(there: Site) -> list[str]:
    """Every page of an owner that can be looked at, with something in each place of its address."""
    adapter = there.house.app.url_map.bind("localhost")
    return sorted(
        adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, "1"))
        for rule in there.house.app.url_map.iter_rules()
        if ACCESS.get(rule.endpoint) is Who.OWNER and "GET" in (rule.methods or set())
    )


def ancestors(headers: Mapping[str, str]) -> str:
    policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";"))
    return policy["frame-ancestors"]


def admins(there: Site) -> str:
    return f"https://{DOMAIN} https://admin.shopify.com {there.house.urls['shopify']}"


def test_opening_the_app_in_the_admin_connects_the_store(there: Site) -> None:
    seen = open_framed(there.stranger(), framed(there))
    assert (seen.status, "Your store is connected" in seen.text) == (200, True)
    assert [one.shop for one in records(there).values()] == [DOMAIN]
    assert ancestors(seen.headers) == admins(there)


def test_without_a_token_a_page_without_content_fetches_one(there: Site) -> None:
    seen = there.stranger().get("/install/shopify", query_string=framed(there, id_token=None))
    assert (seen.status, ancestors(seen.headers)) == (200, admins(there))
    assert [one.get("src") for one in seen.soup.find_all("script")] == [
        "https://cdn.shopify.com/shopifycloud/app-bridge.js",
        "/static/bounce.js",
    ]
    assert "script-src 'self' https://cdn.shopify.com;" in seen.headers["Content-Security-Policy"]
    assert records(there) == {}


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "x" * 10_000, "\x00", "ü"])
def test_what_is_no_token_leads_to_that_page_too(there: Site, token: str) -> None:
    seen = there.stranger().get("/install/shopify", query_string=framed(there, id_token=token))
    assert (seen.status, "bounce.js" in seen.html, records(there)) == (200, True, {})


def test_a_token_that_has_expired_is_fetched_anew(there: Site) -> None:
    query = framed(there)
    there.house.clock.shift(timedelta(seconds=75))
    assert "bounce.js" in there.stranger().get("/install/shopify", query_string=query).html
    assert records(there) == {}


def test_an_admin_that_is_never_believed_is_not_asked_for_ever(there: Site) -> None:
    query = {**framed(there), "id_token": "x"}
    asked = 0
    while "bounce.js" in (seen := there.stranger().get("/install/shopify", query_string=query)).html:
        bounced = seen.soup.find("meta", attrs={"name": "bounced"})
        assert bounced is not None
        query["bounced"] = str(bounced["content"])
        asked += 1
    assert (asked, seen.status) == (2, 403)
    assert "must look at its clock" in seen.text
    assert ancestors(seen.headers) == admins(there), "it can be read where the owner is"


@pytest.mark.parametrize("bounced", ["-5", "x", "", "9" * 100])
def test_a_forged_count_breaks_nothing(there: Site, bounced: str) -> None:
    query = {**framed(there, id_token=None), "bounced": bounced}
    assert there.stranger().get("/install/shopify", query_string=query).status in {200, 403}


@pytest.mark.parametrize(
    "shop", ["evil.com", "sandbox.myshopify.com.evil.com", "a.myshopify.com; script-src *", "", "\n"]
)
def test_no_page_is_framed_by_what_is_no_shop(there: Site, shop: str) -> None:
    seen = there.stranger().get("/install/shopify", query_string=framed(there, id_token=None, shop=shop))
    assert (seen.status, ancestors(seen.headers), "script" in seen.html) == (403, "'none'", False)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another-app"},
        {"aud": None},
        {"dest": "https://evil.com"},
        {"dest": f"https://{NEIGHBOUR}"},
        {"iss": f"https://{NEIGHBOUR}/admin"},
        {"exp": 1},
        {"nbf": 2**40},
        {"exp": "soon"},
        {"sub": ""},
    ],
)
def test_a_token_for_another_app_shop_or_time_opens_nothing(connected: Site, claims: Mapping[str, Any]) -> None:
    connected.house.clock.shift(timedelta(minutes=1))
    browser = connected.stranger()
    assert browser.get("/settings", headers=bearer(connected, **claims)).location == "/in"
    assert browser.client.post("/settings/store/pause", headers=bearer(connected, **claims)).status_code == 403
    assert browser.get("/settings", headers=bearer(connected)).status == 200


def test_a_token_of_another_secret_opens_nothing(connected: Site) -> None:
    forger = ShopifyShop(system_clock, lambda *_: 200, client_secret="shpss_guessed")
    seen = connected.stranger().get("/settings", headers={"Authorization": f"Bearer {forger.session_token()}"})
    assert seen.location == "/in"


def test_a_token_that_does_not_hold_is_no_reason_to_look_at_the_cookie(connected: Site) -> None:
    (key,) = records(connected)
    owner = connected.owner(key)
    assert owner.get("/settings").status == 200
    for header in ("Bearer x", "Bearer", "bearer  ", "BEARER x"):
        assert owner.get("/settings", headers={"Authorization": header}).location == "/in"
        forged = owner.client.post("/settings/store/pause", headers={"Authorization": header})
        assert forged.status_code in {400, 403}
    with connected.house.service.work(read_only=True) as uow:
        record = uow.stores.get(key)
    assert record is not None
    assert not record.paused


@pytest.mark.parametrize("how", ["header", "query"])
def test_every_page_of_the_owner_opens_with_a_token_alone(connected: Site, how: str) -> None:
    browser = connected.stranger()
    pages = owners_pages(connected)
    assert len(pages) > 12
    for path in pages:
        query = framed(connected) if how == "query" else framed(connected, id_token=None)
        seen = browser.get(path, query_string=query, headers=bearer(connected) if how == "header" else {})
        browser.client.delete_cookie("backorder_form")
        assert seen.status in {200, 404}, (path, seen.status, seen.location)
        if seen.headers["Content-Type"].startswith("text/html"):
            assert ancestors(seen.headers) == admins(connected), path
            assert seen.soup.find("meta", attrs={"name": "shopify-api-key"}) is not None, path


def test_outside_the_admin_nothing_may_frame_our_pages_and_nothing_is_loaded_from_elsewhere(connected: Site) -> None:
    (key,) = records(connected)
    owner = connected.owner(key)
    for path in (*owners_pages(connected), "/in", "/admin/in", "/install", "/install/shopify", "/nowhere"):
        seen = owner.get(path, headers={"Accept": "text/html"})
        if seen.headers["Content-Type"].startswith("text/html"):
            assert ancestors(seen.headers) == "'none'", path
            assert "shopify.com" not in seen.headers["Content-Security-Policy"], path


def test_links_on_a_framed_page_say_whose_it_is(connected: Site) -> None:
    seen = connected.stranger().get("/settings", query_string=framed(connected))
    link = next(one for one in seen.soup.select("nav a") if "supplies" in str(one["href"]))
    carried = parse_qs(urlsplit(str(link["href"])).query)
    assert (carried["shop"], carried["embedded"]) == ([DOMAIN], ["1"])


def test_a_framed_link_whose_token_is_old_comes_back_to_where_it_led_with_what_was_asked(connected: Site) -> None:
    browser = connected.stranger()
    old = {**framed(connected), "q": "oak & elm", "only": "waiting"}
    connected.house.clock.shift(timedelta(minutes=5))
    seen = browser.follow(browser.get("/settings/backorders/products", query_string=old))
    assert "bounce.js" in seen.html
    query = parse_qs(urlsplit(seen.path).query)
    fresh = {**{key: value[0] for key, value in query.items()}, "id_token": connected.house.shopify.session_token()}
    back = urlsplit(browser.get("/install/shopify", query_string=fresh).location)
    asked = parse_qs(back.query)
    assert back.path == "/settings/backorders/products"
    assert (asked["q"], asked["only"], asked["shop"]) == (["oak & elm"], ["waiting"], [DOMAIN])
    assert asked["id_token"] == [fresh["id_token"]]


@pytest.mark.parametrize(
    "to",
    [
        "//evil.com",
        "https://evil.com",
        "/\\evil.com",
        "\\\\evil.com",
        "/\t/evil.com",
        "/settings//evil.com",
        "/settings/../..",
        "/settings/..//evil.com",
        "/settings/%2e%2e/%2e%2e",
        "%2f%2fevil.com",
        "javascript:alert(1)",
        "/settings\r\nSet-Cookie: x=1",
        "/settings@evil.com",
        "/admin",
        "/out",
        "/in",
        "/static/app.css",
        "",
        "x" * 5_000,
    ],
)
def test_where_one_was_going_is_a_page_of_the_owner_or_the_overview(connected: Site, to: str) -> None:
    connected.house.clock.shift(timedelta(minutes=1))
    seen = connected.stranger().get("/install/shopify", query_string={**framed(connected), "to": to})
    assert (seen.status, seen.location.partition("?")[0]) == (302, "/settings")
    assert "evil" not in seen.location
    assert "Set-Cookie: x=1" not in str(seen.headers)


def test_a_form_is_taken_with_a_token_in_the_header_and_not_with_one_in_its_address(connected: Site) -> None:
    (key,) = records(connected)
    browser = connected.stranger()
    address = f"/settings/store/pause?id_token={connected.house.shopify.session_token()}"
    assert browser.client.post(address).status_code == 400
    assert browser.post(address).status == 403, "not even from one of our pages"
    assert browser.client.post("/settings/store/pause", headers=bearer(connected)).status_code == 302
    assert browser.client.post("/settings/store/resume", headers=bearer(connected)).status_code == 302
    assert set(records(connected)) == {key}


def test_what_a_form_says_comes_through_without_a_cookie(connected: Site) -> None:
    browser = connected.stranger()
    answer = browser.client.post("/settings/welcome/start", headers=bearer(connected))
    browser.client.delete_cookie("backorder_form")
    page = browser.get(answer.headers["Location"], headers=bearer(connected))
    assert [one.get_text() for one in page.soup.select("main > [role=status]")] == [
        "Started. What the plan says is written to your shop now; the overview shows how far it is."
    ]
    neighbour = ShopifyShop(system_clock, lambda *_: 200, domain=NEIGHBOUR)
    said = urlsplit(answer.headers["Location"]).query
    theirs = browser.get(f"/in?{said}", headers={"Authorization": f"Bearer {neighbour.session_token()}"})
    assert (theirs.status, theirs.soup.select("main > [role=status]")) == (200, [])
    forged = answer.headers["Location"].replace("said=", "said=x")
    assert browser.get(forged, headers=bearer(connected)).soup.select("main > [role=status]") == []
    connected.house.clock.shift(timedelta(minutes=2))
    assert browser.get(answer.headers["Location"], headers=bearer(connected)).soup.select("main > [role=status]") == []


def test_a_language_that_is_picked_in_the_admin_stays_without_a_cookie(connected: Site) -> None:
    browser = connected.stranger()
    referrer = {"Referer": "http://localhost/settings/supplies?embedded=1"}
    answer = browser.client.post("/language", data={"language": "de"}, headers={**bearer(connected), **referrer})
    browser.client.delete_cookie("backorder_language")
    assert answer.headers["Location"] == "/settings/supplies?embedded=1&locale=de"
    page = browser.get(answer.headers["Location"], headers=bearer(connected))
    assert page.soup.select("html[lang=de]") != []
    link = page.soup.select("nav a")[0]
    assert parse_qs(urlsplit(str(link["href"])).query)["locale"] == ["de"]


def test_an_error_inside_the_admin_can_be_read_there(connected: Site) -> None:
    browser = connected.stranger()
    for path in ("/settings/nowhere", "/settings/supplies/999"):
        seen = browser.get(path, query_string=framed(connected))
        assert (seen.status, ancestors(seen.headers)) == (404, admins(connected))


def test_a_store_that_was_uninstalled_is_connected_again_when_the_app_is_opened(there: Site) -> None:
    browser = there.stranger()
    open_framed(browser, framed(there))
    work(there)
    there.house.shopify.uninstall()
    there.house.settle()
    (key,) = records(there)
    assert records(there)[key].gone_at is not None
    assert browser.get("/settings", headers=bearer(there)).location == "/in"
    there.house.shopify.install()
    assert open_framed(browser, framed(there)).status == 200
    assert records(there)[key].gone_at is None


def test_a_token_shows_its_own_shop_and_no_other(tmp_path: Path) -> None:
    config = CONFIG.replace("[sync]", f'[install.shopify]\nway = "embedded"\n{APP}[sync]')
    with connecting(tmp_path, config) as there:
        neighbour = ShopifyShop(system_clock, lambda *_: 200, domain=NEIGHBOUR)
        headers = {"Authorization": f"Bearer {neighbour.session_token()}"}
        browser = there.stranger()
        for path in owners_pages(there):
            assert browser.get(path, headers=headers).location == "/in", path
        assert "Tents" not in browser.get("/settings", headers=headers).html
        assert browser.get("/settings", headers=bearer(there)).status == 200
