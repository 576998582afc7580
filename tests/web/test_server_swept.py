"""What is left of a web server that was killed is swept away, and waited for where it cannot be."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from free_ports import free_port

from connector.web import bind as binding
from connector.web.bind import LOOK_SECONDS, Bind, WebServerFailed
from connector.web.server import WebServer

HERE = Path(__file__).parent


def test_stopping_a_server_whose_head_was_killed_leaves_its_address_free(tmp_path: Path) -> None:
    bind = Bind("127.0.0.1", free_port())
    log = tmp_path / "log"
    environment = {"PYTHONPATH": str(HERE), "INTAKE_LOG": str(log)}
    server = WebServer("intake_target:memory_app", str(bind), 4, environment)
    server.start()
    _, _worker, head = log.read_text().split()
    os.kill(int(head), signal.SIGKILL)
    server.stop()
    bind.refuse_taken()


@contextmanager
def taken() -> Iterator[tuple[Bind, socket.socket]]:
    """An address, and whoever listens there."""
    bind = Bind("127.0.0.1", free_port())
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind((bind.host, bind.port))
        holder.listen()
        yield bind, holder


def sleeps(monkeypatch: pytest.MonkeyPatch, do: Callable[[int], None]) -> list[float]:
    """The seconds that are slept from now on, which are all the time that passes; ``do``: what happens in each."""
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        do(len(slept))

    monkeypatch.setattr(binding, "time", SimpleNamespace(monotonic=lambda: sum(slept), sleep=sleep))
    return slept


def test_an_address_is_waited_for_until_it_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    with taken() as (bind, holder):
        slept = sleeps(monkeypatch, lambda number: holder.close() if number == 3 else None)
        bind.wait_until_free(10)
        bind.refuse_taken()
    assert len(slept) == 3


def test_an_address_that_stays_taken_is_waited_for_no_longer_than_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with taken() as (bind, _):
        slept = sleeps(monkeypatch, lambda _: None)
        bind.wait_until_free(0.2)
        assert 0.2 <= sum(slept) <= 0.2 + LOOK_SECONDS
        with pytest.raises(WebServerFailed, match="Address already in use"):
            bind.refuse_taken()
