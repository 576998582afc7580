"""The web application: blueprints put together, and what is the same for every answer."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from http import HTTPStatus

import structlog
from flask import Blueprint, Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

log = structlog.get_logger()

# Pages that need more (a script, a form) set their own; these are only put where nothing was.
SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
ON_STOP = "backorder.on_stop"
# Read by programs: their errors are JSON as well.
JSON_PATHS = ("/healthz", "/readyz", "/storefront/")


def create_app(blueprints: Iterable[Blueprint], on_stop: Callable[[], None] | None = None) -> Flask:
    """``on_stop`` is called once by the server after the last request, before the process ends."""
    # Without a folder of static files there is no route that would look for one.
    app = Flask("connector.web", static_folder=None)
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    app.register_error_handler(HTTPException, _refusal)
    app.register_error_handler(Exception, _bug)
    app.after_request(_guard)
    if on_stop is not None:
        app.extensions[ON_STOP] = on_stop
    return app


def _guard(response: Response) -> Response:
    # One pass over what is there: asking the framework for each costs an exception for each that is missing.
    present = {name.lower() for name, _ in response.headers}
    for name, value in SECURITY_HEADERS.items():
        if name.lower() not in present:
            response.headers.add(name, value)
    return response


def _refusal(error: HTTPException) -> ResponseReturnValue:
    """What the framework refused: an unknown path, a wrong method, a malformed request."""
    answer = error.get_response(request.environ)
    if error.response is None and answer.status_code >= HTTPStatus.BAD_REQUEST:
        said = _said(answer.status_code, error.name)
        answer.data, answer.content_type = said.data, said.content_type
    return answer


def _bug(error: Exception) -> Response:
    """Anything else.  An exception's own words may quote the request, which may hold a shopper's address: what is
    logged is its type and where it arose.
    """
    log.error(
        "web_request_failed",
        method=request.method,
        path=request.path,
        error=type(error).__name__,
        trace="".join(traceback.format_tb(error.__traceback__)),
    )
    return _said(500, "Internal Server Error")


def _said(status: int, name: str) -> Response:
    if request.path.startswith(JSON_PATHS):
        response = jsonify(error=name)
        response.status_code = status
        return response
    return Response(f"{name}\n", status, mimetype="text/plain")
