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
    days = policy.get("lead_days")
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
}
