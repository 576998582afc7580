"""Withdrawing from the contract on the shopper's page (Directive 2011/83, art. 11a): a statement, and its confirmation.

Asked for is what the law allows to be asked: a name, which contract, and where the acknowledgement is to go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from connector.services.shopper_act import Page
from connector.services.shopper_withdraw import withdraw, withdrawable
from connector.web.backstage import Backstage
from connector.web.shopper.opening import Opened, number_asked, open_page, page
from connector.web.words import _

LONGEST = 200
Act = Callable[[Opened, Callable[[Page], object]], ResponseReturnValue]


def add_withdrawal(bp: Blueprint, back: Backstage, act: Act) -> None:
    @bp.get("/withdraw")
    def withdraw_form(token: str) -> ResponseReturnValue:
        opened = open_page(back, token)
        if not _may(opened):
            return redirect(opened.address(), 303)
        return page(opened, "withdraw", most=_most(opened), units=_most(opened), problems={}, name="", contact="")

    @bp.post("/withdraw", endpoint="withdraw")
    def withdraw_page(token: str) -> ResponseReturnValue:
        """First shows what is about to be declared and changes nothing; sent from there, it is declared."""
        opened = open_page(back, token)
        name, contact = (" ".join(request.form.get(key, "").split())[:LONGEST] for key in ("name", "contact"))
        most = _most(opened)
        units = {line: number_asked(request.form.get(f"units-{line}", "")) for line in most}
        sure = request.form.get("sure") == "yes"
        # Once it is confirmed the service looks by itself; a second sending finds fewer units, and is no mistake.
        problems = _problems(name, contact, None if sure else units, most)
        values: dict[str, Any] = {"most": most, "units": units, "problems": problems, "name": name, "contact": contact}
        if problems:
            return page(opened, "withdraw", status=422, **values)
        if not sure:
            return page(opened, "withdraw_sure", **values)
        chosen = {
            line.line.id: count
            for line in opened.seen.lines
            if (count := number_asked(request.form.get(f"units-{line.line.id}", "")))
        }
        return act(opened, lambda sent: withdraw(opened.store, sent, chosen, name, contact))


def _may(opened: Opened) -> bool:
    return opened.seen.withdraws and bool(_most(opened))


def _most(opened: Opened) -> dict[str, int]:
    """Units by line that the contract can be withdrawn for."""
    return {one.line.id: units for one in opened.seen.lines if (units := withdrawable(one))}


def _problems(name: str, contact: str, units: dict[str, int] | None, most: dict[str, int]) -> dict[str, str]:
    """What is wrong, by field."""
    found: dict[str, str] = {}
    if not name:
        found["name"] = _("Enter your name.")
    if not contact:
        found["contact"] = _("Enter an e-mail address or a telephone number.")
    if units is not None and (not any(units.values()) or any(units[line] > most[line] for line in units)):
        found["units"] = _("Choose at least one unit, and no more than there are.")
    return found
