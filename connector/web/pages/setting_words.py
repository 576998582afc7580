"""What is wrong with a setting, in the reader's language; a sentence of a library's own is passed on as it is."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from connector.settings.messages import LooseBrace, StrangePlace
from connector.settings.stores import UnitsMissing
from connector.web.languages import number
from connector.web.words import N_, Later, _

WHOLE = N_("Type a whole number.")
SAID: Mapping[str, Later] = {
    "enum": N_("Choose one of these."),
    "int_parsing": WHOLE,
    "int_parsing_size": WHOLE,
    "int_from_float": WHOLE,
    "int_type": WHOLE,
    "less_than_equal": N_("At most %(le)s."),
    "greater_than_equal": N_("At least %(ge)s."),
}
"""By pydantic's name of the fault."""


def setting_problems(error: ValidationError) -> dict[str, str]:
    """What is wrong, by field."""
    return {_field(one): _said(one) for one in error.errors(include_url=False)}


def _field(detail: ErrorDetails) -> str:
    if isinstance(_cause(detail), UnitsMissing):
        return "units"
    return str(detail["loc"][0]) if detail["loc"] else ""


def _cause(detail: ErrorDetails) -> object:
    return detail.get("ctx", {}).get("error")


def _said(detail: ErrorDetails) -> str:
    match _cause(detail):
        case UnitsMissing():
            return _("Say how many units may be owed: 1 or more.")
        case LooseBrace():
            return _("There is a brace without its partner. Write a brace that shall be read as one twice: {{.")
        case StrangePlace(place=place, allowed=allowed):
            return _place(place, allowed)
    said = SAID.get(detail["type"])
    context = {key: number(value) for key, value in detail.get("ctx", {}).items() if isinstance(value, int)}
    return detail["msg"] if said is None else str(said) % context


def _place(place: str, allowed: list[str]) -> str:
    shown = ", ".join(f"{{{one}}}" for one in allowed)
    given = f"{{{place[:40]}}}"
    if shown:
        return _("Nothing can stand in %(place)s. What can: %(allowed)s.", place=given, allowed=shown)
    return _("Nothing can stand in %(place)s: this text has no places.", place=given)
