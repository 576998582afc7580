"""gettext as the pages use it, with types; ``_`` and ``ngettext`` are the names that extraction looks for."""

from __future__ import annotations

import flask_babel


def _(message: str, **values: object) -> str:
    """``message`` in the reader's language, with ``%(name)s`` filled in."""
    return str(flask_babel.gettext(message, **values))


def ngettext(one: str, many: str, num: int, **values: object) -> str:
    """The form that fits ``num``, which fills ``%(num)s``."""
    return str(flask_babel.ngettext(one, many, num, **values))


class Later:
    """A message that is put into the reader's language when it is shown."""

    def __init__(self, message: str) -> None:
        self._message = message

    def __str__(self) -> str:
        return _(self._message)

    def __html__(self) -> str:
        return str(self)


def N_(message: str) -> Later:  # noqa: N802 -- the name that extraction looks for
    return Later(message)
