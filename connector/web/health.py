"""For load balancers and people: is the process alive, can it take what comes, and is the work done?"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

import structlog
from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

Check = Callable[[], str | None]
"""None: ready.  Otherwise why not, in words that may be shown to anybody: no addresses, no names, no secrets."""

CACHED_SECONDS = 1.0

log = structlog.get_logger()


def blueprint(checks: Mapping[str, Check], troubles: Mapping[str, Check] | None = None) -> Blueprint:
    """``checks``: without these this process can take no request; ``troubles``: something is wrong elsewhere, and to
    turn requests away would make it worse (``connector.seeing.readiness`` says why).
    """
    bp = Blueprint("health", __name__)
    missing, wrong = _Looked(checks), _Looked(troubles or {})

    @bp.get("/healthz")
    def alive() -> ResponseReturnValue:
        """Answers as long as the process does; a database that is away is no reason to restart it."""
        return jsonify(status="ok")

    @bp.get("/readyz")
    def ready() -> ResponseReturnValue:
        """503 while this process can take nothing; with ``?strict`` also while the work is not done."""
        not_ready = missing()
        if not_ready:
            return jsonify(status="not ready", not_ready=not_ready), 503
        degraded = wrong()
        if degraded:
            return jsonify(status="degraded", degraded=degraded), 503 if "strict" in request.args else 200
        return jsonify(status="ready")

    return bp


class _Looked:
    """What the checks say, for a moment: however many ask, the database is asked once."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks
        self._lock = threading.Lock()
        self._said: dict[str, str] = {}
        self._until = 0.0

    def __call__(self) -> dict[str, str]:
        with self._lock:
            if time.monotonic() >= self._until:
                self._said = {name: why for name, check in self._checks.items() if (why := _why_not(name, check))}
                self._until = time.monotonic() + CACHED_SECONDS
            return self._said


def _why_not(name: str, check: Check) -> str | None:
    try:
        return check()
    except Exception as error:  # noqa: BLE001 -- a check that fails in a new way still means "not ready"
        log.warning("readiness_check_failed", check=name, cause=type(error).__name__)
        return f"the check itself failed ({type(error).__name__})"
