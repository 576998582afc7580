"""The figures of this machine, for Prometheus; and what the web part counts of its own answers."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from connector.ports.counting import OTHER, REQUESTS, count
from connector.seeing.door import CONTENT_TYPE, Door, door


def blueprint(text: Callable[[], bytes], token: str | None = None, *, alone: bool = True) -> Blueprint:
    """``alone``: whether nobody passes requests on to us (``connector.seeing.door``)."""
    bp = Blueprint("figures", __name__)

    @bp.get("/metrics")
    def show() -> ResponseReturnValue:
        headers = {name.lower(): value for name, value in request.headers.items()}
        allowed = door(token, request.remote_addr or "", headers, alone=alone)
        if allowed is Door.OPEN:
            return Response(text(), content_type=CONTENT_TYPE)
        answer = Response(f"{allowed.value.phrase}\n", allowed.value.value, content_type="text/plain")
        if allowed is Door.NO_TOKEN:
            answer.headers["WWW-Authenticate"] = "Bearer"
        return answer

    @bp.after_app_request
    def counted(response: Response) -> Response:
        # A request that met no route has no blueprint, and whatever its sender asked for makes no label.
        count(REQUESTS, request.blueprint or OTHER, f"{response.status_code // 100}xx")
        return response

    return bp
