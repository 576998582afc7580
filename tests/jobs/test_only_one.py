from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from connector.jobs.only_one import AlreadyRunning, only_one

HOLDER = """
import sys, time
from pathlib import Path
from connector.jobs.only_one import only_one
with only_one(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_one_is_refused_and_told_who_has_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "deep" / "scheduler.lock"
    with (
        only_one(lock),
        pytest.raises(AlreadyRunning, match=rf"number {os.getpid()}\) works on this data folder"),
        only_one(lock),
    ):
        pass


def test_the_lock_is_free_again_when_it_was_given_back(tmp_path: Path) -> None:
    lock = tmp_path / "scheduler.lock"
    for _ in range(2):
        with only_one(lock) as was_cut_off:
            assert not was_cut_off


def test_an_error_gives_the_lock_back_as_well(tmp_path: Path) -> None:
    lock = tmp_path / "scheduler.lock"
    with pytest.raises(LookupError), only_one(lock):
        raise LookupError
    with only_one(lock) as was_cut_off:
        assert not was_cut_off


def test_a_killed_process_leaves_no_lock_behind_but_word_that_it_was_cut_off(tmp_path: Path) -> None:
    lock = tmp_path / "scheduler.lock"
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(lock)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(AlreadyRunning, match=str(holder.pid)), only_one(lock):
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    with only_one(lock) as was_cut_off:
        assert was_cut_off
