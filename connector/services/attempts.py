"""Connecting a store through its platform: an attempt that works once, in the browser that began it, for a while."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from connector.ports.accounts import PassKind, PassRecord
from connector.ports.failures import Failure
from connector.ports.installing import Begun, Forged, Granted, Installer
from connector.ports.unit_of_work import UnitOfWork, Work
from connector.services.passes import digest
from connector.services.posted_keys import KEYS, without_keys

LASTS = timedelta(minutes=15)
"""How long an owner may take to say yes at the shop."""

IN_HAND = timedelta(minutes=1)
"""How long keys that were taken may be in the making before they count as lost."""

INVITED = "invited"
ANYBODY = "yes"

Query = Sequence[tuple[str, str]]


def begin(work: Work, begun: Begun, *, platform: str, browser: str, invited: str, now: datetime) -> None:
    """Remember who began what.  ``browser``: the secret in its cookie; ``invited``: what lets it bring a new store, the
    digest of an invitation or ``ANYBODY``; empty for nothing.
    """
    remember = {**begun.remember, INVITED: invited}
    with work() as uow:
        uow.passes.add(
            PassRecord(
                digest(begun.attempt), PassKind.CONNECT, platform, "", digest(browser), remember, now, now + LASTS
            )
        )
        uow.commit()


def take(work: Work, attempt: str, platform: str, now: datetime) -> PassRecord:
    """Use an attempt up.  Raises ``Forged`` for one that is unknown, late, or was used before."""
    with work() as uow:
        used = uow.passes.use(digest(attempt), PassKind.CONNECT, now)
        uow.commit()
    if used is None or used.platform != platform:
        raise Forged("the attempt is unknown, too old, or was used before")
    return used


def may_bring(work: Work, invited: str, now: datetime) -> bool:
    """Whether a new store may come in; an invitation is used up by it."""
    if invited in {"", ANYBODY}:
        return invited == ANYBODY
    with work() as uow:
        used = uow.passes.use(invited, PassKind.INVITATION, now)
        uow.commit()
    return used is not None


class Landing(Enum):
    """What a browser finds that comes back from the shop."""

    STRANGER = "stranger"  # another browser began it
    UNKNOWN = "unknown"  # no such attempt, or too old
    REFUSED = "refused"  # the owner said no
    NOT_YET = "not yet"  # the shop has sent no keys
    BRINGS = "brings"  # what it brings is to be turned into keys
    TO_TRY = "to try"  # keys came, and are to be tried before they are believed
    FAILED = "failed"  # keys came and were not taken
    NOT_INVITED = "not invited"  # keys came of a shop that is not known here
    FORGED = "forged"  # what it brought is not what it says it is
    AGAIN = "again"  # it was let in before


ENDS = {one.value: one for one in (Landing.STRANGER, Landing.REFUSED, Landing.NOT_INVITED, Landing.FORGED)}
"""Ends of an attempt that are noted in one word, and said again to whoever comes once more."""


@dataclass(frozen=True, slots=True)
class Landed:
    how: Landing
    attempt: str = ""  # its digest
    store: str = ""
    said: str = ""


def land(work: Work, installer: Installer, query: Query, *, browser: str, now: datetime) -> Landed:
    """Judge who comes back.

    The way to the shop can be handed to somebody else, who then says yes for their own shop.  So a browser is let in
    only if it is the one that began; and if another one comes back, the attempt is over and whoever was let in is put
    out again, for then the one who began is not the one who has the shop.
    """
    attempt = installer.attempt_in(query)
    with work() as uow:
        held = uow.passes.get(digest(attempt)) if attempt else None
        if held is None or held.kind is not PassKind.CONNECT or held.platform != installer.platform:
            return Landed(Landing.UNKNOWN)
        if not browser or held.browser != digest(browser):
            uow.sessions.end_all(held.store, attempt=held.id)
            uow.passes.use(held.id, PassKind.CONNECT, now)
            uow.passes.note(held.id, store=held.store, said=Landing.STRANGER.value)
            uow.passes.keep(held.id, without_keys(held))
            landed = Landed(Landing.STRANGER)
        elif held.said in ENDS:
            landed = Landed(ENDS[held.said])
        elif held.used_at is None:
            landed = _before_keys(uow, installer, query, held, now)
        else:
            landed = _after_keys(held, held.used_at, now)
        uow.commit()
    return landed


def _after_keys(held: PassRecord, used_at: datetime, now: datetime) -> Landed:
    if held.store:
        return Landed(Landing.AGAIN, held.id, held.store)
    if KEYS in held.remember:
        return Landed(Landing.TO_TRY, held.id)
    if not held.said and now - used_at < IN_HAND:
        return Landed(Landing.NOT_YET, held.id)
    return Landed(Landing.FAILED, held.id, said=held.said)


def _before_keys(uow: UnitOfWork, installer: Installer, query: Query, held: PassRecord, now: datetime) -> Landed:
    if installer.was_refused(query):
        uow.passes.use(held.id, PassKind.CONNECT, now)
        uow.passes.note(held.id, store="", said=Landing.REFUSED.value)
        return Landed(Landing.REFUSED)
    if held.until <= now:
        return Landed(Landing.UNKNOWN)
    return Landed(Landing.NOT_YET if installer.posts_keys else Landing.BRINGS, held.id)


def granted_by_post(work: Work, installer: Installer, body: bytes, now: datetime) -> tuple[PassRecord, Granted]:
    """Keys that a shop posts.  Raises ``Forged``, or another ``Failure`` for keys that do not do.

    Nobody signs such a post, and whoever began the attempt knows its word and may post keys of their own making for a
    shop that is not theirs.  So they are kept (``posted_keys``) and believed only once they opened that shop.
    """
    used = take(work, installer.posted_attempt(body), installer.platform, now)
    try:
        return used, installer.posted(body, used.remember)
    except Failure as failure:
        note(work, used.id, said=failure.said)
        raise


def note(work: Work, id_: str, *, store: str = "", said: str = "") -> None:
    """What became of an attempt, for the browser that comes back."""
    with work() as uow:
        uow.passes.note(id_, store=store, said=said)
        uow.commit()


def let_in(work: Work, id_: str, *, store: str, now: datetime) -> bool:
    """Whether the browser may be let in now that its store is entered; the same address lets it in no second time, and
    not at all once another browser has come back.
    """
    with work() as uow:
        held = uow.passes.get(id_)
        may = held is not None and held.said not in ENDS and uow.passes.land(id_, now)
        if held is not None:
            uow.passes.keep(id_, without_keys(held))
            uow.passes.note(id_, store=store, said=held.said)
        uow.commit()
    return may
