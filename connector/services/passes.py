"""Random texts that work once: an attempt to connect, a link that signs in, an invitation.

The text itself goes to one person and is kept nowhere; the database holds its digest, from which it cannot be had back.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256

from connector.ports.accounts import PassKind, PassRecord
from connector.ports.unit_of_work import Work

LINK_LASTS = timedelta(minutes=15)
INVITATION_LASTS = timedelta(days=7)


def digest(token: str) -> str:
    """What the database knows a token by.  Any text has one, also what a stranger sends in its place."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def new_pass(
    work: Work,
    kind: PassKind,
    *,
    now: datetime,
    lasts: timedelta,
    platform: str = "",
    store: str = "",
    browser: str = "",
    remember: Mapping[str, str] | None = None,
    token: str = "",
) -> str:
    """Enter a new pass; the token, which opens once until ``lasts`` is over.

    ``token``: one that the platform made already (an attempt); ``browser``: the digest of that browser's cookie.
    """
    token = token or secrets.token_urlsafe(32)
    record = PassRecord(digest(token), kind, platform, store, browser, dict(remember or {}), now, now + lasts)
    with work() as uow:
        uow.passes.add(record)
        uow.commit()
    return token
