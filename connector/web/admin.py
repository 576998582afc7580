"""The operator's pages: signing in, every store, and the jobs."""

from __future__ import annotations

import secrets

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.security import check_password_hash

from connector.domain.journal import Entry
from connector.ports.accounts import PassKind
from connector.services.health import Health, health
from connector.services.passes import INVITATION_LASTS, LINK_LASTS, new_pass
from connector.web.backstage import Backstage
from connector.web.limits import OFTEN_ENOUGH
from connector.web.sessions import current, sign_in, turn_to
from connector.web.words import _

LONGEST_PASSWORD = 1_000
PAGE = 50


def blueprint(back: Backstage) -> Blueprint:
    bp = Blueprint("admin", __name__, url_prefix="/admin")

    @bp.get("/in", endpoint="sign_in")
    def sign_in_page() -> ResponseReturnValue:
        return render_template("admin_in.html", possible=_possible(back))

    @bp.post("/in", endpoint="enter")
    @back.limiter.limit(OFTEN_ENOUGH)
    def enter() -> ResponseReturnValue:
        if not is_operator(back, request.form.get("password", "")[:LONGEST_PASSWORD]):
            return render_template("admin_in.html", possible=_possible(back), refused=True), 403
        answer = make_response(redirect(url_for("admin.stores")))
        sign_in(back, answer, operator=True)
        return answer

    @bp.get("", endpoint="stores")
    def stores() -> ResponseReturnValue:
        after = request.args.get("after", "")[:100]
        rows, more = _stores(back, after)
        return render_template("admin_stores.html", stores=rows, next=rows[-1].key if more else "", first=not after)

    @bp.post("/look", endpoint="look_at")
    def look_at() -> ResponseReturnValue:
        key, held = request.form.get("store", ""), current(back)
        if key not in back.known.all() or held is None:
            abort(404)
        turn_to(back, held, key)
        return redirect(url_for("overview.show"))

    @bp.get("/jobs", endpoint="jobs")
    def jobs() -> ResponseReturnValue:
        with back.work(read_only=True) as uow:
            runs = uow.job_runs.of(None)
        return render_template("admin_jobs.html", runs=runs)

    _add_links(bp, back)
    return bp


def _add_links(bp: Blueprint, back: Backstage) -> None:
    @bp.post("/link", endpoint="link")
    def link() -> ResponseReturnValue:
        """A link for the owner of a store who has no other way in, or not just now."""
        key = request.form.get("store", "")
        if key not in back.known.all():
            abort(404)
        token = new_pass(back.work, PassKind.LINK, now=back.clock(), lasts=LINK_LASTS, store=key)
        with back.work() as uow:
            uow.journal.append(key, [Entry(back.clock(), "link_made", facts={})])
            uow.commit()
        url = f"{back.public_url}{url_for('entry.by_link', token=token)}"
        minutes = int(LINK_LASTS.total_seconds() // 60)
        flash(
            _(
                "This link signs in to %(store)s once, within %(minutes)s minutes: %(url)s",
                store=key,
                minutes=minutes,
                url=url,
            ),
            "success",
        )
        return redirect(url_for("admin.stores"))

    @bp.post("/invite", endpoint="invite")
    def invite() -> ResponseReturnValue:
        token = new_pass(back.work, PassKind.INVITATION, now=back.clock(), lasts=INVITATION_LASTS)
        url = f"{back.public_url}{url_for('install.choose', invitation=token)}"
        flash(
            _(
                "This link lets its holder connect one store, within %(days)s days: %(url)s",
                days=INVITATION_LASTS.days,
                url=url,
            ),
            "success",
        )
        return redirect(url_for("admin.stores"))


def is_operator(back: Backstage, given: str) -> bool:
    """Whether it is the password or the token of the config.  Both are always looked at, so time tells nothing."""
    token = back.web.operator_token.get_secret_value() if back.web.operator_token else ""
    hashed = back.web.operator_password_hash.get_secret_value() if back.web.operator_password_hash else ""
    by_token = bool(token) and secrets.compare_digest(given.encode(), token.encode())
    by_password = bool(hashed) and check_password_hash(hashed, given)
    return by_token or by_password


def _possible(back: Backstage) -> bool:
    return bool(back.web.operator_token or back.web.operator_password_hash)


def _stores(back: Backstage, after: str) -> tuple[list[Health], bool]:
    known = back.known.all()
    with back.work(read_only=True) as uow:
        records = [one for one in uow.stores.all() if one.key > after]
        rows = [health(uow, one, back.clock(), push=one.key in known and known[one.key].push) for one in records[:PAGE]]
    return rows, len(records) > PAGE
