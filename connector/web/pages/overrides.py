"""What somebody changed by hand at the shop, and how to steer it again."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from connector.services.overrides import ByHand, by_hand, release_variants
from connector.services.shop_words import field_words, value_words
from connector.services.status import FLAG_FIELDS, is_open
from connector.web.access import here
from connector.web.backstage import Backstage
from connector.web.languages import number
from connector.web.saying import spoken
from connector.web.words import _, ngettext

PAGE = 50
LONGEST_ID = 200


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the shop: as we wrote it, as somebody made it, and as it should be by the plan."""

    name: str
    was: str
    now: str
    should: str


def blueprint(back: Backstage) -> Blueprint:
    del back  # the store of the request brings all that is needed
    bp = Blueprint("overrides", __name__, url_prefix="/settings/by-hand")

    @bp.get("")
    def show() -> ResponseReturnValue:
        after = _id(request.args.get("after", ""))
        found = by_hand(here(), after, PAGE + 1)
        rows = [(one, fields(one)) for one in found[:PAGE]]
        following = url_for("overrides.show", after=found[PAGE - 1].showing.variant_id) if len(found) > PAGE else ""
        return render_template(
            "overrides.html", rows=rows, previous=url_for("overrides.show") if after else "", next=following
        )

    @bp.post("")
    def release() -> ResponseReturnValue:
        """One by its id, or those that the page showed."""
        ids = request.form.getlist("shown")[:PAGE] if "all" in request.form else [request.form.get("variant", "")]
        count = release_variants(here(), [one for one in map(_id, ids) if one])
        if count:
            said = ngettext(
                "%(count)s product is steered again.",
                "%(count)s products are steered again.",
                count,
                count=number(count),
            )
            flash(f"{said} " + _("What it should show is written to your shop with the next push."), "success")
        else:
            flash(_("Nothing was released: none of these is changed by hand any more."), "info")
        return redirect(url_for("overrides.show"), 303)

    return bp


def fields(one: ByHand) -> list[Field]:
    """Only those that somebody changed."""
    showing = one.showing
    return [
        Field(
            field_words(key, spoken()),
            _value(key, showing.written.get(key, showing.found.get(key, ""))),
            _value(key, value),
            _value(key, showing.desired.get(key, "")),
        )
        for key, value in sorted(showing.override.items())
    ]


def _value(key: str, value: str) -> str:
    """As a person would say it, and for the flag also as the shop does."""
    if not value:
        return _("nothing")
    if key in FLAG_FIELDS:
        allowed = _("allowed") if is_open({key: value}) else _("not allowed")
        return f"{allowed} ({value})"
    return value_words(key, value, spoken())


def _id(text: str) -> str:
    """An id as platforms give them; empty for whatever else somebody wrote into the form or the address."""
    return text if text.isprintable() and len(text) <= LONGEST_ID else ""
