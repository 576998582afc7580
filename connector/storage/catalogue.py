"""What can be bought."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, bindparam, func, select, tuple_

from connector.ports.records import VariantRecord
from connector.storage.dialect import CHUNK, chunks, upsert
from connector.storage.folding import code, words
from connector.storage.repository import Repository, columns_of, values_of
from connector.storage.tables import PRESENT
from connector.storage.tables import variants as table
from connector.storage.variant_marks import compare_shown, count_waiting

_READ = select(*columns_of(table, VariantRecord))
_BY_SKU = _READ.where(table.c.store == bindparam("store"), table.c.sku == bindparam("sku"), PRESENT)
_PAGE = _READ.where(table.c.store == bindparam("store"), PRESENT).order_by(table.c.sku, table.c.id).limit(CHUNK)
_SIZE = select(func.count()).select_from(table).where(table.c.store == bindparam("store"), PRESENT)
_values = values_of(VariantRecord)
_UNMARKED = {"less": 0, "waits": False, "differs": False}
_SAVED = [column.name for column in table.c if not column.primary_key and column.name not in _UNMARKED]


def _again(new: Any) -> dict[str, Any]:  # noqa: ANN401 -- the columns of an insert, loosely typed by SQLAlchemy
    return {name: new[name] for name in _SAVED}


def _row(store: str, one: VariantRecord) -> dict[str, Any]:
    return {"store": store, "by_sku": code(one.sku), "words": words(one.title), **_UNMARKED, **_values(one)}


class SqlCatalogue(Repository):
    __slots__ = ()

    def get(self, store: str, ids: Collection[str]) -> dict[str, VariantRecord]:
        return {one.id: one for one in self._in(store, table.c.id, ids)}

    def of_products(self, store: str, product_ids: Collection[str]) -> Sequence[VariantRecord]:
        return self._in(store, table.c.product_id, product_ids)

    def of_pools(self, store: str, pool_ids: Collection[str]) -> Sequence[VariantRecord]:
        return self._in(store, table.c.pool_id, pool_ids, PRESENT)

    def _in(
        self, store: str, column: Column[Any], ids: Collection[str], *more: ColumnElement[bool]
    ) -> list[VariantRecord]:
        connection = self._scope.of(store)
        return [
            VariantRecord(*row)
            for some in chunks(ids)
            for row in connection.execute(
                _READ.where(table.c.store == store, column.in_(some), *more).order_by(table.c.id)
            )
        ]

    def by_sku(self, store: str, sku: str) -> Sequence[VariantRecord]:
        rows = self._scope.of(store).execute(_BY_SKU.order_by(table.c.id), {"store": store, "sku": sku})
        return [VariantRecord(*row) for row in rows]

    def by_skus(self, store: str, skus: Collection[str]) -> Mapping[str, Sequence[VariantRecord]]:
        found: dict[str, list[VariantRecord]] = {}
        for one in self._in(store, table.c.sku, skus, PRESENT):
            found.setdefault(one.sku, []).append(one)
        return found

    def save(self, store: str, variants: Iterable[VariantRecord]) -> None:
        rows = [_row(store, one) for one in variants]
        if rows:
            connection = self._scope.of(store)
            connection.execute(upsert(connection, table, _again), rows)
            # Lines and showings may have been there before the variant.
            ids = [row["id"] for row in rows]
            count_waiting(connection, store, ids)
            compare_shown(connection, store, ids)

    def each(self, store: str) -> Iterator[VariantRecord]:
        """Page by page, so that what the caller writes between two records disturbs no open cursor."""
        query = _PAGE
        while True:
            page = [VariantRecord(*row) for row in self._scope.of(store).execute(query, {"store": store})]
            yield from page
            if len(page) < CHUNK:
                return
            query = _PAGE.where(tuple_(table.c.sku, table.c.id) > tuple_(page[-1].sku, page[-1].id))

    def size(self, store: str) -> int:
        return self._scope.of(store).scalar(_SIZE, {"store": store}) or 0
