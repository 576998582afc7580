"""``backorder serve`` as a process that can be killed in all its parts, and a supervisor that starts it again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Self

import requests

START_SECONDS = 300.0  # three seconds, on a machine that does nothing else
STOP_SECONDS = 60.0
ANSWER_SECONDS = 10.0


class Victim(Enum):
    """Whom ``kill -9`` hits: everything, the scheduler above, the server in between, the worker below."""

    ALL = "the whole service"
    SCHEDULER = "the scheduler"
    SERVER = "the web server"
    WORKER = "the web worker"


def children(pid: int) -> list[int]:
    told = subprocess.run(["ps", "-axo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pairs = [line.split() for line in told.splitlines()]
    return [int(child) for child, parent in pairs if int(parent) == pid]


def lineage(pid: int) -> list[int]:
    """A process and all below it, from the top down."""
    found = [pid]
    for one in found:
        found += children(one)
    return found


class Supervised:
    """Keeps ``serve`` running as a machine's own supervisor would: whenever it ends, it is started again at once.

    ``ended``: the exit codes of those that ended, oldest first.
    """

    def __init__(self, config: Path, url: str, log: Path) -> None:
        self._config = config
        self._url = url
        self._log = log
        self._closing = threading.Event()
        self.ended: list[int] = []
        self.process = self._start()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.wait_until_up()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._thread.join()
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill(Victim.ALL)
            self.process.wait()

    def is_up(self) -> bool:
        try:
            return requests.get(f"{self._url}/healthz", timeout=ANSWER_SECONDS).ok
        except requests.RequestException:
            return False

    def wait_until_up(self) -> None:
        wait_for("the service answers", self.is_up, START_SECONDS)

    def kill(self, victim: Victim) -> list[int]:
        """``kill -9``; the numbers of those killed (none where the victim was just not there)."""
        serve, *below = lineage(self.process.pid)
        # serve > server > worker; Python's own helper processes stand beside the worker.
        chosen = {
            Victim.ALL: [serve, *below],
            Victim.SCHEDULER: [serve],
            Victim.SERVER: below[:1],
            Victim.WORKER: children(below[0]) if below else [],
        }[victim]
        for pid in chosen:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        return chosen

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "connector", "serve", "--config", str(self._config)]
        with self._log.open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def _watch(self) -> None:
        while not self._closing.wait(0.02):
            code = self.process.poll()
            if code is not None:
                self.ended.append(code)
                self.process = self._start()


def wait_for(what: str, holds: Callable[[], bool], seconds: float) -> None:
    """Raises ``TimeoutError``, which names what was awaited."""
    give_up = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > give_up:
            raise TimeoutError(f"waited {seconds:.0f} seconds, and it never came to pass: {what}")
        time.sleep(0.05)
