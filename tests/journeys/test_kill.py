"""``kill -9`` at any moment of a day of trade loses nothing and tells nobody twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from day_end import check, peaceful_end
from kill_day import day, points

KILLS_A_DAY = 5


@pytest.fixture(scope="module")
def peaceful(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    return peaceful_end(tmp_path_factory.mktemp("peaceful"))


def live(folder: Path, seed: int, kills: int, peaceful: dict[str, object]) -> None:
    todo = points(seed, kills)
    with day(folder, todo) as there:
        try:
            check(there, there.play(), peaceful)
        except (AssertionError, TimeoutError) as error:
            said = "\n".join(f"  {point}" for point in there.executioner.done)
            log = (folder / "serve.log").read_text()[-4000:]
            error.add_note(
                f"seed {seed}, of {kills} kills these had happened:\n{said}\nexits {there.process.ended}\n{log}"
            )
            raise


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long)])
def test_a_day_with_kills_ends_as_a_day_without(tmp_path: Path, seed: int, peaceful: dict[str, object]) -> None:
    live(tmp_path, seed, KILLS_A_DAY, peaceful)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 125))
def test_twenty_five_days_with_eight_kills_each(tmp_path: Path, seed: int, peaceful: dict[str, object]) -> None:
    live(tmp_path, seed, 8, peaceful)
