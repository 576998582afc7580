"""Our pages inside the platform's own admin: every request carries a session token, and no cookie is relied on."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode

import structlog
from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from connector.ports.failures import Failure
from connector.ports.installing import Forged, Installer
from connector.web.access import CARRIED, Who, page_at, session_token, who
from connector.web.backstage import Backstage
from connector.web.joining import enter, say_note
from connector.web.saying import spoken

log = structlog.get_logger()

BOUNCED = "bounced"
MOST_BOUNCES = 2
"""After so many fresh tokens that were not believed there is no use in another: a clock is wrong, or a secret."""


def embedded_page(back: Backstage, installer: Installer) -> ResponseReturnValue:
    """The app was opened in the shop's admin: let its owner in, connecting the store where it is not yet."""
    held = who()
    if held.visitor is None:
        return bounce(installer)
    if held.store is not None:
        return redirect(_inside())
    try:
        granted = installer.exchange(session_token() or "", now=back.clock())
    except Forged as error:
        log.warning("install.refused", platform=installer.platform, why=str(error))
        return bounce(installer)
    except Failure as failure:
        log.warning("install.failed", platform=installer.platform, why=type(failure).__name__)
        return render_template(
            "install_said.html", what="failed", platform=installer.platform, said=spoken().again(failure.said)
        ), 502
    say_note(enter(back, installer, granted))
    return redirect(url_for("welcome.show"))


def bounce(installer: Installer) -> ResponseReturnValue:
    """A page without content: the platform's script on it fetches a fresh token and comes again."""
    shop = request.args.get("shop", "")
    try:
        installer.frame_ancestors(shop)
    except Forged:
        return render_template("install_said.html", what="forged", platform=installer.platform), 403
    g.bouncing = shop
    bounced = request.args.get(BOUNCED, default=0, type=int)
    if bounced >= MOST_BOUNCES:
        return render_template("install_said.html", what="not_believed", platform=installer.platform), 403
    return render_template("bounce.html", client_id=installer.client_id(), bounced=max(bounced, 0) + 1)


def carried() -> dict[str, str]:
    return {key: request.args[key] for key in CARRIED if key in request.args}


def _inside() -> str:
    """Where the owner was going; only a page of the owner's own."""
    path, _, asked = request.args.get("to", "").partition("?")
    if page_at(path) is not Who.OWNER:
        return url_for("overview.show")
    query = [(key, value) for key, value in parse_qsl(asked) if key not in CARRIED]
    return f"{quote(path)}?{urlencode([*query, *carried().items()])}"
