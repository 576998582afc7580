"""What is wrong with a supply: a sentence for whoever typed it, and the fault itself for those who say it otherwise."""

from __future__ import annotations

from enum import Enum

MOST_UNITS = 10_000_000
LONGEST_REFERENCE = 200
LONGEST_SUPPLIER = 80
LONGEST_SKU = 500


class Fault(Enum):
    """The names in brackets are the ``facts`` that come with it."""

    UNITS = "units"  # (most)
    RECEIVED = "received"  # (most)
    BELOW_RECEIVED = "below received"  # (received, most)
    FAR = "far"  # (due)
    UNKNOWN_SKU = "unknown sku"  # (sku)
    AMBIGUOUS_SKU = "ambiguous sku"  # (sku, times)
    UNKNOWN_SUPPLIER = "unknown supplier"  # (supplier, near): ``near`` is what may have been meant, perhaps empty
    NO_SUPPLY = "no supply"  # (id)
    CLOSED = "closed"  # (id, received, units)
    UNREADABLE = "unreadable"  # (what): a text with characters that no person types, or too long
    NO_SKU = "no sku"
    NO_NUMBER = "no number"  # (given, most)
    NO_DATE = "no date"  # (given)
    BINARY = "binary"  # a spreadsheet's or another program's own format
    ENCODING = "encoding"  # (at): byte
    NO_HEADER = "no header"  # (says)
    NO_CSV = "no csv"  # (line, what)
    NO_ROWS = "no rows"
    LARGE = "large"  # (most): megabytes
    MANY_ROWS = "many rows"  # (most)


class SupplyError(Exception):
    """``str`` of it is the sentence."""

    def __init__(self, said: str, fault: Fault, **facts: object) -> None:
        super().__init__(said)
        self.fault = fault
        self.facts = facts
