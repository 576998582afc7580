"""The lines that wait, in pages.

Numbers and SKUs sort without regard to case (``folding``); lines that are alike in what is sorted by stand in the order
of the queue or of their ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import and_, false, select, true

from connector.ports.backlog import BacklogLine, Cursor, LineFilter, LineSort, Listing
from connector.storage.dialect import CHUNK, chunks
from connector.storage.paging import Pages, Place, sought
from connector.storage.repository import Repository
from connector.storage.tables import WAITING, orders
from connector.storage.tables import order_lines as lines

_KEYS = {
    LineSort.SINCE: (lines.c.since, lines.c.order_id, lines.c.id),
    LineSort.EXPECTED: (lines.c.by_day, lines.c.since, lines.c.order_id, lines.c.id),
    LineSort.SKU: (lines.c.by_sku, lines.c.since, lines.c.order_id, lines.c.id),
    LineSort.ORDER: (lines.c.by_number, lines.c.order_id, lines.c.id),
}
_PARTS = {
    (unpaid, dated): and_(
        lines.c.unpaid.is_(true() if unpaid else false()), lines.c.dated.is_(true() if dated else false())
    )
    for unpaid in (False, True)
    for dated in (False, True)
}
_LETS_THROUGH = {
    LineFilter.ALL: tuple(_PARTS.values()),
    LineFilter.DATED: (_PARTS[False, True], _PARTS[True, True]),
    LineFilter.UNDATED: (_PARTS[False, False], _PARTS[True, False]),
    LineFilter.UNPAID: (_PARTS[True, False], _PARTS[True, True]),
}
_READ = select(
    lines.c.order_id,
    orders.c.number,
    lines.c.id.label("line_id"),
    lines.c.variant_id,
    lines.c.sku,
    lines.c.title,
    orders.c.demand,
    lines.c.ready,
    lines.c.waiting,
    lines.c.since,
    lines.c.expected_on,
).join(orders, (orders.c.store == lines.c.store) & (orders.c.id == lines.c.order_id))


class BacklogLines(Repository):
    """The part of ``ports.backlog.Backlog`` that lists lines."""

    __slots__ = ()

    def lines(
        self,
        store: str,
        *,
        search: str = "",
        only: LineFilter = LineFilter.ALL,
        sort: LineSort = LineSort.SINCE,
        at: Cursor | None = None,
        limit: int = 50,
    ) -> Listing[BacklogLine]:
        """ValueError for a cursor of another listing or of none.  ``search`` looks at the first 250 characters of a
        title.
        """
        places, previous, following = self._pages(store, search, only, sort).page(at, limit)
        return Listing(self._read(store, places), previous, following)

    def each_line(self, store: str, *, search: str = "", only: LineFilter = LineFilter.ALL) -> Iterator[BacklogLine]:
        pages = self._pages(store, search, only, LineSort.SINCE)
        place = None
        while places := pages.walk(place, CHUNK):
            yield from self._read(store, places)
            place = places[-1]

    def _pages(self, store: str, search: str, only: LineFilter, sort: LineSort) -> Pages:
        wanted = and_(lines.c.store == store, WAITING)
        asked = sought(search, (lines.c.by_number, lines.c.by_sku), lines.c.words)
        return Pages(
            self._scope.of(store), _KEYS[sort], _LETS_THROUGH[only], wanted if asked is None else and_(wanted, asked)
        )

    def _read(self, store: str, places: Sequence[Place]) -> tuple[BacklogLine, ...]:
        """The rows at these places.  They are read after the places were, and may have gone in between."""
        connection = self._scope.of(store)
        ids = [place[-2:] for place in places]
        found: dict[tuple[str, str], BacklogLine] = {}
        # By the orders alone: asked for pairs, SQLite would look at every line of the store.
        for some in chunks([order_id for order_id, _ in ids]):
            for row in connection.execute(_READ.where(lines.c.store == store, lines.c.order_id.in_(some), WAITING)):
                found[row.order_id, row.line_id] = BacklogLine(*row)
        return tuple(found[id_] for id_ in ids if id_ in found)
