"""The tables of promises, of amendments to orders, and of messages to people."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    case,
    literal_column,
)
from sqlalchemy.sql.elements import Grouping

from connector.domain.promises import Actor, EventKind
from connector.ports.promising import AmendmentKind, AmendmentState, MessageKind, MessageState
from connector.storage.column_types import Choice, Json, Moment, RowId, Said, Word, Words
from connector.storage.table_parts import is_word, key, may, metadata, must, partial

promise_events = Table(
    "promise_events",
    metadata,
    *key("store", "order_id", "line_id"),
    must("number", BigInteger, primary_key=True),
    must("at", Moment),
    must("kind", Choice(EventKind)),
    must("actor", Choice(Actor)),
    must("units", BigInteger),
    may("earliest", Date),
    may("latest", Date),
    must("text", Text),
    must("where", Text),
    must("basis", Text),
    must("rule", Text),
    must("reference", Text),
    sqlite_with_rowid=False,
)

order_terms = Table(
    "order_terms",
    metadata,
    *key("store", "order_id"),
    must("country", Text),
    may("paid_at", Moment),
    must("buyer", Word),
    must("link", BigInteger),
    may("together", Boolean),
    must("essential", Boolean),
    may("look_at", Moment),
    sqlite_with_rowid=False,
)
LOOKED_AT = order_terms.c.look_at.is_not(None)
KNOWN_BUYER = order_terms.c.buyer != literal_column("''")
partial("ix_order_terms_look", LOOKED_AT, order_terms.c.store, order_terms.c.look_at, order_terms.c.order_id)
partial("ix_order_terms_next", LOOKED_AT, order_terms.c.look_at, order_terms.c.store)
partial("ix_order_terms_buyer", KNOWN_BUYER, order_terms.c.store, order_terms.c.buyer, order_terms.c.order_id)

shown_history = Table(
    "shown_history",
    metadata,
    *key("store", "variant_id"),
    must("at", Moment, primary_key=True),
    must("status", Text),
    may("earliest", Date),
    may("latest", Date),
    must("text", Text),
    must("basis", Text),
    may("until", Moment),  # when something else was shown; None: it still is
    sqlite_with_rowid=False,
)
SHOWN_BEFORE = shown_history.c.until.is_not(None)
partial("ix_shown_history_until", SHOWN_BEFORE, shown_history.c.store, shown_history.c.until)

amendments = Table(
    "amendments",
    metadata,
    must("id", RowId, primary_key=True, autoincrement=True),
    must("store", Word),
    must("order_id", Word),
    must("line_id", Word),
    must("kind", Choice(AmendmentKind)),
    must("units", BigInteger),
    must("variant_id", Word),
    must("by", Choice(Actor)),
    must("reason", Said),
    must("rule", Text),
    must("reference", Word),
    must("key", Text),
    must("created_at", Moment),
    may("deadline", Moment),
    must("state", Choice(AmendmentState)),
    must("attempts", BigInteger),
    may("next_at", Moment),  # while it is being done: when the lease ends
    may("done_at", Moment),
    must("refunded", Text),
    must("currency", Text),
    must("said", Said),
    UniqueConstraint("store", "reference"),
    sqlite_autoincrement=True,
)
UNDONE = amendments.c.state.in_([literal_column("'asked'"), literal_column("'doing'")])
partial("ix_amendments_undone", UNDONE, amendments.c.store, amendments.c.next_at)
Index("ix_amendments_order", amendments.c.store, amendments.c.order_id, amendments.c.id)
Index("ix_amendments_state", amendments.c.store, amendments.c.state, amendments.c.id)

messages = Table(
    "messages",
    metadata,
    must("id", RowId, primary_key=True, autoincrement=True),
    must("store", Word),
    must("kind", Choice(MessageKind)),
    must("order_id", Word),
    must("subscription", BigInteger),
    must("language", Text),
    must("values", Json),
    must("reference", Word),
    must("created_at", Moment),
    must("not_before", Moment),
    must("line_ids", Words),
    must("to", LargeBinary),
    must("rule", Text),
    may("deadline", Moment),
    must("channel", Text),
    must("state", Choice(MessageState)),
    must("attempts", BigInteger),
    may("next_at", Moment),  # while it is being sent: when the lease ends
    may("sent_at", Moment),
    must("subject", Text),
    must("text", Text),
    must("reason", Said),
    must("tried", Json),
    UniqueConstraint("store", "reference"),
    sqlite_autoincrement=True,
)
UNSAID = messages.c.state.in_([literal_column("'pending'"), literal_column("'sending'")])
SENT_FROM: ColumnElement[datetime] = case(
    (messages.c.next_at > messages.c.not_before, messages.c.next_at), else_=messages.c.not_before
)
"""When a message may be claimed."""
partial("ix_messages_unsaid", UNSAID, messages.c.store, messages.c.not_before)
partial("ix_messages_next", UNSAID, Grouping(SENT_FROM), messages.c.store)
Index("ix_messages_order", messages.c.store, messages.c.order_id, messages.c.id)
Index("ix_messages_state", messages.c.store, messages.c.state, messages.c.id)
MESSAGE_PARKED = is_word(messages.c.state, "parked")
partial("ix_messages_parked", MESSAGE_PARKED, messages.c.store, messages.c.id)
