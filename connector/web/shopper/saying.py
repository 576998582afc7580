"""What became of what somebody asked for about a line, in a sentence for the shopper."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask_babel import get_locale

from connector.domain.promises import Actor, Expected
from connector.notify.languages import money
from connector.ports.promising import AmendmentKind, AmendmentRecord, AmendmentState
from connector.services.delay_cancel import LEFT
from connector.services.shopper import Change
from connector.services.shopper_act import Why
from connector.web.languages import day
from connector.web.words import N_, Later, _, ngettext

State = AmendmentState
UNDER_WAY = frozenset({State.ASKED, State.DOING})
CITED = {"Directive 2011/83, art. 18(2)": N_("Directive 2011/83, art. 18(2)")}
"""The provisions of the Union's law that a shopper's page can name."""


def when(expected: Expected) -> str:
    """A day, a range, or that nobody knows."""
    if expected.latest is None:
        return _("not known yet")
    if expected.is_range:
        return _("%(first)s to %(last)s", first=day(expected.earliest), last=day(expected.latest))
    return day(expected.latest)


def rule_said(rule: str) -> str:
    """A provision as the reader's language cites it; American and British law is cited as it is written."""
    return str(CITED.get(rule, rule))


def change_said(change: Change, zone: ZoneInfo) -> str:
    """Empty for what no longer matters to anybody."""
    one, units = change.amendment, change.units
    if one.state in UNDER_WAY:
        return _under_way(one.kind, units)
    if one.state is State.OWNER:
        return _with_owner(one, units)
    if one.state in {State.DONE, State.BY_HAND}:
        return _done(change, zone)
    if one.state is State.REFUSED:
        return ngettext(
            "%(num)s unit could not be cancelled or exchanged: the shop's system does not allow it any more. The shop"
            " has been told and will see to it.",
            "%(num)s units could not be cancelled or exchanged: the shop's system does not allow it any more. The shop"
            " has been told and will see to it.",
            units,
        )
    return _dropped(one, units)


def _under_way(kind: AmendmentKind, units: int) -> str:
    if kind is AmendmentKind.SWAP:
        return ngettext("%(num)s unit is being exchanged.", "%(num)s units are being exchanged.", units)
    return ngettext("%(num)s unit is being cancelled.", "%(num)s units are being cancelled.", units)


def _with_owner(one: AmendmentRecord, units: int) -> str:
    if one.by is not Actor.SHOPPER:
        return ngettext(
            "%(num)s unit is to be cancelled, because the promised day cannot be kept. The shop is seeing to it.",
            "%(num)s units are to be cancelled, because the promised day cannot be kept. The shop is seeing to it.",
            units,
        )
    if one.kind is AmendmentKind.WITHDRAW:
        return ngettext(
            "You withdrew from the contract for %(num)s unit that has left already. The shop will write to you about"
            " sending it back.",
            "You withdrew from the contract for %(num)s units that have left already. The shop will write to you about"
            " sending them back.",
            units,
        )
    return ngettext(
        "You asked to cancel %(num)s unit. The shop has to agree and will answer you.",
        "You asked to cancel %(num)s units. The shop has to agree and will answer you.",
        units,
    )


def _done(change: Change, zone: ZoneInfo) -> str:
    one, units = change.amendment, change.units
    on = day(one.done_at.astimezone(zone).date() if one.done_at else None)
    sum_ = money(one.refunded, one.currency, get_locale())
    if one.kind is AmendmentKind.SWAP:
        said = ngettext(
            "%(num)s unit was exchanged for something else on %(day)s.",
            "%(num)s units were exchanged for something else on %(day)s.",
            units,
            day=on,
        )
    else:
        said = ngettext(
            "%(num)s unit was cancelled on %(day)s.", "%(num)s units were cancelled on %(day)s.", units, day=on
        )
    if one.state is State.BY_HAND:
        return said + " " + _("The shop sends the money back by hand.")
    return said + (" " + _("Sent back: %(money)s.", money=sum_) if sum_ else "")


def _dropped(one: AmendmentRecord, units: int) -> str:
    if one.by is not Actor.SHOPPER:
        return ""
    if one.said in {"shipped", LEFT}:
        return ngettext(
            "%(num)s unit could not be cancelled or exchanged: it had left already.",
            "%(num)s units could not be cancelled or exchanged: they had left already.",
            units,
        )
    if one.said in {"cancelled", "unknown"}:
        return ""
    if not one.said:
        return _("The shop decided against what you asked for.")
    return _("The shop decided against what you asked for: %(words)s", words=one.said)


NOT_POSSIBLE: dict[Why, tuple[int, Later, Later]] = {
    Why.CLOSED: (404, N_("This page is not open"), N_("The address was made void by the shop.")),
    Why.GONE: (
        409,
        N_("This is not possible any more"),
        N_(
            "Nothing was changed: meanwhile these units have left, were cancelled, or something else was decided about"
            " them. Look at the order again to see how it stands."
        ),
    ),
    Why.CHOICE: (
        422,
        N_("This is none of the choices"),
        N_("Nothing was changed. Look at the order, choose a number of units or a day that is offered, and try again."),
    ),
}
"""Status, what happened, and what to do next."""
