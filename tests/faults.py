"""What goes wrong around the service: at any statement, commit or call of its own, and on the wire to the shops.

Nothing of the service is replaced.  The database's driver and the shops' HTTP answers are what fails, where they fail
in life: before they did anything, or after, with the answer lost.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import stamina
import structlog
from crashes import Died
from sqlalchemy import Engine

from adapters.http import Channel
from connector.bootstrap.service import Service

WITHIN = ("statement", "commit", "committed", "call", "answered")
"""The moments inside the service: before a statement, before a commit, after one, before a call of a shop, and when it
has answered.
"""


@dataclass
class Boundaries:
    """Every such moment of one service that runs in one thread; at a chosen one something happens, once."""

    happened: list[str] = field(default_factory=list)
    is_dead: bool = False
    counts: dict[str, int] = field(default_factory=dict)
    _kind: str = ""
    _left: int = 0
    _what: Callable[[str], None] | None = None
    _thread: int = 0

    def arm(self, kind: str, count: int, what: Callable[[str], None]) -> None:
        """``what`` is called at the ``count``-th ``kind`` from now on, and told its name."""
        self._kind, self._left, self._what = kind, count, what

    def disarm(self) -> None:
        self._what = None

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Only what this thread does in here is counted: the web part has boundaries of its own."""
        self._thread, before = threading.get_ident(), self._thread
        try:
            yield
        finally:
            self._thread = before

    @contextmanager
    def unwatched(self) -> Iterator[None]:
        self._thread, before = 0, self._thread
        try:
            yield
        finally:
            self._thread = before

    def passed(self, kind: str) -> None:
        if self._thread != threading.get_ident():
            return
        if self.is_dead:
            raise Died(kind)
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if self._what is None or self._kind != kind:
            return
        self._left -= 1
        if self._left <= 0:
            what, self._what = self._what, None
            name = f"{kind} {self.counts[kind]}"
            self.happened.append(name)
            what(name)

    def die(self, name: str) -> None:
        self.is_dead = True
        raise Died(name)

    def attach(self, engine: Engine) -> None:
        """Count the statements and commits of this engine, and fail them as its driver would."""
        dialect: Any = engine.dialect
        for name in ("do_execute", "do_executemany", "do_execute_no_params"):
            setattr(dialect, name, self._before(getattr(dialect, name)))
        commit = dialect.do_commit

        def do_commit(connection: Any) -> None:
            self.passed("commit")
            commit(connection)
            self.passed("committed")

        dialect.do_commit = do_commit

    def _before(self, verb: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            self.passed("statement")
            return verb(*args, **kwargs)

        return counted

    def fail(self, engine: Engine, said: str = "disk I/O error") -> Callable[[str], None]:
        """What happens is an error of the database's driver."""

        def raise_it(_: str) -> None:
            raise engine.dialect.loaded_dbapi.OperationalError(said)

        return raise_it


@contextmanager
def calls_counted(boundaries: Callable[[], Boundaries]) -> Iterator[None]:
    """Have every HTTP call of the service pass the boundaries that are ``boundaries()`` at that moment."""
    ask = Channel._ask

    def asked(self: Channel, call: Any) -> Any:
        boundaries().passed("call")
        answer = ask(self, call)
        boundaries().passed("answered")
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Channel, "_ask", asked)
        yield


def _plain(status: int, body: bytes, kind: str, **headers: str) -> Callable[[Any], list[bytes]]:
    def answer(start_response: Any) -> list[bytes]:
        named = [(name.replace("_", "-"), value) for name, value in headers.items()]
        start_response(f"{status} Made up", [("Content-Type", kind), ("Content-Length", str(len(body))), *named])
        return [body]

    return answer


PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
JSON = "application/json; charset=UTF-8"
REFUSALS: Mapping[str, Callable[[Any], list[bytes]]] = {
    "429": _plain(429, b'{"code":"too_many","message":"Too many requests."}', JSON, Retry_After="2"),
    "429 for long": _plain(429, b"", "text/plain", Retry_After="120"),
    "429 without a time": _plain(429, b"", "text/plain"),
    "500": _plain(500, b'{"code":"internal_server_error","message":"There has been a critical error."}', JSON),
    "502 html": _plain(502, PAGE, "text/html"),
    "503 maintenance": _plain(503, b"Briefly unavailable for scheduled maintenance.", "text/html", Retry_After="60"),
    "200 html": _plain(200, PAGE, "text/html"),
    "200 nothing": _plain(200, b"", JSON),
    "200 null": _plain(200, b"null", JSON),
    "401": _plain(401, b'{"code":"woocommerce_rest_cannot_view","message":"Sorry.","errors":"Invalid"}', JSON),
}
"""Answers of whatever stands before the shop, which has not heard of the call."""
HALF, CUT = "half a json", "cut"
ON_THE_WAY = (*REFUSALS, HALF, CUT)


class Wire:
    """What lies between the service and a shop.  Each of ``ills`` befalls one call, in turn; an empty
    one spares it.

    ``half a json`` and ``cut``: the shop has done its part, and its answer comes to a stop in the middle, well or
    badly closed.
    """

    def __init__(self, app: Any = None) -> None:
        self.app = app
        self.ills: deque[str] = deque()
        self.befell: list[str] = []

    def __call__(self, environ: Any, start_response: Any) -> Any:
        ill = self.ills.popleft() if self.ills else ""
        if not ill:
            return self.app(environ, start_response)
        self.befell.append(ill)
        if ill in REFUSALS:
            return REFUSALS[ill](start_response)
        return self._halved(environ, start_response, whole_length=ill == CUT)

    def _halved(self, environ: Any, start_response: Any, *, whole_length: bool) -> list[bytes]:
        told: list[Any] = []
        body = b"".join(self.app(environ, lambda *args: told.extend(args)))
        half = body[: max(1, len(body) // 2)]
        length = str(len(body) + 1 if whole_length else len(half))
        headers = [(name, value) for name, value in told[1] if name.lower() not in {"content-length", "connection"}]
        start_response(told[0], [*headers, ("Content-Length", length), ("Connection", "close")])
        return [half]


def in_a_hurry(service: Service, sleep: Callable[[float], None], monotonic: Callable[[], float]) -> None:
    """Whoever of this service waits for a shop, and would sleep, is told to ``sleep`` instead."""
    for store in service.stores.values():
        storefront: Any = store.storefront
        admin = getattr(storefront, "_admin", None)
        channel = storefront._rest.channel if admin is None else admin._channel
        if admin is not None:
            admin._sleep = sleep
        channel._sleep = sleep
        if channel.budget is not None:
            channel.budget._monotonic = monotonic
            channel.budget._at = monotonic()


@contextmanager
def quiet_retries() -> Iterator[None]:
    """Retries of one call do not sleep, and what is logged of made-up faults is not printed."""
    told = structlog.get_config()
    stamina.set_testing(True, attempts=2)
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory(), processors=[lambda *_: ""])
    try:
        yield
    finally:
        stamina.set_testing(False)
        structlog.configure(**told)
