"""Coming in and going out: the first page, one-time links, signing out, the language."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from connector.ports.accounts import PassKind
from connector.services import sign_in_mail
from connector.services.passes import digest
from connector.services.sign_in_mail import LONGEST
from connector.web.access import page_at, who
from connector.web.backstage import Backstage
from connector.web.languages import COOKIE, LANGUAGES
from connector.web.limits import OFTEN_ENOUGH, SELDOM
from connector.web.sessions import Cookies, sign_in, sign_out
from connector.web.words import _

YEAR_SECONDS = 365 * 86_400


def blueprint(back: Backstage) -> Blueprint:
    bp = Blueprint("entry", __name__)
    _add_links(bp, back)

    @bp.get("/")
    def home() -> ResponseReturnValue:
        held = who()
        if held.store is not None:
            return redirect(url_for("overview.show"))
        return redirect(url_for("admin.stores" if held.operator else "entry.sign_in"))

    @bp.get("/in", endpoint="sign_in")
    def sign_in_page() -> ResponseReturnValue:
        """The ways to come in; each platform has its own."""
        return render_template(
            "sign_in.html", installers=back.installers, titles=back.titles, mails=bool(back.mail.host), longest=LONGEST
        )

    @bp.post("/out", endpoint="sign_out")
    def sign_out_page() -> ResponseReturnValue:
        answer = make_response(redirect(url_for("entry.sign_in")))
        sign_out(back, answer)
        return answer

    @bp.post("/language")
    def language() -> ResponseReturnValue:
        picked = request.form.get("language", "")
        if picked not in LANGUAGES:
            return redirect(_whence({}))
        # Inside the platform's admin no cookie is kept, so the choice goes along in the address.
        answer = make_response(redirect(_whence({"locale": picked} if who().visitor is not None else {})))
        Cookies(back).put(answer, COOKIE, picked, YEAR_SECONDS)
        return answer

    return bp


def _add_links(bp: Blueprint, back: Backstage) -> None:
    @bp.get("/in/<token>")
    def by_link(token: str) -> ResponseReturnValue:
        """Programs that look into mails open every link, so opening this one uses nothing up."""
        del token  # the form is sent to this very address
        return render_template("by_link.html")

    @bp.post("/in/<token>")
    @back.limiter.limit(OFTEN_ENOUGH)
    def use_link(token: str) -> ResponseReturnValue:
        with back.work() as uow:
            used = uow.passes.use(digest(token), PassKind.LINK, back.clock())
            uow.commit()
        if used is None:
            return render_template("by_link.html", refused=True), 403
        answer = make_response(redirect(url_for("overview.show")))
        sign_in(back, answer, store=used.store)
        return answer

    @bp.post("/in")
    @back.limiter.limit(SELDOM)
    def ask_for_link() -> ResponseReturnValue:
        """The same answer to everybody: it says nothing of which shops are here."""
        typed = request.form.get("shop", "")
        sign_in_mail.ask_for_link(back.known.all(), typed, f"{back.public_url}/in/", work=back.work, now=back.clock())
        flash(
            _(
                "If this shop is connected and its owner named a mail address, a link is on its way there. It works "
                "for 15 minutes."
            ),
            "success",
        )
        return redirect(url_for("entry.sign_in"), 303)


def _whence(more: Mapping[str, str]) -> str:
    """The page the form stood on, where that is one of ours that can be looked at; else the beginning."""
    try:
        whence = urlsplit(request.referrer or "")
    except ValueError:
        return url_for("entry.home")
    path = unquote(whence.path)
    if whence.netloc != request.host or page_at(path) is None:
        return url_for("entry.home")
    asked = urlencode([*((key, value) for key, value in parse_qsl(whence.query) if key not in more), *more.items()])
    return f"{quote(path)}?{asked}" if asked else quote(path)
