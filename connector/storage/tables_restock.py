"""The tables of those who asked to hear when something is back."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Index, LargeBinary, Table, Text, literal_column

from connector.ports.restocking import ListState
from connector.storage.column_types import Choice, Json, Moment, RowId, Word
from connector.storage.table_parts import is_word, key, may, metadata, must, partial

restock_subscriptions = Table(
    "restock_subscriptions",
    metadata,
    must("id", RowId, primary_key=True, autoincrement=True),
    must("store", Word),
    must("variant_id", Word),
    must("person", Word),
    must("contact", LargeBinary),
    must("language", Text),
    must("units", BigInteger),
    must("state", Choice(ListState)),
    must("asked_at", Moment),
    must("proof", Json),
    must("page", Text),
    may("opt_in_at", Moment),
    must("opt_ins", BigInteger),
    may("confirmed_at", Moment),
    may("invited_at", Moment),
    must("invitations", BigInteger),
    must("failures", BigInteger),
    must("claimed", BigInteger),
    may("claim_until", Moment),
    may("sent_at", Moment),
    may("ended_at", Moment),
    must("why", Text),
    # Ids are part of links that people hold: one is never given twice.
    sqlite_autoincrement=True,
)
_listed = restock_subscriptions
ON_LIST = _listed.c.state.in_(
    [literal_column("'unconfirmed'"), literal_column("'waiting'"), literal_column("'invited'")]
)
Index(
    "uq_restock_subscriptions_open",
    _listed.c.store,
    _listed.c.variant_id,
    _listed.c.person,
    unique=True,
    sqlite_where=ON_LIST,
    postgresql_where=ON_LIST,
)
Index("ix_restock_subscriptions_person", _listed.c.store, _listed.c.person, _listed.c.id)
Index("ix_restock_subscriptions_state", _listed.c.store, _listed.c.state, _listed.c.variant_id)
FORM = is_word(_listed.c.state, "asked")
INVITED = is_word(_listed.c.state, "invited")
partial("ix_restock_subscriptions_forms", FORM, _listed.c.store)
partial("ix_restock_subscriptions_over", INVITED, _listed.c.claim_until, _listed.c.store)

restock_waves = Table(
    "restock_waves",
    metadata,
    *key("store", "pool_id"),
    must("number", BigInteger),
    may("last_at", Moment),
    must("armed", Boolean),
    sqlite_with_rowid=False,
)

# When the lists of a store are to be looked at: something changed that may let somebody be invited.
restock_looks = Table("restock_looks", metadata, *key("store"), must("at", Moment), sqlite_with_rowid=False)
Index("ix_restock_looks_next", restock_looks.c.at, restock_looks.c.store)
