"""Supplies as people send them: a CSV file in whatever way their spreadsheet writes it."""

from __future__ import annotations

import csv
import io
import unicodedata
from dataclasses import dataclass
from datetime import date
from itertools import islice

from connector.services.supply_errors import (
    LONGEST_REFERENCE,
    LONGEST_SKU,
    LONGEST_SUPPLIER,
    MOST_UNITS,
    Fault,
    SupplyError,
)

COLUMNS = ("sku", "quantity", "due", "reference", "supplier")
_OFFICE = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")
"""How spreadsheets of both kinds and PDF files begin."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an import: either what it would add, or what is wrong with it.

    ``supplier``: by whose lead time it is due where ``due`` says nothing.
    """

    number: int
    sku: str
    units: int = 0
    due: date | None = None
    reference: str = ""
    wrong: SupplyError | None = None
    supplier: str = ""

    @property
    def problem(self) -> str:
        return "" if self.wrong is None else str(self.wrong)


def decoded(content: bytes) -> tuple[str, bool]:
    """The text of a file, and whether its encoding was guessed.

    UTF-8, UTF-16 where the file says so, and else the Windows encoding of western Europe, in which Excel there saves
    its CSV files: that fits nearly any bytes, so whoever sent it should look at it.
    """
    if content.startswith(_OFFICE):
        raise _binary()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-16"), False
        except UnicodeDecodeError as error:
            raise _encoding(error.start) from error
    if b"\0" in content:
        raise _binary()
    try:
        return content.decode("utf-8-sig"), False
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252"), True
    except UnicodeDecodeError as error:
        raise _encoding(error.start) from error


def read_csv(text: str, most: int | None = None) -> list[Row]:
    """Read an import: a header with ``sku`` and ``quantity``, and perhaps ``due`` (ISO date), ``reference`` and
    ``supplier``.

    The columns stand apart by commas, or by what the header has most of: spreadsheets save semicolons in countries
    that write decimals with a comma.  ``most``: a file with more rows is refused, before they all are read.
    """
    if "\0" in text:
        raise _binary()
    text = text.removeprefix("\ufeff")
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    reader = csv.DictReader(io.StringIO(text), strict=True, delimiter=delimiter)
    try:
        header = [name.strip().lower() for name in reader.fieldnames or ()]
        if not {"sku", "quantity"} <= set(header):
            raise _no_header(header)
        reader.fieldnames = header
        rows = [_row(reader.line_num, cells) for cells in islice(reader, None if most is None else most + 1)]
    except csv.Error as error:
        line = reader.reader.line_num
        raise SupplyError(f"Line {line} is no CSV: {error}.", Fault.NO_CSV, line=line, what=str(error)) from error
    if not rows:
        said = "The file names its columns and holds no rows; there is nothing to announce."
        raise SupplyError(said, Fault.NO_ROWS)
    if most is not None and len(rows) > most:
        raise SupplyError(f"The file holds more than {most} rows; split it.", Fault.MANY_ROWS, most=most)
    return rows


def _row(number: int, cells: dict[str, str | None]) -> Row:
    sku, reference = _cell(cells, "sku"), " ".join(_cell(cells, "reference").split())
    supplier = _cell(cells, "supplier")
    if not sku:
        return Row(number, sku, wrong=SupplyError("has no SKU", Fault.NO_SKU))
    try:
        typed(sku, "sku", LONGEST_SKU)
        typed(reference, "reference", LONGEST_REFERENCE)
        typed(supplier, "supplier", LONGEST_SUPPLIER)
        units, due = units_of(_cell(cells, "quantity")), day_of(_cell(cells, "due"))
        return Row(number, sku, units, due, reference, supplier=supplier)
    except SupplyError as error:
        return Row(number, sku, wrong=error)


def units_of(text: str) -> int:
    """A quantity as it was typed."""
    digits = text.lstrip("0")
    if not (text.isascii() and text.isdigit()) or not 0 < int(digits[:12] or 0) <= MOST_UNITS:
        said = f"quantity {text[:20]!r} is not a whole number between 1 and {MOST_UNITS}"
        raise SupplyError(said, Fault.NO_NUMBER, given=text[:20], most=MOST_UNITS)
    return int(digits)


def day_of(text: str) -> date | None:
    """A date as it was typed; None where none was."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        said = f"due {text[:20]!r} is not a date like 2026-12-05"
        raise SupplyError(said, Fault.NO_DATE, given=text[:20]) from None


def typed(text: str, what: str, longest: int) -> str:
    """Refuse what no keyboard types: some of it no database keeps as text, and no page shows it."""
    if len(text) > longest or any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in text):
        said = f"{what} is too long (at most {longest} characters) or holds characters that cannot be shown"
        raise SupplyError(said, Fault.UNREADABLE, what=what, most=longest)
    return text


def _cell(cells: dict[str, str | None], name: str) -> str:
    return (cells.get(name) or "").strip()


def _binary() -> SupplyError:
    said = "The file holds NUL characters, as a spreadsheet's own formats do; save it as 'CSV UTF-8'."
    return SupplyError(said, Fault.BINARY)


def _encoding(at: int) -> SupplyError:
    return SupplyError(f"The file is no text (byte {at}); save it as 'CSV UTF-8'.", Fault.ENCODING, at=at)


def _no_header(header: list[str]) -> SupplyError:
    says = f"it says {', '.join(header)}" if any(header) else "it is empty"
    said = f"The first line must name the columns {', '.join(COLUMNS)}; {says}."
    return SupplyError(said, Fault.NO_HEADER, says=", ".join(header)[:200])
