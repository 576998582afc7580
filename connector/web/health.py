"""For load balancers and people: is the process alive, and can it do its work."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog
from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

Check = Callable[[], str | None]
"""None: ready.  Otherwise why not, in words that may be shown to anybody: no addresses, no names, no secrets."""

log = structlog.get_logger()


def blueprint(checks: Mapping[str, Check]) -> Blueprint:
    bp = Blueprint("health", __name__)

    @bp.get("/healthz")
    def alive() -> ResponseReturnValue:
        """Answers as long as the process does; a database that is away is no reason to restart it."""
        return jsonify(status="ok")

    @bp.get("/readyz")
    def ready() -> ResponseReturnValue:
        """503 while something is missing, and what."""
        missing = {name: why for name, check in checks.items() if (why := _why_not(name, check))}
        if missing:
            return jsonify(status="not ready", not_ready=missing), 503
        return jsonify(status="ready")

    return bp


def _why_not(name: str, check: Check) -> str | None:
    try:
        return check()
    except Exception as error:  # noqa: BLE001 -- a check that fails in a new way still means "not ready"
        log.warning("readiness_check_failed", check=name, cause=type(error).__name__)
        return f"the check itself failed ({type(error).__name__})"
