"""The service's own pages and its public answers, over a real database, as strangers and as an owner with bad manners.

Nothing is answered with a fault of ours, a token opens nothing but what it was made for, and no answer holds a secret
or anything about a person to whom it was not given.
"""

from __future__ import annotations

import atexit
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy
from fuzz_calling import Answered, Asked, answer
from fuzz_target import GotThrough, Target
from house import CONFIG
from shopper_door import Door, door

from connector.storage.tables_restock import restock_subscriptions

PERSON = "anna.secretly@example.com"
SECRETS = [b"cs_sandbox", b"ck_sandbox", b"shpat_sandbox", b"shpss_sandbox", b"woo-secret", b"scrypt:"]
MAIL = '[mail]\nhost = "127.0.0.1"\nport = 1\nsender = "shop@example.com"\n'
FORM = "Content-Type: application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Yard:
    """A site with products, a supply, an order that waits, and its shopper's link."""

    door: Door

    @property
    def app(self) -> Any:
        return self.door.site.house.app

    def ask(self, data: bytes, **more: Any) -> tuple[Asked, Answered]:
        asked = Asked.of(data)
        found = answer(self.app, asked.environ(**more))
        for secret in (*SECRETS, PERSON.encode()):
            if secret in found.body and secret not in data:
                raise GotThrough(f"{secret!r} is told")
        return asked, found


_stack = ExitStack()


def close() -> None:
    """Until then the clock of this whole process stands still, which whatever else runs in it would suffer from."""
    _stack.close()
    yard.cache_clear()


@cache
def yard() -> Yard:
    atexit.register(close)
    folder = Path(tempfile.mkdtemp(prefix="fuzz-site-"))
    opened = _stack.enter_context(door(folder, CONFIG.replace("[sync]", f"{MAIL}[sync]")))
    house = opened.site.house
    house.woo.add_product("GONE", 0, title="A chair that is sold out")
    house.settle(2)
    app = house.app
    # How often is asked is not the matter here, and neither is where a form comes from.
    for limiter in app.extensions["limiter"]:
        limiter.enabled = False
    app.config["WTF_CSRF_METHODS"] = []
    return Yard(opened)


def _request(line: str, *headers: str, body: str = "") -> bytes:
    return "\n".join((line, *headers, "", body)).encode()


def public() -> Target:
    there = yard()
    base = "/storefront/v1/chairs/availability"
    with there.door.site.house.service.work(read_only=True) as uow:
        variant = uow.catalogue.by_sku("chairs", "CHAIR")[0].id

    def check(data: bytes) -> str:
        asked, found = there.ask(data)
        if "set-cookie" in found.headers and asked.path.startswith("/storefront"):
            raise GotThrough("a public answer sets a cookie")
        return str(found.status)

    seeds = [
        _request(f"GET {base}?sku=CHAIR&sku=STOOL&lang=de"),
        _request(f"GET {base}?variant={variant}", 'If-None-Match: "x"', "Accept-Language: fr"),
        _request("GET /storefront/v1/tents/availability?sku=CHAIR", "Origin: https://www.example.com"),
        _request(f"OPTIONS {base}", "Origin: https://evil.example", "Access-Control-Request-Method: GET"),
        _request(f"GET {base}/{variant}?lang=pt-BR"),
        _request("GET /storefront/v1/openapi.json"),
        _request("GET /healthz"),
    ]
    return Target("public", seeds, check, words=[b"sku=", b"variant=", b"&", b"?", b"lang=", b"%20", b"%c3%28"])


