"""Who may bring a new store: anybody where the config says so, else the operator and who holds an invitation."""

from __future__ import annotations

from flask import Response, request

from connector.ports.accounts import PassKind
from connector.services import attempts
from connector.services.passes import digest
from connector.web.access import who
from connector.web.backstage import Backstage
from connector.web.sessions import LONGEST_COOKIE, Cookies

INVITATION = "invitation"
COOKIE = "backorder_invitation"
DAY_SECONDS = 86_400


def may_bring_new(back: Backstage) -> bool:
    return bool(brings_new(back))


def brings_new(back: Backstage) -> str:
    """What lets this request bring a new store, as ``attempts.begin`` takes it; empty for nothing."""
    if back.install.open or who().operator:
        return attempts.ANYBODY
    token = request.cookies.get(COOKIE, "")
    return digest(token) if holds_invitation(back, token) else ""


def holds_invitation(back: Backstage, token: str) -> bool:
    if not token or len(token) > LONGEST_COOKIE:
        return False
    with back.work(read_only=True) as uow:
        held = uow.passes.get(digest(token))
    return held is not None and held.kind is PassKind.INVITATION and held.used_at is None and held.until > back.clock()


def invite(back: Backstage, answer: Response, token: str) -> None:
    """Keep an invitation in the browser until a store is connected: the way leads through other pages and the shop."""
    if holds_invitation(back, token):
        Cookies(back).put(answer, COOKIE, token, DAY_SECONDS)


def drop_used(back: Backstage, answer: Response) -> None:
    """An invitation that brought its store is worth nothing any more."""
    if COOKIE in request.cookies and not holds_invitation(back, request.cookies[COOKIE]):
        Cookies(back).drop(answer, COOKIE)
