"""What is on its way: typed by hand or read from a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache, partial

from connector.domain.journal import Entry
from connector.ports.records import SupplyRecord, VariantRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext

COLUMNS = ("sku", "quantity", "due", "reference")
MOST_UNITS = 10_000_000
FURTHEST = timedelta(days=3650)


class SupplyError(Exception):
    """What is wrong with a supply, as a sentence for the person who typed it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an import: either what it would add, or what is wrong with it."""

    number: int
    sku: str
    units: int = 0
    due: date | None = None
    reference: str = ""
    problem: str = ""


def add_supply(store: StoreContext, sku: str, units: int, due: date | None, reference: str = "") -> SupplyRecord:
    with store.work() as uow:
        (record,) = _add(store, uow, [Row(1, sku, units, due, reference)])
        uow.commit()
    return record


def _add(store: StoreContext, uow: UnitOfWork, rows: Iterable[Row]) -> list[SupplyRecord]:
    """A file of ten thousand rows names few variants: each is looked up once, and told of once for all."""
    find = cache(partial(find_variant, uow, store.key))
    today, now = store.today(), store.clock()
    added: list[SupplyRecord] = []
    for row in rows:
        if not 0 < row.units <= MOST_UNITS:
            raise SupplyError(f"The quantity must be between 1 and {MOST_UNITS}, not {row.units}.")
        _refuse_far(row.due, today)
        draft = SupplyRecord(0, find(row.sku).pool_id, row.sku, row.units, 0, row.due, row.reference, now)
        added.append(replace(draft, id=uow.supplies.add(store.key, draft)))
    _news(store, uow, added, "supply_added")
    return added


def receive_supply(store: StoreContext, supply_id: int, units: int | None, *, last: bool = False) -> SupplyRecord:
    """Goods came: ``units`` of them, None for all that were missing; ``last``: no more will come of this supply.

    This tells us what no longer to expect.  The stock number itself is the platform's: it rises there when the goods
    are booked, and we hear of it.
    """
    with store.work() as uow:
        supply = uow.supplies.get(store.key, supply_id)
        if supply is None:
            raise SupplyError(f"There is no supply {supply_id}; `backorder supply list` shows them.")
        if supply.closed:
            raise SupplyError(f"Supply {supply_id} is closed already: {supply.received} of {supply.units} came.")
        came = supply.incoming if units is None else units
        if came < 0 or (came == 0 and not last) or came > MOST_UNITS:
            raise SupplyError(f"The number of units received must be above zero and at most {MOST_UNITS}.")
        received = supply.received + came
        supply = replace(supply, received=received, closed=last or received >= supply.units)
        uow.supplies.save(store.key, supply)
        _news(store, uow, [supply], "supply_received")
        uow.commit()
    return supply


def change_supply(store: StoreContext, supply_id: int, *, due: date | None, units: int | None = None) -> SupplyRecord:
    """A supply slips or comes early, or the supplier confirms another quantity."""
    with store.work() as uow:
        supply = uow.supplies.get(store.key, supply_id)
        if supply is None or supply.closed:
            raise SupplyError(f"There is no open supply {supply_id}; `backorder supply list` shows them.")
        if units is not None and not supply.received < units <= MOST_UNITS:
            raise SupplyError(f"The quantity must be above the {supply.received} received and at most {MOST_UNITS}.")
        _refuse_far(due, store.today())
        supply = replace(supply, due=due, units=units or supply.units)
        uow.supplies.save(store.key, supply)
        _news(store, uow, [supply], "supply_changed")
        uow.commit()
    return supply


def _refuse_far(due: date | None, today: date) -> None:
    """Some write 9999-12-31 for "unknown", and a wrong digit is soon typed: no shopper is to be promised either."""
    if due is not None and due - today > FURTHEST:
        raise SupplyError(f"{due.isoformat()} is more than ten years away; leave the date out if nobody knows it.")


def _news(store: StoreContext, uow: UnitOfWork, supplies: Sequence[SupplyRecord], kind: str) -> None:
    now = store.clock()
    pools = {supply.pool_id for supply in supplies}
    drawing: dict[str, list[str]] = {pool: [] for pool in pools}
    for variant in uow.catalogue.of_pools(store.key, pools):
        drawing[variant.pool_id].append(variant.id)
    told = ((supply, variant) for supply in supplies for variant in drawing[supply.pool_id])
    uow.journal.append(store.key, [Entry(now, kind, variant, facts=_facts(supply)) for supply, variant in told])
    # Dates may have moved, so people may have to be told: that wants a confirmed plan, like any other news.
    uow.pools.touch(store.key, pools, now)


def _facts(supply: SupplyRecord) -> dict[str, object]:
    return {
        "supply": supply.id,
        "units": supply.units,
        "received": supply.received,
        "due": supply.due.isoformat() if supply.due else None,
        "reference": supply.reference,
    }


def find_variant(uow: UnitOfWork, store: str, sku: str) -> VariantRecord:
    """The one variant with this SKU, or with this platform id where a SKU is not enough (``id:123``)."""
    if sku.startswith("id:"):
        found: Sequence[VariantRecord] = [
            one for one in uow.catalogue.get(store, [sku.removeprefix("id:")]).values() if not one.gone
        ]
    else:
        found = uow.catalogue.by_sku(store, sku)
    pools = {one.pool_id for one in found}
    if not found:
        raise SupplyError(f"No variant of store {store} has the SKU {sku!r}; `backorder status {store}` lists them.")
    if len(pools) > 1:
        ids = ", ".join(f"id:{one.id} ({one.title})" for one in found)
        raise SupplyError(f"The SKU {sku!r} is used {len(pools)} times: {ids}. Name one of them by its id.")
    return found[0]


def open_supplies(store: StoreContext) -> Sequence[SupplyRecord]:
    with store.work(read_only=True) as uow:
        return uow.supplies.open(store.key)


def read_csv(text: str) -> list[Row]:
    """Read an import: a header with ``sku`` and ``quantity``, and perhaps ``due`` (ISO date) and ``reference``.

    The columns stand apart by commas, or by what the header has most of: spreadsheets save semicolons in countries
    that write decimals with a comma.
    """
    if "\0" in text:
        raise SupplyError("The file holds NUL characters, as a spreadsheet's own formats do; save it as 'CSV UTF-8'.")
    text = text.removeprefix("\ufeff")
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    reader = csv.DictReader(io.StringIO(text), strict=True, delimiter=delimiter)
    try:
        header = [name.strip().lower() for name in reader.fieldnames or ()]
        if not {"sku", "quantity"} <= set(header):
            says = f"it says {', '.join(header)}" if any(header) else "it is empty"
            raise SupplyError(f"The first line must name the columns {', '.join(COLUMNS)}; {says}.")
        reader.fieldnames = header
        rows = [_row(reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        raise SupplyError(f"Line {reader.reader.line_num} is no CSV: {error}.") from error
    if not rows:
        raise SupplyError("The file names its columns and holds no rows; there is nothing to announce.")
    return rows


def _row(number: int, cells: dict[str, str | None]) -> Row:
    sku = (cells.get("sku") or "").strip()
    reference = (cells.get("reference") or "").strip()
    if not sku:
        return Row(number, sku, problem="has no SKU")
    quantity = (cells.get("quantity") or "").strip()
    digits = quantity.lstrip("0")
    if not (quantity.isascii() and quantity.isdigit()) or not 0 < int(digits[:12] or 0) <= MOST_UNITS:
        return Row(number, sku, problem=f"quantity {quantity[:20]!r} is not a whole number between 1 and {MOST_UNITS}")
    due = (cells.get("due") or "").strip()
    try:
        day = date.fromisoformat(due) if due else None
    except ValueError:
        return Row(number, sku, problem=f"due {due[:20]!r} is not a date like 2026-12-05")
    return Row(number, sku, int(digits), day, reference)


def check_rows(store: StoreContext, rows: Iterable[Row]) -> list[Row]:
    """Look every SKU up, so that a dry run says what the import would."""
    checked: list[Row] = []
    today = store.today()
    with store.work(read_only=True) as uow:
        find = cache(partial(find_variant, uow, store.key))
        for row in rows:
            problem = row.problem
            if not problem:
                try:
                    _refuse_far(row.due, today)
                    find(row.sku)
                except SupplyError as error:
                    problem = str(error)
            checked.append(replace(row, problem=problem))
    return checked


def import_rows(store: StoreContext, rows: Iterable[Row]) -> int:
    """Add them all in one transaction: an import happens whole or not at all."""
    with store.work() as uow:
        added = _add(store, uow, rows)
        uow.commit()
    return len(added)
