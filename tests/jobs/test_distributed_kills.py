"""Whichever process of a fleet is killed or paused at whatever moment, and though PostgreSQL crashes: the same day."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg
import pytest
from databases import postgresql_database
from day_end import check, peaceful_end
from fleet_supervised import Blow, SupervisedFleet
from kill_day import QUIET_SECONDS, Point, day, points
from service_process import wait_for
from sqlalchemy import make_url

ROLES = ("web", "worker", "worker", "scheduler", "scheduler")
KILLS = [Blow("kill", place) for place in range(len(ROLES))]
PAUSES = [Blow("pause", place) for place in range(len(ROLES))]
CRASHES = [Blow("crash PostgreSQL")] * 3
PATIENT = "\n[jobs]\npatience = 10\n"


@pytest.fixture(scope="module")
def peaceful(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    return peaceful_end(tmp_path_factory.mktemp("peaceful"))


@pytest.fixture
def server(postgresql_server: str) -> str:
    """Its address for the driver."""
    return postgresql_server.replace("+psycopg", "")


@pytest.fixture
def address(postgresql_server: str, server: str) -> Iterator[str]:
    """A database that keeps what it has committed when the server crashes; the other tests' do not."""
    with postgresql_database(postgresql_server) as url:
        with psycopg.connect(server, autocommit=True) as elsewhere:
            elsewhere.execute(f'ALTER DATABASE "{make_url(url).database}" SET synchronous_commit = on'.encode())
        yield url


def live(folder: Path, server: str, address: str, todo: Sequence[Point], peaceful: dict[str, object]) -> list[int]:
    """With what codes processes ended, whom the supervisor started again."""

    def run(config: Path, url: str, log: Path) -> SupervisedFleet:
        return SupervisedFleet(config, url, log, ROLES, server)

    with day(folder, todo, run, address, PATIENT) as there:
        fleet: SupervisedFleet = there.process
        fleet.spare(there.service)
        try:
            town = there.play()
            fleet.wait_until_whole()
            wait_for("who was paused has done no harm", there._stays_quiet, QUIET_SECONDS)
            check(there, town, peaceful)
        except (AssertionError, TimeoutError) as error:
            said = "\n".join(f"  {point}" for point in there.executioner.done)
            error.add_note(
                f"of {len(todo)} blows these had fallen:\n{said}\nexits {fleet.ended}\n{fleet.log()[-6000:]}"
            )
            raise
        return [code for _, code in fleet.ended]


def test_a_fleet_of_which_any_two_are_killed_ends_its_day_as_one_without(
    tmp_path: Path, server: str, address: str, peaceful: dict[str, object]
) -> None:
    codes = live(tmp_path, server, address, points(1, 2, KILLS), peaceful)
    assert codes == [-signal.SIGKILL] * 2, "one that was not killed ended"


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 110))
def test_ten_days_of_a_fleet_with_eight_kills_pauses_and_crashes_of_the_database_each(
    tmp_path: Path, server: str, address: str, seed: int, peaceful: dict[str, object]
) -> None:
    live(tmp_path, server, address, points(seed, 8, [*KILLS, *PAUSES, *CRASHES]), peaceful)
