"""What waits, for people who look at it: pages of lines and of variants, and sums over all of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import and_, bindparam, case, distinct, false, func, select, true

from connector.ports.backlog import Cursor, Listing, Totals, VariantFilter, VariantSort
from connector.storage.backlog_lines import BacklogLines
from connector.storage.dialect import chunks
from connector.storage.paging import Pages, sought
from connector.storage.tables import LISTED, WAITING, variants
from connector.storage.tables import order_lines as lines

_KEYS = {
    VariantSort.SKU: (variants.c.by_sku, variants.c.id),
    VariantSort.WAITING: (variants.c.less, variants.c.by_sku, variants.c.id),
}
_PARTS = {
    (waits, differs): and_(
        variants.c.waits.is_(true() if waits else false()), variants.c.differs.is_(true() if differs else false())
    )
    for waits in (False, True)
    for differs in (False, True)
}
_LETS_THROUGH = {
    VariantFilter.ALL: tuple(_PARTS.values()),
    VariantFilter.WAITING: (_PARTS[True, False], _PARTS[True, True]),
    VariantFilter.DIFFERS: (_PARTS[False, True], _PARTS[True, True]),
}
_OF_STORE = and_(lines.c.store == bindparam("store"), WAITING)
_UNITS = func.sum(lines.c.waiting)
_BY_VARIANT = select(lines.c.variant_id, _UNITS).where(_OF_STORE).group_by(lines.c.variant_id)
_MOST = _BY_VARIANT.order_by(_UNITS.desc(), lines.c.variant_id).limit(bindparam("most"))
_NAME = select(lines.c.sku, lines.c.title).where(_OF_STORE, lines.c.variant_id == bindparam("variant")).limit(1)
# The columns before the day are those of the index, which so gives the groups without sorting.
_DAYS = (
    select(lines.c.dated, lines.c.by_day, _UNITS, func.count())
    .where(_OF_STORE)
    .group_by(lines.c.unpaid, lines.c.dated, lines.c.by_day)
)
_SUMS = (
    select(lines.c.dated, _UNITS, func.count(), func.min(lines.c.since))
    .where(_OF_STORE)
    .group_by(lines.c.unpaid, lines.c.dated)
)
_ORDERS = select(func.count(distinct(lines.c.order_id))).where(_OF_STORE)
_VARIANTS = select(func.count(distinct(lines.c.variant_id))).where(_OF_STORE)
_ON_SALE = select(func.count(), func.sum(variants.c.less)).where(variants.c.store == bindparam("store"), LISTED)


class SqlBacklog(BacklogLines):
    __slots__ = ()

    def variant_ids(
        self,
        store: str,
        *,
        search: str = "",
        only: VariantFilter = VariantFilter.ALL,
        sort: VariantSort = VariantSort.SKU,
        at: Cursor | None = None,
        limit: int = 50,
    ) -> Listing[str]:
        """ValueError for a cursor of another listing or of none."""
        wanted = and_(variants.c.store == store, LISTED)
        asked = sought(search, (variants.c.by_sku,), variants.c.words)
        pages = Pages(
            self._scope.of(store), _KEYS[sort], _LETS_THROUGH[only], wanted if asked is None else and_(wanted, asked)
        )
        places, previous, following = pages.page(at, limit)
        return Listing(tuple(place[-1] for place in places), previous, following)

    def waiting_for(self, store: str, variant_ids: Collection[str]) -> Mapping[str, int]:
        connection = self._scope.of(store)
        return {
            variant_id: int(units)
            for some in chunks(variant_ids)
            for variant_id, units in connection.execute(
                _BY_VARIANT.where(lines.c.variant_id.in_(some)), {"store": store}
            )
        }

    def totals(self, store: str) -> Totals:
        connection = self._scope.of(store)
        of_store = {"store": store}
        sums = connection.execute(_SUMS, of_store).all()
        return Totals(
            units=sum(int(units) for _, units, _, _ in sums),
            lines=sum(number for _, _, number, _ in sums),
            orders=connection.scalar(_ORDERS, of_store) or 0,
            variants=connection.scalar(_VARIANTS, of_store) or 0,
            oldest=min((since for *_, since in sums), default=None),
            undated=sum(int(units) for dated, units, _, _ in sums if not dated),
        )

    def on_sale(self, store: str) -> tuple[int, int]:
        count, less = self._scope.of(store).execute(_ON_SALE, {"store": store}).one()
        return count, -int(less or 0)

    def waiting_before(self, store: str, moments: Sequence[datetime]) -> Sequence[int]:
        if not moments:
            return ()
        # One walk through an index that holds both columns, however many moments there are.
        older = [func.sum(case((lines.c.since < moment, lines.c.waiting), else_=0)) for moment in moments]
        row = self._scope.of(store).execute(select(*older).where(_OF_STORE), {"store": store}).one()
        return [int(units or 0) for units in row]

    def by_day(self, store: str, limit: int) -> Sequence[tuple[date | None, int, int]]:
        found: dict[tuple[bool, date], tuple[int, int]] = {}
        for dated, day, units, number in self._scope.of(store).execute(_DAYS, {"store": store}):
            before = found.get((not dated, day), (0, 0))
            found[not dated, day] = (before[0] + int(units), before[1] + number)
        days = sorted(found.items())[:limit]
        return [(None if undated else day, units, number) for (undated, day), (units, number) in days]

    def most_waited_for(self, store: str, limit: int) -> Sequence[tuple[str, str, str, int]]:
        """SKU and title as they stand in one of the orders, which may know more than the catalogue does."""
        connection = self._scope.of(store)
        found = []
        for variant_id, units in connection.execute(_MOST, {"store": store, "most": limit}).all():
            sku, title = connection.execute(_NAME, {"store": store, "variant": variant_id}).first() or ("", "")
            found.append((variant_id, sku, title, int(units)))
        return found
