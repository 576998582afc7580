"""A store has given its keys: enter it, let its owner in, and show what happens next."""

from __future__ import annotations

from flask import Response, flash, make_response, redirect, url_for

from connector.ports.installing import Granted, Installer
from connector.services.connect import Connected, connect
from connector.web.backstage import Backstage
from connector.web.invited import drop_used
from connector.web.sessions import current, sign_in, turn_to
from connector.web.words import _


def enter(back: Backstage, installer: Installer, granted: Granted) -> Connected:
    """Write the store down; the scheduler finds it and does the rest."""
    with back.work(read_only=True) as uow:
        held = uow.stores.by_shop(installer.platform, granted.shop)
    in_file = held is not None and back.known.from_file(held.key) is not None
    connected = connect(
        back.work,
        back.vault,
        back.platforms[installer.platform],
        granted,
        lapses_at=installer.lapses(granted.options),
        now=back.clock(),
        language=back.install.language,
        push=back.install.push_at_once,
        config_store=held.key if held is not None and in_file else None,
    )
    back.known.refresh()
    return connected


def say_note(connected: Connected) -> None:
    """Tell the owner, on the next page, what of the connection they should know."""
    if connected.missing:
        rights = ", ".join(connected.missing)
        flash(
            _(
                "These rights were not granted: %(rights)s. What needs them will not work until you connect again.",
                rights=rights,
            ),
            "warning",
        )
    elif connected.note:
        flash(_(connected.note), "warning")


def let_in(back: Backstage, connected: Connected, *, attempt: str = "") -> Response:
    """To the page that shows what happens next, signed in; an operator stays one, and looks at the store."""
    answer = make_response(redirect(url_for("welcome.show")))
    held = current(back)
    if held is not None and held.operator:
        turn_to(back, held, connected.key)
    else:
        sign_in(back, answer, store=connected.key, attempt=attempt)
    say_note(connected)
    drop_used(back, answer)
    return answer
