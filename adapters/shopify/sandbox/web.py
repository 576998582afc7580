"""The shop's addresses: the Admin API, the upload of staged files, the results of bulk operations, the tokens; and the
pages of ``admin_pages``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request

from adapters.shopify.sandbox import admin_pages, engine
from adapters.shopify.sandbox.call import SUPPORTED

if TYPE_CHECKING:
    from adapters.shopify.sandbox.shop import ShopifyShop

Answer = Callable[[], Response]
DENIED = "[API] Invalid API key or access token (unrecognized login or wrong password)"
TOO_MANY = "Exceeded the rate limit of this app in this shop. Reduce request rates to resume uninterrupted service."
BAD_GATEWAY = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>"
MISSING_BYTES = 512  # a lost answer promises these and never sends them


def build(shop: ShopifyShop) -> Flask:
    app = Flask("shopify_sandbox")

    @app.after_request
    def date(answer: Response) -> Response:
        answer.headers["Date"] = format_datetime(shop.store.clock().astimezone(UTC), usegmt=True)
        return answer

    @app.post("/admin/api/<version>/graphql.json")
    def graphql(version: str) -> Response:
        return _graphql(shop, version)

    @app.post("/staged-uploads")
    def upload() -> Response:
        return _faulty(shop, "POST /staged-uploads", lambda: _take_file(shop))

    @app.get("/bulk-results/<name>")
    def results(name: str) -> Response:
        found = shop.bulk_result(name)
        if found is None:
            return Response("<Error><Code>NoSuchKey</Code></Error>", 404, mimetype="application/xml")
        return Response(found, 200, mimetype="application/jsonl")

    @app.post("/admin/oauth/access_token")
    def token() -> Response:
        given = request.get_json(silent=True) or request.form.to_dict()
        return _faulty(shop, "POST /admin/oauth/access_token", lambda: _json(*shop.grant(given)), speaks_graphql=False)

    admin_pages.add(app, shop)
    return app


def _graphql(shop: ShopifyShop, version: str) -> Response:
    if not _is_us(shop):
        return _json({"errors": DENIED}, 401)
    served = serve(version)
    if served is None:
        return _json({"errors": "Not Found"}, 404)
    asked = _read()
    if asked is None:
        return _json({"errors": {"query": "Required parameter missing or invalid"}}, 400)
    base = request.host_url.rstrip("/")
    answer = _faulty(shop, engine.title(asked), lambda: _json(shop.answer(asked, served, base), 200))
    answer.headers["X-Shopify-API-Version"] = served
    answer.headers["X-Request-Id"] = shop.request_id()
    return answer


def serve(version: str) -> str | None:
    """The version that answers: an older one falls forward to the oldest still served."""
    if version in SUPPORTED:
        return version
    parts = version.split("-")
    year_and_month = 2
    if len(parts) == year_and_month and all(part.isdigit() for part in parts) and version < SUPPORTED[0]:
        return SUPPORTED[0]
    return None


def _is_us(shop: ShopifyShop) -> bool:
    return shop.accepts(request.headers.get("X-Shopify-Access-Token", ""))


def _json(body: object, status: int) -> Response:
    return Response(json.dumps(body), status, mimetype="application/json")


def _read() -> engine.Request | None:
    given: Any = request.get_json(silent=True, force=True)
    if not isinstance(given, dict) or not isinstance(given.get("query"), str):
        return None
    variables = given.get("variables") or {}
    return (
        engine.Request(given["query"], variables, given.get("operationName")) if isinstance(variables, dict) else None
    )


def _faulty(shop: ShopifyShop, name: str, answer: Answer, *, speaks_graphql: bool = True) -> Response:
    """Answer as the shop's faults will have it."""
    fault, pause = shop.next_fault(name)
    if pause > 0:
        time.sleep(pause)
    if fault == "429" or (fault == "throttled" and not speaks_graphql):
        return Response(json.dumps({"errors": TOO_MANY}), 429, {"Retry-After": "2.0"}, mimetype="application/json")
    if fault == "throttled":
        return _json(shop.throttled(), 200)
    if fault == "500":
        return _json({"errors": "Internal Server Error"}, 500)
    if fault == "html":
        return Response(BAD_GATEWAY, 502, mimetype="text/html")
    said = answer()
    if fault != "lose":
        return said
    body = said.get_data()
    lost = Response(body[: len(body) // 2], said.status_code, mimetype=said.mimetype)
    lost.automatically_set_content_length = False
    lost.headers["Content-Length"] = str(len(body) + MISSING_BYTES)
    lost.headers["Connection"] = "close"
    return lost


def _take_file(shop: ShopifyShop) -> Response:
    """A form post in the manner of the cloud store behind it: every parameter given, then the file."""
    file = request.files.get("file")
    content = None if file is None else file.read()
    if content is None or not shop.keep_file(request.form.get("key", ""), request.form.get("policy", ""), content):
        return Response("<Error><Code>AccessDenied</Code></Error>", 403, mimetype="application/xml")
    key = request.form["key"]
    return Response(f"<PostResponse><Key>{key}</Key></PostResponse>", 201, mimetype="application/xml")
