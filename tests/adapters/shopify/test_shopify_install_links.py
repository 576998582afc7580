"""An owner who comes with a signed link, says yes in the shop, and comes back."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from shopify_adapter_stage import DOMAIN, START, Hands
from shopify_install_stage import OPTIONAL, RETURN, Door, Query, altered, endpoint, make, open_door

from adapters.shopify.domain import exact_domain
from adapters.shopify.sandbox import SECRET
from adapters.shopify.signed_query import signed_query
from connector.ports.failures import OwnerMustAct, TryLater
from connector.ports.installing import Begun, Forged

NOW = str(int(START.timestamp()))
DOCUMENTED = [
    ("code", "0907a61c0c8d55e99db179b68161bc00"),
    ("hmac", "700e2dadb827fcc8609e9d5ce208b2e9cdaab9df07390d2cbca10d7c328fc4bf"),
    ("shop", "some-shop.myshopify.com"),
    ("state", "0.6784241404160823"),
    ("timestamp", "1337178173"),
]
THEN = datetime.fromtimestamp(1337178173, UTC)


@pytest.fixture
def door() -> Iterator[Door]:
    with open_door() as opened:
        yield opened


def signed(secret: str = SECRET, *, encoded: bool = False, **given: str) -> Query:
    """Signed as each of the two official libraries would."""
    told = {"shop": DOMAIN, "timestamp": NOW, **given}
    ordered = sorted(told.items())
    # A browser's URLSearchParams differs from urlencode in these two characters.
    form = urlencode(ordered).replace("~", "%7E").replace("%2A", "*")
    text = form if encoded else "&".join(f"{key}={value}" for key, value in ordered)
    return [*told.items(), ("hmac", hmac.digest(secret.encode(), text.encode(), "sha256").hex())]


def begin(query: Query, now: datetime = START, **settings: Any) -> Begun:
    return make(Hands(), "code", **settings).begin_signed(query, return_url=RETURN, now=now)


def test_the_documented_query_is_genuine() -> None:
    assert signed_query(DOCUMENTED, ["hush"], THEN)["state"] == "0.6784241404160823"


def test_the_order_of_a_query_does_not_matter() -> None:
    assert signed_query(list(reversed(DOCUMENTED)), ["hush"], THEN)["shop"] == "some-shop.myshopify.com"


@pytest.mark.parametrize(
    "query",
    [
        pytest.param([], id="empty"),
        pytest.param([("hmac", "x")], id="nothing but a signature"),
        pytest.param(DOCUMENTED[:1] + DOCUMENTED[2:], id="no signature"),
        pytest.param(DOCUMENTED[:-1], id="a key left out"),
        pytest.param([*DOCUMENTED, ("extra", "1")], id="a key put in"),
        pytest.param([*DOCUMENTED, ("shop", "some-shop.myshopify.com")], id="a key twice"),
        pytest.param([("shop", "evil.myshopify.com"), *DOCUMENTED], id="a key twice, another value first"),
        pytest.param([*DOCUMENTED, ("hmac", DOCUMENTED[1][1])], id="the signature twice"),
        pytest.param(altered(DOCUMENTED, shop="evil-shop.myshopify.com"), id="altered"),
        pytest.param(altered(DOCUMENTED, hmac=DOCUMENTED[1][1].upper()), id="signature in capitals"),
        pytest.param(altered(DOCUMENTED, hmac="\ud800é"), id="signature beyond ascii"),
        pytest.param(altered(DOCUMENTED, code="\ud800"), id="half a character"),
        pytest.param(
            [("code", "0907a61c0c8d55e99db179b68161bc00&shop=some-shop.myshopify.com"), *DOCUMENTED[1:2]],
            id="two values told as one",
        ),
    ],
)
def test_a_query_that_is_not_word_for_word_the_signed_one_is_forged(query: Query) -> None:
    with pytest.raises(Forged):
        signed_query(query, ["hush"], THEN)


@pytest.mark.parametrize(("seconds", "genuine"), [(-90, True), (-91, False), (0, True), (90, True), (91, False)])
def test_a_query_is_good_for_ninety_seconds(seconds: int, genuine: bool) -> None:  # noqa: FBT001 -- a column of the table
    now = THEN + timedelta(seconds=seconds)
    if genuine:
        assert signed_query(DOCUMENTED, ["hush"], now)
    else:
        with pytest.raises(Forged, match="time"):
            signed_query(DOCUMENTED, ["hush"], now)


@pytest.mark.parametrize("timestamp", ["", "now", "-1", "1e9", "١٣٣٧١٧٨١٧٣", "9" * 5000])
def test_a_time_that_is_no_number_is_forged(timestamp: str) -> None:
    with pytest.raises(Forged, match="time"):
        begin(signed(timestamp=timestamp))


@pytest.mark.parametrize("encoded", [False, True])
def test_either_way_to_write_the_signed_text_is_believed(encoded: bool) -> None:  # noqa: FBT001 -- a column of the table
    query = signed(encoded=encoded, host="YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUvc2FuZGJveA==", note="a b/c:d~e*f")
    assert begin(query).remember["shop"] == DOMAIN


@pytest.mark.parametrize("secret", [SECRET, "old"])
def test_either_secret_signs_while_it_is_rotated(secret: str) -> None:
    assert begin(signed(secret), old_client_secret="old").remember["shop"] == DOMAIN


@pytest.mark.parametrize("secret", ["", "guessed", "old"])
def test_another_secret_signs_nothing(secret: str) -> None:
    with pytest.raises(Forged, match="signature"):
        begin(signed(secret))


BAD_SHOPS = [
    "",
    "evil.com",
    "shop.myshopify.com.evil.com",
    "shop.myshopify.com/",
    "shop.myshopify.com/@evil.com",
    "shop.myshopify.com@evil.com",
    "evil.com@shop.myshopify.com",
    "user:pass@shop.myshopify.com",
    "https://shop.myshopify.com",
    "shop.myshopify.com\n",
    "shop.myshopify.com\r\nLocation: https://evil.com",
    "\nshop.myshopify.com",
    "evil.com\n.myshopify.com",
    "evil.com#.myshopify.com",
    "evil.com?.myshopify.com",
    "evil.com\\.myshopify.com",
    "a.b.myshopify.com",
    ".myshopify.com",
    "-shop.myshopify.com",
    "myshopify.com",
    "shop.myshopify.com.",
    "shop.myshopify.com:443",
    "shop.myshopify。com",
    "shop.myshop\N{CYRILLIC SMALL LETTER I}fy.com",
    "\N{KELVIN SIGN}ite.myshopify.com",
    "sh\N{LATIN SMALL LETTER O WITH DIAERESIS}p.myshopify.com",
    "shop.myshopify.com\0",
    " shop.myshopify.com",
    "shop .myshopify.com",
    f"{'a' * 64}.myshopify.com",
    "shop.myshopify.io",
]


@pytest.mark.parametrize("shop", BAD_SHOPS)
def test_a_shop_that_is_no_shop_is_refused_even_where_it_is_signed(shop: str) -> None:
    assert exact_domain(shop) is None
    with pytest.raises(Forged):
        begin(signed(shop=shop))


@pytest.mark.parametrize("shop", ["a.myshopify.com", "0.myshopify.com", "Some-Shop2.MyShopify.com"])
def test_a_shop_may_be_called_by_a_single_letter_and_in_capitals(shop: str) -> None:
    begun = begin(signed(shop=shop))
    assert (begun.remember["shop"], urlsplit(begun.go_to).hostname) == (shop.lower(), shop.lower())


def test_the_owner_is_sent_to_the_page_of_the_shop_that_is_named() -> None:
    begun = begin(signed(), scopes=["write_products", "read_locations"])
    target = urlsplit(begun.go_to)
    assert (target.scheme, target.netloc, target.path) == ("https", DOMAIN, "/admin/oauth/authorize")
    expected = {
        "client_id": ["sandbox"],
        "scope": ["write_products,read_locations"],
        "redirect_uri": [RETURN],
        "state": [begun.attempt],
    }
    assert expected == parse_qs(target.query)


def test_every_attempt_is_another_and_is_not_remembered_in_the_clear() -> None:
    first, second = begin(signed()), begin(signed())
    assert first.attempt != second.attempt
    assert len(first.attempt) == 43
    assert first.attempt not in str(first.remember)


def test_an_owner_who_says_yes_brings_keys_that_work(door: Door) -> None:
    _, granted = door.connected()
    assert (granted.shop, granted.title, granted.missing, granted.webhook_secret) == (DOMAIN, "Sandbox", (), "")
    expected = {
        "shop": DOMAIN,
        "admin_url": door.url,
        "access_token_until": "2026-11-21T13:00:00+00:00",
        "refresh_token_until": "2027-02-19T12:00:00+00:00",
        "scopes": sorted(["read_inventory", "read_locations", "write_orders", "write_products", *OPTIONAL]),
    }
    tokens = {"access_token", "refresh_token"}
    assert expected == {key: value for key, value in granted.options.items() if key not in tokens}
    assert door.calls_with(granted.options)


def test_the_version_of_the_installation_goes_with_the_keys_only_where_it_was_set(door: Door) -> None:
    assert "api_version" not in door.connected()[1].options
    assert door.connected(api_version="2026-07")[1].options["api_version"] == "2026-07"


def test_rights_that_the_owner_did_not_give_are_missing() -> None:
    with open_door(scopes={"write_products", "read_locations", "write_orders"}) as door:
        _, granted = door.connected(scopes=["read_products", "write_orders", "read_inventory"])
    assert granted.missing == ("read_products", "read_inventory")


def test_a_right_to_write_brings_the_right_to_read(door: Door) -> None:
    way, begun = door.begin(scopes=["read_orders"])
    answer = {"access_token": "shpat_1", "scope": "write_orders, write_products"}
    back = door.say(begun)
    with endpoint(200, answer):
        granted = make(door.clock, "code", scopes=["read_orders"]).finish(back, begun.remember, now=START)
    assert granted.missing == ()
    assert way.attempt_in(back) == begun.attempt


def test_a_token_that_never_lapses_is_kept_as_one(door: Door) -> None:
    _, begun = door.begin()
    back = door.say(begun)
    with endpoint(200, {"access_token": "shpat_1", "scope": "write_orders"}) as asked:
        granted = make(door.clock, "code").finish(back, begun.remember, now=START)
    assert granted.options == {"shop": DOMAIN, "access_token": "shpat_1", "scopes": ["write_orders"]}
    assert [(one["expiring"], one["client_secret"]) for one in asked] == [("1", SECRET)]


def test_a_code_is_good_once(door: Door) -> None:
    way, begun = door.begin()
    back = door.say(begun)
    way.finish(back, begun.remember, now=door.clock.now)
    with pytest.raises(Forged, match="code"):
        way.finish(back, begun.remember, now=door.clock.now)


def test_a_code_that_waited_too_long_buys_nothing(door: Door) -> None:
    way, begun = door.begin()
    back = door.say(begun)
    with pytest.raises(Forged, match="code"):
        way.finish(back, begun.remember, now=door.clock.pass_by(61))


def test_an_answer_to_another_attempt_is_forged(door: Door) -> None:
    way, begun = door.begin()
    _, other = door.begin()
    with pytest.raises(Forged, match="another attempt"):
        way.finish(door.say(other), begun.remember, now=door.clock.now)
    with pytest.raises(Forged, match="another attempt"):
        way.finish(signed(code="1"), {"shop": DOMAIN}, now=START)


def test_an_answer_of_another_shop_is_forged(door: Door) -> None:
    way, begun = door.begin()
    remembered = {**begun.remember, "shop": "other.myshopify.com"}
    with pytest.raises(Forged, match="another shop"):
        way.finish(door.say(begun), remembered, now=door.clock.now)


def test_an_answer_without_a_code_or_altered_or_late_is_forged(door: Door) -> None:
    way, begun = door.begin()
    back = door.say(begun)
    assert not way.was_refused(back)
    for query, now in (
        (door.say(begun, "deny"), START),
        (altered(back, code="guessed"), START),
        (back, START + timedelta(seconds=91)),
    ):
        with pytest.raises(Forged):
            way.finish(query, begun.remember, now=now)


def test_an_owner_who_says_no_is_understood(door: Door) -> None:
    way, begun = door.begin()
    back = door.say(begun, "deny")
    assert way.was_refused(back)
    assert way.attempt_in(back) == begun.attempt


@pytest.mark.parametrize("query", [[], [("state", "a"), ("state", "b")], [("State", "a")]])
def test_a_query_that_names_no_attempt_or_two_names_none(query: Query) -> None:
    assert make(Hands(), "code").attempt_in(query) == ""


def test_a_secret_that_shopify_does_not_know_is_for_the_operator_to_mend(door: Door) -> None:
    way, begun = door.begin(client_secret="new", old_client_secret=SECRET)
    with pytest.raises(OwnerMustAct, match=r"\[install.shopify\]"):
        way.finish(door.say(begun), begun.remember, now=door.clock.now)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"access_token": ["x"], "scope": "write_orders"}),
        (200, {"access_token": "x", "scope": "a", "refresh_token": "y", "expires_in": "soon"}),
        (200, "<html>"),
        (403, "<html>"),
        (503, {}),
        (429, {}),
    ],
)
def test_an_answer_that_cannot_be_understood_passes(door: Door, status: int, body: object) -> None:
    _, begun = door.begin()
    back = door.say(begun)
    with endpoint(status, body), pytest.raises(TryLater):
        make(door.clock, "code").finish(back, begun.remember, now=START)


def test_what_shopify_says_beside_an_error_is_not_repeated(door: Door) -> None:
    _, begun = door.begin()
    said = {"error": "invalid <script>", "error_description": "the code topsecret is wrong"}
    back = door.say(begun)
    with endpoint(400, said), pytest.raises(Forged) as raised:
        make(door.clock, "code").finish(back, begun.remember, now=START)
    assert "topsecret" not in str(raised.value)
    assert "<" not in str(raised.value)
