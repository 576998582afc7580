"""The shop's HTTP face: REST API v3 as a WSGI application, with the faults a scenario asks for."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import parse_qsl

from flask import Flask, Request, Response, request

from adapters.woocommerce.sandbox import auth, routes
from adapters.woocommerce.sandbox.call import Answer, Call
from adapters.woocommerce.sandbox.consent import Consent
from adapters.woocommerce.sandbox.consent_pages import answer as answer_consent
from adapters.woocommerce.sandbox.consent_pages import consent_pages
from adapters.woocommerce.sandbox.core import Core
from adapters.woocommerce.sandbox.errors import RestError, no_route, php_json
from adapters.woocommerce.sandbox.listing import pick
from adapters.woocommerce.sandbox.records import Body
from adapters.woocommerce.sandbox.rest_settings import site_index
from adapters.woocommerce.sandbox.shelves import shelf_pages
from connector.ports.clock import Clock
from connector.ports.sandbox import Faults

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
PROXY_PAGE = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
CRITICAL = "<p>There has been a critical error on this website.</p>"


@dataclass(frozen=True, slots=True)
class Door:
    """What the application needs of its shop.  ``signed_at`` is the clock that OAuth timestamps are held against."""

    core: Core
    keys: Mapping[str, auth.Key]
    signed_at: Clock
    faults: Callable[[], Faults]
    ping: Callable[[int], None]
    calls: list[str]
    consent: Consent


def make_app(door: Door) -> Flask:
    app = Flask(__name__)

    app.register_blueprint(consent_pages(door.consent))
    app.register_blueprint(shelf_pages(door.core))

    @app.route("/", methods=["GET", "POST"])
    def front() -> Response:
        """With plain permalinks, what is wanted stands in the query."""
        if request.args.get("rest_route") == "/":
            return index()
        if request.args.get("wc-auth-version") and request.args.get("wc-auth-route"):
            return answer_consent(door.consent, request.args["wc-auth-route"], request)
        return Response(status=302, headers={"Location": "/shop/"})

    @app.route("/wp-json/", methods=["GET"])
    def index() -> Response:
        body = site_index(door.core)
        return _response(door.core, Answer(pick(body, request.args["_fields"]) if "_fields" in request.args else body))

    @app.route("/wp-json/wc/v3/<path:path>", methods=METHODS)
    def api(path: str) -> Response:
        return _serve(door, path.rstrip("/"), request)

    @app.errorhandler(404)
    def nowhere(_: Exception) -> Response:
        return _response(door.core, _failed(no_route()))

    return app


def _serve(door: Door, path: str, asked: Request) -> Response:
    fault, break_off, wait = _draw(door, f"{asked.method} {asked.path}")
    if wait:
        time.sleep(wait)
    if fault is not None:
        return fault
    answer = _answer(door, path, asked)
    for webhook_id in answer.pings:
        door.ping(webhook_id)
    if break_off:
        return _broken()
    return _response(door.core, answer)


def _draw(door: Door, name: str) -> tuple[Response | None, bool, float]:
    """Note the call and use up what is to go wrong with it."""
    with door.core.lock:
        door.calls.append(name)
        faults = door.faults()
        fault: Response | None = None
        if faults.answer_429 > 0:
            faults.answer_429 -= 1
            body = {"code": "too_many_requests", "message": "Too many requests.", "data": {"status": 429}}
            fault = _response(door.core, Answer(body, 429, {"Retry-After": "1"}))
        elif faults.answer_500 > 0:
            faults.answer_500 -= 1
            fault = _response(door.core, _failed(RestError(500, "internal_server_error", CRITICAL)))
        elif faults.answer_html > 0:
            faults.answer_html -= 1
            fault = Response(PROXY_PAGE, 502, content_type="text/html")
        break_off = fault is None and faults.lose_answer > 0
        faults.lose_answer -= int(break_off)
        return fault, break_off, faults.slow_seconds


def _answer(door: Door, path: str, asked: Request) -> Answer:
    query = _php_query(asked.query_string.decode())
    try:
        with door.core.lock:
            _admit(door, path, asked, query)
            route = routes.find(path, asked.method)
            fields = _json(asked)
            call = Call(door.core, asked.method, asked.base_url, query, fields)
            answer: Answer = route.handler(call, *route.ids)
            if "_fields" not in query:
                return answer
            return Answer(pick(answer.body, query["_fields"]), answer.status, answer.headers, answer.pings)
    except RestError as error:
        return _failed(error)


def _admit(door: Door, path: str, asked: Request, query: Mapping[str, object]) -> None:
    """Refuse a bad key before anything else, a missing one only where there is a route to refuse it."""
    credentials = auth.Credentials(
        method=asked.method,
        url=asked.base_url,
        secure="https" in {asked.scheme, asked.headers.get("X-Forwarded-Proto", "")},
        authorization=asked.headers.get("Authorization", ""),
        query=query,
    )
    key = auth.authenticate(door.keys, credentials, door.signed_at())
    if key is None:
        raise auth.refusal(routes.find(path, asked.method).act)
    auth.permit(key, asked.method)


def _json(asked: Request) -> Body:
    raw = asked.get_data()
    if not raw or not asked.is_json:
        return {}
    try:
        found = json.loads(raw)
    except ValueError:
        data = {"json_error_code": 4, "json_error_message": "Syntax error"}
        raise RestError(400, "rest_invalid_json", "Invalid JSON body passed.", data) from None
    return found if isinstance(found, dict) else {}


def _php_query(text: str) -> dict[str, object]:
    """The query as PHP reads it: the last of equal names wins, and ``name[]`` or ``name[0]`` makes a list."""
    found: dict[str, object] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        base, bracket, _ = name.partition("[")
        if not bracket:
            found[name] = value
            continue
        rows = found.setdefault(base, [])
        if isinstance(rows, list):
            rows.append(value)
    return found


def _broken() -> Response:
    """A body shorter than announced, and then silence; to the caller, a connection that broke."""
    response = Response(b"{", 200, content_type="application/json; charset=UTF-8")
    response.headers["Content-Length"] = "4096"  # set last: a body given to the constructor sets its own
    return response


def _failed(error: RestError) -> Answer:
    return Answer(error.body, error.status)


def _response(core: Core, answer: Answer) -> Response:
    headers = {
        "Date": _date(core.now()),
        "X-Robots-Tag": "noindex",
        "Link": f'<{core.source}wp-json/>; rel="https://api.w.org/"',
        "X-Content-Type-Options": "nosniff",
        "Access-Control-Expose-Headers": "X-WP-Total, X-WP-TotalPages, Link",
        "Cache-Control": "no-cache, must-revalidate, max-age=0, no-store, private",
        "Expires": "Wed, 11 Jan 1984 05:00:00 GMT",
        **answer.headers,
    }
    return Response(php_json(answer.body), answer.status, headers, content_type="application/json; charset=UTF-8")


def _date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)
