"""The tables of what several processes know in common, and of privacy requests.

Each has a ``store``, empty where it is of none, so that removing a store removes what is its own here too.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Float, Index, LargeBinary, Table, Text, UniqueConstraint, literal_column

from connector.ports.aside import READ, Task
from connector.ports.operating import RequestKind, RequestState
from connector.storage.column_types import Choice, Json, Moment, RowId, Said, Word, Words
from connector.storage.table_parts import is_word, key, may, metadata, must, partial

turns = Table(
    "turns",
    metadata,
    *key("store"),
    must("number", BigInteger),
    must("by", Text),
    must("began_at", Moment),
    sqlite_with_rowid=False,
)

served = Table("served", metadata, *key("store"), must("settings", Text), sqlite_with_rowid=False)

buckets = Table(
    "buckets",
    metadata,
    *key("store"),
    must("points", Float(53)),
    must("maximum", Float(53)),
    must("restore", Float(53)),
    must("at", Moment),
    sqlite_with_rowid=False,
)

processes = Table(
    "processes",
    metadata,
    *key("id"),
    must("store", Word),  # always empty
    must("role", Text),
    must("machine", Text),
    must("number", BigInteger),
    must("began_at", Moment),
    must("beat_at", Moment),
    must("leads", Boolean),
    sqlite_with_rowid=False,
)

limits = Table(
    "limits",
    metadata,
    *key("store", "name"),  # the store is always empty
    must("n", BigInteger),
    must("until", Moment),
    sqlite_with_rowid=False,
)
Index("ix_limits_until", limits.c.until)

traces = Table("traces", metadata, *key("store", "kind", "id"), must("links", Text), sqlite_with_rowid=False)

privacy_requests = Table(
    "privacy_requests",
    metadata,
    must("id", RowId, primary_key=True, autoincrement=True),
    must("store", Word),
    must("kind", Choice(RequestKind)),
    must("reference", Word),
    must("asked_at", Moment),
    must("due_at", Moment),
    must("subject", LargeBinary),
    must("order_ids", Words),
    must("state", Choice(RequestState)),
    may("done_at", Moment),
    must("found", Json),
    must("answer", LargeBinary),
    must("said", Said),
    UniqueConstraint("store", "reference"),
    sqlite_autoincrement=True,
)
ASKED = is_word(privacy_requests.c.state, "open")
partial("ix_privacy_requests_open", ASKED, privacy_requests.c.store, privacy_requests.c.due_at)

aside = Table(
    "aside",
    metadata,
    must("store", Word, primary_key=True),
    must("task", Choice(Task), primary_key=True),
    must("id", Word, primary_key=True),
    must("why", Said),
    must("since", Moment),
    must("next_at", Moment),
    must("attempts", BigInteger),
    must("pools", Words),
    sqlite_with_rowid=False,
)
READ_AGAIN = aside.c.task.in_([literal_column(f"'{one.value}'") for one in READ])
TOLD_AGAIN = is_word(aside.c.task, "tell")
Index("ix_aside_next", aside.c.next_at, aside.c.store, aside.c.task)

# Derived keys that outlive the key they were derived from, each sealed with the newest.
kept_keys = Table(
    "kept_keys",
    metadata,
    *key("name"),
    must("store", Word),  # always empty
    must("purpose", Text),
    must("sealed", LargeBinary),
    must("first", Boolean),
    may("until", Moment),
    sqlite_with_rowid=False,
)
