"""Every table, and the indexes that make the cost of a query follow from its result instead of from history.

A predicate of a partial index must stand in the query word for word or SQLite will not use it; so the predicates have
names here, hold no bound parameters, and the repositories use them by those names.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    and_,
    false,
    func,
    literal_column,
    or_,
    true,
)

import connector.storage.tables_accounts  # whoever knows the list of tables knows all of them
import connector.storage.tables_operating
import connector.storage.tables_promises
import connector.storage.tables_restock  # noqa: F401 -- as above
from connector.domain.facts import Demand, PlatformStatus, Thing
from connector.domain.marks import NoticeKind, OrderStatus
from connector.ports.records import DeliveryState, Leaving, NoticeState, Origin
from connector.storage.column_types import (
    Choice,
    History,
    Json,
    Marks,
    Moment,
    Moments,
    RowId,
    Said,
    SaidByName,
    Word,
    Words,
)
from connector.storage.table_parts import is_word, key, may, must, partial
from connector.storage.table_parts import metadata as metadata  # noqa: PLC0414 -- who asks here gets it with every table

stores = Table(
    "stores",
    metadata,
    *key("key"),
    must("platform", Text),
    may("gone_at", Moment),
    must("paused", Boolean),
    must("stopped", SaidByName),
    must("cursors", Moments),
    must("beats", Moments),
    may("wait_until", Moment),
    must("failures", BigInteger),
    must("origin", Choice(Origin)),
    must("shop", Word),
    must("title", Text),
    must("revision", BigInteger),
    must("leaving", Choice(Leaving)),
    must("progress", Json),
    sqlite_with_rowid=False,
)
NAMED_SHOP = stores.c.shop != literal_column("''")
partial("ix_stores_shop", NAMED_SHOP, stores.c.platform, stores.c.shop)
LEAVES = and_(stores.c.leaving != literal_column("'no'"), stores.c.gone_at.is_(None))
partial("ix_stores_leaving", LEAVES, stores.c.key)

counters = Table("counters", metadata, *key("store", "name"), must("n", BigInteger), sqlite_with_rowid=False)

deliveries = Table(
    "deliveries",
    metadata,
    must("id", RowId, primary_key=True, autoincrement=True),
    must("store", Word),
    must("platform", Text),
    must("topic", Text),
    must("external_id", Text),
    must("digest", LargeBinary),
    must("body", LargeBinary),
    must("received_at", Moment),
    may("triggered_at", Moment),
    must("state", Choice(DeliveryState)),
    must("reason", Said),
    UniqueConstraint("store", "topic", "external_id", "digest"),
    sqlite_autoincrement=True,  # an id that an operator has read never means another delivery
)
RECEIVED = is_word(deliveries.c.state, "received")
PARKED = is_word(deliveries.c.state, "parked")
DONE = is_word(deliveries.c.state, "done")
FULL = func.length(deliveries.c.body) > literal_column("0")  # not emptied yet
Index("ix_deliveries_store", deliveries.c.store, deliveries.c.id)
partial("ix_deliveries_received", RECEIVED, deliveries.c.store, deliveries.c.id)
partial("ix_deliveries_parked", PARKED, deliveries.c.store, deliveries.c.id)
partial("ix_deliveries_done", DONE, deliveries.c.store, deliveries.c.received_at)
partial("ix_deliveries_full", and_(DONE, FULL), deliveries.c.store, deliveries.c.received_at)

rereads = Table(
    "rereads",
    metadata,
    must("store", Word, primary_key=True),
    must("thing", Choice(Thing), primary_key=True),
    must("id", Word, primary_key=True),
    must("only_known", Boolean),
    must("asked_at", Moment),
    must("attempts", BigInteger),
    sqlite_with_rowid=False,
)
Index("ix_rereads_due", rereads.c.store, rereads.c.attempts, rereads.c.asked_at)

orders = Table(
    "orders",
    metadata,
    *key("store", "id"),
    must("number", Word),
    must("demand", Choice(Demand)),
    must("status", Text),
    must("changed_at", Moment),
    must("seen_at", Moment),
    must("placed_at", Moment),
    must("taken_at", Moment),
    may("first_waiting_at", Moment),
    must("language", Text),
    must("test", Boolean),
    must("told", Marks),
    must("told_status", Choice(OrderStatus)),
    must("revision", BigInteger),
    sqlite_with_rowid=False,
)
Index("ix_orders_number", orders.c.store, orders.c.number)
TOLD_WAITING = is_word(orders.c.told_status, "waiting")
CLOSED = and_(
    orders.c.demand.in_([literal_column("'done'"), literal_column("'none'"), literal_column("'void'")]),
    orders.c.told_status != literal_column("'waiting'"),
)
partial("ix_orders_closed", CLOSED, orders.c.store, orders.c.changed_at)

order_lines = Table(
    "order_lines",
    metadata,
    *key("store", "order_id", "id"),
    must("variant_id", Word),
    must("pool_id", Word),
    must("sku", Text),
    must("title", Text),
    must("ordered", BigInteger),
    must("wanted", BigInteger),
    must("shipped", BigInteger),
    must("outstanding", BigInteger),
    must("history", History),
    must("announced", BigInteger),
    must("ready", BigInteger),
    must("waiting", BigInteger),
    may("expected_on", Date),
    # True for every line of an order that waits or was told so, and perhaps for some lines more: a change of such an
    # order may be news for its buyer (``untold``).
    must("watched", Boolean),
    # What ``backlog_lines`` sorts, filters and searches by; it follows from the line and its order.
    must("since", Moment),
    must("unpaid", Boolean),
    must("dated", Boolean),
    must("by_day", Date),
    must("by_number", Word),
    must("by_sku", Word),
    must("words", Word),
    ForeignKeyConstraint(["store", "order_id"], ["orders.store", "orders.id"], ondelete="CASCADE"),
    sqlite_with_rowid=False,
)
OUTSTANDING = order_lines.c.outstanding > literal_column("0")
WAITING = order_lines.c.waiting > literal_column("0")
WATCHED = order_lines.c.watched.is_(true())
partial("ix_order_lines_open", OUTSTANDING, order_lines.c.store, order_lines.c.pool_id)
partial("ix_order_lines_waiting", WAITING, order_lines.c.store, order_lines.c.variant_id, order_lines.c.waiting)
partial("ix_order_lines_waiting_orders", WAITING, order_lines.c.store, order_lines.c.order_id, order_lines.c.waiting)
Index("ix_order_lines_variant", order_lines.c.store, order_lines.c.variant_id)


def _backlog(name: str, *columns: str) -> None:
    """An index that holds all a page is chosen by, so that a search reads nothing but the index; SQLite wants in it
    also what its own predicate asks for.
    """
    partial(name, WAITING, *(order_lines.c[column] for column in ("store", "unpaid", "dated", *columns, "waiting")))


_backlog("ix_order_lines_by_since", "since", "order_id", "id", "by_number", "by_sku", "words")
_backlog("ix_order_lines_by_day", "by_day", "since", "order_id", "id", "by_number", "by_sku", "words")
_backlog("ix_order_lines_by_sku", "by_sku", "since", "order_id", "id", "by_number", "words")
_backlog("ix_order_lines_by_number", "by_number", "order_id", "id", "by_sku", "words")

# The orders that changed, they or their plan, since it was last looked whether that is news for their buyers; by each
# pool that a line of theirs draws from.  So a confirmation costs what changed, and not what waits.
untold = Table("untold", metadata, *key("store", "pool_id", "order_id"), sqlite_with_rowid=False)
Index("ix_untold_order", untold.c.store, untold.c.order_id)

variants = Table(
    "variants",
    metadata,
    *key("store", "id"),
    must("product_id", Word),
    must("pool_id", Word),
    must("sku", Word),
    must("title", Text),
    must("categories", Words),
    must("tags", Words),
    must("sellable", Boolean),
    must("changed_at", Moment),
    must("gone", Boolean),
    # What ``backlog_variants`` sorts, filters and searches by: ``less`` is minus the units waited for, so that one
    # direction of an index has the most first; ``differs``: the shop does not show what it should.
    must("by_sku", Word),
    must("words", Word),
    must("less", BigInteger),
    must("waits", Boolean),
    must("differs", Boolean),
    sqlite_with_rowid=False,
)
PRESENT = variants.c.gone.is_(false())
Index("ix_variants_product", variants.c.store, variants.c.product_id)
partial("ix_variants_pool", PRESENT, variants.c.store, variants.c.pool_id)
partial("ix_variants_sku", PRESENT, variants.c.store, variants.c.sku, variants.c.id)
LISTED = and_(variants.c.sellable.is_(true()), PRESENT)


def _listing(name: str, *columns: str) -> None:
    partial(
        name, LISTED, *(variants.c[column] for column in ("store", "waits", "differs", *columns, "sellable", "gone"))
    )


_listing("ix_variants_by_sku", "by_sku", "id", "words")
_listing("ix_variants_by_waiting", "less", "by_sku", "id", "words")

pools = Table(
    "pools",
    metadata,
    *key("store", "id"),
    may("available", BigInteger),
    must("status", Choice(PlatformStatus)),
    may("changed_at", Moment),
    may("seen_at", Moment),
    may("touched_at", Moment),
    may("unconfirmed_since", Moment),
    may("confirmed_at", Moment),
    may("dirty_at", Moment),
    may("replan_on", Date),
    must("missing", BigInteger),
    sqlite_with_rowid=False,
)
DIRTY = pools.c.dirty_at.is_not(None)
REPLANNED = pools.c.replan_on.is_not(None)
UNCONFIRMED = pools.c.unconfirmed_since.is_not(None)
partial("ix_pools_dirty", DIRTY, pools.c.store, pools.c.dirty_at)
partial("ix_pools_replan", REPLANNED, pools.c.store, pools.c.replan_on)
partial("ix_pools_replan_next", REPLANNED, pools.c.replan_on, pools.c.store)
partial("ix_pools_unconfirmed", UNCONFIRMED, pools.c.store, pools.c.unconfirmed_since)
partial("ix_pools_settling", UNCONFIRMED, pools.c.store, pools.c.touched_at)

supplies = Table(
    "supplies",
    metadata,
    must("id", RowId, primary_key=True, autoincrement=True),
    must("store", Word),
    must("pool_id", Word),
    must("sku", Text),
    must("units", BigInteger),
    must("received", BigInteger),
    may("due", Date),
    must("reference", Text),
    must("created_at", Moment),
    must("closed", Boolean),
    sqlite_autoincrement=True,
)
STILL_OPEN = supplies.c.closed.is_(false())
partial("ix_supplies_open", STILL_OPEN, supplies.c.store, supplies.c.pool_id)

storefront_states = Table(
    "storefront_states",
    metadata,
    *key("store", "variant_id"),
    must("product_id", Word),
    must("shown", Json),
    may("shown_changed_at", Moment),
    may("shown_seen_at", Moment),
    must("desired", Json),
    must("status", Text),
    may("sellable", BigInteger),
    may("expected_on", Date),
    must("found", Json),
    must("written", Json),
    must("attempted", Json),
    must("suspect", Boolean),
    must("override", Json),
    must("due", Boolean),
    must("attempts", BigInteger),
    may("next_at", Moment),
    must("parked", Said),
    may("pushed_at", Moment),
    sqlite_with_rowid=False,
)
SUSPECT = storefront_states.c.suspect.is_(true())
OVERRIDDEN = storefront_states.c.override != literal_column("'{}'")
WRITTEN = storefront_states.c.found != literal_column("'{}'")
DIFFERS = or_(storefront_states.c.due.is_(true()), OVERRIDDEN, storefront_states.c.parked != literal_column("''"))
PUSHABLE = and_(
    storefront_states.c.due.is_(true()),
    storefront_states.c.suspect.is_(false()),
    is_word(storefront_states.c.override, "{}"),
    is_word(storefront_states.c.parked, ""),
)
partial(
    "ix_storefront_states_due",
    PUSHABLE,
    storefront_states.c.store,
    storefront_states.c.product_id,
    storefront_states.c.variant_id,
)
partial("ix_storefront_states_ripe", PUSHABLE, storefront_states.c.store, storefront_states.c.next_at)
partial("ix_storefront_states_suspect", SUSPECT, storefront_states.c.store, storefront_states.c.variant_id)
partial("ix_storefront_states_overridden", OVERRIDDEN, storefront_states.c.store, storefront_states.c.variant_id)
partial("ix_storefront_states_written", WRITTEN, storefront_states.c.store, storefront_states.c.variant_id)

notices = Table(
    "notices",
    metadata,
    must("id", RowId, primary_key=True, autoincrement=True),
    must("store", Word),
    must("order_id", Word),
    must("revision", BigInteger),
    must("kind", Choice(NoticeKind)),
    must("marks", Marks),
    must("text", Text),
    must("reference", Word),
    must("created_at", Moment),
    must("state", Choice(NoticeState)),
    must("attempts", BigInteger),
    may("next_at", Moment),  # while it is being sent: when the lease ends
    may("sent_at", Moment),
    must("reason", Said),
    UniqueConstraint("store", "order_id", "revision"),
    UniqueConstraint("store", "reference"),
    sqlite_autoincrement=True,  # a sender that lost its lease must not settle another notice of the same id
)
UNSENT = notices.c.state.in_([literal_column("'pending'"), literal_column("'sending'")])
NOTICE_PARKED = is_word(notices.c.state, "parked")
partial("ix_notices_unsent", UNSENT, notices.c.store, notices.c.next_at)
partial("ix_notices_parked", NOTICE_PARKED, notices.c.store, notices.c.id)
Index("ix_notices_store", notices.c.store, notices.c.id)

journal = Table(
    "journal",
    metadata,
    must("store", Word, primary_key=True),
    must("number", BigInteger, primary_key=True),
    must("at", Moment),
    must("kind", Text),
    must("variant_id", Word),
    must("order_id", Word),
    must("facts", Json),
    must("previous", Text),
    must("hash", Text),
    sqlite_with_rowid=False,
)
OF_VARIANT = journal.c.variant_id != literal_column("''")
OF_ORDER = journal.c.order_id != literal_column("''")
partial("ix_journal_variant", OF_VARIANT, journal.c.store, journal.c.variant_id, journal.c.number)
partial("ix_journal_order", OF_ORDER, journal.c.store, journal.c.order_id, journal.c.number)
