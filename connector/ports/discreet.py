"""Exceptions as the log may tell them: where they arose, and their words only where those are known to be harmless.

The words of an exception quote what it was about: ``invalid literal for int(): 'Ada Lovelace'``, and PostgreSQL's
DETAIL a whole row.  Our own name paths and reasons; of the others only those are told that speak of machines.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator

from connector.domain.impersonal import impersonal
from connector.ports.failures import Unreadable

OURS = frozenset({"connector", "adapters", "webhooks"})
OF_MACHINES = frozenset(
    {"Away", "OperationalError", "InternalError", "ProgrammingError", "IntegrityError", "TimeoutError"}
)
"""Of databases; the first line of what they say names tables, hosts and constraints.  ``DataError`` quotes values."""
MOST_CAUSES = 8


def told(error: BaseException) -> str:
    """Type and harmless words in one line."""
    words = impersonal(_words(error))
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def trace_of(error: BaseException) -> str:
    """A traceback as it is usually written, the cause first, with the words of ``told``."""
    return "\n\nfrom which came:\n\n".join(map(_trace_of_one, reversed(list(_chain(error)))))


def _trace_of_one(error: BaseException) -> str:
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"Traceback (most recent call last):\n{frames}{told(error)}"


def _words(error: BaseException) -> str:
    if isinstance(error, Unreadable):
        return f"{error.path} {error.kind}"
    room = type(error).__module__.partition(".")[0]
    if room in OURS:
        return str(error)
    if isinstance(error, OSError):
        return error.strerror or ""
    if room in {"sqlalchemy", "psycopg", "sqlite3", "psycopg_pool"} and type(error).__name__ in OF_MACHINES:
        return _first_line(str(getattr(error, "orig", None) or error))
    return ""


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]


def _chain(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    for _ in range(MOST_CAUSES):
        if found is None:
            return
        yield found
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)
