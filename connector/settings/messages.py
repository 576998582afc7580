"""The owner's own texts, by language: ``[stores.messages.en]``.  An empty one means the text we ship."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from string import Formatter

from pydantic import ValidationInfo, field_validator

from connector.settings.base import Frozen

_NOTE = frozenset({"order", "lines"})
_SUBJECT = frozenset({"order", "items", "shop"})
_MAIL = frozenset({"order", "items", "lines", "shop"})
_RESTOCK = frozenset({"title", "shop"})
# A place that has nothing to stand in it would be shown to a shopper as a hole.
PLACES: Mapping[str, frozenset[str]] = {
    "backorder_dated": frozenset({"date"}),
    "backorder_range": frozenset({"from", "date"}),
    "backorder_open": frozenset(),
    "in_stock": frozenset(),
    "sold_out": frozenset(),
    "note_waiting_dated": _NOTE | {"date"},
    "note_waiting_open": _NOTE,
    "note_changed": _NOTE | {"date"},
    "note_ready": _NOTE,
    "mail_confirmed_subject": _SUBJECT,
    "mail_confirmed": _MAIL,
    "mail_earlier_subject": _SUBJECT,
    "mail_earlier": _MAIL,
    "mail_later_subject": _SUBJECT,
    "mail_later": _MAIL,
    "mail_option_subject": _SUBJECT,
    "mail_option": _MAIL,
    "mail_ready_subject": _SUBJECT,
    "mail_ready": _MAIL,
    "mail_restock_subject": _RESTOCK,
    "mail_restock": _RESTOCK,
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
    """The first five stand beside a variant, the ``note_*`` go to the shopper of an order by the shop's own means, and
    with the ``mail_*`` our own messages begin: what the law wants of them comes after, and nobody can take it away.
    """

    backorder_dated: str = ""
    backorder_range: str = ""
    backorder_open: str = ""
    in_stock: str = ""
    sold_out: str = ""
    note_waiting_dated: str = ""
    note_waiting_open: str = ""
    note_changed: str = ""
    note_ready: str = ""
    mail_confirmed_subject: str = ""
    mail_confirmed: str = ""
    mail_earlier_subject: str = ""
    mail_earlier: str = ""
    mail_later_subject: str = ""
    mail_later: str = ""
    mail_option_subject: str = ""
    mail_option: str = ""
    mail_ready_subject: str = ""
    mail_ready: str = ""
    mail_restock_subject: str = ""
    mail_restock: str = ""

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
