"""The inbox: what the shop sent, and what could not be read."""

from __future__ import annotations

import json
from contextlib import suppress

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from connector.ports.records import DeliveryState
from connector.services.aside_list import set_aside_list
from connector.services.inbox import replay
from connector.services.set_aside import try_again
from connector.web.access import here
from connector.web.backstage import Backstage
from connector.web.saying import spoken
from connector.web.words import ngettext

PAGE = 50
LONGEST_ID = 2**63 - 1
LONGEST_BODY = 200_000  # characters that are shown


def blueprint(back: Backstage) -> Blueprint:
    bp = Blueprint("deliveries", __name__, url_prefix="/settings/deliveries")

    @bp.get("", endpoint="show")
    def show_inbox() -> ResponseReturnValue:
        return _inbox(back)

    @bp.get("/<int:delivery>", endpoint="one")
    def show_one(delivery: int) -> ResponseReturnValue:
        store = here()
        with back.work(read_only=True) as uow:
            found = uow.deliveries.find(store=store.key, ids=[delivery]) if delivery <= LONGEST_ID else ()
        if not found:
            abort(404)
        body, cut = _pretty(found[0].body)
        return render_template("delivery.html", one=found[0], body=body, cut=cut)

    @bp.post("/replay", endpoint="replay")
    def replay_some() -> ResponseReturnValue:
        """One by its id, or all that are parked."""
        one = request.form.get("delivery", "")
        ids = None if one == "parked" else _id(one)
        if one != "parked" and ids is None:
            abort(400)
        count = replay(back.work, here().key, None if ids is None else [ids])
        said = ngettext("%(num)s delivery is read again.", "%(num)s deliveries are read again.", count)
        flash(said, "success" if count else "info")
        return redirect(url_for("deliveries.show"))

    @bp.post("/again", endpoint="again")
    def try_them_again() -> ResponseReturnValue:
        """What is set aside; whoever looks after the store does so at the next look."""
        count = try_again(back.work, here().key, back.clock())
        said = ngettext("%(num)s thing is tried again.", "%(num)s things are tried again.", count)
        flash(said, "success" if count else "info")
        return redirect(url_for("deliveries.show"))

    return bp


def _inbox(back: Backstage) -> ResponseReturnValue:
    store = here()
    state = _state(request.args.get("state", ""))
    before = _id(request.args.get("before", ""))
    with back.work(read_only=True) as uow:
        found = uow.deliveries.find(store=store.key, state=state, limit=PAGE + 1, before=before)
        counts = uow.deliveries.counts(store.key)
        aside = set_aside_list(uow, store.key, spoken())
    more = len(found) > PAGE
    return render_template(
        "deliveries.html",
        deliveries=found[:PAGE],
        aside=aside,
        counts={one.value: counts.get(one, 0) for one in DeliveryState},
        state=state.value if state else "",
        first=before is None,
        next=found[PAGE - 1].id if more else None,
    )


def _state(text: str) -> DeliveryState | None:
    return next((one for one in DeliveryState if one.value == text), None)


def _id(text: str) -> int | None:
    """An id, or None for whatever else somebody wrote into the address."""
    if not (text.isascii() and text.isdigit() and len(text) < len(str(LONGEST_ID))):
        return None
    return int(text)


def _pretty(body: bytes) -> tuple[str, bool]:
    """The body as a person reads it, cut where it is enormous."""
    text = body.decode("utf-8", errors="replace")
    with suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return text[:LONGEST_BODY], len(text) > LONGEST_BODY
