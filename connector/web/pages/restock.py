"""Who waits for what to be back: how many, never who."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from connector.services.restock_look import wanted
from connector.web.access import here
from connector.web.backstage import Backstage
from connector.web.restock.form import BY_MAIL, BY_PHONE, reaches


def blueprint(back: Backstage) -> Blueprint:
    del back  # the store of the request brings all that is needed
    bp = Blueprint("waiting", __name__, url_prefix="/settings/restock")

    @bp.get("")
    def show() -> ResponseReturnValue:
        store = here()
        return render_template(
            "restock_lists.html",
            rows=wanted(store),
            rules=store.rules.restock,
            can_write=reaches(store, BY_MAIL | BY_PHONE),
        )

    return bp
