from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

ELSEWHERE = ("192.0.2.1", 9)  # a documentation address (RFC 5737)

ATTEMPTS: dict[str, Callable[[], object]] = {
    "a plain socket": lambda: socket.socket().connect(ELSEWHERE),
    "a socket that answers with a number": lambda: socket.socket().connect_ex(ELSEWHERE),
    "create_connection": lambda: socket.create_connection(ELSEWHERE, timeout=1),
    "a name": lambda: socket.getaddrinfo("shop.example.com", 443),
    "a name in bytes": lambda: socket.getaddrinfo(b"shop.example.com", 443),
    "requests": lambda: requests.get("https://shop.example.com/", timeout=1),
}


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS.keys())
def test_no_test_reaches_beyond_loopback(attempt: Callable[[], object]) -> None:
    with pytest.raises(AssertionError, match="Tests talk to loopback only"):
        attempt()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_stays_open(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection((host, server.getsockname()[1])):
        pass


def test_sockets_of_the_file_system_stay_open(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(str(tmp_path / "door"))
        server.listen()
        client.connect(str(tmp_path / "door"))
