"""Our pages inside the shop's admin: session tokens, and the keys that one is exchanged for."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import jwt
import pytest
from shopify_adapter_stage import DOMAIN, START, Hands
from shopify_install_stage import ENDPOINT, OPTIONAL, Door, endpoint, make, open_door

from adapters.shopify.oauth import OFFLINE_TOKEN
from adapters.shopify.sandbox import SECRET
from connector.ports.failures import OwnerMustAct, TryLater
from connector.ports.installing import Forged, Visitor

NOW = int(START.timestamp())
CLAIMS: Mapping[str, object] = {
    "iss": f"https://{DOMAIN}/admin",
    "dest": f"https://{DOMAIN}",
    "aud": "sandbox",
    "sub": "42",
    "exp": NOW + 60,
    "nbf": NOW,
    "iat": NOW,
    "jti": "f8912129-1af6-4cad-9ca3-76b0f7621087",
    "sid": "aaea182f2732d44c23057c0fea584021a4485b2bd25d3eb7fd349313ad24c685",
}


@pytest.fixture
def door() -> Iterator[Door]:
    with open_door() as opened:
        yield opened


def packed(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def token(
    secret: str = SECRET, header: Mapping[str, object] | None = None, digest: str = "sha256", **claims: Any
) -> str:
    """Written by hand, with the claims as given; None leaves one out."""
    told = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
    head = {"alg": "HS256", "typ": "JWT", **(header or {})}
    text = f"{packed(json.dumps(head).encode())}.{packed(json.dumps(told).encode())}"
    return f"{text}.{packed(hmac.digest(secret.encode(), text.encode(), digest))}"


def visit(text: str, seconds: float = 0, **settings: Any) -> Visitor:
    return make(Hands(), "embedded", **settings).visitor(text, now=START + timedelta(seconds=seconds))


def test_a_session_token_says_who_looks_at_which_shop_and_until_when() -> None:
    assert visit(token()) == Visitor(shop=DOMAIN, user="42", until=START + timedelta(seconds=60))


def test_a_token_of_another_library_is_read_the_same() -> None:
    long = "shpss_0123456789abcdef0123456789abcdef"
    assert visit(jwt.encode(dict(CLAIMS), long, algorithm="HS256"), client_secret=long).user == "42"


@pytest.mark.parametrize("secret", [SECRET, "old"])
def test_either_secret_signs_tokens_while_it_is_rotated(secret: str) -> None:
    assert visit(token(secret), old_client_secret="old").shop == DOMAIN


@pytest.mark.parametrize(
    ("seconds", "claims", "good"),
    [
        (-10, {}, True),
        (-11, {}, False),
        (69, {}, True),
        (70, {}, False),
        (0, {"exp": NOW - 11}, False),
        (0, {"nbf": NOW + 11}, False),
        (0, {"nbf": NOW + 10}, True),
    ],
)
def test_a_token_is_good_for_its_minute_and_ten_seconds_around(
    seconds: int,
    claims: dict[str, Any],
    good: bool,  # noqa: FBT001 -- a column of the table
) -> None:
    text = token(**claims)
    if good:
        assert visit(text, seconds)
    else:
        with pytest.raises(Forged, match=r"expired|not valid yet"):
            visit(text, seconds)


KINDS: list[object] = [None, "", 7, [], ["sandbox"], {}, True, "evil"]
FINE = [(name, "evil") for name in ("sub", "jti", "sid")] + [("nbf", 7)]
"""Any text names a user or a session, and a token may have been good since 1970."""
WRONG: list[dict[str, Any]] = [
    {claim: value} for claim in CLAIMS if claim != "iat" for value in KINDS if (claim, value) not in FINE
]
NEVER: list[dict[str, Any]] = [
    {claim: moment} for claim in ("exp", "nbf") for moment in (10**12, 10**30, -(10**30), 1e300, -1e300)
]


@pytest.mark.parametrize("claims", [*WRONG, *NEVER], ids=str)
def test_a_claim_that_is_missing_or_of_another_kind_or_of_no_calendar_is_forged(claims: dict[str, Any]) -> None:
    with pytest.raises(Forged):
        visit(token(**claims))


@pytest.mark.parametrize(
    ("iss", "dest"),
    [
        ("https://other.myshopify.com/admin", f"https://{DOMAIN}"),
        (f"https://{DOMAIN}/admin", "https://other.myshopify.com"),
        (f"https://{DOMAIN}", f"https://{DOMAIN}"),
        (f"https://{DOMAIN}/admin/", f"https://{DOMAIN}"),
        (f"http://{DOMAIN}/admin", f"http://{DOMAIN}"),
        (f"{DOMAIN}/admin", DOMAIN),
        ("https://evil.com/admin", "https://evil.com"),
        (f"https://{DOMAIN}.evil.com/admin", f"https://{DOMAIN}.evil.com"),
        (f"https://evil.com@{DOMAIN}/admin", f"https://evil.com@{DOMAIN}"),
        (f"https://{DOMAIN}\n/admin", f"https://{DOMAIN}\n"),
        ("https://None/admin", "https://None"),
    ],
)
def test_issuer_and_destination_are_one_shop(iss: str, dest: str) -> None:
    with pytest.raises(Forged, match="shop"):
        visit(token(iss=iss, dest=dest))


def unsigned(algorithm: str) -> str:
    text = f"{packed(json.dumps({'alg': algorithm}).encode())}.{packed(json.dumps(dict(CLAIMS)).encode())}"
    return f"{text}."


def bearing(payload: bytes) -> str:
    """Rightly signed, whatever it says."""
    head = packed(json.dumps({"alg": "HS256"}).encode())
    text = f"{head}.{packed(payload)}"
    return f"{text}.{packed(hmac.digest(SECRET.encode(), text.encode(), 'sha256'))}"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(token("another"), id="another secret"),
        pytest.param(token(""), id="no secret"),
        pytest.param(token(header={"alg": "HS512"}, digest="sha512"), id="HS512"),
        pytest.param(token(header={"alg": "HS384"}), id="HS384 by name only"),
        pytest.param(token(header={"alg": "RS256"}), id="RS256"),
        pytest.param(token(header={"alg": None}), id="no algorithm"),
        pytest.param(unsigned("none"), id="alg none"),
        pytest.param(unsigned("HS256"), id="no signature"),
        pytest.param(token(header={"b64": False, "crit": ["b64"]}), id="a payload that stands elsewhere"),
        pytest.param(token()[:-2], id="cut off"),
        pytest.param(bearing(b"not json"), id="no claims"),
        pytest.param(bearing(b"[]"), id="a list of claims"),
        pytest.param(bearing(b""), id="nothing"),
        pytest.param(token() + ".x", id="a part too many"),
        pytest.param(token() + "é", id="beyond ascii"),
        pytest.param("Bearer " + token(), id="with its scheme"),
        pytest.param("", id="empty"),
        pytest.param("..", id="three empty parts"),
        pytest.param("a" * 1_000_000, id="a million letters"),
    ],
)
def test_what_this_app_did_not_get_signed_is_forged(text: str) -> None:
    with pytest.raises(Forged):
        visit(text)


def test_what_is_wrong_with_a_token_names_no_secret_and_not_the_token() -> None:
    with pytest.raises(Forged) as raised:
        visit(token("another"))
    assert SECRET not in str(raised.value)
    assert "eyJ" not in str(raised.value)


def test_a_session_of_the_admin_is_exchanged_for_keys_that_last(door: Door) -> None:
    way = door.installer("embedded")
    granted = way.exchange(door.shop.session_token(), now=START)
    assert (granted.shop, granted.title, granted.missing) == (DOMAIN, "Sandbox", ())
    assert way.lapses(granted.options) == START + timedelta(hours=1)
    assert door.calls_with(granted.options)


def test_the_exchange_asks_for_an_expiring_offline_token() -> None:
    with endpoint(200, {"access_token": "shpat_1", "scope": "write_orders"}) as asked:
        granted = make(Hands(), "embedded").exchange(token(), now=START)
    expected = {
        "client_id": "sandbox",
        "client_secret": SECRET,
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": token(),
        "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
        "requested_token_type": OFFLINE_TOKEN,
        "expiring": "1",
    }
    assert asked == [expected]
    assert (granted.title, granted.missing) == (
        DOMAIN,
        ("write_products", "read_inventory", "read_locations", *OPTIONAL),
    )


def test_a_forged_session_is_exchanged_for_nothing_and_nobody_is_called() -> None:
    with pytest.raises(Forged):
        make(Hands(), "embedded").exchange(token("another"), now=START)


def test_a_session_that_shopify_no_longer_takes_is_forged(door: Door) -> None:
    session = door.shop.session_token()
    door.clock.pass_by(61)
    with pytest.raises(Forged, match="invalid_subject_token"):
        door.installer("embedded").exchange(session, now=door.clock.now)


def test_an_exchange_that_fails_says_who_is_to_mend_it(door: Door) -> None:
    door.shop.client_id = "another"
    session = door.shop.session_token(aud="sandbox")
    with pytest.raises(OwnerMustAct, match=r"\[install.shopify\]"):
        door.installer("embedded").exchange(session, now=START)
    door.shop.faults.answer_500 = 1
    with pytest.raises(TryLater):
        door.installer("embedded").exchange(session, now=START)
    with endpoint(423, {}), pytest.raises(OwnerMustAct, match="locked"):
        make(Hands(), "embedded").exchange(token(), now=START)
    assert ENDPOINT.startswith(f"https://{DOMAIN}/")


def test_only_the_shop_and_its_admin_may_hold_our_pages() -> None:
    way = make(Hands(), "embedded")
    assert list(way.frame_ancestors("Sandbox.myshopify.com")) == [f"https://{DOMAIN}", "https://admin.shopify.com"]
    sandbox = make(Hands(), "embedded", admin_url="http://127.0.0.1:5000/x")
    assert list(sandbox.frame_ancestors(DOMAIN))[2:] == ["http://127.0.0.1:5000"]


@pytest.mark.parametrize("shop", ["", "*", "evil.com", f"{DOMAIN}; script-src *", f"{DOMAIN}\r\nX: y", "'none'"])
def test_what_is_no_shop_never_reaches_the_header(shop: str) -> None:
    with pytest.raises(Forged):
        make(Hands(), "embedded").frame_ancestors(shop)
