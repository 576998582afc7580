"""From the address that was typed to the shop behind it, and what is said where there is none."""

from __future__ import annotations

from itertools import pairwise

import pytest
from woo_web import HTML, Web, index

from adapters.addresses import PrivateAddress
from adapters.woocommerce.finding import MOST_CALLS, find
from connector.ports.failures import OwnerMustAct, TryLater, Unreadable
from connector.ports.installing import Mistyped

SHOP = "https://shop.example.com"
WWW = "https://www.shop.example.com"
SECRET_ANSWER = b"the-inside-of-the-network"


def _refused(web: Web, typed: str = SHOP) -> Mistyped:
    with pytest.raises(Mistyped) as caught:
        find(typed, allow_private=False, look=web)
    assert caught.value.key == "url"
    assert caught.value.fix
    return caught.value


@pytest.mark.parametrize(
    "typed",
    [
        "shop.example.com",
        "https://shop.example.com/wp-admin/edit.php?post_type=product",
        "https://shop.example.com/shop/",
        "https://shop.example.com/product/chair/",
        "https://shop.example.com/de/product/chair/?utm_source=mail",
    ],
)
def test_any_page_of_the_shop_leads_to_it(typed: str) -> None:
    web = Web().put(f"{SHOP}/wp-json/", index())
    assert find(typed, allow_private=False, look=web) == SHOP


def test_a_shop_in_a_folder_is_taken_before_the_site_above_it() -> None:
    web = Web().put(f"{SHOP}/wp-json/", index("wp/v2")).put(f"{SHOP}/store/wp-json/", index())
    assert find(f"{SHOP}/store/", allow_private=False, look=web) == f"{SHOP}/store"


def test_the_address_after_redirects_is_the_one_that_is_kept() -> None:
    web = Web().send_on(f"{SHOP}/wp-json/", f"{WWW}/wp-json/").send_on(f"{WWW}/wp-json/", "/en/wp-json/", 302)
    web.put(f"{WWW}/en/wp-json/", b"\xef\xbb\xbf" + index())
    assert find(SHOP, allow_private=False, look=web) == f"{WWW}/en"


def test_a_redirect_that_only_takes_the_slash_away_is_followed() -> None:
    web = Web().send_on(f"{SHOP}/wp-json/", f"{SHOP}/wp-json").put(f"{SHOP}/wp-json", index())
    assert find(SHOP, allow_private=False, look=web) == SHOP


def test_a_host_that_forwards_everything_to_another_front_page_leads_to_the_shop_there() -> None:
    web = Web().send_on(f"{SHOP}/wp-json/", f"{WWW}/").put(f"{WWW}/").put(f"{WWW}/wp-json/", index())
    assert find(SHOP, allow_private=False, look=web) == WWW


@pytest.mark.parametrize(
    ("status", "headers", "body", "words"),
    [
        (200, {}, index("wp/v2", "oembed/1.0"), "no WooCommerce"),
        (200, {}, index("wp/v2", "wc/v1", "wc/v2"), "too old"),
        (404, {}, HTML, "no WordPress"),
        (200, {}, HTML, "no WordPress"),
        (200, {}, b'{"namespaces": "wc/v3"}', "no WordPress"),
        (200, {}, b'["wc/v3"]', "no WordPress"),
        (200, {}, b"[" * 100_000, "no WordPress"),
        (200, {}, b'{"namespaces": [[], null, 7, {}]}', "no WooCommerce"),
        (200, {}, b"<h1>Down for Maintenance</h1>", "no WordPress"),
        (503, {"Retry_After": "600"}, HTML, "maintenance"),
        (401, {"WWW_Authenticate": "Basic"}, HTML, "password"),
        (401, {}, b'{"code":"rest_cannot_access","message":"Only members."}', "security plugin"),
        (403, {}, HTML, "in front of"),
        (403, {"cf_mitigated": "challenge", "Server": "cloudflare"}, HTML, "Cloudflare"),
        (403, {"Server": "cloudflare"}, HTML, "Cloudflare"),
        (503, {"Server": "cloudflare"}, HTML, "Cloudflare"),
        (429, {}, HTML, "too often"),
        (500, {}, HTML, "error of its own (500)"),
        (301, {}, HTML, "no WordPress"),
    ],
)
def test_what_stands_in_the_way_is_named(status: int, headers: dict[str, str], body: bytes, words: str) -> None:
    web = Web().put(f"{SHOP}/wp-json/", body, status, **headers)
    assert words in _refused(web).problem


