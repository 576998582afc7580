"""The first tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def must(name: str, kind: Any, **more: Any) -> sa.Column[Any]:  # noqa: ANN401 -- as Column takes it
    return sa.Column(name, kind, nullable=False, **more)


def may(name: str, kind: Any) -> sa.Column[Any]:  # noqa: ANN401 -- as Column takes it
    return sa.Column(name, kind, nullable=True)


def index(name: str, table: str, columns: Sequence[str], where: str = "", where_postgresql: str = "") -> None:
    """``where``: a partial index; SQLite has no truth values of its own, so some conditions are written twice."""
    op.create_index(
        name,
        table,
        columns,
        sqlite_where=sa.text(where) if where else None,
        postgresql_where=sa.text(where_postgresql or where) if where else None,
    )


def upgrade() -> None:
    _counters()
    _deliveries()
    _journal()
    _notices()
    _orders()
    _pools()
    _rereads()
    _storefront_states()
    _stores()
    _supplies()
    _variants()
    _order_lines()


def downgrade() -> None:
    for table in (
        "order_lines",
        "variants",
        "supplies",
        "stores",
        "storefront_states",
        "rereads",
        "pools",
        "orders",
        "notices",
        "journal",
        "deliveries",
        "counters",
    ):
        op.drop_table(table)


def _counters() -> None:
    op.create_table(
        "counters",
        must("store", WORD),
        must("name", WORD),
        must("n", sa.BigInteger),
        sa.PrimaryKeyConstraint("store", "name", name="pk_counters"),
        sqlite_with_rowid=False,
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        must("id", ROW_ID),
        must("store", WORD),
        must("platform", sa.Text),
        must("topic", sa.Text),
        must("external_id", sa.Text),
        must("digest", sa.LargeBinary),
        must("body", sa.LargeBinary),
        must("received_at", sa.BigInteger),
        may("triggered_at", sa.BigInteger),
        must("state", sa.Text),
        must("reason", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint(
            "store", "topic", "external_id", "digest", name="uq_deliveries_store_topic_external_id_digest"
        ),
        sqlite_autoincrement=True,
    )
    index("ix_deliveries_done", "deliveries", ["store", "received_at"], "state = 'done'")
    index("ix_deliveries_parked", "deliveries", ["store", "id"], "state = 'parked'")
    index("ix_deliveries_received", "deliveries", ["store", "id"], "state = 'received'")
    index("ix_deliveries_store", "deliveries", ["store", "id"])


def _journal() -> None:
    op.create_table(
        "journal",
        must("store", WORD),
        must("number", sa.BigInteger),
        must("at", sa.BigInteger),
        must("kind", sa.Text),
        must("variant_id", WORD),
        must("order_id", WORD),
        must("facts", sa.Text),
        must("previous", sa.Text),
        must("hash", sa.Text),
        sa.PrimaryKeyConstraint("store", "number", name="pk_journal"),
        sqlite_with_rowid=False,
    )
    index("ix_journal_order", "journal", ["store", "order_id", "number"], "order_id != ''")
    index("ix_journal_variant", "journal", ["store", "variant_id", "number"], "variant_id != ''")


def _notices() -> None:
    op.create_table(
        "notices",
        must("id", ROW_ID),
        must("store", WORD),
        must("order_id", WORD),
        must("revision", sa.BigInteger),
        must("kind", sa.Text),
        must("marks", sa.Text),
        must("text", sa.Text),
        must("reference", WORD),
        must("created_at", sa.BigInteger),
        must("state", sa.Text),
        must("attempts", sa.BigInteger),
        may("next_at", sa.BigInteger),
        may("sent_at", sa.BigInteger),
        must("reason", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint("store", "order_id", "revision", name="uq_notices_store_order_id_revision"),
        sa.UniqueConstraint("store", "reference", name="uq_notices_store_reference"),
        sqlite_autoincrement=True,
    )
    index("ix_notices_parked", "notices", ["store", "id"], "state = 'parked'")
    index("ix_notices_store", "notices", ["store", "id"])
    index("ix_notices_unsent", "notices", ["store", "next_at"], "state IN ('pending', 'sending')")


def _orders() -> None:
    op.create_table(
        "orders",
        must("store", WORD),
        must("id", WORD),
        must("number", WORD),
        must("demand", sa.Text),
        must("status", sa.Text),
        must("changed_at", sa.BigInteger),
        must("seen_at", sa.BigInteger),
        must("placed_at", sa.BigInteger),
        must("taken_at", sa.BigInteger),
        may("first_waiting_at", sa.BigInteger),
        must("language", sa.Text),
        must("test", sa.Boolean),
        must("told", sa.Text),
        must("told_status", sa.Text),
        must("revision", sa.BigInteger),
        sa.PrimaryKeyConstraint("store", "id", name="pk_orders"),
        sqlite_with_rowid=False,
    )
    index("ix_orders_number", "orders", ["store", "number"])


def _pools() -> None:
    op.create_table(
        "pools",
        must("store", WORD),
        must("id", WORD),
        may("available", sa.BigInteger),
        must("status", sa.Text),
        may("changed_at", sa.BigInteger),
        may("seen_at", sa.BigInteger),
        may("touched_at", sa.BigInteger),
        may("unconfirmed_since", sa.BigInteger),
        may("confirmed_at", sa.BigInteger),
        may("dirty_at", sa.BigInteger),
        may("replan_on", sa.Date),
        must("missing", sa.BigInteger),
        sa.PrimaryKeyConstraint("store", "id", name="pk_pools"),
        sqlite_with_rowid=False,
    )
    index("ix_pools_dirty", "pools", ["store", "dirty_at"], "dirty_at IS NOT NULL")
    index("ix_pools_replan", "pools", ["store", "replan_on"], "replan_on IS NOT NULL")
    index("ix_pools_unconfirmed", "pools", ["store", "unconfirmed_since"], "unconfirmed_since IS NOT NULL")


def _rereads() -> None:
    op.create_table(
        "rereads",
        must("store", WORD),
        must("thing", sa.Text),
        must("id", WORD),
        must("only_known", sa.Boolean),
        must("asked_at", sa.BigInteger),
        must("attempts", sa.BigInteger),
        sa.PrimaryKeyConstraint("store", "thing", "id", name="pk_rereads"),
        sqlite_with_rowid=False,
    )
    index("ix_rereads_due", "rereads", ["store", "attempts", "asked_at"])


def _storefront_states() -> None:
    op.create_table(
        "storefront_states",
        must("store", WORD),
        must("variant_id", WORD),
        must("product_id", WORD),
        must("shown", sa.Text),
        may("shown_changed_at", sa.BigInteger),
        may("shown_seen_at", sa.BigInteger),
        must("desired", sa.Text),
        must("status", sa.Text),
        may("sellable", sa.BigInteger),
        may("expected_on", sa.Date),
        must("found", sa.Text),
        must("written", sa.Text),
        must("attempted", sa.Text),
        must("suspect", sa.Boolean),
        must("override", sa.Text),
        must("due", sa.Boolean),
        must("attempts", sa.BigInteger),
        may("next_at", sa.BigInteger),
        must("parked", sa.Text),
        may("pushed_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("store", "variant_id", name="pk_storefront_states"),
        sqlite_with_rowid=False,
    )
    index(
        "ix_storefront_states_due",
        "storefront_states",
        ["store", "product_id", "variant_id"],
        "due IS 1 AND suspect IS 0 AND override = '{}' AND parked = ''",
        "due IS true AND suspect IS false AND override = '{}' AND parked = ''",
    )
    index("ix_storefront_states_overridden", "storefront_states", ["store", "variant_id"], "override != '{}'")
    index(
        "ix_storefront_states_suspect", "storefront_states", ["store", "variant_id"], "suspect IS 1", "suspect IS true"
    )


def _stores() -> None:
    op.create_table(
        "stores",
        must("key", WORD),
        must("platform", sa.Text),
        may("gone_at", sa.BigInteger),
        must("paused", sa.Boolean),
        must("stopped", sa.Text),
        must("cursors", sa.Text),
        must("beats", sa.Text),
        may("wait_until", sa.BigInteger),
        must("failures", sa.BigInteger),
        sa.PrimaryKeyConstraint("key", name="pk_stores"),
        sqlite_with_rowid=False,
    )


def _supplies() -> None:
    op.create_table(
        "supplies",
        must("id", ROW_ID),
        must("store", WORD),
        must("pool_id", WORD),
        must("sku", sa.Text),
        must("units", sa.BigInteger),
        must("received", sa.BigInteger),
        may("due", sa.Date),
        must("reference", sa.Text),
        must("created_at", sa.BigInteger),
        must("closed", sa.Boolean),
        sa.PrimaryKeyConstraint("id", name="pk_supplies"),
        sqlite_autoincrement=True,
    )
    index("ix_supplies_open", "supplies", ["store", "pool_id"], "closed IS 0", "closed IS false")


def _variants() -> None:
    op.create_table(
        "variants",
        must("store", WORD),
        must("id", WORD),
        must("product_id", WORD),
        must("pool_id", WORD),
        must("sku", WORD),
        must("title", sa.Text),
        must("categories", sa.Text),
        must("tags", sa.Text),
        must("sellable", sa.Boolean),
        must("changed_at", sa.BigInteger),
        must("gone", sa.Boolean),
        sa.PrimaryKeyConstraint("store", "id", name="pk_variants"),
        sqlite_with_rowid=False,
    )
    index("ix_variants_pool", "variants", ["store", "pool_id"], "gone IS 0", "gone IS false")
    index("ix_variants_product", "variants", ["store", "product_id"])
    index("ix_variants_sku", "variants", ["store", "sku", "id"], "gone IS 0", "gone IS false")


def _order_lines() -> None:
    op.create_table(
        "order_lines",
        must("store", WORD),
        must("order_id", WORD),
        must("id", WORD),
        must("variant_id", WORD),
        must("pool_id", WORD),
        must("sku", sa.Text),
        must("title", sa.Text),
        must("ordered", sa.BigInteger),
        must("wanted", sa.BigInteger),
        must("shipped", sa.BigInteger),
        must("outstanding", sa.BigInteger),
        must("history", sa.Text),
        must("announced", sa.BigInteger),
        must("ready", sa.BigInteger),
        must("waiting", sa.BigInteger),
        may("expected_on", sa.Date),
        must("watched", sa.Boolean),
        sa.PrimaryKeyConstraint("store", "order_id", "id", name="pk_order_lines"),
        sa.ForeignKeyConstraint(
            ["store", "order_id"],
            ["orders.store", "orders.id"],
            name="fk_order_lines_orders",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )
    index("ix_order_lines_open", "order_lines", ["store", "pool_id"], "outstanding > 0")
    index("ix_order_lines_variant", "order_lines", ["store", "variant_id"])
    index("ix_order_lines_waiting", "order_lines", ["store", "variant_id"], "waiting > 0")
    index("ix_order_lines_watched", "order_lines", ["store", "pool_id"], "watched IS 1", "watched IS true")
