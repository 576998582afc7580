"""What waits, by line, by variant and by order, and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from connector.domain.facts import Demand
from connector.ports.backlog import BacklogLine, LineFilter, LineSort
from connector.services.context import StoreContext
from connector.web import csv_file
from connector.web.access import here
from connector.web.asked import LONGEST_SEARCH, around, choice_asked, page_asked, search_asked
from connector.web.backstage import Backstage
from connector.web.ids import take_ids
from connector.web.languages import chosen
from connector.web.pages.backorder_order import add_order
from connector.web.pages.backorder_products import add_products
from connector.web.words import _

PAGE = 50
DELIMITERS = {"de": ";"}
"""What a spreadsheet of that language takes for the end of a cell; a comma is elsewhere, and there in every number."""


def blueprint(back: Backstage) -> Blueprint:
    bp = Blueprint("backorders", __name__, url_prefix="/settings")
    take_ids(bp)

    @bp.get("/backorders")
    def lines() -> ResponseReturnValue:
        return _lines(back)

    @bp.get("/backorders.csv")
    def export() -> ResponseReturnValue:
        return _export(back)

    add_products(bp, back)
    add_order(bp, back)
    return bp


def _lines(back: Backstage) -> ResponseReturnValue:
    store = here()
    search, only, sort = search_asked(), choice_asked("only", LineFilter.ALL), choice_asked("sort", LineSort.SINCE)

    def address(**changes: object) -> str:
        asked: dict[str, Any] = {
            "q": search or None,
            "only": None if only is LineFilter.ALL else only.value,
            "sort": None if sort is LineSort.SINCE else sort.value,
            **changes,
        }
        return url_for("backorders.lines", **asked)

    with back.work(read_only=True) as uow:
        totals = uow.backlog.totals(store.key)
        found = page_asked(
            lambda at: uow.backlog.lines(store.key, search=search, only=only, sort=sort, at=at, limit=PAGE)
        )
        known = uow.catalogue.get(store.key, {one.variant_id for one in found.rows})
    previous, following = around(found, lambda at: address(at=at))
    return render_template(
        "backorders.html",
        lines=found.rows,
        known=known,
        totals=totals,
        search=search,
        longest_search=LONGEST_SEARCH,
        only=only,
        sort=sort,
        narrowed=bool(search) or only is not LineFilter.ALL,
        previous=previous,
        next=following,
        sorted_by=lambda value: address(sort=value),
        export=url_for("backorders.export", q=search or None, only=None if only is LineFilter.ALL else only.value),
    )


def _export(back: Backstage) -> ResponseReturnValue:
    """All that match, the longest waiting first.

    The transaction ends when the last row is written down here, not when the last byte has gone to the reader.
    """
    store = here()
    search, only = search_asked(), choice_asked("only", LineFilter.ALL)
    with back.work(read_only=True) as uow:
        lines = uow.backlog.each_line(store.key, search=search, only=only)
        file = csv_file.write_rows(_rows(store, lines), delimiter=DELIMITERS.get(chosen(), ","))
    return csv_file.send(file, f"backorders-{store.key}-{store.today().isoformat()}")


def _rows(store: StoreContext, lines: Iterator[BacklogLine]) -> Iterator[tuple[csv_file.Cell, ...]]:
    yield (
        _("Order"),
        _("Order id"),
        _("SKU"),
        _("Product"),
        _("Units waiting"),
        _("Units there"),
        _("Waiting since"),
        _("Expected on"),
        _("Payment"),
    )
    payments = payment_words()
    for one in lines:
        yield (
            one.number,
            one.order_id,
            one.sku,
            one.title,
            one.waiting,
            one.ready,
            _moment(one.since, store.zone),
            one.expected_on.isoformat() if one.expected_on else "",
            payments[one.demand],
        )


def _moment(at: datetime, zone: ZoneInfo) -> str:
    """ISO 8601 as spreadsheets understand it, in the store's own time."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def payment_words() -> dict[Demand, str]:
    """Whether the order of a waiting line is paid, in the reader's language."""
    other = _("not known")
    return {**dict.fromkeys(Demand, other), Demand.OPEN: _("paid"), Demand.UNPAID: _("not paid yet")}
