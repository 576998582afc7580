"""Whether the store is well, what waits, what changed today, and what needs its owner."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from connector.services.health import State, health
from connector.services.today import today
from connector.web.access import here
from connector.web.backstage import Backstage
from connector.web.saying import spoken

DAYS = 8
"""How many expected days are listed."""


def blueprint(back: Backstage) -> Blueprint:
    bp = Blueprint("overview", __name__, url_prefix="/settings")

    @bp.get("")
    def show() -> ResponseReturnValue:
        store = here()
        with back.work(read_only=True) as uow:
            record = uow.stores.get(store.key)
            assert record is not None  # noqa: S101 -- a store that is worked on has its row
            stands = health(uow, record, back.clock(), push=store.push)
            totals = uow.backlog.totals(store.key)
            days = uow.backlog.by_day(store.key, DAYS)
            progress = dict(record.progress)
        return render_template(
            "overview.html",
            health=stands,
            address=back.address_of(record.platform, store.key),
            platform=back.titles[record.platform],
            totals=totals,
            waits=back.clock() - totals.oldest if totals.oldest else None,
            days=days,
            today=today(store, spoken()),
            progress=progress if stands.state is State.IMPORTING else {},
        )

    return bp
