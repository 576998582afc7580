"""What was promised and said about one order, for its page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from connector.domain.promises import PromiseEvent
from connector.ports.promising import AmendmentRecord, MessageRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext
from connector.services.decisions import Settled, void_links
from connector.services.sent_once import SentBefore
from connector.web.access import here
from connector.web.words import _

MOST = 50
LONGEST_FORM = 100


@dataclass(frozen=True, slots=True)
class Told:
    """Each newest first.  ``link``: to the shopper's page, empty where there is none."""

    events: Sequence[tuple[str, PromiseEvent]]
    amendments: Sequence[AmendmentRecord]
    messages: Sequence[MessageRecord]
    link: str


def told(store: StoreContext, uow: UnitOfWork, order_id: str) -> Told:
    by_line = uow.promises.events(store.key, [order_id]).get(order_id, {})
    events = sorted(((line, one) for line, of in by_line.items() for one in of), key=lambda each: each[1].at)
    terms = uow.promises.terms(store.key, [order_id]).get(order_id)
    link = ""
    if store.links is not None and store.rules.shopper.page:
        link = store.links.page(order_id, terms.link if terms else 0, store.clock())
    return Told(
        events[::-1][:MOST],
        uow.amendments.of_order(store.key, order_id)[::-1][:MOST],
        uow.messages.of_order(store.key, order_id)[::-1][:MOST],
        link,
    )


def add_void_links(bp: Blueprint) -> None:
    @bp.post("/backorders/orders/<id:order_id>/links", endpoint="void_links")
    def void(order_id: str) -> ResponseReturnValue:
        try:
            void_links(here(), order_id, request.form.get("form", "")[:LONGEST_FORM])
        except (Settled, SentBefore):
            flash(_("Nothing was done: it was done already, or there is no such order."), "info")
        else:
            flash(_("The links that were given out open nothing any more; new messages bear new ones."), "success")
        return redirect(url_for("backorders.order", order_id=order_id), 303)
