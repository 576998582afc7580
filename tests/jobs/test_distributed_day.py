"""A day of trade over web, workers and schedulers, each a process of its own, ends as over one process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from databases import postgresql_database
from day_end import check, peaceful_end
from fleet_processes import Fleet
from kill_day import day
from scheduling import eventually

from connector.ports.operating import ProcessRecord

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

        def found() -> Sequence[ProcessRecord]:
            with there.service.work(read_only=True) as uow:
                return uow.processes.all()

        assert sorted(one.role for one in found()) == sorted(ROLES)
        # On a machine that is busy one may just have given up to lead, and the other may not lead yet.
        assert eventually(lambda: [one.role for one in found() if one.leads] == ["scheduler"])
        log = there.process.log()
        assert "Traceback" not in log, log
