from __future__ import annotations

import pytest
from storage_rows import NOON, OTHER, SHOP, a_wait, after

from connector.ports.history import JobRun, Sample
from connector.storage.engine import Database


def test_the_newest_run_of_each_job_is_kept(database: Database) -> None:
    planned = JobRun(SHOP, "plan", after(60), 0.125, "TryLater")
    pushed = JobRun(SHOP, "push", NOON, 1 / 3)
    elsewhere = JobRun(OTHER, "plan", NOON, 1e-6)
    with database.work() as work:
        for run in (pushed, JobRun(SHOP, "plan", NOON, 5), elsewhere, planned):
            work.job_runs.save(run)
        assert list(work.job_runs.of(SHOP)) == [planned, pushed]
        assert list(work.job_runs.of(None)) == [planned, pushed, elsewhere]
        assert list(work.job_runs.of("third")) == []


def test_samples_come_oldest_first_from_the_moment_asked_for(database: Database) -> None:
    samples = [Sample(after(number), number, 1) for number in range(4)]
    with database.work() as work:
        for one in reversed(samples):
            work.history.sample(SHOP, one)
        work.history.sample(OTHER, Sample(NOON, 9, 9))
        assert list(work.history.samples(SHOP, after(2))) == samples[2:]
        assert list(work.history.samples(SHOP, after(-1))) == samples
        work.history.sample(SHOP, Sample(NOON, 5, 2))
        assert next(iter(work.history.samples(SHOP, NOON))) == Sample(NOON, 5, 2)


def test_what_was_served_is_kept_once_and_as_it_was_kept_first(database: Database) -> None:
    first = a_wait(units=2)
    rest = a_wait(units=1, served_at=after(7200))
    with database.work() as work:
        work.history.served(SHOP, [])
        work.history.served(SHOP, [first])
        work.history.served(SHOP, [a_wait(units=5), rest, a_wait(line_id="2")])
        work.history.served(OTHER, [a_wait(units=7)])
        assert list(work.history.waits(SHOP, NOON)) == [first, a_wait(line_id="2"), rest]
        assert list(work.history.waits(SHOP, after(7200))) == [rest]
        assert list(work.history.waits(SHOP, after(7201))) == []


@pytest.mark.parametrize(("limit", "gone"), [(9, 4), (4, 4), (3, 3), (1, 1), (0, 0)])
def test_purging_takes_what_is_old_and_no_more_than_asked(database: Database, limit: int, gone: int) -> None:
    with database.work() as work:
        for number in range(3):
            work.history.sample(SHOP, Sample(after(number), number, number))
            work.history.served(SHOP, [a_wait(served_at=after(number))])
        work.history.sample(OTHER, Sample(NOON, 1, 1))
        assert work.history.purge(SHOP, after(2), limit) == gone
        left = len(work.history.samples(SHOP, NOON)) + len(work.history.waits(SHOP, NOON))
        assert left == 6 - gone
        assert list(work.history.samples(SHOP, after(2))) == [Sample(after(2), 2, 2)]
        assert list(work.history.waits(SHOP, after(2))) == [a_wait(served_at=after(2))]
        assert len(work.history.samples(OTHER, NOON)) == 1
