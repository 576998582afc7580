"""What people asked about what is held of them: to be passed on, or done; never who is shown before it is asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping

from flask import Blueprint, Response, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from connector.ports.operating import PrivacyRequest, RequestKind, RequestState
from connector.ports.vault import Unopenable
from connector.services.privacy import answer_of, passed_on
from connector.web.access import here
from connector.web.backstage import Backstage
from connector.web.words import N_, Later, _

LISTED = 200
KINDS: Mapping[RequestKind, Later] = {
    RequestKind.ACCESS: N_("What is held of a person"),
    RequestKind.ERASE: N_("Forget a person"),
    RequestKind.ERASE_SHOP: N_("Forget the whole store"),
}
STATES: Mapping[RequestState, Later] = {
    RequestState.OPEN: N_("being done"),
    RequestState.READY: N_("waits for you"),
    RequestState.DONE: N_("done"),
}


def blueprint(back: Backstage) -> Blueprint:
    bp = Blueprint("privacy", __name__, url_prefix="/settings/privacy")

    @bp.get("", endpoint="show")
    def show_requests() -> ResponseReturnValue:
        with back.work(read_only=True) as uow:
            found = uow.privacy.find(here().key, None, LISTED)
        rows = [(one, KINDS[one.kind], STATES[one.state]) for one in found]
        return render_template("privacy.html", rows=rows)

    @bp.get("/<int:request_id>.json", endpoint="answer")
    def download(request_id: int) -> ResponseReturnValue:
        """The answer as a file: nothing of it is shown on a page that stays open."""
        try:
            held = answer_of(here(), _ready(back, request_id))
        except Unopenable:
            held = None
        if held is None:
            abort(404)
        answer = Response(json.dumps(held, ensure_ascii=False, indent=2), mimetype="application/json")
        answer.headers["Content-Disposition"] = f'attachment; filename="personal-data-{request_id}.json"'
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @bp.post("/<int:request_id>/passed-on", endpoint="passed_on")
    def be_done(request_id: int) -> ResponseReturnValue:
        passed_on(here(), _ready(back, request_id))
        flash(_("Done: the answer is kept no longer."), "success")
        return redirect(url_for("privacy.show"))

    return bp


def _ready(back: Backstage, request_id: int) -> PrivacyRequest:
    """One of this store that has an answer to be passed on; 404 for any other."""
    with back.work(read_only=True) as uow:
        found = uow.privacy.get(request_id) if request_id < 2**63 else None
    if found is None or found.store != here().key or not found.answer or found.state is not RequestState.READY:
        abort(404)
    return found
