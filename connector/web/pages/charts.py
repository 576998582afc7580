"""How much waited, how long, and for what: drawings with their tables beside them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from flask import Blueprint, Response, abort, render_template, url_for
from flask.typing import ResponseReturnValue

from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext
from connector.services.figures import BOUNDS, LOOK_BACK, MOST_PRODUCTS, over_time, waits
from connector.web.access import here, who
from connector.web.backstage import Backstage
from connector.web.drawings import Caption, bars, columns, line, thinned
from connector.web.languages import chosen, day, moment, number
from connector.web.words import _, ngettext

MOST_POINTS = 200
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""A picture loads nothing and runs nothing; its colours stand in a style of its own."""


@dataclass(frozen=True, slots=True)
class Chart:
    """``summary``: the picture in one sentence; ``rows``: its table, texts and numbers; ``draw``: the SVG.  Without
    rows there is nothing to draw.
    """

    title: str
    summary: str
    head: Sequence[str]
    rows: Sequence[Sequence[str | int]]
    draw: Callable[[Caption], bytes]

    def picture(self) -> bytes:
        return self.draw(Caption(self.title, self.summary, chosen()))


Read = Callable[[UnitOfWork, StoreContext], Chart]


def blueprint(back: Backstage) -> Blueprint:
    bp = Blueprint("charts", __name__, url_prefix="/settings/charts")

    @bp.get("")
    def show() -> ResponseReturnValue:
        store = here()
        with back.work(read_only=True) as uow:
            charts = {name: read(uow, store) for name, read in CHARTS.items()}
        return render_template("charts.html", charts=charts, days=LOOK_BACK.days, source=_source)

    @bp.get("/<name>.svg")
    def image(name: str) -> ResponseReturnValue:
        if name not in CHARTS:
            abort(404)
        with back.work(read_only=True) as uow:
            chart = CHARTS[name](uow, here())
        answer = Response(chart.picture(), mimetype="image/svg+xml")
        answer.headers["Content-Security-Policy"] = POLICY
        return answer

    return bp


def _source(name: str, chart: Chart) -> str:
    """Where the picture comes from.  Inside the platform's admin a picture brings no proof of who asks for it, so there
    it stands in the page itself.
    """
    if who().visitor is None:
        return url_for("charts.image", name=name)
    return f"data:image/svg+xml;base64,{b64encode(chart.picture()).decode('ascii')}"


def _over_time(uow: UnitOfWork, store: StoreContext) -> Chart:
    points = thinned([(one.at, one.units) for one in over_time(uow, store.key, store.clock())], MOST_POINTS)
    summary = _("Nothing has been written down yet; how much waits is looked at every hour.")
    if points:
        highest, last = max(units for _at, units in points), points[-1]
        summary = _(
            "Units waiting from %(first)s to %(last)s: %(units)s at the end, at most %(most)s.",
            first=day(points[0][0].astimezone(store.zone).date()),
            last=day(last[0].astimezone(store.zone).date()),
            units=number(last[1]),
            most=number(highest),
        )
    return Chart(
        title=_("Units waiting over time"),
        summary=summary,
        head=(_("When"), _("Units waiting")),
        rows=[(moment(at), units) for at, units in reversed(points)],
        draw=lambda caption: line(points, caption, lambda at: day(at.astimezone(store.zone).date(), _("MMM d"))),
    )


def _waits(uow: UnitOfWork, store: StoreContext) -> Chart:
    found = waits(uow, store.key, store.clock())
    served, waiting = _("Had waited when they were there"), _("Wait now")
    labels = _groups()
    summary = _(
        "Waiting now: %(now)s, for more than 30 days: %(late)s. Served in the last %(days)s days: %(served)s.",
        now=number(sum(found.waiting)),
        late=number(sum(found.waiting[-2:])),
        days=LOOK_BACK.days,
        served=number(sum(found.served)),
    )
    anything = any(found.served) or any(found.waiting)
    return Chart(
        title=_("How long units wait"),
        summary=summary if anything else _("Nothing waits, and nothing has waited."),
        head=(_("Days"), served, waiting),
        rows=list(zip(labels, found.served, found.waiting, strict=True)) if anything else [],
        draw=lambda caption: columns(labels, _("Days"), [(served, found.served), (waiting, found.waiting)], caption),
    )


def _groups() -> list[str]:
    """Under one day, 1 to 3, ... and over 60."""
    between = [f"{first}\N{EN DASH}{beyond - 1}" for first, beyond in pairwise(BOUNDS)]
    return [f"< {BOUNDS[0]}", *between, f"> {BOUNDS[-1] - 1}"]


def _products(uow: UnitOfWork, store: StoreContext) -> Chart:
    found = uow.backlog.most_waited_for(store.key, MOST_PRODUCTS)
    summary = _("Nothing is waited for.")
    if found:
        _id, sku, title, units = found[0]
        summary = _(
            "The product that is waited for most is %(product)s, with %(units)s.",
            product=title or sku,
            units=ngettext("%(num)s unit", "%(num)s units", units),
        )
    return Chart(
        title=_("Products that are waited for most"),
        summary=summary,
        head=(_("SKU"), _("Product"), _("Units waiting")),
        rows=[(sku, title, units) for _id, sku, title, units in found],
        draw=lambda caption: bars([(sku or title or id_, units) for id_, sku, title, units in found], caption),
    )


CHARTS: Mapping[str, Read] = {"waiting": _over_time, "waits": _waits, "products": _products}
