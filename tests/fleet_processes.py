"""An installation of several processes over one PostgreSQL, each of which can be stopped, paused and killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

import requests
from service_process import ANSWER_SECONDS, START_SECONDS, STOP_SECONDS, lineage, wait_for


class Fleet:
    """``roles``: what is started, as often as it is named."""

    def __init__(self, config: Path, url: str, log: Path, roles: Iterable[str] = ()) -> None:
        self.config = config
        self._url = url
        self._log = log
        self._roles = list(roles)
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, role: str, *options: str) -> subprocess.Popen[bytes]:
        self.processes.append(self._launched(role, *options))
        return self.processes[-1]

    def _launched(self, role: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "connector", role, "--config", str(self.config), *options]
        with self._log.open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def log(self) -> str:
        return self._log.read_text()

    def is_up(self) -> bool:
        try:
            return requests.get(f"{self._url}/healthz", timeout=ANSWER_SECONDS).ok
        except requests.RequestException:
            return False

    def wait_until_up(self) -> None:
        wait_for("the service answers", self.is_up, START_SECONDS)

    def wait_until_said(self, said: str, times: int = 1) -> None:
        wait_for(f"{said!r} is said", lambda: self.log().count(said) >= times, START_SECONDS)

    def __enter__(self) -> Self:
        try:
            for role in self._roles:
                self.start(role)
            if "web" in self._roles or "serve" in self._roles:
                self.wait_until_up()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in self.processes:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """``kill -9``, with everything below it."""
    for pid in lineage(process.pid):
        os.kill(pid, signal.SIGKILL)
    process.wait()
