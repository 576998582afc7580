"""What waits for the store's owner, with the day by which the law wants it done."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from connector.services import decisions
from connector.services.context import StoreContext
from connector.services.sent_once import SentBefore, new_form
from connector.web.access import here, who
from connector.web.backstage import Backstage
from connector.web.pages import promise_words as words
from connector.web.words import N_, Later, _

PAGE = 25
MESSAGES = 50
LARGEST_ID = 2**63 - 1
MOST_DIGITS = 19
LONGEST_WORDS = 500
LONGEST_SUM = 40

Decide = Callable[[StoreContext, int, str], None]
DECISIONS: Mapping[str, tuple[Decide, Later]] = {
    "approve": (
        decisions.approve,
        N_("You agreed. It is carried out at the shop within the next minutes."),
    ),
    "decline": (
        lambda store, id_, form: decisions.decline(store, id_, _typed("words", LONGEST_WORDS), form),
        N_("You decided against it. If it was the shopper who asked, they are told so."),
    ),
    "done": (
        lambda store, id_, form: decisions.done_by_hand(store, id_, _typed("sum", LONGEST_SUM), form),
        N_("Noted: you did it at the shop yourself. The shopper is told."),
    ),
    "sent": (
        lambda store, id_, form: decisions.money_sent(store, id_, _typed("sum", LONGEST_SUM), form),
        N_("Noted: the money was sent. The shopper is told."),
    ),
    "away": (
        decisions.put_away,
        N_("Put away: nothing more is done about it."),
    ),
}
ABOUT_MESSAGES: Mapping[str, tuple[Decide, Later]] = {
    "again": (
        decisions.send_again,
        N_("It is tried again by every way there is."),
    ),
    "away": (
        decisions.put_message_away,
        N_("Put away: it is not sent."),
    ),
}


def blueprint(back: Backstage) -> Blueprint:
    bp = Blueprint("decisions", __name__, url_prefix="/settings/decisions")
    bp.app_template_global("decisions_waiting")(lambda: _count(back))

    @bp.get("")
    def show() -> ResponseReturnValue:
        return _show(back)

    @bp.post(f"/<int(max={LARGEST_ID}):amendment_id>")
    def decide(amendment_id: int) -> ResponseReturnValue:
        return _decide(DECISIONS, amendment_id)

    @bp.post(f"/messages/<int(max={LARGEST_ID}):message_id>")
    def message(message_id: int) -> ResponseReturnValue:
        return _decide(ABOUT_MESSAGES, message_id)

    return bp


def _show(back: Backstage) -> ResponseReturnValue:
    store, before = here(), _before()
    with back.work(read_only=True) as uow:
        found = decisions.waiting(uow, store.key, before, PAGE + 1)
        messages = uow.messages.find(store.key, decisions.UNSENT, MESSAGES + 1) if before is None else ()
        numbers = uow.orders.get(store.key, {one.order_id for one in messages if one.order_id})
    following = url_for("decisions.show", before=found[PAGE - 1].amendment.id) if len(found) > PAGE else ""
    return render_template(
        "decisions.html",
        found=found[:PAGE],
        messages=messages[:MESSAGES],
        more_messages=len(messages) > MESSAGES,
        numbers={id_: order.number for id_, order in numbers.items()},
        words=words,
        form=new_form,
        longest_words=LONGEST_WORDS,
        longest_sum=LONGEST_SUM,
        previous=url_for("decisions.show") if before is not None else "",
        next=following,
    )


def _decide(choices: Mapping[str, tuple[Decide, Later]], id_: int) -> ResponseReturnValue:
    choice = choices.get(request.form.get("do", ""))
    if choice is None:
        flash(_("Nothing was decided: that is none of the choices."), "warning")
        return redirect(url_for("decisions.show"), 303)
    decide, said = choice
    try:
        decide(here(), id_, request.form.get("form", "")[:LONGEST_WORDS])
    except SentBefore:
        flash(_("That was done already; it was not done twice."), "info")
    except decisions.Settled:
        flash(_("Nothing was done: it was decided meanwhile, or is no longer there."), "warning")
    else:
        flash(str(said), "success")
    return redirect(url_for("decisions.show"), 303)


def _typed(name: str, longest: int) -> str:
    return " ".join(request.form.get(name, "").split())[:longest]


def _before() -> int | None:
    """The place in the list that was asked for; None for the beginning, and for whatever else stands there."""
    text = request.args.get("before", "")
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        return None
    return min(int(text), LARGEST_ID)


def _count(back: Backstage) -> str:
    """For the menu; empty for none."""
    store = who().store
    if store is None:
        return ""
    with back.work(read_only=True) as uow:
        count = decisions.count_waiting(uow, store.key)
    return f"{decisions.COUNTED - 1}+" if count >= decisions.COUNTED else str(count or "")
