"""Keys, settings and sessions of owners; history for charts; what listings are sorted, filtered and searched by.

A table that changes is made anew and filled from a copy: SQLite adds and drops columns only in ways that leave other
tables than a new database has, and before 3.35 drops none.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unicodedata import normalize

import sqlalchemy as sa
from alembic import op

from connector.storage.migrations.versions.v0001_first import (
    WORD,
    index,
    may,
    must,
)
from connector.storage.migrations.versions.v0001_first import (
    _order_lines as first_order_lines,
)
from connector.storage.migrations.versions.v0001_first import (
    _stores as first_stores,
)
from connector.storage.migrations.versions.v0001_first import (
    _variants as first_variants,
)

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

AT_ONCE = 1000
"""Rows that are read and written together."""

STORES = "key, platform, gone_at, paused, stopped, cursors, beats, wait_until, failures"
VARIANTS = "store, id, product_id, pool_id, sku, title, categories, tags, sellable, changed_at, gone"
ORDER_LINES = (
    "store, order_id, id, variant_id, pool_id, sku, title, ordered, wanted, shipped, outstanding, history, announced,"
    " ready, waiting, expected_on, watched"
)
NO_DAY = "9999-12-31"


def upgrade() -> None:
    _credentials()
    _steering()
    _sessions()
    _passes()
    _job_runs()
    _samples()
    _waits()
    with _anew("stores") as old:
        _stores()
        _fill(
            "stores",
            f"SELECT {STORES}, 'config' AS origin, '' AS shop, '' AS title, 0 AS revision, 'no' AS leaving,"  # noqa: S608 -- our own names
            f" '{{}}' AS progress FROM {old}",
        )
    index("ix_stores_shop", "stores", ["platform", "shop"], "shop != ''")
    with _anew("order_lines") as old:
        _order_lines()
        _fill("order_lines", _lines_of(old), number="by_number", sku="by_sku", title="words")
    _order_lines_indexes()
    with _anew("variants") as old:
        _variants()
        _fill("variants", _variants_of(old), sku="by_sku", title="words")
    _variants_indexes()
    index("ix_storefront_states_written", "storefront_states", ["store", "variant_id"], "found != '{}'")


def downgrade() -> None:
    op.drop_index("ix_storefront_states_written", "storefront_states")
    with _anew("variants") as old:
        first_variants()
        _fill("variants", f"SELECT {VARIANTS} FROM {old}")  # noqa: S608 -- our own names
    with _anew("order_lines") as old:
        first_order_lines()
        _fill("order_lines", f"SELECT {ORDER_LINES} FROM {old}")  # noqa: S608 -- our own names
    with _anew("stores") as old:
        first_stores()
        _fill("stores", f"SELECT {STORES} FROM {old}")  # noqa: S608 -- our own names
    for table in ("waits", "samples", "job_runs", "passes", "sessions", "steering", "credentials"):
        op.drop_table(table)


@contextmanager
def _anew(table: str) -> Iterator[str]:
    """The name under which the old rows lie while the table is made anew and filled."""
    old = f"old_{table}"
    op.execute(f"CREATE TABLE {old} AS SELECT * FROM {table}")  # noqa: S608 -- our own names
    op.drop_table(table)
    yield old
    op.drop_table(old)


def _fill(table: str, query: str, **folds: str) -> None:
    """Write what the query gives; ``folds``: from a column that is read to the one that holds it without case."""
    connection = op.get_bind()
    result = connection.execute(sa.text(query).execution_options(yield_per=AT_ONCE))
    names = [name for name in tuple(result.keys()) if name != "number"]
    into = sa.table(table, *map(sa.column, [*names, *folds.values()]))
    for rows in result.mappings().partitions(AT_ONCE):
        connection.execute(
            into.insert(),
            [
                {name: row[name] for name in names} | {to: _folded(row[name], to) for name, to in folds.items()}
                for row in rows
            ],
        )


def _folded(text: str, column: str) -> str:
    """What ``connector.storage.folding`` said when this was written."""
    plain = text.lower() if text.isascii() else normalize("NFKC", normalize("NFKC", text).casefold())
    return " ".join(plain.split())[: 250 if column == "words" else 64]


def _lines_of(old: str) -> str:
    columns = ", ".join(f"l.{name.strip()}" for name in ORDER_LINES.split(","))
    return (
        f"SELECT {columns}, o.number, o.taken_at AS since, o.demand = 'unpaid' AS unpaid,"  # noqa: S608 -- our own names
        f" l.expected_on IS NOT NULL AS dated, coalesce(l.expected_on, '{NO_DAY}') AS by_day"
        f" FROM {old} AS l JOIN orders AS o ON o.store = l.store AND o.id = l.order_id"
    )


def _variants_of(old: str) -> str:
    units = (
        "coalesce((SELECT sum(l.waiting) FROM order_lines AS l"
        " WHERE l.store = v.store AND l.variant_id = v.id AND l.waiting > 0), 0)"
    )
    differs = (
        "EXISTS (SELECT 1 FROM storefront_states AS s WHERE s.store = v.store AND s.variant_id = v.id"
        " AND (s.due OR s.override != '{}' OR s.parked != ''))"
    )
    columns = ", ".join(f"v.{name.strip()}" for name in VARIANTS.split(","))
    return (
        f"SELECT {columns}, CAST(-{units} AS BIGINT) AS less, {units} > 0 AS waits, {differs} AS differs"  # noqa: S608 -- our own names
        f" FROM {old} AS v"
    )


def _credentials() -> None:
    op.create_table(
        "credentials",
        must("store", WORD),
        must("secret", sa.LargeBinary),
        must("changed_at", sa.BigInteger),
        may("lapses_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("store", name="pk_credentials"),
        sqlite_with_rowid=False,
    )


def _steering() -> None:
    op.create_table(
        "steering",
        must("store", WORD),
        must("section", WORD),
        must("value", sa.Text),
        must("changed_at", sa.BigInteger),
        must("by", sa.Text),
        sa.PrimaryKeyConstraint("store", "section", name="pk_steering"),
        sqlite_with_rowid=False,
    )


def _sessions() -> None:
    op.create_table(
        "sessions",
        must("id", WORD),
        must("store", WORD),
        must("operator", sa.Boolean),
        must("created_at", sa.BigInteger),
        must("until", sa.BigInteger),
        must("attempt", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sqlite_with_rowid=False,
    )
    index("ix_sessions_store", "sessions", ["store"])
    index("ix_sessions_until", "sessions", ["until"])


def _passes() -> None:
    op.create_table(
        "passes",
        must("id", WORD),
        must("kind", sa.Text),
        must("platform", sa.Text),
        must("store", WORD),
        must("browser", sa.Text),
        must("remember", sa.Text),
        must("created_at", sa.BigInteger),
        must("until", sa.BigInteger),
        may("used_at", sa.BigInteger),
        may("landed_at", sa.BigInteger),
        must("said", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_passes"),
        sqlite_with_rowid=False,
    )
    index("ix_passes_store", "passes", ["store"])
    index("ix_passes_until", "passes", ["until"])


def _job_runs() -> None:
    op.create_table(
        "job_runs",
        must("store", WORD),
        must("job", WORD),
        must("began_at", sa.BigInteger),
        must("seconds", sa.Float(53)),
        must("failed", sa.Text),
        sa.PrimaryKeyConstraint("store", "job", name="pk_job_runs"),
        sqlite_with_rowid=False,
    )


def _samples() -> None:
    op.create_table(
        "samples",
        must("store", WORD),
        must("at", sa.BigInteger),
        must("units", sa.BigInteger),
        must("orders", sa.BigInteger),
        sa.PrimaryKeyConstraint("store", "at", name="pk_samples"),
        sqlite_with_rowid=False,
    )


def _waits() -> None:
    op.create_table(
        "waits",
        must("store", WORD),
        must("served_at", sa.BigInteger),
        must("order_id", WORD),
        must("line_id", WORD),
        must("variant_id", WORD),
        must("sku", sa.Text),
        must("title", sa.Text),
        must("units", sa.BigInteger),
        must("since", sa.BigInteger),
        sa.PrimaryKeyConstraint("store", "served_at", "order_id", "line_id", name="pk_waits"),
        sqlite_with_rowid=False,
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
        must("origin", sa.Text),
        must("shop", WORD),
        must("title", sa.Text),
        must("revision", sa.BigInteger),
        must("leaving", sa.Text),
        must("progress", sa.Text),
        sa.PrimaryKeyConstraint("key", name="pk_stores"),
        sqlite_with_rowid=False,
    )


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
        must("since", sa.BigInteger),
        must("unpaid", sa.Boolean),
        must("dated", sa.Boolean),
        must("by_day", sa.Date),
        must("by_number", WORD),
        must("by_sku", WORD),
        must("words", WORD),
        sa.PrimaryKeyConstraint("store", "order_id", "id", name="pk_order_lines"),
        sa.ForeignKeyConstraint(
            ["store", "order_id"],
            ["orders.store", "orders.id"],
            name="fk_order_lines_orders",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )


def _order_lines_indexes() -> None:
    index("ix_order_lines_open", "order_lines", ["store", "pool_id"], "outstanding > 0")
    index("ix_order_lines_variant", "order_lines", ["store", "variant_id"])
    index("ix_order_lines_waiting", "order_lines", ["store", "variant_id", "waiting"], "waiting > 0")
    index("ix_order_lines_waiting_orders", "order_lines", ["store", "order_id", "waiting"], "waiting > 0")
    index("ix_order_lines_watched", "order_lines", ["store", "pool_id"], "watched IS 1", "watched IS true")
    _backlog("by_since", "since", "order_id", "id", "by_number", "by_sku", "words")
    _backlog("by_day", "by_day", "since", "order_id", "id", "by_number", "by_sku", "words")
    _backlog("by_sku", "by_sku", "since", "order_id", "id", "by_number", "words")
    _backlog("by_number", "by_number", "order_id", "id", "by_sku", "words")


def _backlog(name: str, *columns: str) -> None:
    index(f"ix_order_lines_{name}", "order_lines", ["store", "unpaid", "dated", *columns, "waiting"], "waiting > 0")


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
        must("by_sku", WORD),
        must("words", WORD),
        must("less", sa.BigInteger),
        must("waits", sa.Boolean),
        must("differs", sa.Boolean),
        sa.PrimaryKeyConstraint("store", "id", name="pk_variants"),
        sqlite_with_rowid=False,
    )


def _variants_indexes() -> None:
    index("ix_variants_pool", "variants", ["store", "pool_id"], "gone IS 0", "gone IS false")
    index("ix_variants_product", "variants", ["store", "product_id"])
    index("ix_variants_sku", "variants", ["store", "sku", "id"], "gone IS 0", "gone IS false")
    _listing("by_sku", "by_sku", "id", "words")
    _listing("by_waiting", "less", "by_sku", "id", "words")


def _listing(name: str, *columns: str) -> None:
    where = ("sellable IS 1 AND gone IS 0", "sellable IS true AND gone IS false")
    index(f"ix_variants_{name}", "variants", ["store", "waits", "differs", *columns, "sellable", "gone"], *where)
