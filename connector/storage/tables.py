"""Every table, and the indexes that make the cost of a query follow from its result instead of from history.

A predicate of a partial index must stand in the query word for word or SQLite will not use it; so the predicates have
names here, hold no bound parameters, and the repositories use them by those names.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    and_,
    false,
    literal_column,
    true,
)

from connector.domain.facts import Demand, PlatformStatus, Thing
from connector.domain.marks import NoticeKind, OrderStatus
from connector.ports.records import DeliveryState, NoticeState
from connector.storage.column_types import Choice, History, Json, Marks, Moment, Moments, RowId, Word, Words

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
    }
)


def _must(name: str, kind: Any, **more: Any) -> Column[Any]:  # noqa: ANN401 -- as Column takes it
    return Column(name, kind, nullable=False, **more)


def _may(name: str, kind: Any) -> Column[Any]:  # noqa: ANN401 -- as Column takes it
    return Column(name, kind, nullable=True)


def _key(*names: str) -> list[Column[Any]]:
    return [_must(name, Word, primary_key=True) for name in names]


def _is(column: Column[Any], value: str) -> ColumnElement[bool]:
    return column == literal_column(f"'{value}'")


def _partial(name: str, where: ColumnElement[bool], *columns: Column[Any]) -> Index:
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


stores = Table(
    "stores",
    metadata,
    *_key("key"),
    _must("platform", Text),
    _may("gone_at", Moment),
    _must("paused", Boolean),
    _must("stopped", Json),
    _must("cursors", Moments),
    _must("beats", Moments),
    _may("wait_until", Moment),
    _must("failures", BigInteger),
    sqlite_with_rowid=False,
)

counters = Table("counters", metadata, *_key("store", "name"), _must("n", BigInteger), sqlite_with_rowid=False)

deliveries = Table(
    "deliveries",
    metadata,
    _must("id", RowId, primary_key=True, autoincrement=True),
    _must("store", Word),
    _must("platform", Text),
    _must("topic", Text),
    _must("external_id", Text),
    _must("digest", LargeBinary),
    _must("body", LargeBinary),
    _must("received_at", Moment),
    _may("triggered_at", Moment),
    _must("state", Choice(DeliveryState)),
    _must("reason", Text),
    UniqueConstraint("store", "topic", "external_id", "digest"),
    sqlite_autoincrement=True,  # an id that an operator has read never means another delivery
)
RECEIVED = _is(deliveries.c.state, "received")
PARKED = _is(deliveries.c.state, "parked")
DONE = _is(deliveries.c.state, "done")
Index("ix_deliveries_store", deliveries.c.store, deliveries.c.id)
_partial("ix_deliveries_received", RECEIVED, deliveries.c.store, deliveries.c.id)
_partial("ix_deliveries_parked", PARKED, deliveries.c.store, deliveries.c.id)
_partial("ix_deliveries_done", DONE, deliveries.c.store, deliveries.c.received_at)

rereads = Table(
    "rereads",
    metadata,
    _must("store", Word, primary_key=True),
    _must("thing", Choice(Thing), primary_key=True),
    _must("id", Word, primary_key=True),
    _must("only_known", Boolean),
    _must("asked_at", Moment),
    _must("attempts", BigInteger),
    sqlite_with_rowid=False,
)
Index("ix_rereads_due", rereads.c.store, rereads.c.attempts, rereads.c.asked_at)

orders = Table(
    "orders",
    metadata,
    *_key("store", "id"),
    _must("number", Word),
    _must("demand", Choice(Demand)),
    _must("status", Text),
    _must("changed_at", Moment),
    _must("seen_at", Moment),
    _must("placed_at", Moment),
    _must("taken_at", Moment),
    _may("first_waiting_at", Moment),
    _must("language", Text),
    _must("test", Boolean),
    _must("told", Marks),
    _must("told_status", Choice(OrderStatus)),
    _must("revision", BigInteger),
    sqlite_with_rowid=False,
)
Index("ix_orders_number", orders.c.store, orders.c.number)
TOLD_WAITING = _is(orders.c.told_status, "waiting")

order_lines = Table(
    "order_lines",
    metadata,
    *_key("store", "order_id", "id"),
    _must("variant_id", Word),
    _must("pool_id", Word),
    _must("sku", Text),
    _must("title", Text),
    _must("ordered", BigInteger),
    _must("wanted", BigInteger),
    _must("shipped", BigInteger),
    _must("outstanding", BigInteger),
    _must("history", History),
    _must("announced", BigInteger),
    _must("ready", BigInteger),
    _must("waiting", BigInteger),
    _may("expected_on", Date),
    # True for every line of an order that waits or was told so, and perhaps for some lines more; it lets
    # ``Orders.to_tell`` find its candidates without reading the history of a pool.
    _must("watched", Boolean),
    ForeignKeyConstraint(["store", "order_id"], ["orders.store", "orders.id"], ondelete="CASCADE"),
    sqlite_with_rowid=False,
)
OUTSTANDING = order_lines.c.outstanding > literal_column("0")
WAITING = order_lines.c.waiting > literal_column("0")
WATCHED = order_lines.c.watched.is_(true())
_partial("ix_order_lines_open", OUTSTANDING, order_lines.c.store, order_lines.c.pool_id)
_partial("ix_order_lines_waiting", WAITING, order_lines.c.store, order_lines.c.variant_id)
_partial("ix_order_lines_watched", WATCHED, order_lines.c.store, order_lines.c.pool_id)
Index("ix_order_lines_variant", order_lines.c.store, order_lines.c.variant_id)

variants = Table(
    "variants",
    metadata,
    *_key("store", "id"),
    _must("product_id", Word),
    _must("pool_id", Word),
    _must("sku", Word),
    _must("title", Text),
    _must("categories", Words),
    _must("tags", Words),
    _must("sellable", Boolean),
    _must("changed_at", Moment),
    _must("gone", Boolean),
    sqlite_with_rowid=False,
)
PRESENT = variants.c.gone.is_(false())
Index("ix_variants_product", variants.c.store, variants.c.product_id)
_partial("ix_variants_pool", PRESENT, variants.c.store, variants.c.pool_id)
_partial("ix_variants_sku", PRESENT, variants.c.store, variants.c.sku, variants.c.id)

pools = Table(
    "pools",
    metadata,
    *_key("store", "id"),
    _may("available", BigInteger),
    _must("status", Choice(PlatformStatus)),
    _may("changed_at", Moment),
    _may("seen_at", Moment),
    _may("touched_at", Moment),
    _may("unconfirmed_since", Moment),
    _may("confirmed_at", Moment),
    _may("dirty_at", Moment),
    _may("replan_on", Date),
    _must("missing", BigInteger),
    sqlite_with_rowid=False,
)
DIRTY = pools.c.dirty_at.is_not(None)
REPLANNED = pools.c.replan_on.is_not(None)
UNCONFIRMED = pools.c.unconfirmed_since.is_not(None)
_partial("ix_pools_dirty", DIRTY, pools.c.store, pools.c.dirty_at)
_partial("ix_pools_replan", REPLANNED, pools.c.store, pools.c.replan_on)
_partial("ix_pools_unconfirmed", UNCONFIRMED, pools.c.store, pools.c.unconfirmed_since)

supplies = Table(
    "supplies",
    metadata,
    _must("id", RowId, primary_key=True, autoincrement=True),
    _must("store", Word),
    _must("pool_id", Word),
    _must("sku", Text),
    _must("units", BigInteger),
    _must("received", BigInteger),
    _may("due", Date),
    _must("reference", Text),
    _must("created_at", Moment),
    _must("closed", Boolean),
    sqlite_autoincrement=True,
)
STILL_OPEN = supplies.c.closed.is_(false())
_partial("ix_supplies_open", STILL_OPEN, supplies.c.store, supplies.c.pool_id)

storefront_states = Table(
    "storefront_states",
    metadata,
    *_key("store", "variant_id"),
    _must("product_id", Word),
    _must("shown", Json),
    _may("shown_changed_at", Moment),
    _may("shown_seen_at", Moment),
    _must("desired", Json),
    _must("status", Text),
    _may("sellable", BigInteger),
    _may("expected_on", Date),
    _must("found", Json),
    _must("written", Json),
    _must("attempted", Json),
    _must("suspect", Boolean),
    _must("override", Json),
    _must("due", Boolean),
    _must("attempts", BigInteger),
    _may("next_at", Moment),
    _must("parked", Text),
    _may("pushed_at", Moment),
    sqlite_with_rowid=False,
)
SUSPECT = storefront_states.c.suspect.is_(true())
OVERRIDDEN = storefront_states.c.override != literal_column("'{}'")
PUSHABLE = and_(
    storefront_states.c.due.is_(true()),
    storefront_states.c.suspect.is_(false()),
    _is(storefront_states.c.override, "{}"),
    _is(storefront_states.c.parked, ""),
)
_partial(
    "ix_storefront_states_due",
    PUSHABLE,
    storefront_states.c.store,
    storefront_states.c.product_id,
    storefront_states.c.variant_id,
)
_partial("ix_storefront_states_suspect", SUSPECT, storefront_states.c.store, storefront_states.c.variant_id)
_partial("ix_storefront_states_overridden", OVERRIDDEN, storefront_states.c.store, storefront_states.c.variant_id)

notices = Table(
    "notices",
    metadata,
    _must("id", RowId, primary_key=True, autoincrement=True),
    _must("store", Word),
    _must("order_id", Word),
    _must("revision", BigInteger),
    _must("kind", Choice(NoticeKind)),
    _must("marks", Marks),
    _must("text", Text),
    _must("reference", Word),
    _must("created_at", Moment),
    _must("state", Choice(NoticeState)),
    _must("attempts", BigInteger),
    _may("next_at", Moment),  # while it is being sent: when the lease ends
    _may("sent_at", Moment),
    _must("reason", Text),
    UniqueConstraint("store", "order_id", "revision"),
    UniqueConstraint("store", "reference"),
    sqlite_autoincrement=True,  # a sender that lost its lease must not settle another notice of the same id
)
UNSENT = notices.c.state.in_([literal_column("'pending'"), literal_column("'sending'")])
NOTICE_PARKED = _is(notices.c.state, "parked")
_partial("ix_notices_unsent", UNSENT, notices.c.store, notices.c.next_at)
_partial("ix_notices_parked", NOTICE_PARKED, notices.c.store, notices.c.id)
Index("ix_notices_store", notices.c.store, notices.c.id)

journal = Table(
    "journal",
    metadata,
    _must("store", Word, primary_key=True),
    _must("number", BigInteger, primary_key=True),
    _must("at", Moment),
    _must("kind", Text),
    _must("variant_id", Word),
    _must("order_id", Word),
    _must("facts", Json),
    _must("previous", Text),
    _must("hash", Text),
    sqlite_with_rowid=False,
)
OF_VARIANT = journal.c.variant_id != literal_column("''")
OF_ORDER = journal.c.order_id != literal_column("''")
_partial("ix_journal_variant", OF_VARIANT, journal.c.store, journal.c.variant_id, journal.c.number)
_partial("ix_journal_order", OF_ORDER, journal.c.store, journal.c.order_id, journal.c.number)
