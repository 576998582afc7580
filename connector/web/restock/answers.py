"""What the form is answered: a page for people, JSON for scripts, and nothing that differs from person to person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from connector.ports.records import StoreRecord
from connector.services.context import StoreContext
from connector.web.mishaps import happened
from connector.web.public.availability import PREFLIGHT_SECONDS, origin_of
from connector.web.public.problems import PROBLEM_TYPE, problem
from connector.web.public.problems import refused as refused_in_json
from connector.web.restock.tongue import rendered
from connector.web.words import _

ASKED = "backorder-asked"
"""What is added to the address of the shop's page, for it to say that the form was taken."""


def for_people() -> bool:
    """Whether a page is wanted: a form that was sent without script asks for one."""
    wanted = request.accept_mimetypes
    return not request.is_json and wanted["text/html"] > 0 and wanted["text/html"] > wanted["application/json"]


def asked(back_to: str, language: str) -> ResponseReturnValue:
    """Taken: whoever it was."""
    if for_people():
        return redirect(f"{back_to}#{ASKED}" if back_to else url_for("restock.asked", lang=language), 303)
    return Response(json.dumps({"status": "asked"}), 202, mimetype="application/json")


def wrong(problems: Mapping[str, str], back_to: str) -> ResponseReturnValue:
    if for_people():
        return _page(_("That could not be taken"), list(problems.values()), back_to), 422
    body = {"type": "about:blank", "title": "Unprocessable Entity", "status": 422, "errors": dict(problems)}
    detail = " ".join(problems.values())
    return Response(json.dumps(body | {"detail": detail}, ensure_ascii=False), 422, mimetype=PROBLEM_TYPE)


def orderable(back_to: str) -> ResponseReturnValue:
    return _said(409, _("Good news"), _("This product can be ordered now. There is nothing to wait for."), back_to)


def flooded(back_to: str) -> ResponseReturnValue:
    return _said(429, _("Too much at once"), _("Very many people ask just now. Try again in some minutes."), back_to)


def no_list() -> ResponseReturnValue:
    return _said(404, _("There is no such list"), _("This shop keeps no list of who wants to hear when it is back."))


def forged() -> ResponseReturnValue:
    return _said(401, _("Not allowed"), _("This did not come from the shop. Go back to its page and try again."))


def refused(error: HTTPException) -> ResponseReturnValue:
    if not request.path.startswith("/storefront/"):
        # A page behind a link of a mail.  Handing the error on from here would end the request without an answer.
        title, meaning = happened(error.code or 500)
        return _page(title, [meaning], ""), error.code or 500
    if not for_people():
        return refused_in_json(error)
    if error.code == 429:  # noqa: PLR2004 -- Too Many Requests
        return _said(429, _("Too many tries"), _("Wait some minutes, then try again."))
    said = _("Go back to the page of the shop and try again.")
    return _page(_("That could not be taken"), [said], ""), error.code or 400


def _said(status: int, title: str, said: str, back_to: str = "") -> ResponseReturnValue:
    return (_page(title, [said], back_to), status) if for_people() else problem(status, said)


def _page(title: str, said: list[str], back_to: str) -> str:
    return rendered("restock_said.html", title=title, said=said, back_to=back_to)


def preflight() -> Response:
    answer = Response(status=204)
    answer.headers["Access-Control-Allow-Methods"] = "POST, OPTIONS"
    answer.headers["Access-Control-Allow-Headers"] = "Accept, Accept-Language, Content-Type"
    answer.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    return answer


def for_origin(answer: Response, store: StoreContext, record: StoreRecord) -> Response:
    """Only the shop's own pages, and those its owner named, may read the answer in a browser."""
    answer.vary.add("Origin")
    origin = request.headers.get("Origin", "")
    if origin and origin in origins_of(store, record):
        answer.headers["Access-Control-Allow-Origin"] = origin
        answer.headers["Access-Control-Expose-Headers"] = "Retry-After"
    return answer


def origins_of(store: StoreContext, record: StoreRecord) -> frozenset[str]:
    named = {origin_of(one) for one in store.rules.origins}
    shop = record.shop if "://" in record.shop else f"https://{record.shop}"
    return frozenset(named | ({origin_of(shop)} if record.shop else set()))


def origin_in(page: str) -> str:
    """Where a page that a form names would be; empty for what is no web address."""
    try:
        parts = urlsplit(page)
        return origin_of(page) if parts.scheme in {"http", "https"} and parts.hostname else ""
    except ValueError:
        return ""
