"""What is on its way: typed by hand or read from a CSV file."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date, timedelta

from connector.domain.journal import Entry
from connector.ports.records import SupplyRecord, VariantRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext
from connector.services.sent_once import claim
from connector.services.supply_errors import MOST_UNITS, Fault, SupplyError
from connector.services.supply_file import Row

FURTHEST = timedelta(days=3650)
BY_ID = "id:"
"""Before the platform's id of a variant, where its SKU does not tell it from others."""


def add_supply(
    store: StoreContext,
    sku: str,
    units: int,
    due: date | None,
    reference: str = "",
    *,
    supplier: str = "",
    form: str = "",
) -> SupplyRecord:
    """``supplier``: by whose lead time it is due where ``due`` is None; ``form``: of which form this is the sending; a
    form acts once (``sent_once``), here and in the next ones.
    """
    with store.work() as uow:
        claim(store, uow, form)
        (record,) = _add(store, uow, [Row(1, sku, units, due, reference, supplier=supplier)])
        uow.commit()
    return record


def _add(store: StoreContext, uow: UnitOfWork, rows: Sequence[Row]) -> list[SupplyRecord]:
    """However many rows there are, their SKUs are looked up together and told of together."""
    find = _finder(uow, store.key, [row.sku for row in rows])
    today, now = store.today(), store.clock()
    drafts: list[SupplyRecord] = []
    for row in rows:
        if not 0 < row.units <= MOST_UNITS:
            said = f"The quantity must be between 1 and {MOST_UNITS}, not {row.units}."
            raise SupplyError(said, Fault.UNITS, most=MOST_UNITS)
        due = _due_of(store, row)
        _refuse_far(due, today)
        variant = find(row.sku)
        sku = (variant.sku or row.sku) if row.sku.startswith(BY_ID) else row.sku
        drafts.append(SupplyRecord(0, variant.pool_id, sku, row.units, 0, due, row.reference, now))
    ids = uow.supplies.add_all(store.key, drafts)
    added = [replace(draft, id=id_) for draft, id_ in zip(drafts, ids, strict=True)]
    _news(store, uow, added, "supply_added")
    return added


def _due_of(store: StoreContext, row: Row) -> date | None:
    """The day that was said, else what the supplier's lead time makes of today."""
    suppliers = store.rules.suppliers
    if not row.supplier:
        return row.due
    named = {name.casefold(): of for name, of in suppliers.items()}.get(row.supplier.casefold())
    if named is None:
        near = next(iter(difflib.get_close_matches(row.supplier, suppliers, n=1, cutoff=0.6)), "")
        hint = f"did you mean {near}?" if near else "its lead time stands under [stores.suppliers] in the settings."
        said = f"There is no supplier {row.supplier!r}: {hint}"
        raise SupplyError(said, Fault.UNKNOWN_SUPPLIER, supplier=row.supplier, near=near)
    return row.due or store.today() + timedelta(days=named.lead_days)


def receive_supply(
    store: StoreContext, supply_id: int, units: int | None, *, last: bool = False, form: str = ""
) -> SupplyRecord:
    """Goods came: ``units`` of them, None for all that were missing; ``last``: no more will come of this supply.

    This tells us what no longer to expect.  The stock number itself is the platform's: it rises there when the goods
    are booked, and we hear of it.
    """
    with store.work() as uow:
        claim(store, uow, form)
        supply = _held(store, uow, supply_id)
        if supply.closed:
            said = f"Supply {supply_id} is closed already: {supply.received} of {supply.units} came."
            raise SupplyError(said, Fault.CLOSED, id=supply_id, received=supply.received, units=supply.units)
        came = supply.incoming if units is None else units
        if came < 0 or (came == 0 and not last) or came > MOST_UNITS:
            said = f"The number of units received must be above zero and at most {MOST_UNITS}."
            raise SupplyError(said, Fault.RECEIVED, most=MOST_UNITS)
        received = supply.received + came
        supply = replace(supply, received=received, closed=last or received >= supply.units)
        uow.supplies.save(store.key, supply)
        _news(store, uow, [supply], "supply_received")
        uow.commit()
    return supply


