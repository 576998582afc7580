"""The tables of keys, owners' settings, who is signed in, and of what ran and waited over time.

Each has a ``store``, so that removing a store removes what is its own here too.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Float, Index, LargeBinary, Table, Text, literal_column

from connector.ports.accounts import PassKind
from connector.storage.column_types import Choice, Json, Moment, Said, Word
from connector.storage.table_parts import key, may, metadata, must, partial

credentials = Table(
    "credentials",
    metadata,
    *key("store"),
    must("secret", LargeBinary),
    must("changed_at", Moment),
    may("lapses_at", Moment),
    sqlite_with_rowid=False,
)
LAPSING = credentials.c.lapses_at.is_not(None)
partial("ix_credentials_next", LAPSING, credentials.c.lapses_at, credentials.c.store)

steering = Table(
    "steering",
    metadata,
    *key("store", "section"),
    must("value", Json),
    must("changed_at", Moment),
    must("by", Text),
    sqlite_with_rowid=False,
)

sessions = Table(
    "sessions",
    metadata,
    *key("id"),
    must("store", Word),
    must("operator", Boolean),
    must("created_at", Moment),
    must("until", Moment),
    must("attempt", Text),
    sqlite_with_rowid=False,
)
Index("ix_sessions_store", sessions.c.store)
Index("ix_sessions_until", sessions.c.until)

passes = Table(
    "passes",
    metadata,
    *key("id"),
    must("kind", Choice(PassKind)),
    must("platform", Text),
    must("store", Word),
    must("browser", Text),
    must("remember", Json),
    must("created_at", Moment),
    must("until", Moment),
    may("used_at", Moment),
    may("landed_at", Moment),
    must("said", Said),
    sqlite_with_rowid=False,
)
Index("ix_passes_store", passes.c.store)
Index("ix_passes_until", passes.c.until)

job_runs = Table(
    "job_runs",
    metadata,
    *key("store", "job"),
    must("began_at", Moment),
    must("seconds", Float(53)),
    must("failed", Text),
    sqlite_with_rowid=False,
)
FAILED = job_runs.c.failed != literal_column("''")
partial("ix_job_runs_failed", FAILED, job_runs.c.job, job_runs.c.store)

samples = Table(
    "samples",
    metadata,
    *key("store"),
    must("at", Moment, primary_key=True),
    must("units", BigInteger),
    must("orders", BigInteger),
    sqlite_with_rowid=False,
)

waits = Table(
    "waits",
    metadata,
    *key("store"),
    must("served_at", Moment, primary_key=True),
    *key("order_id", "line_id"),
    must("variant_id", Word),
    must("sku", Text),
    must("title", Text),
    must("units", BigInteger),
    must("since", Moment),
    sqlite_with_rowid=False,
)
Index("ix_waits_order", waits.c.store, waits.c.order_id)
