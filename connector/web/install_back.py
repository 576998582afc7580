"""What comes back from the shop: keys that its server posts, and the browser of its owner."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from connector.ports.failures import Failure, TryLater
from connector.ports.installing import Forged, Granted, Installer, NotOffered
from connector.services import attempts, posted_keys
from connector.services.attempts import Landing
from connector.services.passes import digest
from connector.web.backstage import Backstage
from connector.web.joining import enter, let_in
from connector.web.limits import POSTS_OF_SHOPS
from connector.web.saying import spoken
from connector.web.sessions import current

log = structlog.get_logger()

LARGEST_POST = 20_000  # bytes; a shop's keys have some hundred
STATUS = {
    Landing.STRANGER: 403,
    Landing.UNKNOWN: 403,
    Landing.NOT_INVITED: 403,
    Landing.FORGED: 403,
    Landing.FAILED: 422,
}


def browser_cookie(attempt: str) -> str:
    """The name of the cookie that proves that the browser which comes back is the one that began.

    Each attempt has its own, so that whoever begins a second one in another tab can still end the first.
    """
    return f"backorder_connecting_{digest(attempt)[:12]}"


def installer_of(back: Backstage, platform: str) -> Installer:
    found = back.installers.get(platform)
    if found is None:
        abort(404)
    return found


def add_back(bp: Blueprint, back: Backstage) -> None:
    @bp.post("/<platform>/callback", endpoint="posted")
    @back.limiter.limit(POSTS_OF_SHOPS)
    def posted_keys(platform: str) -> ResponseReturnValue:
        """Exactly 200 for keys that were taken; at anything else WooCommerce deletes the key it has just made."""
        installer = installer_of(back, platform)
        if not installer.posts_keys:
            abort(404)
        if (request.content_length or 0) > LARGEST_POST:
            return _refused(413)
        return _take(back, installer, request.stream.read(LARGEST_POST))

    @bp.get("/<platform>/back", endpoint="back")
    @back.limiter.limit(POSTS_OF_SHOPS)
    def come_back(platform: str) -> ResponseReturnValue:
        installer = installer_of(back, platform)
        query = list(request.args.items(multi=True))
        browser = request.cookies.get(browser_cookie(installer.attempt_in(query)), "")
        landed = attempts.land(back.work, installer, query, browser=browser, now=back.clock())
        match landed.how:
            case Landing.BRINGS:
                return _finish(back, installer, query, landed.attempt)
            case Landing.TO_TRY:
                return _try_keys(back, installer, landed.attempt)
            case Landing.AGAIN:
                held = current(back)
                inside = held is not None and held.store == landed.store
                return redirect(url_for("welcome.show" if inside else "entry.sign_in"))
            case other:
                return _said(installer, other, landed.said), STATUS.get(other, 200)


def _said(installer: Installer, what: Landing, said: str = "") -> str:
    return render_template(
        "install_said.html", what=what.name.lower(), platform=installer.platform, said=spoken().again(said)
    )


def _refused(status: int) -> Response:
    return Response("refused\n", status, mimetype="text/plain")


def _take(back: Backstage, installer: Installer, body: bytes) -> Response:
    try:
        used, granted = attempts.granted_by_post(back.work, installer, body, back.clock())
    except Forged as error:
        log.warning("install.post_refused", platform=installer.platform, why=str(error))
        return _refused(401)
    except NotOffered:
        abort(404)
    except Failure as error:
        log.warning("install.keys_refused", platform=installer.platform, why=type(error).__name__)
        return _refused(422)
    if not used.remember.get(attempts.INVITED) and not _is_known(back, installer, granted):
        log.warning("install.not_invited", platform=installer.platform, shop=granted.shop)
        attempts.note(back.work, used.id, said=Landing.NOT_INVITED.value)
        return _refused(403)
    posted_keys.keep_keys(back.work, back.vault, used, granted)
    return Response("ok\n", 200, mimetype="text/plain")


def _is_known(back: Backstage, installer: Installer, granted: Granted) -> bool:
    with back.work(read_only=True) as uow:
        return uow.stores.by_shop(installer.platform, granted.shop) is not None


def _try_keys(back: Backstage, installer: Installer, attempt: str) -> ResponseReturnValue:
    """The browser is back that began, and the keys that were posted meanwhile are tried: do they open that shop?"""
    kept = posted_keys.kept_keys(back.work, back.vault, attempt)
    if kept is None:
        return _said(installer, Landing.FAILED), 422
    held, granted = kept
    try:
        installer.tried(granted)
    except TryLater as failure:
        log.warning("install.not_tried", platform=installer.platform, shop=granted.shop, why=failure.reason)
        return render_template("install_said.html", what="no_answer", platform=installer.platform), 503
    except Failure as failure:
        log.warning("install.keys_refused", platform=installer.platform, shop=granted.shop)
        posted_keys.drop_keys(back.work, attempt, said=failure.said)
        return _said(installer, Landing.FAILED, failure.said), 422
    invited = held.remember.get(attempts.INVITED, "")
    if not _is_known(back, installer, granted) and not attempts.may_bring(back.work, invited, back.clock()):
        posted_keys.drop_keys(back.work, attempt, said=Landing.NOT_INVITED.value)
        return _said(installer, Landing.NOT_INVITED), 403
    return _enter(back, installer, granted, attempt)


def _enter(back: Backstage, installer: Installer, granted: Granted, attempt: str) -> ResponseReturnValue:
    connected = enter(back, installer, granted)
    if not attempts.let_in(back.work, attempt, store=connected.key, now=back.clock()):
        return redirect(url_for("entry.sign_in"))
    return let_in(back, connected, attempt=attempt)


def _finish(back: Backstage, installer: Installer, query: attempts.Query, attempt: str) -> ResponseReturnValue:
    """The browser brings what can be turned into keys.  Its link was signed by the platform, which is invitation enough
    for a new store.
    """
    try:
        used = attempts.take(back.work, installer.attempt_in(query), installer.platform, back.clock())
        granted = installer.finish(query, used.remember, now=back.clock())
    except Forged as error:
        log.warning("install.refused", platform=installer.platform, why=str(error))
        attempts.note(back.work, attempt, said=Landing.FORGED.value)
        return _said(installer, Landing.FORGED), 403
    except Failure as failure:
        log.warning("install.failed", platform=installer.platform, why=type(failure).__name__)
        attempts.note(back.work, attempt, said=failure.said)
        return _said(installer, Landing.FAILED, failure.said), 502
    return _enter(back, installer, granted, attempt)
