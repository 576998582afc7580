"""Processes that count together: each for itself, and nothing that was counted is ever taken back."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import values

from connector.ports.counting import FIGURES, JOBS, Figure
from connector.seeing.counted import FOLDER, Counted
from connector.seeing.slots import Slots

COUNT = """
import sys
from pathlib import Path
from connector.ports.counting import JOBS
from connector.seeing.counted import Counted
counted = Counted(Path(sys.argv[1]))
print("ready", flush=True)
for line in sys.stdin:
    counted.count(JOBS, ("turn", "done"), float(line))
    print("counted", flush=True)
"""


@pytest.fixture(autouse=True)
def _one_process_again(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(values, "ValueClass", values.ValueClass)
    monkeypatch.setenv(FOLDER, "")
    yield
    os.environ.pop(FOLDER, None)


class Process:
    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-c", COUNT, str(folder)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._line() == "ready"

    def count(self, by: int) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{by}\n")
        self.process.stdin.flush()
        assert self._line() == "counted"

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate(timeout=60)

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@pytest.fixture
def processes() -> Iterator[list[Process]]:
    started: list[Process] = []
    yield started
    for one in started:
        if one.process.poll() is None:
            one.kill()


def turns(counted: Counted) -> float:
    found = re.search(
        r'^backorder_job_runs_total\{job="turn",outcome="done"\} ([\d.e+]+)$', counted.text().decode(), re.MULTILINE
    )
    return float(found[1]) if found else 0.0


def test_one_process_shows_what_all_of_the_machine_counted_and_a_death_takes_nothing_back(
    tmp_path: Path, processes: list[Process]
) -> None:
    web = Counted(tmp_path)
    worker, other = Process(tmp_path), Process(tmp_path)
    processes += [worker, other]
    worker.count(5)
    other.count(7)
    web.count(JOBS, ("turn", "done"), 1)
    assert turns(web) == 13
    worker.kill()
    assert turns(web) == 13
    files = sorted(path.name for path in tmp_path.glob("*.db"))
    again = Process(tmp_path)
    processes.append(again)
    again.count(2)
    assert turns(web) == 15
    assert sorted(path.name for path in tmp_path.glob("*.db")) == files


def test_who_starts_while_nobody_counts_begins_anew(tmp_path: Path, processes: list[Process]) -> None:
    first = Process(tmp_path)
    processes.append(first)
    first.count(5)
    first.kill()
    assert turns(Counted(tmp_path)) == 0


def test_a_forked_child_has_a_number_of_its_own(tmp_path: Path) -> None:
    slots = Slots(tmp_path)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, slots().encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert (slots(), os.read(read, 10).decode()) == ("0", "1")
    os.close(read)
    os.close(write)


def test_where_nothing_can_be_written_a_process_counts_for_itself(tmp_path: Path) -> None:
    taken = tmp_path / "metrics"
    taken.write_text("a file, where the folder should be")
    alone = Counted(taken)
    alone.count(JOBS, ("turn", "done"), 3)
    assert turns(alone) == 3


def test_what_is_counted_is_small_enough_for_the_room_that_was_made_for_it(tmp_path: Path) -> None:
    """Beyond it the file would grow, and a process that writes where a full disk has no room is killed."""
    counted = Counted(tmp_path)
    few = {"platform": ("shopify", "woocommerce"), "topic": tuple(f"inventory_levels/upd{n}" for n in range(30))}
    few |= {"verdict": tuple(f"verdict {n}" for n in range(8)), "job": tuple(f"housekeeping{n}" for n in range(16))}
    few |= {"part": tuple(f"blueprint {n}" for n in range(25)), "status": ("2xx", "3xx", "4xx", "5xx")}
    before = {path.name: path.stat().st_size for path in tmp_path.glob("*.db")}
    for figure in FIGURES:
        for labels in combinations(figure, few):
            counted.count(figure, labels, 1)
            counted.observe(figure, labels, 1.0)
    assert {path.name: path.stat().st_size for path in tmp_path.glob("*.db")} == before


def combinations(figure: Figure, few: dict[str, tuple[str, ...]]) -> list[tuple[str, ...]]:
    made: list[tuple[str, ...]] = [()]
    for label in figure.labels:
        made = [(*one, value) for one in made for value in few.get(label, ("one", "two", "three", "four"))]
    return made
