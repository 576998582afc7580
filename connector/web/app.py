"""The web application: blueprints put together, and what is the same for every answer."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from http import HTTPStatus
from string import punctuation
from typing import TYPE_CHECKING
from urllib.parse import quote

import structlog
from flask import Blueprint, Flask, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from connector.web.access import ACCESS, Who
from connector.web.look import error_page

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

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
# Read by people.
PAGE_PATHS = ("/settings", "/admin", "/install", "/in", "/out", "/language")


def create_app(
    blueprints: Iterable[Blueprint],
    on_stop: Callable[[], None] | None = None,
    pages: Callable[[Flask], None] | None = None,
) -> Flask:
    """``on_stop`` is called once by the server after the last request, before the process ends.  ``pages``: adds what
    people look at; without it there is only what programs call, and no route that would look for a static file.
    """
    app = Flask("connector.web", static_folder="static" if pages else None)
    # The last of these is called first, and this one only fills in what the pages' own did not say.
    app.after_request(_guard)
    if pages:
        pages(app)
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    app.wsgi_app = _in_ascii(app.wsgi_app)  # type: ignore[method-assign, assignment]  # the documented way
    app.register_error_handler(HTTPException, _refusal)
    app.register_error_handler(Exception, _bug)
    if on_stop is not None:
        app.extensions[ON_STOP] = on_stop
    return app


def _in_ascii(application: WSGIApplication) -> WSGIApplication:
    """Servers hand on whatever bytes stand in an address, and the framework fails at a query that is no UTF-8.  Written
    as they should have been, such bytes are read as what nobody can read.
    """

    def readable(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        query = environ.get("QUERY_STRING", "")
        if not query.isascii():
            environ["QUERY_STRING"] = quote(query.encode("latin-1", "replace"), safe=punctuation)
        return application(environ, start_response)

    return readable


def _guard(response: Response) -> Response:
    # One pass over what is there: asking the framework for each costs an exception for each that is missing.
    present = {name.lower() for name, _ in response.headers}
    for name, value in SECURITY_HEADERS.items():
        if name.lower() not in present:
            response.headers.add(name, value)
    return response


def _refusal(error: HTTPException) -> ResponseReturnValue:
    """What the framework refused: an unknown path, a wrong method, a malformed request, a forged form."""
    answer = error.get_response(request.environ)
    if error.response is None and answer.status_code >= HTTPStatus.BAD_REQUEST:
        if isinstance(error, CSRFError):
            log.warning("form.refused", path=_path(), why=error.description)
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
        path=_path(),
        error=type(error).__name__,
        trace="".join(traceback.format_tb(error.__traceback__)),
    )
    return _said(500, "Internal Server Error")


def _path() -> str:
    """Where the request went, for the log: a one-time link is a key as long as nobody has used it."""
    secret = request.url_rule is not None and "token" in request.url_rule.arguments
    return str(request.url_rule) if secret else request.path


def _is_for_people() -> bool:
    if "bootstrap" not in current_app.extensions or ACCESS.get(request.endpoint or "") is Who.PLATFORM:
        return False
    if request.path.startswith((*JSON_PATHS, "/webhooks/")):
        return False
    return request.path.startswith(PAGE_PATHS) or "text/html" in request.accept_mimetypes.values()


def _said(status: int, name: str) -> Response:
    if _is_for_people():
        return Response(error_page(status), status, mimetype="text/html")
    if request.path.startswith(JSON_PATHS):
        response = jsonify(error=name)
        response.status_code = status
        return response
    return Response(f"{name}\n", status, mimetype="text/plain")
