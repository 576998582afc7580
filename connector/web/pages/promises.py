"""What the store promises: days, the law about delays, messages, the shopper's page, and the restock list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from connector.domain.delay import Pack, what_switching_off_means
from connector.services.steer import Outdated, steer, unsteer
from connector.settings.problems import problems_of
from connector.settings.promise import WEEKDAYS
from connector.settings.stores import StoreSettings
from connector.web.access import here
from connector.web.backstage import Backstage
from connector.web.pages.promise_form import CHANNELS, PACKS, SECTION, section_of, typed_in
from connector.web.pages.standing import Standing, as_sent, by, standing
from connector.web.words import N_, Later, _

PACK_NAMES: Mapping[str, Later] = {
    "us": N_("United States: 16 CFR 435, the Mail, Internet, or Telephone Order Merchandise Rule"),
    "eu": N_("European Union: Directive 2011/83, articles 18 and 11a"),
    "uk": N_("United Kingdom: Consumer Rights Act 2015, section 28"),
}
CHANNEL_NAMES: Mapping[str, Later] = {
    "email": N_("E-mail"),
    "sms": N_("Text message"),
    "note": N_("The shop's own note to the customer"),
}
DAY_NAMES: Mapping[str, Later] = dict(
    zip(
        WEEKDAYS,
        (N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday")),
        strict=True,
    )
)


def blueprint(back: Backstage) -> Blueprint:
    bp = Blueprint("promises", __name__, url_prefix="/settings/promises")

    @bp.get("")
    def show() -> ResponseReturnValue:
        held = standing(back, here(), SECTION)
        return _shown(back, held, section_of(held.settings))

    @bp.post("")
    def save() -> ResponseReturnValue:
        held = as_sent(standing(back, here(), SECTION))
        if request.form.get("do") == "take-file" and held.file is not None:
            return _kept(back, held, None)
        typed = typed_in(request.form)
        try:
            checked = StoreSettings.model_validate(held.settings.model_dump() | typed)
        except ValidationError as error:
            wrong = {_field(loc): said for loc, said in problems_of(error, StoreSettings)}
            return _shown(back, held, typed, wrong), 422
        return _kept(back, held, section_of(checked))

    return bp


def _kept(back: Backstage, held: Standing, value: Mapping[str, Any] | None) -> ResponseReturnValue:
    """Save this; None: have the config file decide again."""
    key, now = here().key, back.clock()
    try:
        if value is None:
            unsteer(key, back.work, SECTION, by=by(), now=now, replan=True, expected_revision=held.revision)
        else:
            steer(key, back.work, SECTION, value, by=by(), now=now, replan=True, expected_revision=held.revision)
    except Outdated as error:
        said = _("Somebody else saved meanwhile. This is what you typed; look at it and save again.")
        held = standing(back, here(), SECTION, error.revision)
        return _shown(back, held, value or section_of(held.settings), {"": said}), 409
    back.known.refresh()
    flash(_("Saved. Promises that were given stay as they are; the new settings hold for what comes."), "success")
    return redirect(url_for("promises.show"), 303)


def _field(loc: tuple[str | int, ...]) -> str:
    """The field that a problem belongs to: ``dates.handling_days``, ``suppliers``, ``origins``."""
    names = [str(part) for part in loc if not isinstance(part, int)]
    return names[0] if names and names[0] in {"suppliers", "origins", "channels"} else ".".join(names[:2])


def _shown(back: Backstage, held: Standing, chosen: Mapping[str, Any], wrong: Mapping[str, str] | None = None) -> str:
    mail = bool(back.mail.host)
    return render_template(
        "promises.html",
        held=held,
        chosen=chosen,
        wrong=wrong or {},
        packs={pack: PACK_NAMES[pack] for pack in PACKS},
        without={pack: _(what_switching_off_means(Pack(pack))) for pack in PACKS},
        channels={name: CHANNEL_NAMES[name] for name in CHANNELS},
        days=DAY_NAMES,
        mail=mail,
        suppliers="\n".join(f"{name} = {one.get('lead_days', '')}" for name, one in chosen["suppliers"].items()),
    )
