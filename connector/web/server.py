"""Granian: in the foreground for ``backorder web``, as a child process for ``backorder serve``.

Three processes in a row, and each watches the one above it, so that killing any of them leaves nothing behind that
still holds the port:

    serve (scheduler)  >  run_web (starts and replaces the worker)  >  worker (the application, its threads)
"""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from importlib import import_module
from types import TracebackType
from typing import Any, Self

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from connector.web.app import ON_STOP
from connector.web.bind import Bind, WebServerFailed
from connector.web.lifetime import STOP_SECONDS, after_main, leave_with

ANSWER_SECONDS = 5.0
BACKLOG = 1024
# A client that dribbles its headers is hung up on after this long.
HEADER_MILLISECONDS = 10_000
PARENT = "BACKORDER_WEB_PARENT"
GRANIAN_LOGS: dict[str, Any] = {
    "handlers": {name: {"class": "connector.logs.LibraryHandler"} for name in ("console", "access")},
}
"""In the form of our own logs, and where those go."""


def run_web(target_factory: str, bind: str, threads: int) -> None:
    """Serve until SIGTERM or SIGINT; a worker that crashes is replaced.

    ``target_factory``: ``module:function`` of a function that makes the WSGI application; called in the worker, once.
    Raises ``WebServerFailed`` where the address is taken.
    """
    where = Bind.of(bind)
    where.refuse_taken()
    parent = os.environ.pop(PARENT, "")
    if parent:
        leave_with(int(parent))
    server = Granian(
        target_factory,
        address=where.host,
        port=where.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=1,  # one process keeps the inbox of an SQLite file in groups; two would queue for its lock
        blocking_threads=threads,
        backlog=BACKLOG,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_MILLISECONDS),
        log_level=LogLevels.error,
        log_access=False,
        log_dictconfig=GRANIAN_LOGS,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS // 2,
    )
    server.serve(target_loader=partial(_load_in_worker, os.getpid()))


class WebServer:
    """The web part as a child process: ``start``, ``alive``, ``stop``; also a context manager."""

    def __init__(
        self,
        target_factory: str,
        bind: str,
        threads: int,
        environment: Mapping[str, str] | None = None,
        start_seconds: float = 120.0,
    ) -> None:
        """``environment`` is added to our own: it says where the configuration is."""
        self._command = [sys.executable, "-m", "connector.web.server", target_factory, bind, str(threads)]
        self.bind = Bind.of(bind)
        self._environment = dict(environment or {})
        self._start_seconds = start_seconds
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Return once it answers.  Raises ``WebServerFailed``; nothing is left running then."""
        self.bind.refuse_taken()
        self._process = subprocess.Popen(  # noqa: S603 -- our own program with our own settings
            self._command,
            env={**os.environ, **self._environment, PARENT: str(os.getpid())},
            stdin=subprocess.DEVNULL,
            # Ctrl-C reaches this process alone, and it then stops the child in its own time.
            start_new_session=True,
        )
        give_up = time.monotonic() + self._start_seconds
        while not self._answers():
            if not self.alive():
                raise WebServerFailed(
                    f"The web process ended while it was starting (exit code {self._process.returncode}). "
                    "Why is said above; mend that and start again."
                )
            if time.monotonic() > give_up:
                self.stop()
                raise WebServerFailed(
                    f"The web process did not answer on {self.bind} within {self._start_seconds:.0f} seconds and was "
                    "stopped. Try a bind of 127.0.0.1, and look for what keeps the machine busy."
                )
            time.sleep(0.05)

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Let running requests finish, then end; by force where that takes longer than ``STOP_SECONDS``."""
        process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._sweep(process.pid)

    def _sweep(self, group: int) -> None:
        """It leads a process group of its own; where it was killed, its worker may still be there and hold the port."""
        give_up = time.monotonic() + STOP_SECONDS
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGTERM)
            while time.monotonic() < give_up:
                os.killpg(group, 0)
                time.sleep(0.05)
            os.killpg(group, signal.SIGKILL)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(self.bind.near, self.bind.port, timeout=ANSWER_SECONDS)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def _load_in_worker(parent: int, target_factory: str) -> Callable[..., Any]:
    """Make the application in the worker process; ``parent`` is the process that started it."""
    leave_with(parent)
    module, _, function = target_factory.partition(":")
    application: Callable[..., Any] = getattr(import_module(module), function)()
    on_stop: Callable[[], None] | None = getattr(application, "extensions", {}).get(ON_STOP)
    if on_stop is not None:
        after_main(on_stop)
    return application


def main() -> None:
    target_factory, bind, threads = sys.argv[1:]
    try:
        run_web(target_factory, bind, int(threads))
    except WebServerFailed as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