def restock() -> Target:
    there = yard()
    engine = there.door.site.house.service.database.engine
    tried = iter(range(10**12))

    def check(data: bytes) -> str:
        asked, found = there.ask(data)
        if next(tried) % 500 == 0:
            with engine.begin() as connection:
                connection.execute(sqlalchemy.delete(restock_subscriptions))
        location = found.headers.get("location", "")
        if location and asked.path.startswith("/storefront") and urlsplit(location).netloc not in {"", *_shops(there)}:
            raise GotThrough(f"sent elsewhere: {location}")
        return str(found.status)

    path = "POST /storefront/v1/chairs/restock"
    typed = (
        "sku=GONE&email=anna.secretly%40example.com&consent=yes&units=2&lang=de&page=https%3A%2F%2Fs.example.com%2Fp"
    )
    json = '{"sku": "GONE", "email": "a@b.example", "consent": true}'
    part = '--x\r\nContent-Disposition: form-data; name="sku"\r\n\r\nGONE\r\n--x--\r\n'
    seeds = [
        _request(path, FORM, body=typed),
        _request(path, FORM, "Accept: application/json", body=typed + "&website=&phone=%2B4930123456"),
        _request(path, "Content-Type: application/json", body=json),
        _request(path, "Content-Type: multipart/form-data; boundary=x", body=part),
        _request("POST /storefront/v1/shopify/proxy/restock?shop=sandbox.myshopify.com&signature=00", FORM, body=typed),
        _request("POST /r/abc.def", FORM, body="List-Unsubscribe=One-Click"),
        _request("GET /restock/asked?lang=de"),
    ]
    words = [b"email=", b"&", b"=", b"%00", b"%0d%0a", b"consent=yes", b"@", b"xn--"]
    return Target("restock", seeds, check, words=words)


def _shops(there: Yard) -> set[str]:
    house = there.door.site.house
    return {urlsplit(one).netloc for one in (*house.urls.values(), house.service.settings.server.public_url)}


def shopper() -> Target:
    there = yard()
    genuine = there.door.path
    marks = [b"CHAIR", b"Chair"]

    def check(data: bytes) -> str:
        asked, found = there.ask(data)
        environ = asked.environ()
        opened = found.status == 200 and any(mark in found.body for mark in marks)
        if opened and not environ["PATH_INFO"].startswith(genuine):
            raise GotThrough(f"{asked.path} shows an order")
        if environ["PATH_INFO"].startswith("/o/") and "no-store" not in found.headers.get("cache-control", ""):
            raise GotThrough("a shopper's page may be kept")
        return str(found.status)

    seeds = [
        _request(f"GET {genuine}?lang=fr"),
        _request(f"GET {genuine}/cancel/{there.door.line_id()}?units=1"),
        _request(f"POST {genuine}/keep", FORM, body="form=abc.def"),
        _request(f"POST {genuine}/cancel/{there.door.line_id()}", FORM, body="form=abc.def&units=1"),
        _request(f"GET {genuine}/withdraw"),
    ]
    return Target("shopper", seeds, check, words=[b"/", b"?", b"units=", b"form=", b"&", genuine[3:].encode()])


def owner() -> Target:
    """Whoever is signed in as the owner may send what they like too."""
    there = yard()
    site = there.door.site
    browser = site.owner()
    cookie = browser.client.get_cookie("backorder_session")
    if cookie is None:
        raise AssertionError("the owner came in")
    signed_in = f"backorder_session={cookie.value}"

    def check(data: bytes) -> str:
        _, found = there.ask(data, HTTP_COOKIE=signed_in)
        return str(found.status)

    gets, posts = _addresses(there, "GET"), _addresses(there, "POST")
    typed = "sku=CHAIR&quantity=5&due=2026-12-05&reference=PO-1&mode=up_to&units=5&language=de&text=x&q=a&after=WzAs"
    seeds = [_request(f"GET {one}?q=CHAIR&after=WzAsIjEiXQ&by=sku&language=de&days=30") for one in gets]
    seeds += [_request(f"POST {one}", FORM, body=typed) for one in posts if "leave" not in one]
    words = [b"&", b"=", b"?", b"/", b"%00", b"after=", b"id=", b"-1", b"units=", b"due="]
    return Target("owner", seeds, check, words=words)


def _addresses(there: Yard, method: str) -> list[str]:
    """The owner's pages that name nothing in their address."""
    rules = [one for one in there.app.url_map.iter_rules() if one.rule.startswith("/settings") and not one.arguments]
    return sorted({one.rule for one in rules if method in (one.methods or ())})
