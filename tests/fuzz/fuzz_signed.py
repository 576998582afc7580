"""Whatever carries a signature of ours or of a platform: nothing altered is believed."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from urllib.parse import parse_qsl, quote, urlencode

from fuzz_target import GotThrough, Target

from adapters.shopify.app_proxy import proxied
from adapters.shopify.session_token import visitor_of
from adapters.shopify.signed_query import signed_query
from connector.ports.installing import Forged
from connector.secret_key import FernetVault
from connector.services.page_links import Tokens

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
UNTIL = date(2027, 1, 1)
SECRET = "shpss_a-secret-of-the-app-for-fuzzing"
SHOP = "good.myshopify.com"
VAULT = FernetVault(["the newest key of all", "an older one"])
TOKENS = Tokens.of(VAULT)
OF_OLD = Tokens([VAULT.derive_all("shopper pages")[1]])


def links() -> Target:
    """Addresses of pages and the forms on them: a token opens what it was made for, written as it was, or nothing."""
    page = TOKENS.page("main", "4711", 0, UNTIL)
    made: dict[str, object] = {page: ("page", "main", "4711", 0)}
    made[OF_OLD.page("main", "4711", 3, UNTIL)] = ("page", "main", "4711", 3)
    made[TOKENS.page("second", "gid://shopify/Order/5", 1, UNTIL)] = ("page", "second", "gid://shopify/Order/5", 1)
    for purpose in ("confirm", "stop", "claim"):
        made[TOKENS.restock("main", 17, purpose, UNTIL)] = ("restock", "main", 17, purpose)
    form = TOKENS.form(page, NOW, ["a", "b"])
    made[form] = ("form", ("a", "b"))

    def check(data: bytes) -> str:
        token = data.decode("utf-8", "surrogateescape")
        opened: list[object] = []
        if (of_page := TOKENS.read_page(token, NOW)) is not None:
            opened.append(("page", of_page.store, of_page.order_id, of_page.generation))
        if (of_list := TOKENS.read_restock(token, NOW)) is not None:
            opened.append(("restock", of_list.store, of_list.subscription, of_list.purpose))
        if (said := TOKENS.read_form(page, token, NOW)) is not None:
            opened.append(("form", said))
        if TOKENS.read_form(token, form, NOW) is not None and token != page:
            raise GotThrough("the form of one page is good on another")
        if opened != ([made[token]] if token in made else []):
            raise GotThrough(f"{token!r} opens {opened}")
        return "opens what it did" if opened else "refused"

    words = [one.encode() for one in made] + [b".", b"-", b"_"]
    return Target("links", [one.encode() for one in made], check, words=words)


def _packed(part: object) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _jwt(claims: Mapping[str, object], header: Mapping[str, object], secret: str, digest: str = "sha256") -> str:
    text = f"{_packed(header)}.{_packed(claims)}"
    return f"{text}.{_packed(hmac.digest(secret.encode(), text.encode(), digest))}"


def session_tokens() -> Target:
    """Only what the app signed with HS256, for itself, for now, of one shop."""
    right: Mapping[str, object] = {
        "iss": f"https://{SHOP}/admin", "dest": f"https://{SHOP}", "aud": "app", "sub": "42", "exp": SECONDS + 60,
        "nbf": SECONDS, "iat": SECONDS, "jti": "j", "sid": "s",
    }  # fmt: skip
    header = {"alg": "HS256", "typ": "JWT"}
    good = _jwt(right, header, SECRET)
    forged = [
        f"{_packed({'alg': 'none'})}.{_packed(right)}.",
        _jwt(right, {"alg": "HS512"}, SECRET, "sha512"),
        _jwt(right, {**header, "kid": "../../dev/null", "jku": "https://evil.example"}, "other"),
        _jwt({**right, "aud": "another app"}, header, SECRET),
        _jwt({**right, "exp": SECONDS - 60}, header, SECRET),
        _jwt({**right, "dest": "https://evil.myshopify.com"}, header, SECRET),
    ]
    payload = good.split(".")[1]

    def check(data: bytes) -> str:
        token = data.decode("latin-1")
        try:
            found = visitor_of(token, client_id="app", secrets=[SECRET, "old"], now=NOW)
        except Forged:
            return "refused"
        # The last letter of base64 has bits that do not count: another text of the same token is the same token.
        if (found.shop, found.user, token.split(".")[1]) != (SHOP, "42", payload):
            raise GotThrough(f"{token!r} is believed: {found}")
        return "believed"

    words = [one.encode() for text in (good, *forged) for one in text.split(".")] + [b".", b"=", b"-", b"_"]
    return Target("session-tokens", [one.encode() for one in (good, *forged)], check, words=words)


def _query_seeds() -> list[list[tuple[str, str]]]:
    told = {"shop": SHOP, "timestamp": str(SECONDS), "state": "abc~*", "host": "YWRtaW4=", "code": "c%0&d"}
    plain = "&".join(f"{k}={v.replace('%', '%25').replace('&', '%26')}" for k, v in sorted(told.items()))
    encoded = urlencode(sorted(told.items()), safe="*").replace("~", "%7E")
    signatures = [hmac.digest(SECRET.encode(), text.encode(), "sha256").hex() for text in (plain, encoded)]
    return [[*told.items(), ("hmac", one)] for one in signatures]


def _typed(pairs: list[tuple[str, str]]) -> bytes:
    return "&".join(f"{quote(key)}={quote(value)}" for key, value in pairs).encode()


def _pairs(data: bytes) -> list[tuple[str, str]]:
    """As a browser's address is read."""
    return parse_qsl(data.decode("latin-1"), keep_blank_values=True, errors="surrogateescape")


