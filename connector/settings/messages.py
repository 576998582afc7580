"""The owner's own texts, by language: ``[stores.messages.en]``.  An empty one means the text we ship."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from string import Formatter

from pydantic import ValidationInfo, field_validator

from connector.settings.base import Frozen

_NOTE = frozenset({"order", "lines"})
# A place that has nothing to stand in it would be shown to a shopper as a hole.
PLACES: Mapping[str, frozenset[str]] = {
    "backorder_dated": frozenset({"date"}),
    "backorder_open": frozenset(),
    "in_stock": frozenset(),
    "sold_out": frozenset(),
    "note_waiting_dated": _NOTE | {"date"},
    "note_waiting_open": _NOTE,
    "note_changed": _NOTE | {"date"},
    "note_ready": _NOTE,
}


class StrangePlace(ValueError):  # noqa: N818 -- it says what is wrong
    """A text has a place that nothing stands in."""

    def __init__(self, place: str, allowed: Collection[str]) -> None:
        self.place = place
        self.allowed = sorted(allowed)
        shown = ", ".join(f"{{{one}}}" for one in self.allowed) or "no place in braces"
        super().__init__(f"holds {{{place}}}: allowed here: {shown}; write a brace itself twice")


class LooseBrace(ValueError):  # noqa: N818 -- as above
    """A text has a brace without its partner."""


class MessageTexts(Frozen):
    """The first four stand beside a variant, the ``note_*`` go to the shopper of an order."""

    backorder_dated: str = ""
    backorder_open: str = ""
    in_stock: str = ""
    sold_out: str = ""
    note_waiting_dated: str = ""
    note_waiting_open: str = ""
    note_changed: str = ""
    note_ready: str = ""

    @field_validator("*")
    @classmethod
    def _places_are_known(cls, text: str, info: ValidationInfo) -> str:
        allowed = PLACES[info.field_name or ""]
        for place in _places(text):
            if place not in allowed:
                raise StrangePlace(place, allowed)
        return text


def _places(text: str) -> list[str]:
    """What stands in braces, with everything that ``str.format`` would take after the name."""
    try:
        parsed = list(Formatter().parse(text))
    except ValueError as error:
        raise LooseBrace(f"has a brace too many ({error}); write a brace itself twice") from None
    return [
        name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
        for _, name, spec, conversion in parsed
        if name is not None
    ]
