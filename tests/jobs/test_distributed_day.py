"""A day of trade over web, workers and schedulers, each a process of its own, ends as over one process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import postgresql_database
from day_end import check, peaceful_end
from fleet_processes import Fleet
from kill_day import day

ROLES = ("web", "worker", "worker", "scheduler", "scheduler")


@pytest.fixture
def address(postgresql_server: str) -> Iterator[str]:
    with postgresql_database(postgresql_server) as url:
        yield url


def test_a_day_of_many_processes_ends_as_a_day_of_one(tmp_path: Path, address: str) -> None:
    def run(config: Path, url: str, log: Path) -> Fleet:
        return Fleet(config, url, log, ROLES)

    with day(tmp_path, [], run, address) as there:
        try:
            check(there, there.play(), peaceful_end(tmp_path / "one"))
        except (AssertionError, TimeoutError) as error:
            error.add_note(there.process.log()[-6000:])
            raise
        with there.service.work(read_only=True) as uow:
            processes = uow.processes.all()
        assert sorted(one.role for one in processes) == sorted(ROLES)
        assert [one.role for one in processes if one.leads] == ["scheduler"]
        log = there.process.log()
        assert "Traceback" not in log, log