def signed_queries() -> Target:
    seeds = _query_seeds()
    said = {key: value for key, value in seeds[0] if key != "hmac"}

    def check(data: bytes) -> str:
        try:
            found = signed_query(_pairs(data), [SECRET], NOW)
        except Forged:
            return "refused"
        if dict(found) != said:
            raise GotThrough(f"{found} is believed")
        return "believed"

    words = [b"&", b"=", b"%26", b"%3D", b"%25", b"hmac=", b"shop=evil.myshopify.com", b"timestamp="]
    return Target("signed-queries", [_typed(one) for one in seeds], check, words=words)


def proxies() -> Target:
    """What a shopper adds to the address is signed too; whose shop it is and when is never theirs to say."""
    evil = "1shop=evil.myshopify.comtimestamp=1"
    seeds = []
    for chosen in ({"extra": "1,2"}, {"page": "/products/x", "a": evil}, {}):
        told = {**chosen, "shop": SHOP, "timestamp": str(SECONDS), "path_prefix": "/apps/b", "customer_id": ""}
        text = "".join(f"{key}={told[key]}" for key in sorted(told))
        seeds.append([*told.items(), ("signature", hmac.digest(SECRET.encode(), text.encode(), "sha256").hex())])

    def check(data: bytes) -> str:
        found = proxied(_pairs(data), [SECRET], NOW)
        if found not in {None, SHOP}:
            raise GotThrough(f"{found} is believed")
        return "refused" if found is None else "believed"

    words = [b"&", b"=", b"%3D", b"shop=", b"timestamp=", b"shop=evil.myshopify.com", b"signature="]
    return Target("app-proxy", [_typed(one) for one in seeds], check, words=words)


def cookies() -> Target:
    """What Flask keeps in the browser: the token of its forms, and what is to be said on the next page."""
    from flask import Flask  # noqa: PLC0415 -- takes a while, which other targets need not wait
    from flask.sessions import SecureCookieSessionInterface  # noqa: PLC0415 -- as above
    from itsdangerous import BadData  # noqa: PLC0415 -- as above

    app = Flask(__name__)
    app.secret_key = VAULT.derive("flask-session")
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    if serializer is None:
        raise AssertionError("a key was given")
    loads: Callable[[str], object] = serializer.loads
    held = [{"csrf_token": "a" * 40}, {"csrf_token": "b" * 40, "said": ["done"]}]
    seeds = [serializer.dumps(one) for one in held]

    def check(data: bytes) -> str:
        try:
            found = loads(data.decode("latin-1"))
        except BadData:
            return "refused"
        if found not in held:
            raise GotThrough(f"{found} is believed")
        return "believed"

    return Target("cookies", [str(one).encode() for one in seeds], check, words=[b".", b"-", b"_"])
