"""Every kind of journal entry as a person would say it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from connector.domain.allocation import ON_HAND
from connector.services.amend_words import AMENDMENT_SENTENCES
from connector.services.message_words import MESSAGE_SENTENCES, not_told, told
from connector.services.promise_words import GONE, UNITS_GONE, promise_sentences
from connector.services.sentences import N_, Voice, heard
from connector.services.shop_words import STATUSES, field_words, topic_words, value_words
from connector.services.steered_words import changes

Facts = Mapping[str, Any]
Tell = Callable[[Facts, Voice], str]

KINDS = {
    "waiting": N_("waiting"),
    "changed": N_("changed"),
    "ready": N_("ready"),
    "cleared": N_("cleared"),
}

# By whether it is one unit, and whether there is a date to believe.
WAITS = {
    (True, True): N_("%(units)s waits until %(day)s, %(ready)s there: %(why)s (stock number %(available)s)."),
    (True, False): N_("%(units)s waits without a date, %(ready)s there: %(why)s (stock number %(available)s)."),
    (False, True): N_("%(units)s wait until %(day)s, %(ready)s there: %(why)s (stock number %(available)s)."),
    (False, False): N_("%(units)s wait without a date, %(ready)s there: %(why)s (stock number %(available)s)."),
}
REASONS = {
    ON_HAND: N_("on hand"),
    "lead time": N_("lead time"),
    "no supply covers it": N_("no supply covers it"),
    "no stock number": N_("no stock number"),
    "the store's policy": N_("the store's policy"),
}
DOUBTFUL = ", overdue or without a date"
_SUPPLY = re.compile(r"supply ([0-9]+)( \(.*\))?", re.DOTALL)


def reason(why: str, say: Voice) -> str:
    """What a date rests on, as planning wrote it down; anything it never writes is shown as it is."""
    if why.endswith(DOUBTFUL):
        return say(N_("%(supply)s, overdue or without a date"), supply=reason(why.removesuffix(DOUBTFUL), say))
    if why in REASONS:
        return say(REASONS[why])
    if supply := _SUPPLY.fullmatch(why):
        return say(N_("supply %(number)s"), number=supply[1]) + (supply[2] or "")
    if why.startswith("rule "):
        return say(N_("rule %(rule)s"), rule=why.removeprefix("rule "))
    return why


def because(basis: str, say: Voice) -> str:
    """What a revised day rests on, as an event of a promise keeps it."""
    if basis.endswith(GONE):
        return say(UNITS_GONE, why=reason(basis.removesuffix(GONE), say))
    return reason(basis, say) or say(N_("no reason is known"))


def status_word(status: str, say: Voice) -> str:
    return say(STATUSES[status]) if status in STATUSES else status


def due_words(due: str | None, say: Voice) -> str:
    return say(N_("due %(day)s"), day=say.day_in(due)) if due else say(N_("without a due date"))


def fields_words(fields: Mapping[str, str], say: Voice) -> str:
    nothing = say(N_("(empty)"))
    told = (
        (field_words(key, say), value_words(key, value, say) if value else nothing) for key, value in fields.items()
    )
    return ", ".join(f"{name} = {value}" for name, value in told)


def _allocated(facts: Facts, say: Voice) -> str:
    available, waiting = facts["available"], facts["waiting"]
    if not waiting:
        said = N_("all that it wants is there: %(units)s (stock number %(available)s).")
        return say(said, units=say.units(facts["ready"]), available=available)
    day = facts["expected_on"]
    return say(
        WAITS[waiting == 1, bool(day)],
        units=say.units(waiting),
        day=say.day_in(day) if day else "",
        ready=facts["ready"],
        why=reason(facts["why"], say),
        available=available,
    )


def _decided(facts: Facts, say: Voice) -> str:
    day, cap = facts["expected_on"], facts["sellable"]
    dated = N_(
        "should show %(status)s until %(day)s, sell %(cap)s: stock number %(available)s, %(incoming)s on the way,"
        " by %(policy)s."
    )
    undated = N_(
        "should show %(status)s, sell %(cap)s: stock number %(available)s, %(incoming)s on the way, by %(policy)s."
    )
    return say(
        dated if day else undated,
        status=status_word(facts["status"], say),
        day=say.day_in(day) if day else "",
        cap=say(N_("without limit")) if cap is None else say(N_("%(count)s more"), count=cap),
        available=facts["available"],
        incoming=facts["incoming"],
        policy=reason(facts["policy"], say),
    )


def _supply(said: str) -> Tell:
    def tell(facts: Facts, say: Voice) -> str:
        return say(
            said,
            supply=facts["supply"],
            received=facts["received"],
            units=facts["units"],
            due=due_words(facts["due"], say),
        )

    return tell


def _notice(said: str) -> Tell:
    def tell(facts: Facts, say: Voice) -> str:
        kind = say(KINDS[facts["kind"]]) if facts["kind"] in KINDS else facts["kind"]
        return say(said, reference=facts["reference"], kind=kind, why=heard(facts, "why", say))

    return tell


def _announced(facts: Facts, say: Voice) -> str:
    in_words = N_("notice %(reference)s (%(kind)s) was made from a confirmed plan.")
    as_marks = N_("notice %(reference)s (%(kind)s) was made from a confirmed plan, as marks only.")
    return _notice(in_words if facts["says"] else as_marks)(facts, say)


def _simply(said: str, *names: str) -> Tell:
    """A sentence with facts in it that are shown as they are."""
    return lambda facts, say: say(said, **{name: heard(facts, name, say) for name in names})


def _fields(said: str, name: str) -> Tell:
    return lambda facts, say: say(said, fields=fields_words(facts[name], say))


HEALED = {"created": N_("created"), "mended": N_("mended")}


def _healed(facts: Facts, say: Voice) -> str:
    done = ((topic_words(topic, say), say(HEALED[what]) if what in HEALED else what) for topic, what in facts["healed"])
    topics = ", ".join(f"{topic} {what}" for topic, what in done)
    return say(N_("webhooks put right at the shop: %(topics)s."), topics=topics)


STOPPED = {
    "keys": N_("the shop is called no more: %(said)s"),
    "read": N_("stopped to read: %(said)s"),
    "push": N_("stopped to push: %(said)s"),
    "notify": N_("stopped to notify: %(said)s"),
    "leave": N_("stopped to leave: %(said)s"),
    "email": N_("mail cannot be sent: %(said)s"),
    "sms": N_("text messages cannot be sent: %(said)s"),
    "amend": N_("stopped to change orders: %(said)s"),
}


def _owner_must_act(facts: Facts, say: Voice) -> str:
    act = facts["act"]
    if act in STOPPED:
        return say(STOPPED[act], said=heard(facts, "said", say))
    return say(N_("stopped to %(act)s: %(said)s"), act=act, said=heard(facts, "said", say))


CONNECTED = {
    # By whether it was connected before, and whether rights are missing.
    (False, False): N_("%(shop)s was connected."),
    (True, False): N_("%(shop)s was connected again."),
    (False, True): N_("%(shop)s was connected, without these rights: %(rights)s."),
    (True, True): N_("%(shop)s was connected again, without these rights: %(rights)s."),
}


def _connected(facts: Facts, say: Voice) -> str:
    missing = facts["missing"]
    return say(CONNECTED[bool(facts["again"]), bool(missing)], shop=facts["shop"], rights=", ".join(missing))


PEOPLE = {"owner": N_("owner"), "operator": N_("operator"), "shop": N_("shop")}


def _person(facts: Facts, say: Voice) -> str:
    return say(PEOPLE[facts["by"]]) if facts["by"] in PEOPLE else str(facts["by"])


def _steered(facts: Facts, say: Voice) -> str:
    changed = changes(facts["section"], facts["was"], facts["becomes"], say)
    said = "; ".join(_change(say, *change) for change in changed) or say(N_("nothing that can be seen"))
    return say(N_("the %(by)s changed %(changes)s."), by=_person(facts, say), changes=said)


CHANGES = {
    # By whether something stood there before, and whether something does now.
    (False, True): N_("%(what)s to %(becomes)s"),
    (True, True): N_("%(what)s from %(was)s to %(becomes)s"),
    (False, False): N_("%(what)s back to what holds without a choice"),
    (True, False): N_("%(what)s from %(was)s back to what holds without a choice"),
}


def _change(say: Voice, what: str, was: str, becomes: str) -> str:
    return say(CHANGES[bool(was), bool(becomes)], what=what, was=repr(was), becomes=repr(becomes))


def _leaving(facts: Facts, say: Voice) -> str:
    put_back = N_("the %(by)s disconnects the store; the flags at the shop are put back as they were found.")
    kept = N_("the %(by)s disconnects the store; the flags at the shop stay as they are.")
    return say(put_back if facts["put_back"] else kept, by=_person(facts, say))


def _paused(facts: Facts, say: Voice) -> str:
    return say(N_("the %(by)s paused the store: nothing is pushed, nobody is told."), by=_person(facts, say))


def _resumed(facts: Facts, say: Voice) -> str:
    return say(N_("the %(by)s let the store go on."), by=_person(facts, say))


def _left(facts: Facts, say: Voice) -> str:
    with_flags = N_(
        "the store was disconnected: %(put_back)s flags were put back, %(not_put_back)s could not be,"
        " %(webhooks)s webhooks were taken away."
    )
    without = N_("the store was disconnected: %(webhooks)s webhooks were taken away.")
    counts = {name: facts.get(name, 0) for name in ("put_back", "not_put_back", "webhooks")}
    said = say(with_flags if facts["asked"] else without, **counts)
    if not facts["by_hand"]:
        return said
    # Versions before wrote down a list of them.
    what = " ".join(facts["by_hand"]) if isinstance(facts["by_hand"], list) else heard(facts, "by_hand", say)
    by_hand = say(N_("Left to do by hand: %(what)s"), what=what)
    return f"{said} {by_hand}"


INVITED = {
    True: N_("one person was invited to buy: %(available)s are left after everything owed (wave %(wave)s)."),
    False: N_("%(people)s people were invited to buy: %(available)s are left after everything owed (wave %(wave)s)."),
}


def _invited(facts: Facts, say: Voice) -> str:
    said = {name: facts[name] for name in ("people", "wave")}
    available = say(N_("units the shop does not count")) if facts["available"] is None else facts["available"]
    return say(INVITED[facts["people"] == 1], available=available, **said)


def _erased(facts: Facts, say: Voice) -> str:
    return say(N_("the %(by)s had what is held of a person on the restock lists erased."), by=_person(facts, say))


def _buyer_erased(facts: Facts, say: Voice) -> str:
    return say(N_("the %(by)s had what tells who the buyer is erased."), by=_person(facts, say))


SENTENCES: Mapping[str, Tell] = {
    "invited": _invited,
    "restock_erased": _erased,
    "erased": _buyer_erased,
    **AMENDMENT_SENTENCES,
    **MESSAGE_SENTENCES,
    **promise_sentences(reason),
    "allocated": _allocated,
    "decided": _decided,
    "pushed": _fields(N_("the shop took: %(fields)s."), "fields"),
    "refused": _simply(N_("the shop refused: %(why)s."), "why"),
    "announced": _announced,
    "told": told(_notice(N_("notice %(reference)s (%(kind)s) reached the shop."))),
    "not_told": not_told(_notice(N_("notice %(reference)s was refused by the shop: %(why)s."))),
    "not_judged": _simply(N_("it could not be judged by the rules of the law: %(why)s."), "why"),
    "set_aside": _simply(N_("it was set aside, and is tried again by itself: %(why)s."), "why"),
    "not_planned": _simply(N_("it could not be planned: %(why)s."), "why"),
    "unanswered": _fields(N_("the shop never said whether it took: %(fields)s."), "fields"),
    "override_found": _fields(N_("somebody changed it by hand (%(fields)s); we leave it alone."), "theirs"),
    "override_undone": _simply(N_("the hand-made change was taken back; we steer again.")),
    "override_released": _simply(N_("the owner gave it back to us.")),
    "supply_added": _supply(N_("supply %(supply)s was announced: %(received)s of %(units)s came, %(due)s.")),
    "supply_received": _supply(N_("supply %(supply)s arrived: %(received)s of %(units)s came, %(due)s.")),
    "supply_changed": _supply(N_("supply %(supply)s was changed: %(received)s of %(units)s came, %(due)s.")),
    "imported": _simply(
        N_("read for the first time: %(orders)s orders and %(products)s products."), "orders", "products"
    ),
    "reconciled": _simply(
        N_("read again: %(orders)s orders and %(products)s products, of which %(healed)s things were news."),
        "orders",
        "products",
        "healed",
    ),
    "webhooks_healed": _healed,
    "webhook_secret_changed": _simply(N_("the secret of %(webhooks)s webhooks at the shop was changed."), "webhooks"),
    "owner_must_act": _owner_must_act,
    "store_gone": _simply(N_("the shop removed this app; nothing more is read or written there.")),
    "connected": _connected,
    "steered": _steered,
    "leaving": _leaving,
    "left": _left,
    "paused": _paused,
    "resumed": _resumed,
    "tried_again": _simply(N_("what had stopped the store is tried again.")),
    "link_made": _simply(N_("the operator of this service made a link that signs in to the store.")),
    "operator_looked": _simply(N_("the operator of this service looked at the store's pages.")),
}
