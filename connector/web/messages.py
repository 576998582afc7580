"""Passing messages ("Saved.") inside the platform's admin, where no cookie of ours is kept.

They go along in the address that the answer to a form leads to, signed, so that nobody can make our pages say things.
"""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Flask, Response, current_app, flash, request, session
from itsdangerous import BadData, URLSafeTimedSerializer

from connector.web.access import who

PARAMETER = "said"
LASTS_SECONDS = 60
FLASHED = "_flashes"  # as Flask names them in its session


def carry(app: Flask) -> None:
    """To be called after the guard is in place: it tells who is asking."""
    app.before_request(_hear)
    app.after_request(_pass_on)


def _hear() -> None:
    visitor, said = who().visitor, request.args.get(PARAMETER, "")
    if visitor is None or not said:
        return
    try:
        shop, messages = _signer().loads(said, max_age=LASTS_SECONDS)
    except BadData:
        return
    if shop == visitor.shop:
        for category, message in messages:
            flash(message, category)


def _pass_on(answer: Response) -> Response:
    visitor = who().visitor
    if visitor is None or not answer.location or not session.get(FLASHED):
        return answer
    messages = [[category, str(message)] for category, message in session.pop(FLASHED)]
    said = urlencode({PARAMETER: _signer().dumps([visitor.shop, messages])})
    answer.location += f"{'&' if '?' in answer.location else '?'}{said}"
    return answer


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="passing messages")
