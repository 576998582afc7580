"""Twilio's messages on loopback, as its documentation describes them: basic auth, forms in, JSON out."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue

from connector.ports.clock import Clock

ACCOUNT, TOKEN, SENDER = "AC0123456789", "token-of-twilio", "+15550100"


@dataclass
class Twilio:
    """``answer``: given in place of taking a message; ``lost``: it is taken, and the answer is another one."""

    clock: Clock
    sent: list[dict[str, Any]] = field(default_factory=list)
    answer: tuple[int, Any] | None = None
    lost: bool = False
    asked: int = 0

    @property
    def app(self) -> Flask:
        app = Flask("twilio")
        path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        app.add_url_rule(path, "take", self._take, methods=["POST"])
        app.add_url_rule(path, "list", self._list, methods=["GET"])
        return app

    def _take(self) -> ResponseReturnValue:
        self.asked += 1
        if refused := self._refused():
            return refused
        if self.answer is not None and not self.lost:
            return self._given(*self.answer)
        assert request.form["From"] == SENDER
        made = {
            "sid": f"SM{len(self.sent)}",
            "to": request.form["To"],
            "body": request.form["Body"],
            "status": "queued",
            "date_created": format_datetime(self.clock()),
        }
        self.sent.append(made)
        if self.lost:
            return self._given(*(self.answer or (500, {})))
        return jsonify(made), 201

    def _list(self) -> ResponseReturnValue:
        if refused := self._refused():
            return refused
        found = [one for one in reversed(self.sent) if one["to"] == request.args["To"]]
        return jsonify({"messages": found[: int(request.args["PageSize"])]})

    def _refused(self) -> ResponseReturnValue | None:
        held = request.authorization
        if held is None or (held.username, held.password) != (ACCOUNT, TOKEN):
            return jsonify({"code": 20003, "message": "Authenticate", "status": 401}), 401
        return None

    @staticmethod
    def _given(status: int, body: Any) -> ResponseReturnValue:
        return Response(body, status) if isinstance(body, bytes) else (jsonify(body), status)
