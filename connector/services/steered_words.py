"""An owner's choices as a person would say them: for the journal, in its reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connector.services.sentences import N_, Voice

LONGEST = 200
"""Characters of one text that are shown."""

MODES = {
    "never": N_("never sell beyond the stock"),
    "always": N_("sell beyond the stock without limit"),
    "while_incoming": N_("sell what is on its way"),
}
UP_TO = N_("owe up to %(units)s units")
LEAD = N_("%(policy)s, %(days)s days where no supply gives a date")
CRITERIA = {"sku": N_("SKU %(what)s"), "category": N_("category %(what)s"), "tag": N_("tag %(what)s")}
SHOP = {
    "push": N_("writing to the shop"),
    "timezone": N_("time zone"),
    "language": N_("language"),
    "notices": N_("notices"),
}
PROMISE = {
    "dates.calendar": N_("calendar of holidays"),
    "dates.working_days": N_("working days"),
    "dates.handling_days": N_("working days until a parcel leaves"),
    "dates.transit_days": N_("days on the way"),
    "suppliers": N_("suppliers' days"),
    "law.packs": N_("laws that are acted on"),
    "law.seller": N_("your own country"),
    "law.cancel": N_("what the law wants cancelled"),
    "law.remind_days": N_("days before a reminder"),
    "shopper.page": N_("the shopper's page"),
    "shopper.cancel": N_("shoppers may cancel"),
    "shopper.cancel_until": N_("shoppers may cancel until"),
    "shopper.fee": N_("what cancelling costs"),
    "shopper.alternatives": N_("offering something else"),
    "shopper.choose_shipping": N_("choosing between one parcel and several"),
    "shopper.together": N_("sending an order together"),
    "shopper.link_days": N_("days that a link works"),
    "channels": N_("how shoppers are reached"),
    "quiet.start": N_("quiet hours begin"),
    "quiet.end": N_("quiet hours end"),
    "mail.sender": N_("mails are from"),
    "mail.reply_to": N_("answers go to"),
    "mail.address": N_("postal address in mails"),
    "mail.owner": N_("the owner's address"),
    "restock.form": N_("the restock list"),
    "restock.factor": N_("people invited for each unit"),
    "restock.claim_hours": N_("hours of an invitation"),
    "restock.forget_days": N_("days until an unconfirmed address is forgotten"),
    "restock.most_units": N_("the most units one person can ask for"),
    "origins": N_("web sites that may read the availability"),
}
"""By the setting's path."""
SWITCH = {True: N_("on"), False: N_("off")}


def changes(
    section: str, was: Mapping[str, Any], becomes: Mapping[str, Any], say: Voice
) -> Sequence[tuple[str, str, str]]:
    """What differs, how it was and how it is; empty where nothing was or is chosen."""
    tell = WORDS.get(section)
    if tell is None:
        return ()
    before, after = tell(was, say), tell(becomes, say)
    topics = [*after, *(one for one in before if one not in after)]
    return [
        (topic, before.get(topic, "")[:LONGEST], after.get(topic, "")[:LONGEST])
        for topic in topics
        if before.get(topic) != after.get(topic)
    ]


def policy_words(policy: Mapping[str, Any], say: Voice) -> str:
    mode = str(policy.get("mode", "while_incoming"))
    said = say(UP_TO, units=policy.get("units", 0)) if mode == "up_to" else say(MODES.get(mode, mode))
    first, days = policy.get("lead_days_from"), policy.get("lead_days")
    days = days if first is None else f"{first}-{days}"
    return said if days is None else say(LEAD, policy=said, days=days)


def _policy(value: Mapping[str, Any], say: Voice) -> dict[str, str]:
    policy = value.get("policy", {})
    said = {say(N_("the policy")): policy_words(policy, say)} if "policy" in value else {}
    rules = value.get("rules", ())
    if rules:
        # What a rule does not say is as the policy has it.
        told = (f"{_criterion(rule, say)}: {policy_words({**policy, **rule}, say)}" for rule in rules)
        said[say(N_("the rules"))] = "; ".join(told)
    return said


def _criterion(rule: Mapping[str, Any], say: Voice) -> str:
    return next((say(words, what=rule[kind]) for kind, words in CRITERIA.items() if rule.get(kind)), "")


def _texts(value: Mapping[str, Any], say: Voice) -> dict[str, str]:
    return {
        say(N_("the text %(name)s (%(language)s)"), name=name, language=language): str(text)
        for language, texts in value.get("messages", {}).items()
        for name, text in texts.items()
        if text
    }


def _shop(value: Mapping[str, Any], say: Voice) -> dict[str, str]:
    return {say(name): _plain(value[key], say) for key, name in SHOP.items() if key in value}


def _promise(value: Mapping[str, Any], say: Voice) -> dict[str, str]:
    said: dict[str, str] = {}
    for path, name in PROMISE.items():
        table, _, key = path.partition(".")
        held = value.get(table)
        if key and isinstance(held, Mapping) and key in held:
            said[say(name)] = _plain(held[key], say)
        elif not key and held is not None:
            said[say(name)] = _suppliers(held) if isinstance(held, Mapping) else _plain(held, say)
    return said


def _suppliers(held: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {one.get('lead_days', '')}" for name, one in held.items())


def _plain(value: object, say: Voice) -> str:
    if isinstance(value, bool):
        return say(SWITCH[value])
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(str, value)) or say(N_("none"))
    return str(value)


WORDS: Mapping[str, Callable[[Mapping[str, Any], Voice], dict[str, str]]] = {
    "policy": _policy,
    "texts": _texts,
    "shop": _shop,
    "promise": _promise,
}
