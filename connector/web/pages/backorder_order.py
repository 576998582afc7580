"""One order: its lines, when each can leave, what that rests on, and what was decided about it."""

from __future__ import annotations

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from connector.services.explain import order_story
from connector.services.journal_words import reason
from connector.services.sent_once import new_form
from connector.services.standing import grounds
from connector.web.access import here
from connector.web.backstage import Backstage
from connector.web.pages import promise_words as words
from connector.web.pages.backorder_told import add_void_links, told
from connector.web.saying import spoken

LINES = 50
"""How many lines one page shows, those that wait first."""

JOURNAL = 50
LOOKED_AT = 500
"""Entries among which the newest word on each line is looked for."""


def add_order(bp: Blueprint, back: Backstage) -> None:
    @bp.get("/backorders/orders/<id:order_id>")
    def order(order_id: str) -> ResponseReturnValue:
        return _order(back, order_id)

    add_void_links(bp)


def _order(back: Backstage, order_id: str) -> ResponseReturnValue:
    store = here()
    say = spoken()
    with back.work(read_only=True) as uow:
        order = uow.orders.get(store.key, [order_id]).get(order_id)
        if order is None:
            abort(404)
        story = order_story(uow, store.key, order, JOURNAL, say)
        rests_on = grounds(uow.journal.read(store.key, order_id=order.id, limit=LOOKED_AT))
        lines = sorted(order.lines.values(), key=lambda one: (one.waiting == 0, one.outstanding == 0))
        named = uow.catalogue.get(store.key, {one.variant_id for one in lines[:LINES]})
        promised = told(store, uow, order.id)
    return render_template(
        "backorders_order.html",
        order=order,
        lines=lines[:LINES],
        more=max(0, len(lines) - LINES),
        named=named,
        rests_on={line: reason(why, say) for line, why in rests_on.items()},
        stands=story.stands,
        history=story.history[::-1],
        longest_history=JOURNAL,
        told=promised,
        words=words,
        form=new_form(),
    )
