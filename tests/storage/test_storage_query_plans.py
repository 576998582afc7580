"""What is asked often must cost what it finds, not what was ever stored: SQLite says how it would look."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event
from storage_rows import NOON, SHOP, TODAY, a_notice, a_pool, after, an_order, an_outcome

from connector.ports.records import DeliveryState, NoticeState
from connector.ports.unit_of_work import UnitOfWork
from connector.storage.engine import Database

Act = Callable[[UnitOfWork], Any]

HOT: dict[str, tuple[Act, str]] = {
    "digest": (lambda work: work.deliveries.waiting(SHOP, 9), "ix_deliveries_received"),
    "parked": (lambda work: work.deliveries.find(store=SHOP, state=DeliveryState.PARKED), "ix_deliveries_parked"),
    "newest": (lambda work: work.deliveries.newest(SHOP), "ix_deliveries_store"),
    "purge": (lambda work: work.deliveries.purge(SHOP, NOON, 9), "ix_deliveries_done"),
    "rereads": (lambda work: work.rereads.due(SHOP, 9), "ix_rereads_due"),
    "queue of a pool": (lambda work: work.orders.waiting(SHOP, ["p1"]), "ix_order_lines_open"),
    "open orders": (lambda work: work.orders.open_ids(SHOP, ["p1"]), "ix_order_lines_open"),
    "all open orders": (lambda work: work.orders.all_open_ids(SHOP), "ix_order_lines_open"),
    "to tell": (lambda work: work.orders.to_tell(SHOP, ["p1"]), "untold USING PRIMARY KEY"),
    "open lines by pool": (lambda work: work.orders.open_counts(SHOP, ["p1"]), "ix_order_lines_open"),
    "not seen lately": (lambda work: work.orders.not_seen(SHOP, "p1", NOON, 9), "ix_order_lines_open"),
    "orders past their time": (lambda work: work.orders.purge(SHOP, NOON, 9), "ix_orders_closed"),
    "totals": (lambda work: work.orders.waiting_totals(SHOP), "ix_order_lines_waiting"),
    "plan": (lambda work: work.orders.planned(SHOP, [an_outcome("o1", "1", 0, 1)]), "PRIMARY KEY"),
    "repool": (lambda work: work.orders.repool(SHOP, "v1", "p9"), "ix_order_lines_variant"),
    "order": (lambda work: work.orders.get(SHOP, ["o1"]), "PRIMARY KEY"),
    "order number": (lambda work: work.orders.by_number(SHOP, "#1"), "ix_orders_number"),
    "save order": (lambda work: work.orders.save(SHOP, [an_order("o1")]), "PRIMARY KEY"),
    "variants of a pool": (lambda work: work.catalogue.of_pools(SHOP, ["p1"]), "ix_variants_pool"),
    "variants of a product": (lambda work: work.catalogue.of_products(SHOP, ["p"]), "ix_variants_product"),
    "sku": (lambda work: work.catalogue.by_sku(SHOP, "MUG"), "ix_variants_sku"),
    "catalogue": (lambda work: list(work.catalogue.each(SHOP)), "ix_variants_sku"),
    "dirty": (lambda work: work.pools.dirty(SHOP, 9, TODAY), "ix_pools_dirty"),
    "days that came": (lambda work: work.pools.dirty(SHOP, 9, TODAY), "ix_pools_replan"),
    "unconfirmed": (
        lambda work: work.pools.unconfirmed(SHOP, touched_before=NOON, since_before=NOON, limit=9),
        "ix_pools_unconfirmed",
    ),
    "pages of pools": (lambda work: work.pools.ids_after(SHOP, "p1", 9), "PRIMARY KEY"),
    "planned": (lambda work: work.pools.planned(SHOP, [a_pool()]), "PRIMARY KEY"),
    "supplies": (lambda work: work.supplies.open(SHOP, ["p1"]), "ix_supplies_open"),
    "all supplies": (lambda work: work.supplies.open(SHOP), "ix_supplies_open"),
    "push": (lambda work: work.showings.due(SHOP, NOON, 9), "ix_storefront_states_due"),
    "suspects": (lambda work: work.showings.suspects(SHOP, 9), "ix_storefront_states_suspect"),
    "overrides": (lambda work: work.showings.overridden(SHOP), "ix_storefront_states_overridden"),
    "claim": (lambda work: work.notices.claim(SHOP, NOON, after(9), 9), "ix_notices_unsent"),
    "replace notice": (lambda work: work.notices.add(SHOP, a_notice()), "uq_notices|sqlite_autoindex_notices"),
    "parked notices": (lambda work: work.notices.find(SHOP, NoticeState.PARKED, 9), "ix_notices_parked"),
    "journal": (lambda work: work.journal.read(SHOP, limit=9), "PRIMARY KEY"),
    "journal of a variant": (lambda work: work.journal.read(SHOP, variant_id="v1"), "ix_journal_variant"),
    "forms": (lambda work: work.restock.asked(SHOP, 9), "ix_restock_subscriptions_state"),
    "waited for": (lambda work: work.restock.with_units(SHOP), "ix_restock_subscriptions_state"),
    "anybody on a list": (lambda work: work.restock.anything(SHOP), "ix_restock_subscriptions_state"),
    "a list": (lambda work: work.restock.waiting(SHOP, ["v1"], 9), "ix_restock_subscriptions_state"),
    "a person": (lambda work: work.restock.of_person(SHOP, "anna"), "ix_restock_subscriptions_person"),
    "invitations": (lambda work: work.restock.outstanding(SHOP, "p1", NOON), "ix_restock_subscriptions_"),
    "invitations over": (lambda work: work.restock.over(SHOP, NOON, 9), "ix_restock_subscriptions_state"),
    "bought": (lambda work: work.restock.bought(SHOP, 9), "ix_order_terms_buyer"),
    "bought of a pool": (lambda work: work.restock.bought(SHOP, 9, "p1"), "ix_order_terms_buyer"),
    "waves": (lambda work: work.restock.waves(SHOP, ["p1"]), "PRIMARY KEY"),
    "journal of an order": (lambda work: work.journal.read(SHOP, order_id="o1"), "ix_journal_order"),
}


@contextmanager
def plans(connection: Connection) -> Iterator[list[str]]:
    """What SQLite would do for each statement that is executed meanwhile."""
    found: list[str] = []

    def explain(_: Any, cursor: Any, statement: str, parameters: Any, __: Any, many: bool) -> None:  # noqa: FBT001 -- SQLAlchemy's signature
        if statement.startswith(("SELECT", "WITH", "UPDATE", "DELETE", "INSERT")):
            one = parameters[0] if many else parameters
            found.extend(row[3] for row in cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", one))

    event.listen(connection, "before_cursor_execute", explain)
    yield found
    event.remove(connection, "before_cursor_execute", explain)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("act", "index"), HOT.values(), ids=HOT.keys())
def test_a_hot_query_reads_by_an_index_and_never_the_whole_table(database: Database, act: Act, index: str) -> None:
    with database.work() as work, plans(work._scope.connection) as found:
        act(work)
    assert [one for one in found if one.startswith("SCAN")] == []
    assert any(name in one for one in found for name in index.split("|"))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", ["digest", "dirty", "unconfirmed", "push", "rereads", "parked", "newest", "journal"])
def test_the_head_of_a_long_queue_is_read_without_sorting_it(database: Database, name: str) -> None:
    act, index = HOT[name]
    with database.work() as work, plans(work._scope.connection) as found:
        act(work)
    assert [one for one in found if "TEMP B-TREE" in one] == []
    assert [one for one in found if index in one] != []
