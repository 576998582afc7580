"""``POST /storefront/v1/<store>/privacy``: the shop's own privacy tools ask, on behalf of a person, what is held of
them, or that it be erased.

WordPress runs them over every plugin that offers its help; ours passes the question on, signed with the secret that
signs the webhooks of the store.  An export is answered at once, for those tools do not wait; an erasure is put down
and done within a minute.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from connector.ports.operating import RequestKind
from connector.ports.storefront import Verdict
from connector.services.privacy_asked import ask
from connector.services.privacy_export import export
from connector.services.privacy_subject import LONGEST, Subject
from connector.web.backstage import Backstage

LARGEST = 2_000
FRESH = timedelta(minutes=10)
"""How old a question may be: one that somebody overheard is worth nothing later."""
EXPORT, ERASE = "export", "erase"


@dataclass(frozen=True, slots=True)
class _Asked:
    what: str
    email: str


def blueprint(back: Backstage) -> Blueprint:
    bp = Blueprint("shop_privacy", __name__)

    @bp.post("/storefront/v1/<store_key>/privacy", endpoint="asked")
    def asked(store_key: str) -> ResponseReturnValue:
        body = request.get_data(cache=False) if (request.content_length or 0) <= LARGEST else b""
        store = back.known.all().get(store_key)
        live = back.known.secrets(store.platform.name, store_key) if store is not None else None
        if store is None or not live:
            return _refused(401)
        if store.platform.authenticate(dict(request.headers), body, live) is not Verdict.GENUINE:
            return _refused(401)
        found = _read(body, back.clock())
        if found is None:
            return _refused(400)
        subject = Subject(emails=(found.email,))
        if found.what == EXPORT:
            return jsonify(export(store, subject))
        reference = f"shop's own tool/{hashlib.sha256(body).hexdigest()[:32]}"
        return jsonify({"request": ask(store, RequestKind.ERASE, subject, reference)})

    return bp


def _read(body: bytes, now: datetime) -> _Asked | None:
    """None for what is no question of today."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    match said:
        case {"privacy": str(what), "email": str(email), "at": int(at)} if what in {EXPORT, ERASE}:
            fresh = abs(now.timestamp() - at) <= FRESH.total_seconds()
            return _Asked(what, email) if fresh and "@" in email and len(email) <= LONGEST else None
    return None


def _refused(status: int) -> ResponseReturnValue:
    return jsonify({"error": "refused"}), status