def test_a_site_that_shows_one_page_for_maintenance_everywhere_is_not_called_no_wordpress() -> None:
    page = b"<h1>Down for Maintenance</h1>"
    web = Web().put(f"{SHOP}/wp-json/", page).put(f"{SHOP}/?rest_route=/", page)
    assert "maintenance" in _refused(web).problem


def test_plain_permalinks_are_told_with_the_way_to_mend_them() -> None:
    web = Web().put(f"{SHOP}/wp-json/").put(f"{SHOP}/?rest_route=/", index())
    refused = _refused(web)
    assert ("plain permalinks" in refused.problem, "Settings > Permalinks" in refused.fix) == (True, True)


def test_a_shop_that_asks_every_visitor_to_log_in_is_told_so() -> None:
    login = f"{SHOP}/wp-login.php?redirect_to=x"
    web = Web().send_on(f"{SHOP}/wp-json/", login, 302).put(login)
    assert "log in" in _refused(web).problem


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (TryLater("GET wp-json/ failed on the way (ConnectionError)"), f"No shop answers at {SHOP}."),
        (Unreadable("$", "is larger than 50 MB"), f"No shop answers at {SHOP}."),
        (OwnerMustAct("read", "The shop's certificate is not valid.", "Renew it."), "certificate is not valid"),
        (PrivateAddress("read", "leads to 10.0.0.7", "allow_private_addresses"), "into a private network"),
    ],
)
def test_a_host_that_cannot_be_asked_is_told_at_the_question(failure: OwnerMustAct, words: str) -> None:
    assert words in _refused(Web().fail(f"{SHOP}/wp-json/", failure)).problem


def test_three_redirects_are_followed_and_not_a_fourth() -> None:
    hosts = [f"https://{one}.example.com" for one in "abcde"]
    web = Web().put(f"{hosts[4]}/wp-json/", index())
    for here, there in pairwise(hosts):
        web.send_on(f"{here}/wp-json/", f"{there}/wp-json/")
    assert find(hosts[1], allow_private=False, look=web) == hosts[4]
    assert "more than 3 times" in _refused(web, hosts[0]).problem


def test_a_redirect_in_circles_ends() -> None:
    web = Web().send_on(f"{SHOP}/wp-json/", f"{WWW}/wp-json/").send_on(f"{WWW}/wp-json/", f"{SHOP}/wp-json/")
    assert "more than 3 times" in _refused(web).problem
    assert len(web.asked) == 4


@pytest.mark.parametrize(
    "target",
    [
        "http://shop.example.com/wp-json/",
        "https://127.0.0.1/wp-json/",
        "https://localhost/",
        "https://169.254.169.254/latest/meta-data/",
        "//10.0.0.1/",
        "https://[::ffff:10.0.0.1]/",
        "https://2130706433/",
        "https://user:word@shop.example.com/",
        "https://shop.example.com:6379/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://[broken/",
        "https://shop.example.com\\@127.0.0.1/",
        "https://" + "a" * 3_000,
    ],
)
@pytest.mark.parametrize("hops_before", [0, 2])
def test_every_hop_is_checked_like_the_address_that_was_typed(target: str, hops_before: int) -> None:
    web = Web()
    here = f"{SHOP}/wp-json/"
    for hop in range(hops_before):
        web.send_on(here, f"https://{hop}.example.com/wp-json/")
        here = f"https://{hop}.example.com/wp-json/"
    web.send_on(here, target)
    refused = _refused(web)
    assert "sends us on to an address that cannot be used" in refused.problem
    assert len(web.asked) == hops_before + 1


def test_what_a_host_answered_is_never_repeated() -> None:
    for status in (200, 401, 403, 404, 500, 503):
        web = Web().put(f"{SHOP}/wp-json/", SECRET_ANSWER, status, Server=SECRET_ANSWER.decode())
        assert SECRET_ANSWER.decode() not in str(_refused(web))


def test_hosts_that_send_us_ever_further_are_left_after_so_many_calls() -> None:
    web = Web()
    for step in range(100):
        web.send_on(f"https://{step}.example.com/wp-json/", f"https://{step + 1}.example.com/")
        web.put(f"https://{step}.example.com/")
    assert "too long" in _refused(web, "https://0.example.com").problem
    assert len(web.asked) == MOST_CALLS


def test_a_slow_host_is_not_waited_for_longer_than_a_person_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(range(0, 10_000, 30))
    monkeypatch.setattr("adapters.woocommerce.finding.time.monotonic", lambda: next(moments))
    web = Web()
    assert "too long" in _refused(web, f"{SHOP}/a/b").problem
    assert len(web.asked) == 1
