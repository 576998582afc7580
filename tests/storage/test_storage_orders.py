from __future__ import annotations

from collections.abc import Callable
from datetime import date
from threading import Thread

import pytest
from sqlalchemy.exc import StatementError
from storage_rows import NOON, OTHER, SHOP, WAITS, a_line, an_order, an_outcome

from connector.domain.facts import Demand
from connector.domain.marks import OrderMarks, OrderStatus
from connector.domain.promise import Outcome
from connector.ports.records import OrderRecord, WaitingLine
from connector.storage.engine import Database

DAY = date(2026, 12, 1)


def save(database: Database, *orders: OrderRecord, store: str = SHOP) -> None:
    with database.work() as work:
        work.orders.save(store, orders)
        work.commit()


def test_an_order_is_read_back_as_it_was_saved(database: Database) -> None:
    full = a_line("10", announced=1, ready=1, waiting=2, expected_on=DAY)
    order = an_order("o1", full, a_line("9", "p2", 0, history=()), told=WAITS, revision=4, test=True)
    bare = an_order("o2", first_waiting_at=None, demand=Demand.UNKNOWN, status="wc-odd", lines={})
    save(database, order, bare)
    with database.work() as work:
        assert work.orders.get(SHOP, ["o1", "o2", "o3"]) == {"o1": order, "o2": bare}
        assert work.orders.get(OTHER, ["o1"]) == {}


def test_saving_again_replaces_the_order_and_exactly_its_lines(database: Database) -> None:
    save(database, an_order("o1", a_line("1"), a_line("2")), an_order("o2", a_line("1")))
    changed = an_order("o1", a_line("2", "p9", 0), a_line("3"), status="completed", demand=Demand.DONE)
    save(database, changed)
    with database.work() as work:
        assert work.orders.get(SHOP, ["o1"]) == {"o1": changed}
        assert list(work.orders.get(SHOP, ["o2"])["o2"].lines) == ["1"]


def test_more_orders_than_one_query_takes_are_saved_and_found(database: Database) -> None:
    many = {f"o{i}": an_order(f"o{i}", a_line("1", f"p{i}"), a_line("2", f"p{i}", 0)) for i in range(1101)}
    save(database, *many.values())
    with database.work() as work:
        assert work.orders.get(SHOP, many) == many
        assert len(work.orders.waiting(SHOP, [f"p{i}" for i in range(1101)])) == 1101


def test_orders_are_found_by_the_number_a_merchant_reads(database: Database) -> None:
    save(database, an_order("2", number="#1001"), an_order("1", number="#1001"), an_order("3", number="1001"))
    with database.work() as work:
        assert work.orders.by_number(SHOP, "#1001") == ["1", "2"]
        assert work.orders.by_number(OTHER, "#1001") == []


def test_only_open_lines_of_these_pools_wait_and_know_their_place(database: Database) -> None:
    line = a_line("1", "p1", 2, announced=1, ready=1, waiting=1, expected_on=DAY)
    order = an_order("o1", line, a_line("2", "p1", 0), a_line("3", "p2"))
    save(database, order)
    save(database, an_order("o9"), store=OTHER)
    expected = WaitingLine(
        order_id="o1",
        line_id="1",
        variant_id="v-p1",
        pool_id="p1",
        demand=Demand.OPEN,
        taken_at=order.taken_at,
        first_waiting_at=order.first_waiting_at,
        shipped=1,
        outstanding=2,
        history=line.history,
        announced=1,
        ready=1,
        waiting=1,
        expected_on=DAY,
    )
    with database.work() as work:
        assert work.orders.waiting(SHOP, ["p1"]) == [expected]
        assert work.orders.waiting(SHOP, []) == []


def test_open_orders_are_those_with_an_open_line(database: Database) -> None:
    save(database, an_order("b", a_line("1"), a_line("2")), an_order("a", a_line("1", "p2")))
    save(database, an_order("closed", a_line("1", outstanding=0)))
    with database.work() as work:
        assert work.orders.open_ids(SHOP, ["p1"]) == ["b"]
        assert work.orders.open_ids(SHOP, ["p1", "p2"]) == ["a", "b"]
        assert list(work.orders.all_open_ids(SHOP)) == ["a", "b"]


