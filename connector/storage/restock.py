"""Who waits for what to be back, who was invited, and which of them have bought since."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    type_coerce,
    update,
)

from connector.domain.facts import Demand, PlatformStatus
from connector.ports.restocking import Interest, ListState, SubscriptionRecord, WaveRecord
from connector.storage.dialect import chunks, upsert
from connector.storage.repository import Repository, columns_of, values_of
from connector.storage.restock_looks import look, look_at, looked
from connector.storage.tables import order_lines, orders, pools, variants
from connector.storage.tables_promises import order_terms
from connector.storage.tables_restock import ON_LIST, restock_waves
from connector.storage.tables_restock import restock_subscriptions as table

_READ = select(*columns_of(table, SubscriptionRecord))
_FOR_OTHERS = (ListState.WAITING, ListState.USED, ListState.STOPPED)
"""Somebody more waits, or keeps no unit any more."""
_WAITS = table.c.state == ListState.WAITING
_INVITED = table.c.state == ListState.INVITED
_values = values_of(SubscriptionRecord, without=("id",))
_WAVES = select(*columns_of(restock_waves, WaveRecord))
_wave_values = values_of(WaveRecord)

_OF_POOL = and_(variants.c.store == table.c.store, variants.c.id == table.c.variant_id, variants.c.gone.is_(False))
# The number where there is one; a shop that keeps none says by itself whether it sells.  Some shops call a number above
# zero sold out: below a threshold of their own.
HAS_UNITS = and_(
    or_(pools.c.available > 0, pools.c.available.is_(None)),
    or_(
        pools.c.status == PlatformStatus.IN_STOCK,
        and_(pools.c.status == PlatformStatus.UNKNOWN, pools.c.available.is_not(None)),
    ),
)
_SETTLED = and_(pools.c.confirmed_at.is_not(None), pools.c.unconfirmed_since.is_(None), pools.c.dirty_at.is_(None))
_BOUGHT = exists().where(
    order_terms.c.store == table.c.store,
    order_terms.c.buyer == table.c.person,
    order_terms.c.buyer != "",
    order_lines.c.store == table.c.store,
    order_lines.c.order_id == order_terms.c.order_id,
    order_lines.c.variant_id == table.c.variant_id,
    orders.c.store == table.c.store,
    orders.c.id == order_terms.c.order_id,
    orders.c.test.is_(False),
    orders.c.demand.not_in([Demand.NONE, Demand.VOID]),
    or_(
        order_lines.c.outstanding > 0,
        # The platforms' clocks have a grain of one second.
        and_(
            type_coerce(orders.c.placed_at, BigInteger) > type_coerce(table.c.asked_at, BigInteger) - 1_000_000,
            order_lines.c.wanted > 0,
        ),
    ),
)


class SqlRestock(Repository):
    __slots__ = ()

    def add(self, store: str, subscription: SubscriptionRecord) -> int:
        row = {"store": store, **_values(subscription)}
        made: Any = self._scope.of(store).execute(insert(table), row).inserted_primary_key
        return int(made.id)

    def save(self, store: str, subscription: SubscriptionRecord) -> None:
        this = (table.c.store == store, table.c.id == subscription.id)
        if self._scope.of(store).execute(update(table).where(*this).values(_values(subscription))).rowcount != 1:
            raise LookupError(f"Store {store} has no restock subscription {subscription.id}.")
        if subscription.state in _FOR_OTHERS:
            look(self._scope.connection, store)

    def get(self, store: str, subscription_id: int) -> SubscriptionRecord | None:
        found = self._all(store, table.c.id == subscription_id)
        return found[0] if found else None

    def delete(self, store: str, ids: Collection[int]) -> int:
        gone = 0
        for some in chunks(ids):
            these = (table.c.store == store, table.c.id.in_(some))
            gone += self._scope.of(store).execute(delete(table).where(*these)).rowcount
        return gone

    def asked(self, store: str, limit: int) -> Sequence[SubscriptionRecord]:
        return self._all(store, table.c.state == ListState.ASKED, limit=limit)

    def asked_count(self, store: str) -> int:
        query = select(func.count()).where(table.c.store == store, table.c.state == ListState.ASKED)
        return self._scope.of(store).execute(query).scalar_one()

    def anything(self, store: str) -> bool:
        states = [ListState.ASKED, ListState.WAITING, ListState.INVITED]
        query = select(table.c.id).where(table.c.store == store, table.c.state.in_(states)).limit(1)
        return self._scope.of(store).execute(query).first() is not None

    def of_person(self, store: str, person: str) -> Sequence[SubscriptionRecord]:
        return self._all(store, table.c.person == person)

    def after(self, store: str, after: int, limit: int) -> Sequence[SubscriptionRecord]:
        return self._all(store, table.c.id > after, func.length(table.c.contact) > 0, limit=limit)

    def with_units(self, store: str) -> Sequence[str]:
        connection = self._scope.of(store)
        wanted = connection.scalars(select(table.c.variant_id).where(table.c.store == store, _WAITS).distinct()).all()
        found: set[str] = set()
        for some in chunks(wanted):
            query = select(pools.c.id).join(
                variants, and_(variants.c.store == pools.c.store, variants.c.pool_id == pools.c.id)
            )
            sold = (variants.c.store == store, variants.c.id.in_(some), variants.c.gone.is_(False))
            found.update(connection.scalars(query.where(*sold, HAS_UNITS, _SETTLED)))
        return sorted(found)

    def waiting(self, store: str, variant_ids: Collection[str], limit: int) -> Sequence[SubscriptionRecord]:
        found: list[SubscriptionRecord] = []
        for some in chunks(variant_ids):
            query = _READ.where(table.c.store == store, _WAITS, table.c.variant_id.in_(some))
            listed = query.order_by(table.c.failures, table.c.confirmed_at, table.c.id).limit(limit)
            found += [SubscriptionRecord(*row) for row in self._scope.of(store).execute(listed)]
        return sorted(found, key=lambda one: (one.failures, one.confirmed_at or one.asked_at, one.id))[:limit]

    def outstanding(self, store: str, pool_id: str, now: datetime) -> int:
        query = (
            select(func.coalesce(func.sum(table.c.claimed), 0))
            .join(variants, _OF_POOL)
            .where(table.c.store == store, variants.c.pool_id == pool_id, _INVITED, table.c.claim_until > now)
        )
        return int(self._scope.of(store).execute(query).scalar_one())

    def bought(self, store: str, limit: int, pool_id: str | None = None) -> Sequence[int]:
        query = select(table.c.id).where(table.c.store == store, _BOUGHT)
        if pool_id is None:
            query = query.where(_INVITED)
        else:
            query = query.join(variants, _OF_POOL).where(
                variants.c.pool_id == pool_id, table.c.state.in_([ListState.WAITING, ListState.INVITED])
            )
        return self._scope.of(store).scalars(query.order_by(table.c.id).limit(limit)).all()

    def over(self, store: str, now: datetime, limit: int) -> Sequence[SubscriptionRecord]:
        query = _READ.where(table.c.store == store, _INVITED, table.c.claim_until <= now)
        ended = query.order_by(table.c.claim_until, table.c.id).limit(limit)
        return [SubscriptionRecord(*row) for row in self._scope.of(store).execute(ended)]

    def unsent(self, store: str, limit: int) -> Sequence[SubscriptionRecord]:
        return self._all(store, _INVITED, table.c.sent_at.is_(None), limit=limit)

    def waves(self, store: str, pool_ids: Collection[str]) -> dict[str, WaveRecord]:
        rows = (
            row
            for some in chunks(pool_ids)
            for row in self._scope.of(store).execute(
                _WAVES.where(restock_waves.c.store == store, restock_waves.c.pool_id.in_(some))
            )
        )
        return {row.pool_id: WaveRecord(*row) for row in rows}

    def save_waves(self, store: str, waves: Collection[WaveRecord]) -> None:
        if waves:
            connection = self._scope.of(store)
            connection.execute(
                upsert(connection, restock_waves), [{"store": store, **_wave_values(one)} for one in waves]
            )

    def to_arm(self, store: str) -> Sequence[WaveRecord]:
        empty = exists().where(pools.c.store == store, pools.c.id == restock_waves.c.pool_id, ~HAS_UNITS)
        query = _WAVES.where(restock_waves.c.store == store, restock_waves.c.armed.is_(False), empty)
        return [WaveRecord(*row) for row in self._scope.of(store).execute(query)]

    def look(self, store: str, at: datetime) -> None:
        look(self._scope.of(store), store, at)

    def look_at(self, store: str) -> datetime | None:
        return look_at(self._scope.of(store), store)

    def looked(self, store: str, mark: datetime | None, again_at: datetime | None) -> None:
        looked(self._scope.of(store), store, mark, again_at)

    def interest(self, store: str) -> Sequence[Interest]:
        people = _count(table.c.state == ListState.WAITING)
        query = (
            select(
                table.c.variant_id,
                people,
                func.coalesce(func.sum(case((table.c.state == ListState.WAITING, table.c.units), else_=0)), 0),
                _count(table.c.state == ListState.UNCONFIRMED),
                _count(_INVITED),
            )
            .where(table.c.store == store, ON_LIST)
            .group_by(table.c.variant_id)
            .order_by(people.desc(), table.c.variant_id)
        )
        return [Interest(row[0], *map(int, row[1:])) for row in self._scope.of(store).execute(query)]

    def purge(
        self,
        store: str,
        *,
        unconfirmed_before: datetime,
        waiting_before: datetime,
        ended_before: datetime,
        limit: int,
    ) -> int:
        past: Mapping[ListState, ColumnElement[bool]] = {
            ListState.UNCONFIRMED: table.c.asked_at < unconfirmed_before,
            ListState.ASKED: table.c.asked_at < unconfirmed_before,
            ListState.WAITING: or_(table.c.confirmed_at < waiting_before, ~exists().where(_OF_POOL)),
            ListState.USED: table.c.ended_at < ended_before,
            ListState.STOPPED: table.c.ended_at < ended_before,
        }
        deleted = 0
        for state, over in past.items():
            query = select(table.c.id).where(table.c.store == store, table.c.state == state, over)
            ids = self._scope.of(store).scalars(query.order_by(table.c.id).limit(limit)).all()
            deleted += self.delete(store, ids)
        return deleted

    def _all(self, store: str, *where: ColumnElement[bool], limit: int | None = None) -> list[SubscriptionRecord]:
        query = _READ.where(table.c.store == store, *where).order_by(table.c.id).limit(limit)
        return [SubscriptionRecord(*row) for row in self._scope.of(store).execute(query)]


def _count(which: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((which, 1)))
