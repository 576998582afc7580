"""What a variant's row says of its lines and of its shop's page, so that a listing need not add it up."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, bindparam, func, select, update

from connector.storage.dialect import chunks
from connector.storage.tables import DIFFERS, WAITING, order_lines, storefront_states
from connector.storage.tables import variants as table

_UNITS = (
    select(order_lines.c.variant_id, func.sum(order_lines.c.waiting))
    .where(order_lines.c.store == bindparam("store"), WAITING)
    .group_by(order_lines.c.variant_id)
)
_MARKED = select(table.c.id, table.c.less).where(table.c.store == bindparam("store"))
_MARK = update(table).where(table.c.store == bindparam("of_store"), table.c.id == bindparam("of_id"))
_DIFFERING = select(storefront_states.c.variant_id).where(storefront_states.c.store == bindparam("store"), DIFFERS)


def count_waiting(connection: Connection, store: str, variant_ids: Collection[str]) -> None:
    """Write down how many units each of these variants is waited for."""
    for some in chunks(variant_ids):
        query = _UNITS.where(order_lines.c.variant_id.in_(some))
        units = {id_: int(waiting) for id_, waiting in connection.execute(query, {"store": store})}
        changed = [
            {"of_store": store, "of_id": id_, "less": -units.get(id_, 0), "waits": id_ in units}
            for id_, less in connection.execute(_MARKED.where(table.c.id.in_(some)), {"store": store})
            if less != -units.get(id_, 0)
        ]
        if changed:
            connection.execute(_MARK, changed)


def compare_shown(connection: Connection, store: str, variant_ids: Collection[str]) -> None:
    """Write down which of these variants the shop does not show as it should."""
    for some in chunks(variant_ids):
        query = _DIFFERING.where(storefront_states.c.variant_id.in_(some))
        differing = set(connection.scalars(query, {"store": store}))
        mark_differing(connection, store, differing, differs=True)
        mark_differing(connection, store, set(some) - differing, differs=False)


def mark_differing(connection: Connection, store: str, variant_ids: Collection[str], *, differs: bool) -> None:
    for some in chunks(variant_ids):
        other = (table.c.store == store, table.c.id.in_(some), table.c.differs.is_(not differs))
        connection.execute(update(table).where(*other).values(differs=differs))
