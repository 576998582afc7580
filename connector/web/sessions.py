"""Who a browser is signed in as.  The cookie holds a random text, the database its digest: a session can be ended."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from flask import Response, g, request, session

from connector.domain.journal import Entry
from connector.ports.accounts import SessionRecord
from connector.services.passes import digest
from connector.web.backstage import Backstage

COOKIE = "backorder_session"
LONGEST_COOKIE = 100  # ours have 43 characters; whatever is longer is nobody's


@dataclass(frozen=True, slots=True)
class Cookies:
    """Sets our own cookies; Flask's session holds nothing but the token against forged forms and passing messages."""

    back: Backstage

    def put(self, response: Response, name: str, value: str, seconds: float) -> None:
        response.set_cookie(
            name, value, max_age=int(seconds), secure=self.back.secure, httponly=True, samesite="Lax", path="/"
        )

    def drop(self, response: Response, name: str) -> None:
        response.delete_cookie(name, secure=self.back.secure, httponly=True, samesite="Lax", path="/")


def sign_in(back: Backstage, response: Response, *, store: str = "", operator: bool = False, attempt: str = "") -> None:
    """Begin a session with a new secret: one that an attacker put into the browser before is worth nothing."""
    _end(back)
    token = secrets.token_urlsafe(32)
    now = back.clock()
    lasts = timedelta(hours=back.web.session_hours)
    with back.work() as uow:
        uow.sessions.add(SessionRecord(digest(token), store, operator, now, now + lasts, attempt))
        uow.commit()
    Cookies(back).put(response, COOKIE, token, lasts.total_seconds())


def sign_out(back: Backstage, response: Response) -> None:
    _end(back)
    Cookies(back).drop(response, COOKIE)


def turn_to(back: Backstage, held: SessionRecord, store: str) -> None:
    """An operator looks at a store's own pages, as its owner sees them.  The store's journal says so."""
    with back.work() as uow:
        uow.sessions.look_at(held.id, store)
        uow.journal.append(store, [Entry(back.clock(), "operator_looked", facts={})])
        uow.commit()


def _end(back: Backstage) -> None:
    """Whoever was signed in is not any more, and the forms of the pages that they saw are worth nothing."""
    held = current(back)
    if held is not None:
        with back.work() as uow:
            uow.sessions.end(held.id)
            uow.commit()
    g.pop("session_record", None)
    session.pop("csrf_token", None)


def current(back: Backstage) -> SessionRecord | None:
    """The session of this request; read once."""
    if "session_record" not in g:
        g.session_record = _read(back, request.cookies.get(COOKIE, ""))
    held: SessionRecord | None = g.session_record
    return held


def _read(back: Backstage, token: str) -> SessionRecord | None:
    if not token or len(token) > LONGEST_COOKIE:
        return None
    with back.work(read_only=True) as uow:
        return uow.sessions.get(digest(token), back.clock())
