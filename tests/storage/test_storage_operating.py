from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from storage_rows import NOON, OTHER, SHOP, a_bucket, a_process, a_request, after

from connector.ports.operating import BucketRecord, PrivacyRequest, RequestKind, RequestState
from connector.ports.unit_of_work import UnitOfWork
from connector.storage.engine import Database


def test_turns_of_a_store_are_numbered_one_after_the_other_and_each_store_by_itself(database: Database) -> None:
    with database.work() as work:
        assert work.turns.number(SHOP) == 0
        assert [work.turns.begin(SHOP, "worker 1", after(n)) for n in range(3)] == [1, 2, 3]
        assert work.turns.begin(OTHER, "worker 2", NOON) == 1
        assert (work.turns.number(SHOP), work.turns.number(OTHER)) == (3, 1)


def test_a_turn_that_was_not_committed_has_never_begun(database: Database) -> None:
    with database.work() as work:
        work.turns.begin(SHOP, "worker 1", NOON)
        work.commit()
        work.turns.begin(SHOP, "worker 1", NOON)
    with database.work(read_only=True) as work:
        assert work.turns.number(SHOP) == 1


@pytest.mark.parametrize("points", [0.1 + 0.2, -3.5, 1e-300, 1e15 + 0.5])
def test_a_budget_is_read_back_to_the_last_digit_and_only_the_last_one(database: Database, points: float) -> None:
    with database.work() as work:
        assert work.buckets.get(SHOP) is None
        work.buckets.save(SHOP, a_bucket())
        work.buckets.save(OTHER, a_bucket(maximum=1.0))
        work.buckets.save(SHOP, a_bucket(points, at=after(0.000001)))
        assert work.buckets.get(SHOP) == a_bucket(points, at=after(0.000001))
        assert work.buckets.get(OTHER) == a_bucket(maximum=1.0)


def test_processes_are_listed_by_role_with_their_last_beat(database: Database) -> None:
    web, first, second = a_process("c", role="web"), a_process("a"), a_process("b", machine="keller")
    later = replace(first, beat_at=after(9), leads=True)
    with database.work() as work:
        for one in (second, web, first, later):
            work.processes.beat(one)
        assert list(work.processes.all()) == [web, later, second]


def test_processes_whose_last_beat_is_older_are_forgotten(database: Database) -> None:
    with database.work() as work:
        for n in range(3):
            work.processes.beat(a_process(str(n), beat_at=after(n)))
        assert work.processes.forget(after(2)) == 2
        assert [one.id for one in work.processes.all()] == ["2"]
        assert work.processes.forget(after(2)) == 0


def asked(work: UnitOfWork, reference: str, **more: object) -> PrivacyRequest:
    request = a_request(reference, **more)
    return replace(request, id=work.privacy.ask(request))


def test_the_same_request_twice_is_one_and_stands_as_it_was_asked_first(database: Database) -> None:
    with database.work() as work:
        first = asked(work, "r1")
        again = asked(work, "r1", subject=b"another", asked_at=after(1))
        of_other = asked(work, "r1", store=OTHER)
        assert (again.id, of_other.id == first.id) == (first.id, False)
        assert list(work.privacy.find(None, None, 9)) == [of_other, first]


def test_a_request_is_read_back_as_it_was_saved_last(database: Database) -> None:
    with database.work() as work:
        done = replace(
            asked(work, "r1", kind=RequestKind.ACCESS, subject=bytes(range(256))),
            state=RequestState.DONE,
            done_at=after(5),
            found={"orders": 2, "messages": 10**15},
            subject=b"",
            answer=b"\0sealed",
            said="Größe",
        )
        work.privacy.save(done)
        assert list(work.privacy.find(SHOP, None, 9)) == [done]


def test_what_is_still_to_be_worked_on_comes_by_the_day_it_is_due(database: Database) -> None:
    with database.work() as work:
        late, soon, next_one = (
            asked(work, f"due in {days}", due_at=NOON + timedelta(days=days)) for days in (30, 1, 10)
        )
        work.privacy.save(replace(asked(work, "put together"), state=RequestState.READY))
        asked(work, "of another", store=OTHER)
        assert list(work.privacy.open(SHOP, 9)) == [soon, next_one, late]
        assert list(work.privacy.open(SHOP, 1)) == [soon]


def test_requests_are_found_by_store_and_by_state_the_newest_first(database: Database) -> None:
    with database.work() as work:
        first, second = asked(work, "1"), asked(work, "2")
        other = asked(work, "1", store=OTHER)
        ready = replace(first, state=RequestState.READY)
        work.privacy.save(ready)
        assert list(work.privacy.find(None, None, 9)) == [other, second, ready]
        assert list(work.privacy.find(None, None, 2)) == [other, second]
        assert list(work.privacy.find(SHOP, None, 9)) == [second, ready]
        assert list(work.privacy.find(None, RequestState.OPEN, 9)) == [other, second]
        assert list(work.privacy.find(OTHER, RequestState.READY, 9)) == []


def test_saving_a_request_under_the_wrong_store_changes_nothing(database: Database) -> None:
    with database.work() as work:
        request = asked(work, "r1")
        work.privacy.save(replace(request, store=OTHER, said="not yours"))
        assert list(work.privacy.find(None, None, 9)) == [request]


@pytest.mark.parametrize("name", ["buckets", "limits"])
def test_what_many_change_at_once_is_changed_by_each(database: Database, name: str) -> None:
    def one_more(held: BucketRecord | None) -> BucketRecord:
        bucket = held or a_bucket(0.0)
        return replace(bucket, points=bucket.points + 1)

    def change(_: int) -> None:
        with database.work() as work:
            if name == "buckets":
                work.buckets.change(SHOP, one_more)
            else:
                work.limits.hit("an address", 1, NOON, after(60))
            work.commit()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(change, range(40)))
    with database.work(read_only=True) as work:
        bucket, (knocks, until) = work.buckets.get(SHOP), work.limits.get("an address", NOON)
    assert (bucket.points if bucket else None, knocks, until) == (
        (40.0, 0, NOON) if name == "buckets" else (None, 40, after(60))
    )


def test_a_budget_waits_for_no_other_work_of_its_store(database: Database) -> None:
    if not database.is_shared:
        pytest.skip("One process alone works on SQLite, and keeps its budgets in memory.")
    with database.work() as busy:
        busy.turns.begin(SHOP, "worker", NOON)
        with database.work() as work:
            work.buckets.change(SHOP, lambda _: a_bucket())
            work.commit()
