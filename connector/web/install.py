"""How an owner connects a store: the pages before the shop says yes.  What comes back is in ``install_back``."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta

import structlog
from flask import Blueprint, abort, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from connector.ports.failures import Failure
from connector.ports.installing import Begun, Forged, Granted, Installer, Mistyped, Question, Way
from connector.services import attempts
from connector.web.access import who
from connector.web.backstage import Backstage
from connector.web.install_back import add_back, browser_cookie, installer_of
from connector.web.install_embedded import embedded_page
from connector.web.invited import INVITATION, brings_new, holds_invitation, invite, may_bring_new
from connector.web.joining import enter, let_in
from connector.web.limits import LOOKS, OFTEN_ENOUGH
from connector.web.saying import spoken
from connector.web.sessions import Cookies
from connector.web.words import _

log = structlog.get_logger()

LONGEST_TYPED = 2_000
KEEPS_COOKIE = attempts.LASTS + timedelta(days=1)
"""As long as the attempt itself is kept, so that whoever comes back late is told so, and not taken for another."""


def blueprint(back: Backstage) -> Blueprint:
    bp = Blueprint("install", __name__, url_prefix="/install")

    @bp.get("", endpoint="choose")
    def choose_page() -> ResponseReturnValue:
        return _choose(back)

    @bp.get("/<platform>", endpoint="platform")
    @back.limiter.limit(LOOKS)
    def platform_page(platform: str) -> ResponseReturnValue:
        installer = installer_of(back, platform)
        if Way.EMBEDDED in installer.ways and ("id_token" in request.args or "embedded" in request.args):
            return embedded_page(back, installer)
        if Way.SIGNED_LINK in installer.ways and "hmac" in request.args:
            return _from_platform(back, installer)
        return _form(back, installer)

    @bp.post("/<platform>", endpoint="begin")
    @back.limiter.limit(OFTEN_ENOUGH)
    def begin_here(platform: str) -> ResponseReturnValue:
        return _begin(back, _offering(back, platform, Way.TYPED))

    @bp.post("/<platform>/keys", endpoint="paste")
    @back.limiter.limit(OFTEN_ENOUGH)
    def paste_keys(platform: str) -> ResponseReturnValue:
        return _paste(back, _offering(back, platform, Way.PASTED))

    add_back(bp, back)
    return bp


def _choose(back: Backstage) -> ResponseReturnValue:
    token = request.args.get(INVITATION, "")
    holds = holds_invitation(back, token)
    answer = make_response(
        render_template(
            "install_choose.html",
            installers=back.installers,
            titles=back.titles,
            new=may_bring_new(back) or holds,
            used_up=bool(token) and not holds,
        )
    )
    invite(back, answer, token)
    return answer


def _begin(back: Backstage, installer: Installer) -> ResponseReturnValue:
    typed = _typed(installer.questions)
    try:
        begun = installer.begin(
            typed,
            return_url=_back_url(back, installer.platform),
            callback_url=f"{back.public_url}{url_for('install.posted', platform=installer.platform)}",
            now=back.clock(),
        )
    except Failure as failure:
        return _form(back, installer, typed, failure), 422
    return _away(back, begun, installer, invited=brings_new(back))


def _paste(back: Backstage, installer: Installer) -> ResponseReturnValue:
    if not (may_bring_new(back) or _is_owner(installer)):
        return _not_invited(installer)
    typed = _typed(installer.pasted_questions)
    try:
        granted = installer.pasted(typed, now=back.clock())
    except Failure as failure:
        return _form(back, installer, typed, failure, pasted=True), 422
    return _pasted(back, installer, typed, granted)


def _pasted(back: Backstage, installer: Installer, typed: Mapping[str, str], granted: Granted) -> ResponseReturnValue:
    """Keys that work.  They bring a new store to whoever may bring one, and new keys to an owner who is signed in.

    Into a store that is known they let somebody else only if they may do all that ours do: many a key that was given to
    somebody may do little, and its holder is not the owner by that.
    """
    with back.work(read_only=True) as uow:
        known = uow.stores.by_shop(installer.platform, granted.shop)
    if known is None:
        if not attempts.may_bring(back.work, brings_new(back), back.clock()):
            return _not_invited(installer)
    elif not _is_owner(installer, known.key) and not who().operator:
        if not may_bring_new(back):
            return _not_invited(installer)
        if granted.missing:
            rights = ", ".join(granted.missing)
            lacking = Mistyped("", _("These keys lack rights: %(rights)s.", rights=rights))
            return _form(back, installer, typed, lacking, pasted=True), 422
    return let_in(back, enter(back, installer, granted))


def _is_owner(installer: Installer, key: str = "") -> bool:
    """Whether an owner of a store of the platform (of this one) is signed in here."""
    store = who().store
    return store is not None and store.platform.name == installer.platform and key in {"", store.key}


def _not_invited(installer: Installer) -> ResponseReturnValue:
    return render_template("install_said.html", what="not_invited", platform=installer.platform), 403


def _offering(back: Backstage, platform: str, way: Way) -> Installer:
    installer = installer_of(back, platform)
    if way not in installer.ways:
        abort(404)
    return installer


def _from_platform(back: Backstage, installer: Installer) -> ResponseReturnValue:
    """A link that the platform signed with our app's secret is invitation enough."""
    query = list(request.args.items(multi=True))
    try:
        begun = installer.begin_signed(query, return_url=_back_url(back, installer.platform), now=back.clock())
    except Forged as error:
        log.warning("install.refused", platform=installer.platform, why=str(error))
        return render_template("install_said.html", what="forged", platform=installer.platform), 403
    return _away(back, begun, installer, invited=attempts.ANYBODY)


def _typed(questions: Sequence[Question]) -> dict[str, str]:
    return {one.key: request.form.get(one.key, "")[:LONGEST_TYPED].strip() for one in questions}


def _back_url(back: Backstage, platform: str) -> str:
    return f"{back.public_url}{url_for('install.back', platform=platform)}"


def _form(
    back: Backstage,
    installer: Installer,
    typed: Mapping[str, str] | None = None,
    failure: Failure | None = None,
    *,
    pasted: bool = False,
) -> str:
    """The form again, with what was typed (never a secret) and what is wrong with it beside the field."""
    problem = "" if failure is None else spoken().again(failure.said)
    key = failure.key if isinstance(failure, Mistyped) else ""
    if failure is not None and not isinstance(failure, Mistyped):
        log.warning("install.failed", platform=installer.platform, why=type(failure).__name__)
    return render_template(
        "install_form.html",
        installer=installer,
        ways={way.name for way in installer.ways},
        title=back.titles[installer.platform],
        typed={} if typed is None else typed,
        wrong_key=key,
        problem=problem,
        pasted=pasted,
        new=may_bring_new(back),
        may_paste=may_bring_new(back) or _is_owner(installer),
    )


def _away(back: Backstage, begun: Begun, installer: Installer, *, invited: str) -> ResponseReturnValue:
    """Send the browser to the shop.

    By a page and not by a redirect: a browser follows no form to another site where ``form-action`` names only ours.
    """
    browser = secrets.token_urlsafe(32)
    attempts.begin(back.work, begun, platform=installer.platform, browser=browser, invited=invited, now=back.clock())
    answer = make_response(render_template("install_away.html", go_to=begun.go_to))
    answer.headers["Refresh"] = f"0; url={begun.go_to}"
    Cookies(back).put(answer, browser_cookie(begun.attempt), browser, KEEPS_COOKIE.total_seconds())
    return answer
