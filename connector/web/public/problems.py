"""Errors for programs, as RFC 9457 has them."""

from __future__ import annotations

import json
from http import HTTPStatus

from flask import Response
from werkzeug.exceptions import HTTPException

PROBLEM_TYPE = "application/problem+json"
WAIT_SECONDS = 60
"""After how long an address that asked too often may ask again; the limits count by the minute."""


def problem(status: int, detail: str) -> Response:
    """``detail``: what is wrong and what to do about it; never a value that somebody sent."""
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    answer = Response(json.dumps(body, ensure_ascii=False), status, mimetype=PROBLEM_TYPE)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        answer.headers["Retry-After"] = str(WAIT_SECONDS)
    return answer


def refused(error: HTTPException) -> Response:
    """What the framework refused, in the same form."""
    said = {
        HTTPStatus.TOO_MANY_REQUESTS: "Asked too often: wait a minute, and keep answers for as long as they say.",
    }
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    return problem(status, said.get(HTTPStatus(status), HTTPStatus(status).description))
