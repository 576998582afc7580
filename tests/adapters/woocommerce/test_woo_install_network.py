"""The same over real sockets: what names lead to, and that nothing is sent where it must not go."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask, Response

from adapters.woocommerce import address
from adapters.woocommerce.finding import find
from connector.ports.installing import Mistyped
from connector.sandbox.serve import served

PUBLIC, LOOPBACK = "93.184.215.14", "127.0.0.1"
PRIVATE = "The address leads into a private network."


class Names:
    """A name service that gives one answer after the other, the last one again and again."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.asked: list[object] = []

    def __call__(self, host: object, port: int, *_: object, **__: object) -> list[Any]:
        self.asked.append(host)
        found = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]


@contextmanager
def _listening() -> Iterator[tuple[int, list[bytes]]]:
    """A port on loopback, and all that was ever sent to it, one entry a connection."""
    got: list[bytes] = []
    with socket.create_server((LOOPBACK, 0)) as server:
        server.settimeout(60)

        def take() -> None:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(60)
                got.append(connection.recv(1_000))

        thread = threading.Thread(target=take)
        thread.start()
        yield server.getsockname()[1], got
        server.close() if not thread.is_alive() else None
        thread.join()


def _refused(typed: str, *, allow_private: bool = False) -> Mistyped:
    with pytest.raises(Mistyped) as caught:
        find(typed, allow_private=allow_private)
    return caught.value


@pytest.mark.parametrize("answer", [[LOOPBACK], ["10.0.0.7"], [PUBLIC, "192.168.0.1"], ["169.254.169.254"]])
def test_a_name_that_leads_inside_is_not_connected_to(monkeypatch: pytest.MonkeyPatch, answer: list[str]) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", names := Names(answer))
    assert _refused("shop.example.com").problem == PRIVATE
    assert names.asked == ["shop.example.com"]


def test_a_name_that_leads_elsewhere_the_second_time_is_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with _listening() as (port, got):
        monkeypatch.setattr(address, "SHOP_PORTS", {port})
        monkeypatch.setattr(socket, "getaddrinfo", names := Names([PUBLIC], [LOOPBACK]))
        assert _refused(f"https://shop.example.com:{port}").problem == PRIVATE
    assert (len(names.asked), got) == (2, [b""])


def test_a_host_that_nobody_knows_is_told_as_not_answering(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert _refused("shop.exmaple.com").problem == "No shop answers at https://shop.exmaple.com."


def _sends_on(target: str) -> Flask:
    app = Flask(__name__)

    @app.get("/wp-json/")
    def index() -> Response:
        return Response(status=302, headers={"Location": target})

    return app


def test_redirects_are_followed_by_hand_over_the_network_too() -> None:
    shop = Flask(__name__)
    shop.get("/wp-json/")(lambda: {"namespaces": ["wc/v3"]})
    with served(shop) as there, served(_sends_on(f"{there}/wp-json/")) as here:
        assert find(here, allow_private=True) == there


def test_a_shop_that_closes_the_connection_is_told_as_not_answering() -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
    assert _refused(f"http://{LOOPBACK}:{port}", allow_private=True).problem.startswith("No shop answers at")


@pytest.mark.parametrize("status", [401, 403, 404, 500, 503])
def test_a_status_is_judged_after_one_call_and_not_tried_again(status: int) -> None:
    calls: list[int] = []
    app = Flask(__name__)

    @app.get("/wp-json/")
    def index() -> Response:
        calls.append(status)
        return Response(b"inside", status)

    with served(app) as here:
        assert "inside" not in str(_refused(here, allow_private=True))
    assert calls == [status]
