"""The shopper's own page of an order.

Its address is its key: there is no sign-in and no cookie.  Looking never changes anything, because programs that look
into mails open every link; what is decided is sent by a form that bears a signed text of its own and acts once.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue

from connector.ports.promising import AmendmentKind
from connector.services import shopper_acts as acts
from connector.services.sent_once import SentBefore
from connector.services.shopper_act import NotPossible, Page, Why
from connector.services.shopper_instead import address_of, offered
from connector.web.backstage import Backstage
from connector.web.ids import take_ids
from connector.web.limits import LOOKS, OFTEN_ENOUGH
from connector.web.shopper.opening import (
    Closed,
    Opened,
    Unfit,
    day_asked,
    number_asked,
    open_page,
    page,
    private,
    said_page,
    whose,
)
from connector.web.shopper.saying import NOT_POSSIBLE, change_said, rule_said, when
from connector.web.shopper.withdrawing import add_withdrawal
from connector.web.words import _

ASKS_THE_SHOP = "12 per minute"
LONGEST_TITLE = 150


def blueprint(back: Backstage) -> Blueprint:
    bp = Blueprint("shopper", __name__, url_prefix="/o/<token>")
    take_ids(bp)
    bp.after_request(private)
    bp.app_template_global("change_said")(change_said)
    bp.app_template_global("when")(when)
    bp.app_template_global("rule_said")(rule_said)
    _add_looks(bp, back)
    _add_answers(bp, back)
    _add_choices(bp, back)
    add_withdrawal(bp, back, act)
    _add_refusals(bp)
    for limited in (
        back.limiter.limit(LOOKS, methods=["GET", "HEAD"]),
        back.limiter.limit(LOOKS, key_func=whose, methods=["GET", "HEAD"]),
        back.limiter.limit(OFTEN_ENOUGH, methods=["POST"]),
        back.limiter.limit(OFTEN_ENOUGH, key_func=whose, methods=["POST"]),
    ):
        limited(bp)
    return bp


def act(opened: Opened, do: Callable[[Page], object]) -> ResponseReturnValue:
    """Do what a form asks for and show the order again; sent twice, it is done once and shown twice."""
    there = opened.address()
    try:
        do(opened.sent())
    except SentBefore:
        pass
    except Unfit:
        meaning = _("Nothing was changed: the page had been open for too long. Go back to the order and try again.")
        return said_page(400, _("This could not be taken"), meaning, there)
    except NotPossible as error:
        if error.why is Why.CLOSED:
            raise Closed from error
        status, title, said = NOT_POSSIBLE[error.why]
        return said_page(status, str(title), str(said), there)
    return redirect(there, 303)


def _add_looks(bp: Blueprint, back: Backstage) -> None:
    @bp.get("")
    def order(token: str) -> ResponseReturnValue:
        return page(open_page(back, token), "order")

    @bp.get("/<id:line_id>/cancel")
    def cancel_form(token: str, line_id: str) -> ResponseReturnValue:
        """Asks once more before it is done: it cannot be taken back."""
        opened = open_page(back, token)
        line = opened.line(line_id)
        units = number_asked(request.args.get("units", ""))
        if line.cancel is None or not 1 <= units <= line.cancel.most:
            return redirect(opened.address(), 303)
        return page(opened, "cancel", line=line, units=units)

    @bp.get("/<id:line_id>/instead")
    @back.limiter.limit(ASKS_THE_SHOP)
    @back.limiter.limit(ASKS_THE_SHOP, key_func=whose)
    def instead(token: str, line_id: str) -> ResponseReturnValue:
        """What the shop itself offers beside it, asked only when somebody wants to know."""
        opened = open_page(back, token)
        line = opened.line(line_id)
        if not line.instead:
            return redirect(opened.address(), 303)
        found = offered(opened.store, opened.seen.order.id, line_id)
        offers = [(one, address_of(one), opened.form(one.variant_id, one.title[:LONGEST_TITLE])) for one in found or ()]
        return page(opened, "instead", line=line, offers=offers, answered=found is not None)


def _add_answers(bp: Blueprint, back: Backstage) -> None:
    @bp.post("/<id:line_id>/keep")
    def keep(token: str, line_id: str) -> ResponseReturnValue:
        opened = open_page(back, token)
        return act(opened, lambda sent: acts.keep_waiting(opened.store, sent, line_id))

    @bp.post("/<id:line_id>/term")
    def term(token: str, line_id: str) -> ResponseReturnValue:
        opened, until = open_page(back, token), day_asked(request.form.get("until", ""))

        def do(sent: Page) -> None:
            if until is None:
                raise NotPossible(Why.CHOICE)
            acts.set_term(opened.store, sent, line_id, until)

        return act(opened, do)

    @bp.post("/<id:line_id>/cancel")
    def cancel(token: str, line_id: str) -> ResponseReturnValue:
        opened, units = open_page(back, token), number_asked(request.form.get("units", ""))
        return act(opened, lambda sent: acts.cancel(opened.store, sent, line_id, units))


def _add_choices(bp: Blueprint, back: Backstage) -> None:
    @bp.post("/<id:line_id>/instead")
    def swap(token: str, line_id: str) -> ResponseReturnValue:
        opened, units = open_page(back, token), number_asked(request.form.get("units", ""))

        def do(sent: Page) -> None:
            # Only what this page offered can be chosen: it stands in the signed text of the form.
            match opened.said():
                case (variant_id, title):
                    acts.swap(opened.store, sent, line_id, units, variant_id, title)
                case _:
                    raise Unfit

        return act(opened, do)

    @bp.post("/shipping")
    def shipping(token: str) -> ResponseReturnValue:
        opened = open_page(back, token)
        together = request.form.get("how") == AmendmentKind.SHIP_TOGETHER.value
        return act(opened, lambda sent: acts.choose_shipping(opened.store, sent, together=together))


def _add_refusals(bp: Blueprint) -> None:
    @bp.errorhandler(Closed)
    def closed(_error: Closed) -> Response:
        meaning = _(
            "The address is not complete, was made void by the shop, or is too old. Open the link in the newest message"
            " about your order, or ask the shop."
        )
        return private(said_page(404, _("This page is not open"), meaning))

    @bp.errorhandler(429)
    def too_often(_error: Exception) -> Response:
        return private(
            said_page(429, _("Too many tries"), _("Nothing was changed. Wait some minutes, then try again."))
        )
