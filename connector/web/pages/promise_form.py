"""The form of what a store promises and how it keeps people informed: what was typed, read and put back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from connector.settings.promise import WEEKDAYS
from connector.settings.stores import StoreSettings

SECTION = "promise"
PACKS = ("us", "eu", "uk")
CHANNELS = ("email", "sms", "note")
LONGEST = 400
MOST_SUPPLIERS = 200
LONGEST_LIST = 20_000

Typed = MultiDict[str, str]


def _text(form: Typed, name: str) -> str:
    return form.get(name, "")[:LONGEST].strip()


def _flag(form: Typed, name: str) -> bool:
    return form.get(name) == "yes"


def _some(form: Typed, name: str, known: tuple[str, ...]) -> list[str]:
    """Those of the known ones that are ticked, in their order."""
    ticked = form.getlist(name)
    return [one for one in known if one in ticked]


def _either(form: Typed, name: str, known: tuple[str, ...]) -> str:
    given = form.get(name, "")
    return given if given in known else known[0]


READ: Mapping[str, Callable[[Typed, str], Any]] = {
    "dates.calendar": _text,
    "dates.handling_days": _text,
    "law.seller": lambda form, name: _text(form, name).upper(),
    "law.remind_days": _text,
    "shopper.page": _flag,
    "shopper.cancel": _flag,
    "shopper.fee": _text,
    "shopper.alternatives": _flag,
    "shopper.choose_shipping": _flag,
    "shopper.together": _flag,
    "shopper.link_days": _text,
    "quiet.start": _text,
    "quiet.end": _text,
    "mail.sender": _text,
    "mail.reply_to": _text,
    "mail.address": _text,
    "mail.owner": _text,
    "restock.form": _flag,
    "restock.factor": lambda form, name: _text(form, name).replace(",", "."),
    "restock.claim_hours": lambda form, name: _text(form, name).replace(",", "."),
    "restock.forget_days": _text,
    "restock.most_units": _text,
    "law.packs": lambda form, name: _some(form, name, PACKS),
    "law.cancel": lambda form, name: _either(form, name, ("ask_owner", "by_itself")),
    "shopper.cancel_until": lambda form, name: _either(form, name, ("shipped", "ready")),
    "dates.working_days": lambda form, name: _some(form, name, WEEKDAYS),
}
"""By the setting's path, which is also the field's name."""


def typed_in(form: Typed) -> dict[str, Any]:
    """The section as it was typed, unchecked, in the shape of ``[[stores]]``."""
    value: dict[str, Any] = {}
    for name, read in READ.items():
        table, _, key = name.partition(".")
        value.setdefault(table, {})[key] = read(form, name)
    value["dates"]["transit_days"] = [_text(form, "transit_least") or "0", _text(form, "transit_most") or "0"]
    value["suppliers"] = _suppliers(form.get("suppliers", "")[:LONGEST_LIST])
    # At least one way must stay, and the shop's own notes are always there.
    value["channels"] = _some(form, "channels", CHANNELS) or ["note"]
    value["origins"] = form.get("origins", "")[:LONGEST_LIST].split()
    return value


def _suppliers(text: str) -> dict[str, dict[str, str]]:
    """One a line: ``acme = 30``.  A line that says no number keeps what it says, for the check to point at."""
    lines = [line.strip() for line in text.splitlines() if line.strip()][:MOST_SUPPLIERS]
    parts = (line.rpartition("=") if "=" in line else (line, "", "") for line in lines)
    return {name.strip(): {"lead_days": days.strip()} for name, _, days in parts}


def section_of(settings: StoreSettings) -> dict[str, Any]:
    """What holds, in the shape that ``typed_in`` gives."""
    tables = ("dates", "suppliers", "law", "shopper", "quiet", "mail", "restock")
    plain = settings.model_dump(mode="json", include={*tables, "channels", "origins"})
    return dict(plain)
