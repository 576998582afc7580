"""A store's policy and its rules as a form: read, moved about, understood and written out again."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pydantic import ValidationError

from connector.settings.stores import PolicySettings, RuleSettings, StoreSettings
from connector.web.languages import number
from connector.web.pages.setting_words import setting_problems
from connector.web.words import _

KINDS = ("sku", "category", "tag")
MOST_RULES = 200
LONGEST_MATCH = 200
LONGEST_FIELD = 20


class TooManyRules(Exception):  # noqa: N818 -- it says what is wrong
    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


@dataclass(frozen=True, slots=True)
class Terms:
    """When something may be sold beyond the stock, as it was typed."""

    mode: str
    units: str
    lead_days: str


@dataclass(frozen=True, slots=True)
class RuleRow:
    kind: str
    match: str
    terms: Terms


@dataclass(frozen=True, slots=True)
class PolicyForm:
    terms: Terms
    rules: tuple[RuleRow, ...]


@dataclass(frozen=True, slots=True)
class Understood:
    """``wrong`` by the name of the field; what the form means can be had where that is empty."""

    policy: PolicySettings
    rules: tuple[RuleSettings, ...]
    wrong: Mapping[str, str]

    def value(self) -> dict[str, object]:
        """As the section ``policy`` is kept.  A rule says everything itself: a new policy moves no exception to it."""
        return {"policy": _plain(self.policy), "rules": [_plain(rule) for rule in self.rules]}


def form_of(settings: StoreSettings) -> PolicyForm:
    return PolicyForm(_terms_of(settings.policy), tuple(_row_of(rule) for rule in settings.rules))


def _row_of(rule: RuleSettings) -> RuleRow:
    kind, match = next((kind, text) for kind in KINDS if (text := getattr(rule, kind)))
    return RuleRow(kind, match, _terms_of(rule))


def _terms_of(policy: PolicySettings) -> Terms:
    days = "" if policy.lead_days is None else str(policy.lead_days)
    if policy.lead_days_from is not None:
        days = f"{policy.lead_days_from}-{days}"
    return Terms(policy.mode.value, str(policy.units or ""), days)


def form_in(fields: Mapping[str, str]) -> PolicyForm:
    """What a browser sent; whatever is missing is empty.  Raises ``TooManyRules``."""
    count = sum(1 for name in fields if name.startswith("rule-") and name.endswith("-match"))
    if count > MOST_RULES:
        raise TooManyRules(count)
    rows = tuple(_row_in(fields, f"rule-{at}-") for at in range(1, MOST_RULES + 1) if f"rule-{at}-match" in fields)
    return PolicyForm(_terms_in(fields, ""), rows)


def _row_in(fields: Mapping[str, str], prefix: str) -> RuleRow:
    kind = fields.get(f"{prefix}kind", "")
    match = fields.get(f"{prefix}match", "").strip()[: LONGEST_MATCH + 1]
    return RuleRow(kind if kind in KINDS else KINDS[0], match, _terms_in(fields, prefix))


def _terms_in(fields: Mapping[str, str], prefix: str) -> Terms:
    mode, units, days = (fields.get(f"{prefix}{name}", "")[: LONGEST_FIELD + 1].strip() for name in TERMS)
    return Terms(mode, units, days)


TERMS = ("mode", "units", "lead_days")


def fields_of(form: PolicyForm) -> list[tuple[str, str]]:
    """The form as hidden fields, so that what was previewed is what is saved."""
    fields = _fields_of(form.terms, "")
    for at, row in enumerate(form.rules, start=1):
        prefix = f"rule-{at}-"
        fields += [(f"{prefix}kind", row.kind), (f"{prefix}match", row.match), *_fields_of(row.terms, prefix)]
    return fields


def _fields_of(terms: Terms, prefix: str) -> list[tuple[str, str]]:
    return [(f"{prefix}{name}", getattr(terms, name)) for name in TERMS]


def edited(form: PolicyForm, do: str) -> PolicyForm:
    """``add``, ``up-3``, ``down-3``, ``drop-3``, with rules counted from 1; anything else does nothing."""
    rules = list(form.rules)
    what, _dash, position = do.partition("-")
    if what == "add" and len(rules) < MOST_RULES:
        rules.append(RuleRow(KINDS[0], "", form.terms))
        return replace(form, rules=tuple(rules))
    at = int(position) - 1 if position.isascii() and position.isdigit() and len(position) < LONGEST_FIELD else -1
    if not 0 <= at < len(rules):
        return form
    row = rules.pop(at)
    if what == "up":
        rules.insert(max(0, at - 1), row)
    elif what == "down":
        rules.insert(at + 1, row)
    elif what != "drop":
        return form
    return replace(form, rules=tuple(rules))


def understood(form: PolicyForm) -> Understood:
    """Judge everything at once, so that all that is wrong can be said."""
    wrong: dict[str, str] = {}
    policy = PolicySettings()
    try:
        policy = PolicySettings.model_validate(_given(form.terms))
    except ValidationError as error:
        wrong |= setting_problems(error)
    rules: list[RuleSettings] = []
    for at, row in enumerate(form.rules, start=1):
        unfit = _unfit(row.match)
        if unfit:
            wrong[f"rule-{at}-match"] = unfit
        try:
            # A name that cannot be used must not hide what else is wrong with the rule.
            rules.append(RuleSettings.model_validate({row.kind: "?" if unfit else row.match, **_given(row.terms)}))
        except ValidationError as error:
            wrong |= {f"rule-{at}-{field}": said for field, said in setting_problems(error).items()}
    return Understood(policy, tuple(rules), wrong)


def _given(terms: Terms) -> dict[str, object]:
    return {"mode": terms.mode, "units": terms.units or "0", **_days(terms.lead_days)}


def _days(text: str) -> dict[str, object]:
    """``14``, or a range as ``10-14``; what is neither is left as it is, for the check to say so."""
    first, dash, last = (part.strip() for part in text.replace("\N{EN DASH}", "-").partition("-"))
    if dash and first.isdecimal() and last.isdecimal() and int(first) <= int(last):
        return {"lead_days_from": first, "lead_days": last}
    return {"lead_days": text or None}


def _unfit(match: str) -> str:
    if not match:
        return _("Say which products the rule is for, or delete it.")
    if len(match) > LONGEST_MATCH:
        return _("It is too long: at most %(most)s characters.", most=number(LONGEST_MATCH))
    if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in match):
        return _("It holds characters that cannot be shown. Type it anew instead of pasting it.")
    return ""


def _plain(policy: PolicySettings) -> dict[str, object]:
    return {key: value for key, value in policy.model_dump(mode="json").items() if value != ""}
