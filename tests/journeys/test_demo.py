"""``backorder demo`` as a newcomer meets it: from an empty folder, in a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from free_ports import free_port
from service_process import lineage, wait_for

from connector.cli import backorder, demo, demo_setup
from connector.sandbox import player
from connector.sandbox.scenario import DAY, Step, Town

VARIANTS = {
    "chairs": {"CHAIR-ASH", "CHAIR-OAK", "DESK-120", "DESK-160", "GIFT-CARD", "SOFA-BLUE", "SOFA-RED"},
    "tents": {"BAG-COLD", "BAG-WARM", "STOVE", "TENT-2P", "WORKSHOP"},
}
COMMAND = [sys.executable, "-m", "connector", "demo"]
PATIENCE_SECONDS = 900.0  # half a minute, on a machine that does nothing else


def fast(*options: str) -> list[str]:
    """On a port of its own: two demos that begin at once, as tests side by side do, would both find 8000 free."""
    return [*COMMAND, "--fast", *(options if "--port" in options else ("--port", str(free_port()), *options))]


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = fast(*options)
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.fixture(autouse=True)
def _interrupts_are_heard() -> Iterator[None]:
    """Who runs the tests in the background may have them ignore Ctrl-C, and so would every process that they start."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    if before[signal.SIGINT] is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for number, handler in before.items():  # a demo in this process has set one of its own
        signal.signal(number, handler)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield int(listener.getsockname()[1])


def test_the_demo_ends_well_says_so_and_can_be_run_again(tmp_path: Path) -> None:
    for _ in range(2):
        done = run(tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
    lines = [line.split() for line in done.stdout.splitlines()]
    agreeing = {
        store: {line[1] for line in lines if line[:1] == [store] and line[-1] == "agrees"} for store in VARIANTS
    }
    assert agreeing == VARIANTS
    assert "All 12 variants agree." in done.stdout
    for number, step in enumerate(DAY, start=1):
        assert f"{number:>2}/{len(DAY)}  {step.clock}  {step.title}" in done.stdout
    assert "Carla's order is told that all of it is here" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100
    assert {path.name for path in (tmp_path / "data" / "demo").iterdir()} <= set(demo_setup.OURS)
    told = subprocess.run(
        [*COMMAND[:-1], "status", "--config", "data/demo/config.toml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, ""), "the commands it recommends work afterwards"


def test_a_port_that_is_taken_is_said(tmp_path: Path, taken_port: int) -> None:
    done = run(tmp_path, "--port", str(taken_port))
    assert done.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{taken_port}" in done.stderr
    assert "The service ended with exit code 1; why is said above." in done.stderr
    assert "Traceback" not in done.stderr


def test_another_port_is_taken_where_the_favourite_is_not_free(
    taken_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_setup, "FAVOURITE_PORT", taken_port)
    assert demo_setup.free_port() not in {0, taken_port}


def test_the_favourite_port_is_taken_where_it_is_free(taken_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    free = free_port()
    monkeypatch.setattr(demo_setup, "FAVOURITE_PORT", free)
    assert demo_setup.free_port() == free != taken_port


@pytest.mark.parametrize("how", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.long)])
def test_stopping_it_in_the_middle_leaves_no_process_behind(tmp_path: Path, how: signal.Signals) -> None:
    with subprocess.Popen(fast(), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            if line.startswith(" 2/"):
                break
        family = lineage(process.pid)
        assert len(family) >= 4, "the demo, the service, its server, its worker"
        process.send_signal(how)
        process.stdout.read()
        said = process.stderr.read()
        assert process.wait(PATIENCE_SECONDS) == 1
    assert said.strip() == "Stopped before the end of the day; nothing is left running."
    wait_for("all of them have ended", lambda: not any(map(is_running, family)), PATIENCE_SECONDS)


def test_killing_it_leaves_no_process_behind(tmp_path: Path) -> None:
    with subprocess.Popen(
        fast(), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(" 1/"):
                break
        family = lineage(process.pid)
        process.kill()
    wait_for("all of them have ended", lambda: not any(map(is_running, family)), PATIENCE_SECONDS)


@pytest.mark.parametrize(
    "files",
    [
        {"holiday.jpg": "me on a beach"},
        {"config.toml": '[server]\npublic_url = "https://backorders.example.com"\n', "backorder.db": "real orders"},
    ],
    ids=["holiday pictures", "a real installation"],
)
def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    done = CliRunner().invoke(backorder, ["demo", "--fast", "--data", str(tmp_path)])
    assert done.exit_code == 1
    assert f"{tmp_path} is not empty and was not made by a demo" in done.stderr
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == files


def test_the_folder_of_a_demo_that_still_runs_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(
        fast(), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(" 1/"):
                break
        process.send_signal(signal.SIGSTOP)  # its day would end meanwhile if the second took long to begin
        second = run(tmp_path)
        process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGINT)
        process.stdout.read()
    assert second.returncode == 1
    assert "Another demo runs in data/demo. Stop it first" in second.stderr


def a_day(monkeypatch: pytest.MonkeyPatch, act: Callable[[Town], None]) -> None:
    monkeypatch.setattr(demo, "DAY", (Step("08:00", "A short day", act),))
    monkeypatch.setattr(demo, "QUIET_SECONDS", 1.0)


def test_a_row_that_disagrees_is_shown_and_is_exit_code_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def rob(town: Town) -> None:
        # Somebody takes goods off the shelf without a word, and no webhook and no poll can know.
        tents = town.shops["tents"]
        tents.faults.answer_500 = tents.faults.lose_webhooks = 1_000_000
        # The service asks a shop one thing at a time, so what it asked before has been answered by then.
        town.until("a call has failed", lambda: tents.faults.answer_500 < 1_000_000)
        tents.set_stock("STOVE", 1)

    a_day(monkeypatch, rob)
    done = CliRunner().invoke(backorder, ["demo", "--fast", "--data", str(tmp_path / "demo")])
    assert done.exit_code == 1, done.output
    assert "1 of 12 variants disagree" in done.stdout
    (row,) = [line for line in done.stdout.splitlines() if "STOVE" in line and "tents:" not in line]
    assert row.split(maxsplit=2)[:2] == ["tents", "STOVE"]
    assert row.rstrip().endswith("we believe the stock to be 4")


def test_a_day_that_comes_to_a_halt_says_what_was_awaited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(town: Town) -> None:
        town.until("pigs fly", lambda: False)

    a_day(monkeypatch, wait)
    monkeypatch.setattr(
        demo,
        "wait_until",
        lambda what, holds: player.wait_until(what, holds, 0.5 if what == "pigs fly" else PATIENCE_SECONDS),
    )
    done = CliRunner().invoke(backorder, ["demo", "--fast", "--data", str(tmp_path / "demo")])
    assert done.exit_code == 1
    assert "The day came to a halt: waited 0 seconds, and it never came to pass: pigs fly" in done.stderr
