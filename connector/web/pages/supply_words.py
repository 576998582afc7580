"""What is wrong with a supply, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from connector.services.supply_errors import Fault, SupplyError
from connector.web.languages import day, number
from connector.web.words import N_, Later


def supply_problem(error: SupplyError) -> str:
    """The sentence of a fault; what has none of its own here is said in the service's words."""
    said = SAID.get(_of(error))
    return str(error) if said is None else str(said) % {name: _shown(fact) for name, fact in error.facts.items()}


def _of(error: SupplyError) -> Fault | str:
    match error.fault:
        case Fault.UNREADABLE:
            return f"unreadable {error.facts['what']}"
        case Fault.NO_NUMBER if not error.facts["given"]:
            return Fault.UNITS
        case Fault.NO_HEADER if not error.facts["says"]:
            return "empty"
        case fault:
            return fault


def _shown(fact: object) -> str:
    if isinstance(fact, date):
        return day(fact)
    return number(fact) if isinstance(fact, int) else str(fact)


SAID: Mapping[Fault | str, Later] = {
    Fault.UNITS: N_("The quantity must be a whole number between 1 and %(most)s."),
    Fault.RECEIVED: N_("Type how many units came: a whole number between 1 and %(most)s."),
    Fault.BELOW_RECEIVED: N_(
        "%(received)s units of it have come already: the quantity must be above that, and at most %(most)s. "
        "If no more will come, close the supply."
    ),
    Fault.FAR: N_("%(due)s is more than ten years away. Leave the date out if nobody knows it."),
    Fault.UNKNOWN_SKU: N_("No product of your store has the SKU “%(sku)s”."),
    Fault.AMBIGUOUS_SKU: N_(
        "Your store uses the SKU “%(sku)s” for %(times)s products with stocks of their own. Say which of them is meant."
    ),
    Fault.UNKNOWN_SUPPLIER: N_("Your settings name no supplier “%(supplier)s”."),
    Fault.NO_SUPPLY: N_("There is no supply %(id)s any more."),
    Fault.CLOSED: N_("Supply %(id)s is closed already: %(received)s of %(units)s units came. Nothing was changed."),
    "unreadable sku": N_("The SKU is longer than %(most)s characters or holds some that cannot be shown."),
    "unreadable reference": N_("The reference is longer than %(most)s characters or holds some that cannot be shown."),
    Fault.NO_SKU: N_("The SKU is missing."),
    Fault.NO_NUMBER: N_("The quantity “%(given)s” is not a whole number between 1 and %(most)s."),
    Fault.NO_DATE: N_("“%(given)s” is not a date like 2026-12-05 (year, month, day)."),
    Fault.BINARY: N_(
        "This is no text but another program's own format. Save it as “CSV UTF-8” in your spreadsheet and send that "
        "file."
    ),
    Fault.ENCODING: N_(
        "This is no text that can be read (byte %(at)s). Save it as “CSV UTF-8” in your spreadsheet and send that file."
    ),
    Fault.NO_HEADER: N_(
        "The first line must name the columns sku and quantity, and may name due and reference. It says: %(says)s."
    ),
    "empty": N_(
        "There is nothing in it. The first line must name the columns: sku, quantity, due, reference, supplier."
    ),
    Fault.NO_CSV: N_("Line %(line)s is no CSV (%(what)s). Look there for a quotation mark without its partner."),
    Fault.NO_ROWS: N_("It names its columns and holds no rows, so there is nothing to announce."),
    Fault.LARGE: N_("It is larger than %(most)s MB. Split it and send the parts."),
    Fault.MANY_ROWS: N_("It holds more than %(most)s rows. Split it and send the parts."),
}
