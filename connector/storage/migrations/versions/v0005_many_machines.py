"""What several processes know in common, privacy requests, and the traces that lead from a webhook to a push."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from connector.storage.migrations.versions.v0001_first import ROW_ID, WORD, index, may, must

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _processes()
    _privacy()


def downgrade() -> None:
    for table in ("privacy_requests", "limits", "processes", "buckets", "turns"):
        op.drop_table(table)


def _processes() -> None:
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
