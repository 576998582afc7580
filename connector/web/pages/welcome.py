"""From connected to started: the checks, the import, and the first plan before anything is written."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from connector.services.doctor import examine
from connector.services.first_plan import first_plan
from connector.services.health import State, health
from connector.services.steer import steer
from connector.services.stores import try_again
from connector.web.access import here, who
from connector.web.backstage import Backstage
from connector.web.saying import spoken
from connector.web.words import _

RELOAD_SECONDS = 3
"""How often the page looks again by itself while the store is being read; without any script."""


def blueprint(back: Backstage) -> Blueprint:
    bp = Blueprint("welcome", __name__, url_prefix="/settings/welcome")

    @bp.get("")
    def show() -> ResponseReturnValue:
        return _page(back, findings=None)

    @bp.post("/check")
    def check() -> ResponseReturnValue:
        """Try every right that is needed and look at the webhooks, now; and have what was stopped tried once more."""
        store = here()
        with back.work(read_only=True) as uow:
            record = uow.stores.get(store.key)
        assert record is not None  # noqa: S101 -- a store that is worked on has its row
        findings = list(examine(store, back.address_of(record.platform, store.key)))
        if all(one.ok for one in findings if not one.what.startswith("stopped")):
            try_again(back.work, store.key, back.clock())
        return _page(back, findings)

    @bp.post("/start")
    def start() -> ResponseReturnValue:
        store = here()
        settings = back.known.settings(store.key)
        steer(
            store.key,
            back.work,
            "shop",
            {**_chosen(back, store.key), "push": True},
            by="operator" if who().operator else "owner",
            now=back.clock(),
            replan=not settings.push,
        )
        back.known.refresh()
        flash(
            _("Started. What the plan says is written to your shop now; the overview shows how far it is."), "success"
        )
        return redirect(url_for("overview.show"))

    return bp


def _chosen(back: Backstage, key: str) -> dict[str, object]:
    with back.work(read_only=True) as uow:
        held = uow.steering.get(key).get("shop")
    return dict(held.value) if held else {}


def _page(back: Backstage, findings: object) -> ResponseReturnValue:
    store = here()
    with back.work(read_only=True) as uow:
        record = uow.stores.get(store.key)
        assert record is not None  # noqa: S101 -- a store that is worked on has its row
        stands = health(uow, record, back.clock(), push=store.push)
        size = uow.catalogue.size(store.key)
    reading = stands.state is State.IMPORTING
    page = render_template(
        "welcome.html",
        health=stands,
        platform=back.titles[record.platform],
        progress=record.progress,
        plan=None if reading else first_plan(store, say=spoken()),
        findings=findings,
        variants=size,
        reading=reading,
        stuck=[need for need in stands.needs if need.said],
    )
    headers = {"Refresh": str(RELOAD_SECONDS)} if reading and findings is None else {}
    return page, 200, headers
