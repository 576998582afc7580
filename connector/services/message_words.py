"""Journal entries about messages to people, as a person would say them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connector.services.sentences import N_, Voice, heard

Facts = Mapping[str, Any]
Tell = Callable[[Facts, Voice], str]

KINDS = {
    "confirmed": N_("part of the order waits"),
    "earlier": N_("sooner than was said"),
    "later": N_("later than was said"),
    "option": N_("wait or cancel?"),
    "reminder": N_("reminder of an open choice"),
    "ready": N_("ready"),
    "cancelled": N_("cancelled"),
    "refund_due": N_("refund to come"),
    "refunded": N_("refund sent"),
    "withdrawal": N_("withdrawal received"),
    "not_done": N_("could not be done"),
    "opt_in": N_("confirm your address"),
    "restock": N_("in stock again"),
    "sign_in": N_("link to sign in"),
    "to_owner": N_("word to the owner"),
}
CHANNELS = {
    "email": N_("by e-mail"),
    "sms": N_("by text message"),
    "note": N_("by the shop's own note"),
    "console": N_("on the console"),
}


def _message(said: str, by_rule: str) -> Tell:
    def tell(facts: Facts, say: Voice) -> str:
        kind, channel, rule = str(facts["kind"]), str(facts.get("channel", "")), str(facts.get("rule", ""))
        return say(
            by_rule if rule else said,
            reference=facts["reference"],
            kind=say(KINDS[kind]) if kind in KINDS else kind,
            channel=say(CHANNELS[channel]) if channel in CHANNELS else channel,
            rule=rule,
            why=heard(facts, "why", say),
        )

    return tell


_TOLD = _message(
    N_("message %(reference)s (%(kind)s) was sent %(channel)s."),
    N_("message %(reference)s (%(kind)s) was sent %(channel)s, by %(rule)s."),
)
_NOT_TOLD = _message(
    N_("message %(reference)s (%(kind)s) was not sent: %(why)s."),
    N_("message %(reference)s (%(kind)s), due by %(rule)s, was not sent: %(why)s."),
)


def told(of_notice: Tell) -> Tell:
    """What was carried to the shop and what was sent to people are one kind of entry; a channel tells them apart."""
    return lambda facts, say: (_TOLD if "channel" in facts else of_notice)(facts, say)


def not_told(of_notice: Tell) -> Tell:
    return lambda facts, say: (_NOT_TOLD if "channel" in facts else of_notice)(facts, say)


MESSAGE_SENTENCES: Mapping[str, Tell] = {
    "came_back": _message(
        N_("message %(reference)s (%(kind)s) came back: %(why)s."),
        N_("message %(reference)s (%(kind)s), due by %(rule)s, came back: %(why)s."),
    ),
}
