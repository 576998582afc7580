"""Cases the convergence law found: versions of one order in every order of arrival end in the same places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from memory_store import MemoryWork

from connector.domain.facts import (
    Demand,
    Fact,
    LineSeen,
    OrderGone,
    OrderSeen,
    PlatformStatus,
    ProductGone,
    Reread,
    ShownSeen,
    StockSeen,
    Thing,
    VariantSeen,
)
from connector.domain.queue import Tranche
from connector.ports.records import OrderRecord, StoreRecord
from connector.services.apply import Apply
from connector.services.apply_order import merge_order, void_order
from connector.services.plan import places

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
KEY = "main"
ORDERS = tuple(permutations(range(3)))


def at(minute: int) -> datetime:
    return NINE + timedelta(minutes=minute)


def version(
    minute: int, wanted: int, demand: Demand = Demand.OPEN, *, taken: int = 0, of: str | None = "7"
) -> OrderSeen:
    line = LineSeen("1", of, "CHAIR", "Chair", wanted, wanted if demand is not Demand.NONE else 0, product_id=of or "")
    return OrderSeen("5", "1005", demand, demand.value, at(minute), at(0), at(taken), (line,))


def arrived(versions: Sequence[OrderSeen]) -> OrderRecord:
    held: OrderRecord | None = None
    for one in versions:
        merged = merge_order(held, one, {}, at(60), read=False)
        held = merged.order or held
    assert held is not None
    return held


def queue(order: OrderRecord) -> Mapping[str, list[Tranche]]:
    work = MemoryWork()
    work.stored.orders[order.id] = order
    with work(read_only=True) as uow:
        waiting = uow.orders.waiting(KEY, {line.pool_id for line in order.lines.values()})
    return {line.line_id: places(line) for line in waiting}


@pytest.mark.parametrize("order", ORDERS)
def test_units_given_up_and_wanted_again_join_at_the_end(order: tuple[int, ...]) -> None:
    """Shopify: edited down to nothing and up again; the zero came first and was forgotten as idle."""
    versions = (version(1, 2), version(2, 0), version(3, 2))
    assert queue(arrived([versions[one] for one in order])) == {"1": [Tranche(at(3), 2)]}


@pytest.mark.parametrize("order", ORDERS)
def test_the_oldest_moment_of_taking_stock_counts_whichever_version_comes_first(order: tuple[int, ...]) -> None:
    versions = (
        version(1, 2, Demand.UNPAID, taken=0),
        version(2, 2, Demand.DONE, taken=2),
        version(3, 2, Demand.OPEN, taken=2),
    )
    assert queue(arrived([versions[one] for one in order])) == {"1": [Tranche(at(0), 2)]}


@pytest.mark.parametrize("order", ORDERS)
def test_a_version_that_had_taken_nothing_gives_no_place(order: tuple[int, ...]) -> None:
    versions = (version(1, 2, Demand.NONE, taken=0), version(2, 2, taken=2), version(3, 2, taken=2))
    assert queue(arrived([versions[one] for one in order])) == {"1": [Tranche(at(2), 2)]}


@pytest.mark.parametrize("order", ORDERS)
def test_a_line_whose_product_was_deleted_is_known_from_an_older_version(order: tuple[int, ...]) -> None:
    """Both platforms forget which product a line was of; the older version that says so may come last."""
    versions = (version(1, 2), version(2, 2), version(3, 2, of=None))
    held = arrived([versions[one] for one in order])
    assert (held.lines["1"].variant_id, held.lines["1"].pool_id, held.lines["1"].outstanding) == ("7", "7", 2)


@pytest.mark.parametrize("order", ORDERS)
def test_two_versions_of_one_second_give_the_same_places_in_either_order(order: tuple[int, ...]) -> None:
    versions = (version(1, 1), version(1, 3), version(2, 3))
    assert queue(arrived([versions[one] for one in order])) == {"1": [Tranche(at(0), 3)]}


def test_a_line_never_stands_in_the_queue_with_more_units_than_it_wants() -> None:
    """Up and down within one second: the highest number is remembered, the newest version says what is wanted."""
    assert queue(arrived([version(1, 3), version(1, 2)])) == {"1": [Tranche(at(0), 2)]}


def test_an_order_back_from_the_bin_keeps_its_place() -> None:
    """WooCommerce takes no stock and gives none back on the way into the bin and out of it."""
    held = arrived([version(1, 2)])
    void_order(held, at(5))
    assert queue(held) == {}
    back = merge_order(held, version(9, 2), {}, at(9), read=True).order
    assert back is not None
    assert queue(back) == {"1": [Tranche(at(0), 2)]}


# In one batch


def product(minute: int) -> tuple[VariantSeen, StockSeen, ShownSeen]:
    return (
        VariantSeen("7", "7", "7", "CHAIR", "Chair", at(minute)),
        StockSeen("7", 3, PlatformStatus.IN_STOCK, at(minute)),
        ShownSeen("7", {"backorders": "no"}, at(minute)),
    )


def applied(work: MemoryWork, *batches: tuple[Sequence[Fact], bool]) -> list[Reread]:
    """Each batch in a unit of its own; what is to be read again after the last."""
    asked: list[Reread] = []
    for facts, read in batches:
        with work() as uow:
            apply = Apply(uow, KEY)
            apply.take(facts, at(60), read=read)
            asked = apply.rereads
            apply.finish(at(60))
            uow.commit()
    return asked


@pytest.fixture
def work() -> MemoryWork:
    made = MemoryWork()
    made.stored.stores[KEY] = StoreRecord(KEY, "woocommerce")
    return made


def test_what_a_batch_brings_is_known_to_the_rest_of_the_batch(work: MemoryWork) -> None:
    """An order made and binned between two looks: its end was taken for news of a stranger."""
    with work() as uow:
        apply = Apply(uow, KEY)
        apply.take((version(1, 2), *product(1)), at(60), read=False)
        assert apply.rows.knows(Reread(Thing.ORDER, "5", only_known=True))
        assert apply.rows.knows(Reread(Thing.PRODUCT, "7", only_known=True))
        assert apply.rows.knows(Reread(Thing.POOL, "7", only_known=True))
        assert not apply.rows.knows(Reread(Thing.ORDER, "6", only_known=True))
        apply.take((ProductGone("7"),), at(60), read=True)
        apply.finish(at(60))
        uow.commit()
    assert work.stored.variants["7"].gone


def test_old_news_of_a_deleted_product_asks_instead_of_bringing_it_back(work: MemoryWork) -> None:
    asked = applied(work, (product(1), False), ([ProductGone("7")], True), (product(2), False))
    assert work.stored.variants["7"].gone
    assert Reread(Thing.PRODUCT, "7") in asked


def test_a_read_brings_a_deleted_product_back_whatever_its_date(work: MemoryWork) -> None:
    applied(work, (product(2), False), ([ProductGone("7")], True), (product(1), True))
    assert not work.stored.variants["7"].gone


def test_two_names_of_one_second_are_settled_by_a_read(work: MemoryWork) -> None:
    seen = product(1)[0]
    asked = applied(work, ([seen], False), ([replace(seen, title="Armchair")], False))
    assert asked == [Reread(Thing.PRODUCT, "7")]


def test_an_order_that_is_gone_stays_gone_for_the_versions_before(work: MemoryWork) -> None:
    applied(work, ([version(2, 2)], False), ([OrderGone("5")], True), ([version(1, 3)], False))
    assert work.stored.orders["5"].status == "gone"
    assert work.stored.orders["5"].lines["1"].outstanding == 0
