"""The four kinds of failure (design, section 8); the fourth, a bug, is every other exception."""

from __future__ import annotations

from datetime import timedelta

from connector.ports.sentence import Sentence, quoted, together


class Failure(Exception):  # noqa: N818 -- these are kinds a caller acts on, not errors it reports
    """A failure of a named kind."""

    @property
    def said(self) -> str:
        """What happened, for a person: a ``Sentence`` where it is one of ours."""
        said = self.args[0] if self.args else ""
        return said if isinstance(said, str) else str(said)


class TryLater(Failure):
    """The platform is busy, slow or away.  ``after``: how long it asked us to wait; None: our own back-off."""

    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after


class Unreadable(Failure):
    """Input of the wrong shape.  ``path`` is where, in JSONPath: ``$.line_items[1].quantity``."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(together(path, problem))
        self.path = path
        self.problem = problem

    @property
    def kind(self) -> str:
        """What is wrong without the value that is quoted, which may be anybody's: for the log."""
        return self.problem.partition(":")[0]


class DatabaseAway(Exception):  # noqa: N818 -- it reads as what it says
    """The database is locked, full, or cannot be reached: no row is to blame, and everything is tried again."""


class OwnerMustAct(Failure):
    """Nothing will work until a person does something.

    ``act`` is what is paused (``read``, ``push``, ``notify``, ``webhooks``), ``fix`` the sentence that says what to do.
    """

    def __init__(self, act: str, problem: str, fix: str) -> None:
        super().__init__(together(problem, fix))
        self.act = act
        self.problem = problem
        self.fix = fix


class Refused(Failure):
    """The platform understood one item and will never take it as it is."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message

    @property
    def said(self) -> str:
        """The platform's own words are quoted, with its code: that is what its makers can be asked about."""
        if isinstance(self.message, Sentence):
            return self.message
        return together(self.code, quoted(self.message), ": ")


_OUTCOMES = {TryLater: "later", Unreadable: "unreadable", OwnerMustAct: "owner", Refused: "refused"}


def outcome_of(failure: Failure | None) -> str:
    """How a failure is counted; None: it went well."""
    return "done" if failure is None else _OUTCOMES.get(type(failure), "refused")
