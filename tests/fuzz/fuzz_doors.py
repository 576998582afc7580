"""The intake of webhooks: what is kept is what was signed, and every answer is one that we mean."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fuzz_calling import Asked, answer
from fuzz_target import GotThrough, Target
from intake_parts import LIMIT, SECRETS, MemoryInbox, intake_app, shopify, woo
from mutations import samples

from adapters.signing import hmac_sha256_base64
from connector.services.receive import LONGEST_NAME

ANSWERS = {200, 308, 400, 401, 404, 405, 413}
SIGNED = {"woocommerce": ("x-wc-webhook-signature",), "shopify": ("x-shopify-hmac-sha256", "shopify-hmac-sha256")}
ADDRESS = re.compile(r"/webhooks/(woocommerce|shopify)/([^/]+)", re.DOTALL)
SIGN = "x-fuzz-sign"
"""A header of ours: the request is signed with that secret after it was spoilt, so that what is behind the door is
tried too.
"""


def _request(path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = "".join(f"\n{name}: {value}" for name, value in headers.items())
    return f"POST {path}{lines}\n\n".encode() + body


def _seeds() -> list[bytes]:
    order = min((body for _, body in samples("woocommerce")), key=len)
    redact = b'{"shop_domain": "second.myshopify.com", "customer": {"email": "a@b.c"}}'
    ping = {"Content-Type": "application/x-www-form-urlencoded"}
    seeds = [
        _request("/webhooks/woocommerce/main", woo(order), order),
        _request("/webhooks/shopify/second", shopify(order), order),
        _request("/webhooks/shopify/compliance", shopify(redact, topic="customers/redact"), redact),
        _request("/webhooks/woocommerce/main", ping, b"webhook_id=7"),
    ]
    for platform, name in (("woocommerce", "main"), ("shopify", "second"), ("shopify", "compliance")):
        header = SIGNED[platform][0]
        secret = "second" if name == "compliance" else name
        topic = "X-WC-Webhook-Topic" if platform == "woocommerce" else "X-Shopify-Topic"
        headers = {topic: "a/b", SIGN: secret, header: "?", "X-Shopify-Triggered-At": "2026-11-21T09:30:00Z"}
        seeds.append(_request(f"/webhooks/{platform}/{name}", headers, redact))
    return seeds


def _resigned(asked: Asked) -> Asked:
    live = next((live for (_, key), live in SECRETS.items() if key == asked.headers.get(SIGN)), ())
    if not live:
        return asked
    given = [name for names in SIGNED.values() for name in names if name in asked.headers]
    signed = dict.fromkeys(given, hmac_sha256_base64(live[0], asked.body))
    return Asked(asked.method, asked.path, asked.query, {**asked.headers, **signed}, asked.body)


def _genuine(asked: Asked, path: str) -> bool:
    """Whether it may be kept, told from the bytes alone and by nothing that the intake asks."""
    found = ADDRESS.fullmatch(re.sub("/+", "/", path))  # the framework takes several slashes for one
    if found is None:
        return False
    platform, store = found.groups()
    for_all = platform == "shopify" and store == "compliance"
    stores = [key for on, key in SECRETS if on == platform] if for_all else [store]
    live = [one for key in stores for one in SECRETS.get((platform, key), ())]
    given = [asked.headers.get(name, "").strip() for name in SIGNED[platform]]
    return any(hmac_sha256_base64(one, asked.body) in given for one in live)


def intake() -> Target:
    inbox = MemoryInbox()
    app = intake_app(inbox)

    def check(data: bytes) -> str:
        asked = _resigned(Asked.of(data))
        environ = asked.environ()
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        found = answer(app.wsgi_app, environ)
        kept, inbox.kept = inbox.kept, []
        inbox._seen.clear()
        if found.status not in ANSWERS and asked.path.startswith("/webhooks"):
            raise GotThrough(f"answered {found.status}")
        if kept and not _genuine(asked, path):
            raise GotThrough(f"kept, and nobody signed it: {kept}")
        for one in kept:
            longest = max(len(one.topic), len(one.external_id))
            if one.body != asked.body or longest > LONGEST_NAME or len(one.body) > LIMIT:
                raise GotThrough(f"kept as something else: {one}")
        return "kept" if kept else str(found.status)

    paths = [b"/webhooks/shopify/compliance", b"/webhooks/woocommerce/old", b"%2f"]
    headers = [
        b"Content-Length: 0\n",
        b"Content-Encoding: gzip\n",
        b"X-WC-Webhook-Signature: ",
        b"shopify-hmac-sha256:",
    ]
    words = [*paths, *headers, b"\n\n", b": ", b"webhook_id=7"]
    return Target("intake", _seeds(), check, words=words)