def change_supply(
    store: StoreContext, supply_id: int, *, due: date | None, units: int | None = None, reference: str | None = None
) -> SupplyRecord:
    """A supply slips or comes early, or the supplier confirms another quantity."""
    with store.work() as uow:
        supply = _held(store, uow, supply_id)
        if supply.closed:
            said = f"There is no open supply {supply_id}; `backorder supply list` shows them."
            raise SupplyError(said, Fault.CLOSED, id=supply_id, received=supply.received, units=supply.units)
        if units is not None and not supply.received < units <= MOST_UNITS:
            said = f"The quantity must be above the {supply.received} received and at most {MOST_UNITS}."
            raise SupplyError(said, Fault.BELOW_RECEIVED, received=supply.received, most=MOST_UNITS)
        _refuse_far(due, store.today())
        named = supply.reference if reference is None else reference
        supply = replace(supply, due=due, units=units or supply.units, reference=named)
        uow.supplies.save(store.key, supply)
        _news(store, uow, [supply], "supply_changed")
        uow.commit()
    return supply


def _held(store: StoreContext, uow: UnitOfWork, supply_id: int) -> SupplyRecord:
    supply = uow.supplies.get(store.key, supply_id)
    if supply is None:
        said = f"There is no supply {supply_id}; `backorder supply list` shows them."
        raise SupplyError(said, Fault.NO_SUPPLY, id=supply_id)
    return supply


def _refuse_far(due: date | None, today: date) -> None:
    """Some write 9999-12-31 for "unknown", and a wrong digit is soon typed: no shopper is to be promised either."""
    if due is not None and due - today > FURTHEST:
        said = f"{due.isoformat()} is more than ten years away; leave the date out if nobody knows it."
        raise SupplyError(said, Fault.FAR, due=due)


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
    return _finder(uow, store, [sku])(sku)


def _finder(uow: UnitOfWork, store: str, skus: Collection[str]) -> Callable[[str], VariantRecord]:
    """``find_variant`` for any of these, which are looked up at once."""
    ids = {sku.removeprefix(BY_ID) for sku in skus if sku.startswith(BY_ID)}
    by_id = {f"{BY_ID}{id_}": [one] for id_, one in uow.catalogue.get(store, ids).items() if not one.gone}
    by_sku = uow.catalogue.by_skus(store, [sku for sku in skus if not sku.startswith(BY_ID)])

    def find(sku: str) -> VariantRecord:
        return _only(store, sku, by_id.get(sku, ()) if sku.startswith(BY_ID) else by_sku.get(sku, ()))

    return find


def _only(store: str, sku: str, found: Sequence[VariantRecord]) -> VariantRecord:
    pools = {one.pool_id for one in found}
    if not found:
        said = f"No variant of store {store} has the SKU {sku!r}; `backorder status {store}` lists them."
        raise SupplyError(said, Fault.UNKNOWN_SKU, sku=sku)
    if len(pools) > 1:
        ids = ", ".join(f"{BY_ID}{one.id} ({one.title})" for one in found)
        said = f"The SKU {sku!r} is used {len(pools)} times: {ids}. Name one of them by its id."
        raise SupplyError(said, Fault.AMBIGUOUS_SKU, sku=sku, times=len(pools))
    return found[0]


def open_supplies(store: StoreContext) -> Sequence[SupplyRecord]:
    with store.work(read_only=True) as uow:
        return uow.supplies.open(store.key)


def check_rows(store: StoreContext, rows: Sequence[Row]) -> list[Row]:
    """Look every SKU up, so that a dry run says what the import would."""
    checked: list[Row] = []
    today = store.today()
    with store.work(read_only=True) as uow:
        find = _finder(uow, store.key, [row.sku for row in rows if row.wrong is None])
        for row in rows:
            wrong = row.wrong
            if wrong is None:
                try:
                    due = _due_of(store, row)
                    _refuse_far(due, today)
                    find(row.sku)
                except SupplyError as error:
                    wrong = error
                else:
                    row = replace(row, due=due)  # noqa: PLW2901 -- what the import would make of it
            checked.append(replace(row, wrong=wrong))
    return checked


def import_rows(store: StoreContext, rows: Sequence[Row], *, form: str = "") -> int:
    """Add them all in one transaction: an import happens whole or not at all."""
    with store.work() as uow:
        claim(store, uow, form)
        added = _add(store, uow, rows)
        uow.commit()
    return len(added)
