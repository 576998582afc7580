"""The real server on loopback: what only it can get wrong."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from free_ports import free_port
from intake_parts import LIMIT, woo

from connector.web.bind import Bind, WebServerFailed
from connector.web.server import WebServer

HERE = Path(__file__).parent
TARGET = "intake_target:memory_app"
MAIN = "/webhooks/woocommerce/main"
PATIENCE_SECONDS = 300.0
ORDER = b'{"id":17}'


def environment(log: Path) -> dict[str, str]:
    return {"PYTHONPATH": str(HERE), "INTAKE_LOG": str(log)}


def pids(log: Path) -> list[int]:
    """The worker and the process that started it."""
    (line,) = [line for line in log.read_text().splitlines() if line.startswith("worker ")]
    return [int(number) for number in line.split()[1:]]


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    # A process that has ended and waits for its parent to ask holds no port.
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False


def post(port: int, body: bytes | Iterator[bytes], headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("POST", MAIN, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def why_not(port: int) -> int:
    """What answers 20 MB.  Of those who send too much two are listened to at a time, and one may just be ending."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return post(port, b"x" * 20_000_000, woo(b"x"))
        except ConnectionError:
            assert time.monotonic() < end
            time.sleep(0.05)


def answers(port: int) -> bool:
    """Whether there is anybody yet; an application is made some moments before its server listens."""
    try:
        return post(port, ORDER, woo(ORDER)) == 200
    except ConnectionError:
        return False


def raw(port: int, request: bytes, *, last: bool = False) -> bytes:
    """The beginning of the answer; ``last``: hang up our side before reading it."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(request)
        if last:
            connection.shutdown(socket.SHUT_WR)
        return connection.recv(65536)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    number = free_port()
    log = tmp_path_factory.mktemp("server") / "log"
    with WebServer(TARGET, f"127.0.0.1:{number}", 16, environment(log)):
        yield number


def test_a_genuine_delivery_is_200_and_a_forged_one_401(port: int) -> None:
    assert post(port, ORDER, woo(ORDER)) == 200
    assert post(port, ORDER, woo(ORDER, "a guess")) == 401


def test_a_chunked_delivery_is_kept(port: int) -> None:
    body = b'{"id":18}'
    assert post(port, iter([body[:4], body[4:]]), woo(body)) == 200


def test_a_chunked_body_beyond_the_limit_is_413(port: int) -> None:
    size = b"%x\r\n" % (LIMIT + 1)
    chunk = size + b"x" * (LIMIT + 1) + b"\r\n0\r\n\r\n"
    head = b"POST " + MAIN.encode() + b" HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert raw(port, head + chunk).startswith(b"HTTP/1.1 413 ")


def test_an_announced_20_mb_is_413_before_a_byte_of_it_is_sent(port: int) -> None:
    head = b"POST " + MAIN.encode() + b" HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n"
    assert raw(port, head).startswith(b"HTTP/1.1 413 ")


def test_a_client_that_sends_20_mb_all_the_same_can_read_why_not(port: int) -> None:
    assert [why_not(port) for _ in range(3)] == [413] * 3


def test_clients_that_announce_much_and_send_nothing_do_not_hold_up_the_others(port: int) -> None:
    head = b"POST " + MAIN.encode() + b" HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n"
    with ExitStack() as idle:
        address = ("127.0.0.1", port)
        connections = [idle.enter_context(socket.create_connection(address, PATIENCE_SECONDS)) for _ in range(40)]
        for connection in connections:
            connection.sendall(head)
        answers = [connection.recv(12) for connection in connections]
        assert answers == [b"HTTP/1.1 413"] * 40
        assert post(port, ORDER, woo(ORDER)) == 200


def test_a_body_that_breaks_off_is_400(port: int) -> None:
    head = b"POST " + MAIN.encode() + b" HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n"
    assert raw(port, head + ORDER, last=True).startswith(b"HTTP/1.1 400 ")


def test_a_signature_beyond_ascii_is_only_a_wrong_signature(port: int) -> None:
    head = b"POST " + MAIN.encode() + b" HTTP/1.1\r\nHost: a\r\nX-WC-Webhook-Signature: \xe9\xff\xc3\xa9\r\n"
    assert raw(port, head + b"Content-Length: 9\r\n\r\n" + ORDER).startswith(b"HTTP/1.1 401 ")


def test_fifty_at_once_are_all_answered(port: int) -> None:
    bodies = [b'{"id":%d}' % number for number in range(100, 150)]
    with ThreadPoolExecutor(50) as pool:
        assert list(pool.map(lambda body: post(port, body, woo(body)), bodies)) == [200] * 50


def test_stopping_ends_every_process_and_closes_the_inbox(tmp_path: Path) -> None:
    log = tmp_path / "log"
    server = WebServer(TARGET, f"127.0.0.1:{free_port()}", 4, environment(log))
    server.start()
    assert server.alive()
    server.stop()
    assert not server.alive()
    assert not any(is_running(pid) for pid in pids(log))
    assert log.read_text().splitlines()[-1] == "closed"


def test_a_worker_that_crashes_is_replaced(tmp_path: Path) -> None:
    log = tmp_path / "log"
    number = free_port()
    with WebServer(TARGET, f"127.0.0.1:{number}", 4, environment(log)):
        os.kill(pids(log)[0], signal.SIGKILL)
        assert within(PATIENCE_SECONDS, lambda: log.read_text().count("worker ") == 2)
        assert within(PATIENCE_SECONDS, lambda: answers(number))


def test_no_orphan_is_left_when_the_service_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    number = free_port()
    script = (
        "import sys, time\n"
        "from connector.web.server import WebServer\n"
        f"WebServer({TARGET!r}, '127.0.0.1:{number}', 4).start()\n"
        "print('started', flush=True)\n"
        "time.sleep(600)\n"
    )
    service = subprocess.Popen(
        [sys.executable, "-c", script], env={**os.environ, **environment(log)}, stdout=subprocess.PIPE
    )
    with service:
        assert service.stdout is not None
        assert service.stdout.readline() == b"started\n"
        running = pids(log)
        service.kill()
    assert within(PATIENCE_SECONDS, lambda: not any(is_running(pid) for pid in running))
    Bind("127.0.0.1", number).refuse_taken()


def test_a_port_that_is_taken_is_said_at_once(port: int) -> None:
    with pytest.raises(WebServerFailed, match=rf"Cannot listen on 127\.0\.0\.1:{port}: Address already in use"):
        WebServer(TARGET, f"127.0.0.1:{port}", 4).start()


def test_an_application_that_cannot_be_made_is_a_failed_start(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    server = WebServer("intake_target:broken_app", f"127.0.0.1:{free_port()}", 4, environment(tmp_path / "log"))
    with pytest.raises(WebServerFailed, match="ended while it was starting"):
        server.start()
    assert "the configuration is broken" in capfd.readouterr().err
    assert not server.alive()


@pytest.mark.parametrize("text", ["8000", "localhost", ":8000", "localhost:", "localhost:0", "localhost:65536", "a:1²"])
def test_an_address_without_host_and_port_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not host:port"):
        Bind.of(text)


@pytest.mark.parametrize(
    ("text", "near"),
    [("127.0.0.1:8000", "127.0.0.1"), ("[::1]:8000", "::1"), ("0.0.0.0:8000", "127.0.0.1"), ("[::]:8000", "::1")],
)
def test_an_address_is_read_and_written_the_same(text: str, near: str) -> None:
    assert (str(Bind.of(text)), Bind.of(text).near) == (text, near)
