"""The store itself: language, time zone, notices, pause, resume, disconnect."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import available_timezones

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from connector.ports.records import Leaving, Origin
from connector.services.leave import ask_to_leave
from connector.services.steer import Outdated, steer
from connector.services.stores import go_on, pause
from connector.settings.problems import problems_of
from connector.settings.stores import StoreSettings
from connector.settings.wording import nearest
from connector.web.access import here, who
from connector.web.backstage import Backstage
from connector.web.words import _

KINDS = ("waiting", "changed", "ready")
LONGEST = 100
MOST_SHOWN = 40  # characters of what was typed, in a message about it


def blueprint(back: Backstage) -> Blueprint:
    bp = Blueprint("shop", __name__, url_prefix="/settings/store")

    @bp.get("", endpoint="show")
    def show_store() -> ResponseReturnValue:
        settings = back.known.settings(here().key)
        return _page(back, settings.model_dump(include={"language", "timezone", "notices", "push"}), {})

    @bp.post("", endpoint="save")
    def save_store() -> ResponseReturnValue:
        return _save(back)

    @bp.post("/pause", endpoint="pause")
    def pause_store() -> ResponseReturnValue:
        pause(back.work, here().key, by=by(), now=back.clock())
        flash(_("Paused: nothing is written to your shop and nobody is told anything until you go on."), "warning")
        return redirect(url_for("shop.show"))

    @bp.post("/resume", endpoint="resume")
    def resume_store() -> ResponseReturnValue:
        go_on(back.work, here().key, by=by(), now=back.clock())
        flash(_("Going on. What is due is done now."), "success")
        return redirect(url_for("shop.show"))

    @bp.get("/leave", endpoint="leave")
    def leave_page() -> ResponseReturnValue:
        return render_template("leave.html", **_leaving(back))

    @bp.post("/leave", endpoint="ask_to_leave")
    def leave_store() -> ResponseReturnValue:
        if request.form.get("sure") != "yes":
            return render_template("leave.html", unsure=True, **_leaving(back)), 422
        ask_to_leave(back.work, here().key, put_back=request.form.get("flags") == "put_back", by=by(), now=back.clock())
        back.known.refresh()
        flash(_("The store is being disconnected; this page shows how far it is."), "warning")
        return redirect(url_for("shop.leave"))

    return bp


def by() -> str:
    """Who acts, for the journal."""
    return "operator" if who().operator else "owner"


def _page(back: Backstage, chosen: Mapping[str, object], wrong: Mapping[str, str]) -> str:
    key = here().key
    with back.work(read_only=True) as uow:
        record = uow.stores.get(key)
        steered = uow.steering.get(key).get("shop")
    assert record is not None  # noqa: S101 -- a store that is worked on has its row
    return render_template(
        "shop.html",
        record=record,
        platform=back.titles[record.platform],
        address=back.address_of(record.platform, key),
        chosen=chosen,
        wrong=wrong,
        kinds=KINDS,
        zones=sorted(available_timezones()),
        from_file=record.origin is Origin.CONFIG,
        steered=steered,
        push=back.known.settings(key).push,
    )


def _save(back: Backstage) -> ResponseReturnValue:
    key = here().key
    settings = back.known.settings(key)
    typed: dict[str, object] = {
        "language": request.form.get("language", "")[:LONGEST].strip(),
        "timezone": request.form.get("timezone", "")[:LONGEST].strip(),
        "notices": tuple(kind for kind in KINDS if kind in request.form.getlist("notices")),
        "push": request.form.get("push") == "yes",
    }
    try:
        StoreSettings.model_validate(settings.model_dump() | typed)
    except ValidationError as error:
        return _page(back, typed, _problems(error, typed)), 422
    revision = request.form.get("revision", "")
    expected = int(revision) if revision.isascii() and revision.isdigit() and len(revision) < LONGEST // 10 else None
    try:
        steer(
            key,
            back.work,
            "shop",
            typed | {"notices": list(typed["notices"]) if isinstance(typed["notices"], tuple) else []},
            by=by(),
            now=back.clock(),
            replan=True,
            expected_revision=expected,
        )
    except Outdated:
        wrong = {"": _("Somebody else saved meanwhile. This is what you typed; look at it and save again.")}
        return _page(back, typed, wrong), 409
    back.known.refresh()
    flash(_("Saved."), "success")
    return redirect(url_for("shop.show"))


def _problems(error: ValidationError, typed: Mapping[str, object]) -> dict[str, str]:
    """What is wrong, by field, in the reader's language; the fields that are not named here take no wrong answer."""
    wrong = {str(loc[0]): said for loc, said in problems_of(error, StoreSettings)}
    if "language" in wrong:
        given = str(typed["language"])[:MOST_SHOWN]
        wrong["language"] = _("“%(given)s” is no language. Write it as en, de or pt-BR.", given=given)
    if "timezone" in wrong:
        wrong["timezone"] = _time_zone_problem(str(typed["timezone"]))
    return wrong


def _time_zone_problem(typed: str) -> str:
    given, near = typed[:MOST_SHOWN], nearest(typed, available_timezones())
    if near:
        return _("“%(given)s” is no time zone. Did you mean %(near)s?", given=given, near=near)
    return _("“%(given)s” is no time zone. Write it as Europe/Berlin, America/New_York or UTC.", given=given)


def _leaving(back: Backstage) -> dict[str, object]:
    """What there is to be taken back, and how far it is."""
    key = here().key
    with back.work(read_only=True) as uow:
        record = uow.stores.get(key)
        written = len(uow.showings.written(key, "", 1_001))
    assert record is not None  # noqa: S101 -- a store that is worked on has its row
    return {
        "record": record,
        "written": min(written, 1_000),
        "more": written > 1_000,  # noqa: PLR2004 -- the page says "more than 1,000"
        "leaving": record.leaving is not Leaving.NO,
        "from_file": record.origin is Origin.CONFIG,
        "platform": back.titles[record.platform],
    }
