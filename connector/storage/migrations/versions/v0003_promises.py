"""Promises, amendments to orders, messages to people, and what the storefronts showed when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from connector.storage.migrations.versions.v0001_first import ROW_ID, WORD, index, may, must

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _promise_events()
    _order_terms()
    _shown_history()
    _amendments()
    _messages()


def downgrade() -> None:
    for table in ("messages", "amendments", "shown_history", "order_terms", "promise_events"):
        op.drop_table(table)


def _promise_events() -> None:
    op.create_table(
        "promise_events",
        must("store", WORD),
        must("order_id", WORD),
        must("line_id", WORD),
        must("number", sa.BigInteger),
        must("at", sa.BigInteger),
        must("kind", sa.Text),
        must("actor", sa.Text),
        must("units", sa.BigInteger),
        may("earliest", sa.Date),
        may("latest", sa.Date),
        must("text", sa.Text),
        must("where", sa.Text),
        must("basis", sa.Text),
        must("rule", sa.Text),
        must("reference", sa.Text),
        sa.PrimaryKeyConstraint("store", "order_id", "line_id", "number", name="pk_promise_events"),
        sqlite_with_rowid=False,
    )


def _order_terms() -> None:
    op.create_table(
        "order_terms",
        must("store", WORD),
        must("order_id", WORD),
        must("country", sa.Text),
        may("paid_at", sa.BigInteger),
        must("buyer", WORD),
        must("link", sa.BigInteger),
        may("together", sa.Boolean),
        must("essential", sa.Boolean),
        may("look_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("store", "order_id", name="pk_order_terms"),
        sqlite_with_rowid=False,
    )
    index("ix_order_terms_look", "order_terms", ["store", "look_at", "order_id"], "look_at IS NOT NULL")
    index("ix_order_terms_buyer", "order_terms", ["store", "buyer", "order_id"], "buyer != ''")


def _shown_history() -> None:
    op.create_table(
        "shown_history",
        must("store", WORD),
        must("variant_id", WORD),
        must("at", sa.BigInteger),
        must("status", sa.Text),
        may("earliest", sa.Date),
        may("latest", sa.Date),
        must("text", sa.Text),
        must("basis", sa.Text),
        may("until", sa.BigInteger),
        sa.PrimaryKeyConstraint("store", "variant_id", "at", name="pk_shown_history"),
        sqlite_with_rowid=False,
    )
    index("ix_shown_history_until", "shown_history", ["store", "until"], "until IS NOT NULL")


def _amendments() -> None:
    op.create_table(
        "amendments",
        must("id", ROW_ID),
        must("store", WORD),
        must("order_id", WORD),
        must("line_id", WORD),
        must("kind", sa.Text),
        must("units", sa.BigInteger),
        must("variant_id", WORD),
        must("by", sa.Text),
        must("reason", sa.Text),
        must("rule", sa.Text),
        must("reference", WORD),
        must("key", sa.Text),
        must("created_at", sa.BigInteger),
        may("deadline", sa.BigInteger),
        must("state", sa.Text),
        must("attempts", sa.BigInteger),
        may("next_at", sa.BigInteger),
        may("done_at", sa.BigInteger),
        must("refunded", sa.Text),
        must("currency", sa.Text),
        must("said", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_amendments"),
        sa.UniqueConstraint("store", "reference", name="uq_amendments_store_reference"),
        sqlite_autoincrement=True,
    )
    index("ix_amendments_undone", "amendments", ["store", "next_at"], "state IN ('asked', 'doing')")
    index("ix_amendments_order", "amendments", ["store", "order_id", "id"])
    index("ix_amendments_state", "amendments", ["store", "state", "id"])


def _messages() -> None:
    op.create_table(
        "messages",
        must("id", ROW_ID),
        must("store", WORD),
        must("kind", sa.Text),
        must("order_id", WORD),
        must("subscription", sa.BigInteger),
        must("language", sa.Text),
        must("values", sa.Text),
        must("reference", WORD),
        must("created_at", sa.BigInteger),
        must("not_before", sa.BigInteger),
        must("line_ids", sa.Text),
        must("to", sa.LargeBinary),
        must("rule", sa.Text),
        may("deadline", sa.BigInteger),
        must("channel", sa.Text),
        must("state", sa.Text),
        must("attempts", sa.BigInteger),
        may("next_at", sa.BigInteger),
        may("sent_at", sa.BigInteger),
        must("subject", sa.Text),
        must("text", sa.Text),
        must("reason", sa.Text),
        must("tried", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("store", "reference", name="uq_messages_store_reference"),
        sqlite_autoincrement=True,
    )
    index("ix_messages_unsaid", "messages", ["store", "not_before"], "state IN ('pending', 'sending')")
    index("ix_messages_order", "messages", ["store", "order_id", "id"])
    index("ix_messages_state", "messages", ["store", "state", "id"])
