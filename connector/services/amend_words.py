"""Journal entries about what shoppers decided and what was changed about orders, as a person would say them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connector.services.sentences import N_, Voice, heard

Facts = Mapping[str, Any]
Tell = Callable[[Facts, Voice], str]

WHO = {
    "shopper": N_("the shopper"),
    "owner": N_("the owner"),
    "service": N_("a rule about delays"),
    "platform": N_("the shop"),
}
MATTERS = {
    "cancel": N_("%(units)s of %(sku)s to be cancelled"),
    "withdraw": N_("withdrawal from the contract for %(units)s of %(sku)s"),
    "swap": N_("%(units)s of %(sku)s to be replaced by something else"),
    "ship now": N_("what is there to be sent now"),
    "ship together": N_("all of it to be sent together"),
}
OVERTAKEN = {
    "shipped": N_("it had left by then"),
    "cancelled": N_("it had been cancelled at the shop by then"),
}


def _matter(facts: Facts, say: Voice) -> str:
    matter = MATTERS.get(facts["what"])
    sku = facts["sku"] or say(N_("the whole order"))
    return say(matter, units=say.units(facts["units"]), sku=sku) if matter else str(facts["what"])


def _about(said: str) -> Tell:
    def tell(facts: Facts, say: Voice) -> str:
        rule = say(N_(" (%(rule)s)"), rule=facts["rule"]) if facts["rule"] else ""
        by = say(WHO[facts["by"]]) if facts["by"] in WHO else facts["by"]
        why = heard(facts, "why", say)
        why = say(OVERTAKEN[why]) if why in OVERTAKEN else why
        refunded = facts["refunded"] or say(N_("nothing"))
        return say(said, by=by, matter=_matter(facts, say), rule=rule, why=why, refunded=refunded)

    return tell


def _waits(facts: Facts, say: Voice) -> str:
    dated = N_("the shopper will wait for %(units)s of %(sku)s until %(day)s (%(rule)s).")
    undated = N_("the shopper will wait for %(units)s of %(sku)s, without a date (%(rule)s).")
    return _until(dated, undated, facts, say)


def _term(facts: Facts, say: Voice) -> str:
    said = N_("the shopper set %(day)s as the last day for %(units)s of %(sku)s (%(rule)s).")
    return _until(said, said, facts, say)


def _until(dated: str, undated: str, facts: Facts, say: Voice) -> str:
    named = {"units": say.units(facts["units"]), "sku": facts["sku"], "rule": facts["rule"]}
    if facts["until"]:
        return say(dated, day=say.day_in(facts["until"]), **named)
    return say(undated, **named)


AMENDMENT_SENTENCES: Mapping[str, Tell] = {
    "amendment_asked": _about(N_("%(by)s asked for this: %(matter)s%(rule)s.")),
    "amendment_approved": _about(N_("the owner agreed to this: %(matter)s%(rule)s.")),
    "amendment_done": _about(N_("done at the shop: %(matter)s%(rule)s; sent back: %(refunded)s.")),
    "amendment_by_hand": _about(
        N_("done at the shop but for the money, which a person must send: %(matter)s%(rule)s: %(why)s")
    ),
    "amendment_refused": _about(N_("the shop refused this: %(matter)s%(rule)s: %(why)s")),
    "amendment_overtaken": _about(N_("there was nothing left to do about this: %(matter)s%(rule)s: %(why)s.")),
    "amendment_declined": _about(N_("the owner decided against this: %(matter)s%(rule)s.")),
    "amendment_money_sent": _about(
        N_("the owner says that the money was sent for %(matter)s%(rule)s; how much: %(refunded)s.")
    ),
    "amendment_done_by_hand": _about(N_("the owner did this by hand: %(matter)s%(rule)s; sent back: %(refunded)s.")),
    "amendment_put_away": _about(N_("the owner put this away: %(matter)s%(rule)s.")),
    "shopper_waits": _waits,
    "shopper_term": _term,
    "links_voided": lambda _, say: say(N_("the links to the shopper's page were made void.")),
    "message_tried_again": lambda facts, say: say(
        N_("message %(reference)s is sent once more."), reference=facts["reference"]
    ),
    "message_put_away": lambda facts, say: say(
        N_("the owner put message %(reference)s away."), reference=facts["reference"]
    ),
}
