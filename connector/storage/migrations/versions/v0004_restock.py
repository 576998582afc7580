"""Those who asked to hear when something is back, and the invitations of each pool."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from connector.storage.migrations.versions.v0001_first import ROW_ID, WORD, index, may, must

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _subscriptions()
    op.create_table(
        "restock_waves",
        must("store", WORD),
        must("pool_id", WORD),
        must("number", sa.BigInteger),
        may("last_at", sa.BigInteger),
        must("armed", sa.Boolean),
        sa.PrimaryKeyConstraint("store", "pool_id", name="pk_restock_waves"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("restock_waves")
    op.drop_table("restock_subscriptions")


def _subscriptions() -> None:
    op.create_table(
        "restock_subscriptions",
        must("id", ROW_ID),
        must("store", WORD),
        must("variant_id", WORD),
        must("person", WORD),
        must("contact", sa.LargeBinary),
        must("language", sa.Text),
        must("units", sa.BigInteger),
        must("state", sa.Text),
        must("asked_at", sa.BigInteger),
        must("proof", sa.Text),
        must("page", sa.Text),
        may("opt_in_at", sa.BigInteger),
        must("opt_ins", sa.BigInteger),
        may("confirmed_at", sa.BigInteger),
        may("invited_at", sa.BigInteger),
        must("invitations", sa.BigInteger),
        must("failures", sa.BigInteger),
        must("claimed", sa.BigInteger),
        may("claim_until", sa.BigInteger),
        may("sent_at", sa.BigInteger),
        may("ended_at", sa.BigInteger),
        must("why", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_restock_subscriptions"),
        sqlite_autoincrement=True,
    )
    on_list = "state IN ('unconfirmed', 'waiting', 'invited')"
    op.create_index(
        "uq_restock_subscriptions_open",
        "restock_subscriptions",
        ["store", "variant_id", "person"],
        unique=True,
        sqlite_where=sa.text(on_list),
        postgresql_where=sa.text(on_list),
    )
    index("ix_restock_subscriptions_person", "restock_subscriptions", ["store", "person", "id"])
    index("ix_restock_subscriptions_state", "restock_subscriptions", ["store", "state", "variant_id"])
