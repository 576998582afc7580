"""What is said where a page could not be shown, to whomever it was for."""

from __future__ import annotations

from flask import request

from connector.web.words import _


def happened(status: int) -> tuple[str, str]:
    """What happened; and what it means and what to do next."""
    said = {
        400: _not_understood(),
        403: (_("Not allowed"), _("You are not signed in for this, or not any more. Sign in and try again.")),
        404: (_("There is no such page"), _("The address is wrong, or what it showed is gone.")),
        405: (_("There is no such page"), _("The address is wrong, or what it showed is gone.")),
        413: (_("That is too much at once"), _("Send it in smaller parts.")),
        429: (_("Too many tries"), _("Wait some minutes, then try again.")),
    }
    broken = _("Something went wrong on our side"), _("Nothing was changed. It is in the log; try again in a while.")
    return said.get(status, broken)


def _not_understood() -> tuple[str, str]:
    if request.method in {"GET", "HEAD"}:
        return (
            _("This address cannot be read"),
            _("It was cut off or altered on its way. Go back to the page before and use its links again."),
        )
    return (
        _("This form could not be taken"),
        _("It was open for too long or came from elsewhere. Go back, reload the page and send it again."),
    )
