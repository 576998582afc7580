"""A form acts once, however often it is sent: by a double click, a reload, or a browser that got no answer.

Each form bears a random text of its own.  Whoever acts on it enters that text in the same transaction; the second
sending finds it there.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from connector.ports.accounts import PassKind, PassRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext
from connector.services.passes import digest

REMEMBERED = timedelta(days=1)


class SentBefore(Exception):  # noqa: N818 -- it says what happened
    """The form was acted on already; nothing was done again."""


def new_form() -> str:
    """The text that a form is to bear."""
    return secrets.token_urlsafe(16)


def claim(store: StoreContext, uow: UnitOfWork, form: str) -> None:
    """Enter a form as sent, to last with the caller's transaction; nothing where ``form`` is empty.

    Raises ``SentBefore``.  The transactions of one store that write run one after the other from the first mention of
    the store on, so of two sendings at once the second sees the first.
    """
    if not form:
        return
    uow.stores.get(store.key)
    id_, now = digest(f"{store.key}/{form}"), store.clock()
    if uow.passes.get(id_) is not None:
        raise SentBefore
    until = now + REMEMBERED
    uow.passes.add(PassRecord(id_, PassKind.FORM, "", store.key, "", {}, now, until, used_at=now))
