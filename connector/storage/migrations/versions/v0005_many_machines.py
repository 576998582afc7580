"""What several processes know in common, privacy requests, and the traces that lead from a webhook to a push."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from connector.storage.migrations.versions.v0001_first import ROW_ID, WORD, index, may, must

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PENDING = "state IN ('pending', 'sending')"
PUSHABLE = "due IS 1 AND suspect IS 0 AND override = '{}' AND parked = ''"
DUE: tuple[tuple[Any, ...], ...] = (
    # What the scheduler looks for at every tick, of all stores: what waits by store, what has its time by that.
    ("ix_stores_leaving", "stores", ["key"], "leaving != 'no' AND gone_at IS NULL"),
    ("ix_pools_replan_next", "pools", ["replan_on", "store"], "replan_on IS NOT NULL"),
    ("ix_pools_settling", "pools", ["store", "touched_at"], "unconfirmed_since IS NOT NULL"),
    (
        "ix_storefront_states_ripe",
        "storefront_states",
        ["store", "next_at"],
        PUSHABLE,
        PUSHABLE.replace("IS 1", "IS true").replace("IS 0", "IS false"),
    ),
    ("ix_order_terms_next", "order_terms", ["look_at", "store"], "look_at IS NOT NULL"),
    (
        "ix_messages_next",
        "messages",
        [sa.text("(CASE WHEN (next_at > not_before) THEN next_at ELSE not_before END)"), "store"],
        PENDING,
    ),
    ("ix_credentials_next", "credentials", ["lapses_at", "store"], "lapses_at IS NOT NULL"),
    ("ix_restock_subscriptions_forms", "restock_subscriptions", ["store"], "state = 'asked'"),
    ("ix_restock_subscriptions_over", "restock_subscriptions", ["claim_until", "store"], "state = 'invited'"),
)
COUNTED = (
    # What is counted for whoever watches the service, of all stores at once.
    ("ix_job_runs_failed", "job_runs", ["job", "store"], "failed != ''"),
    ("ix_messages_parked", "messages", ["store", "id"], "state = 'parked'"),
)


def upgrade() -> None:
    _processes()
    _limits()
    _privacy()
    _kept_keys()
    _traces()
    _aside()
    _due()
    index("ix_deliveries_full", "deliveries", ["store", "received_at"], "state = 'done' AND length(body) > 0")
    _large_stores()


def downgrade() -> None:
    _no_large_stores()
    for name, table, *_ in (*DUE, *COUNTED):
        op.drop_index(name, table)
    op.drop_table("restock_looks")
    op.drop_index("ix_deliveries_full", "deliveries")
    for table in (
        "aside",
        "kept_keys",
        "traces",
        "privacy_requests",
        "limits",
        "processes",
        "buckets",
        "turns",
        "served",
    ):
        op.drop_table(table)


def _processes() -> None:
    op.create_table(
        "served",
        must("store", WORD),
        must("settings", sa.Text),
        sa.PrimaryKeyConstraint("store", name="pk_served"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "turns",
        must("store", WORD),
        must("number", sa.BigInteger),
        must("by", sa.Text),
        must("began_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("store", name="pk_turns"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "buckets",
        must("store", WORD),
        *(must(name, sa.Float(53)) for name in ("points", "maximum", "restore")),
        must("at", sa.BigInteger),
        sa.PrimaryKeyConstraint("store", name="pk_buckets"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "processes",
        must("id", WORD),
        must("store", WORD),
        must("role", sa.Text),
        must("machine", sa.Text),
        must("number", sa.BigInteger),
        must("began_at", sa.BigInteger),
        must("beat_at", sa.BigInteger),
        must("leads", sa.Boolean),
        sa.PrimaryKeyConstraint("id", name="pk_processes"),
        sqlite_with_rowid=False,
    )


def _limits() -> None:
    op.create_table(
        "limits",
        must("store", WORD),
        must("name", WORD),
        must("n", sa.BigInteger),
        must("until", sa.BigInteger),
        sa.PrimaryKeyConstraint("store", "name", name="pk_limits"),
        sqlite_with_rowid=False,
    )
    index("ix_limits_until", "limits", ["until"])


def _kept_keys() -> None:
    op.create_table(
        "kept_keys",
        must("name", WORD),
        must("store", WORD),
        must("purpose", sa.Text),
        must("sealed", sa.LargeBinary),
        must("first", sa.Boolean),
        may("until", sa.BigInteger),
        sa.PrimaryKeyConstraint("name", name="pk_kept_keys"),
        sqlite_with_rowid=False,
    )


def _privacy() -> None:
    op.create_table(
        "privacy_requests",
        must("id", ROW_ID),
        must("store", WORD),
        must("kind", sa.Text),
        must("reference", WORD),
        must("asked_at", sa.BigInteger),
        must("due_at", sa.BigInteger),
        must("subject", sa.LargeBinary),
        must("order_ids", sa.Text),
        must("state", sa.Text),
        may("done_at", sa.BigInteger),
        must("found", sa.Text),
        must("answer", sa.LargeBinary),
        must("said", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_privacy_requests"),
        sa.UniqueConstraint("store", "reference", name="uq_privacy_requests_store_reference"),
        sqlite_autoincrement=True,
    )
    index("ix_privacy_requests_open", "privacy_requests", ["store", "due_at"], "state = 'open'")


def _aside() -> None:
    """Rows that cannot be done, beside those that can."""
    op.create_table(
        "aside",
        must("store", WORD),
        must("task", sa.Text),
        must("id", WORD),
        must("why", sa.Text),
        must("since", sa.BigInteger),
        must("next_at", sa.BigInteger),
        must("attempts", sa.BigInteger),
        must("pools", sa.Text),
        sa.PrimaryKeyConstraint("store", "task", "id", name="pk_aside"),
        sqlite_with_rowid=False,
    )
    index("ix_aside_next", "aside", ["next_at", "store", "task"])


def _due() -> None:
    op.create_table(
        "restock_looks",
        must("store", WORD),
        must("at", sa.BigInteger),
        sa.PrimaryKeyConstraint("store", name="pk_restock_looks"),
        sqlite_with_rowid=False,
    )
    index("ix_restock_looks_next", "restock_looks", ["at", "store"])
    for name, table, columns, *where in DUE:
        index(name, table, columns, *where)


def _large_stores() -> None:
    """Orders that are past their time are found by an index, and those that may have news are rows of their own."""
    index(
        "ix_orders_closed",
        "orders",
        ["store", "changed_at"],
        "demand IN ('done', 'none', 'void') AND told_status != 'waiting'",
    )
    index("ix_waits_order", "waits", ["store", "order_id"])
    op.create_table(
        "untold",
        *(must(name, WORD) for name in ("store", "pool_id", "order_id")),
        sa.PrimaryKeyConstraint("store", "pool_id", "order_id", name="pk_untold"),
        sqlite_with_rowid=False,
    )
    index("ix_untold_order", "untold", ["store", "order_id"])
    # Whatever waits may have news that was not looked for yet.
    watched = "SELECT DISTINCT store, pool_id, order_id FROM order_lines WHERE watched"
    op.execute(f"INSERT INTO untold (store, pool_id, order_id) {watched}")
    op.drop_index("ix_order_lines_watched", "order_lines")


def _no_large_stores() -> None:
    index("ix_order_lines_watched", "order_lines", ["store", "pool_id"], "watched IS 1", "watched IS true")
    op.drop_table("untold")
    op.drop_index("ix_waits_order", "waits")
    op.drop_index("ix_orders_closed", "orders")


def _traces() -> None:
    op.create_table(
        "traces",
        must("store", WORD),
        must("kind", WORD),
        must("id", WORD),
        must("links", sa.Text),
        sa.PrimaryKeyConstraint("store", "kind", "id", name="pk_traces"),
        sqlite_with_rowid=False,
    )
    for name, table, columns, where in COUNTED:
        index(name, table, columns, where)
