"""What is left of a web server that was killed is swept away, and waited for where it cannot be."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from pathlib import Path

import pytest
from service_process import children

from connector.web.bind import Bind, WebServerFailed
from connector.web.server import WebServer

HERE = Path(__file__).parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_stopping_a_server_whose_head_was_killed_leaves_its_address_free(tmp_path: Path) -> None:
    bind = Bind("127.0.0.1", free_port())
    environment = {"PYTHONPATH": str(HERE), "INTAKE_LOG": str(tmp_path / "log")}
    server = WebServer("intake_target:memory_app", str(bind), 4, environment)
    server.start()
    head = next(pid for pid in children(os.getpid()) if children(pid))
    os.kill(head, signal.SIGKILL)
    server.stop()
    bind.refuse_taken()


def test_an_address_is_waited_for_until_it_is_free() -> None:
    bind = Bind("127.0.0.1", free_port())
    with socket.socket() as holder:
        holder.bind((bind.host, bind.port))
        holder.listen()
        threading.Timer(0.3, holder.close).start()
        bind.wait_until_free(10)
        bind.refuse_taken()


def test_an_address_that_stays_taken_is_waited_for_no_longer_than_told() -> None:
    bind = Bind("127.0.0.1", free_port())
    with socket.socket() as holder:
        holder.bind((bind.host, bind.port))
        holder.listen()
        began = time.monotonic()
        bind.wait_until_free(0.2)
        assert time.monotonic() - began < 5
        with pytest.raises(WebServerFailed, match="Address already in use"):
            bind.refuse_taken()