def test_moving_a_variant_names_the_pools_its_lines_left(database: Database) -> None:
    lines = [a_line(str(i), pool, variant_id="mug") for i, pool in enumerate(["p1", "p2", "new"])]
    save(database, an_order("o1", *lines, a_line("9", "p1", variant_id="plate")))
    with database.work() as work:
        assert work.orders.repool(SHOP, "mug", "new") == {"p1", "p2"}
        assert work.orders.repool(SHOP, "mug", "new") == set()
        assert sorted(one.line_id for one in work.orders.waiting(SHOP, ["new"])) == ["0", "1", "2"]
        assert [one.line_id for one in work.orders.waiting(SHOP, ["p1"])] == ["9"]


def test_a_plan_writes_only_what_planning_decides(database: Database) -> None:
    save(database, an_order("o1", a_line("1"), a_line("2")))
    with database.work() as work:
        work.orders.planned(SHOP, [an_outcome("o1", "1", 1, 2, DAY), an_outcome("gone", "1", 1, 2)])
        assert work.orders.get(SHOP, ["o1"]) == {
            "o1": an_order("o1", a_line("1", ready=1, waiting=2, expected_on=DAY), a_line("2"))
        }


def test_waiting_units_are_counted_by_variant(database: Database) -> None:
    save(database, an_order("o1", a_line("1"), a_line("2", "p2")), an_order("o2"))
    outcomes = [an_outcome("o1", "1", 0, 3), an_outcome("o2", "1", 1, 2), an_outcome("o1", "2", 3, 0)]
    with database.work() as work:
        work.orders.planned(SHOP, outcomes)
        assert work.orders.waiting_totals(SHOP) == {"v-p1": 5}


READY = OrderMarks(OrderStatus.READY)
TWO_POOLS = (a_line("1"), a_line("2", "p2", 0))


@pytest.mark.parametrize(
    ("told", "outcomes", "expected"),
    [
        pytest.param(OrderMarks(), [], [], id="never waited"),
        pytest.param(OrderMarks(), [an_outcome("o1", "1", 0, 3)], ["o1"], id="waits now, told of nothing"),
        pytest.param(WAITS, [], ["o1"], id="told of waiting, waits no more"),
        pytest.param(READY, [], [], id="told that all is there"),
        pytest.param(
            OrderMarks(), [an_outcome("o1", "1", 0, 3), an_outcome("o1", "1", 3, 0)], [], id="waited, was told nothing"
        ),
    ],
)
@pytest.mark.parametrize("pool_id", ["p1", "p2"])
def test_an_order_may_need_telling_if_it_waits_or_was_told_so(
    database: Database, told: OrderMarks, outcomes: list[Outcome], expected: list[str], pool_id: str
) -> None:
    save(database, an_order("o1", *TWO_POOLS, told=told))
    with database.work() as work:
        for one in outcomes:
            work.orders.planned(SHOP, [one])
        assert work.orders.to_tell(SHOP, [pool_id, "p3"]) == expected
        assert work.orders.to_tell(SHOP, ["p3"]) == []


def test_an_order_saved_while_it_waits_still_needs_telling(database: Database) -> None:
    save(database, an_order("o1", a_line("1", waiting=1), a_line("2", "p2", 0)))
    with database.work() as work:
        assert work.orders.to_tell(SHOP, ["p2"]) == ["o1"]


def test_what_was_read_stays_true_until_it_is_written(database: Database) -> None:
    """Two workers that read and then write the same order lose nothing of each other."""
    save(database, an_order("o1", revision=0))

    def tell() -> None:
        for _ in range(20):
            with database.work() as work:
                order = work.orders.get(SHOP, ["o1"])["o1"]
                order.revision += 1
                work.orders.save(SHOP, [order])
                work.commit()

    run_together(tell, tell, tell)
    with database.work() as work:
        assert work.orders.get(SHOP, ["o1"])["o1"].revision == 60


def run_together(*acts: Callable[[], None]) -> None:
    threads = [Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match=r"ValueError.*needs its zone"):
        save(database, an_order("o1", changed_at=NOON.replace(tzinfo=None)))
    with database.work() as work:
        assert work.orders.get(SHOP, ["o1"]) == {}
