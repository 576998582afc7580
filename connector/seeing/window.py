"""Where a process without pages shows its figures: ``/metrics``, and ``/healthz`` for whoever keeps it running."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET, AF_INET6

import structlog

from connector.seeing.door import CONTENT_TYPE, Door, door

log = structlog.get_logger()

SLOWEST_SECONDS = 10.0


class Window:
    """``text``: what there is to see; ``start`` raises OSError where the address is taken."""

    def __init__(self, bind: str, text: Callable[[], bytes], token: str | None = None) -> None:
        host, _, port = bind.rpartition(":")
        self._at = (host.strip("[]"), int(port))
        self._text = text
        self._token = token
        self._server: ThreadingHTTPServer | None = None

    @property
    def port(self) -> int:
        return int(self._server.server_address[1]) if self._server is not None else self._at[1]

    def start(self) -> None:
        text, token = self._text, self._token

        class Handler(_Handler):
            def do_GET(self) -> None:
                self.answer(text, token)

        class Server(ThreadingHTTPServer):
            address_family = AF_INET6 if ":" in self._at[0] else AF_INET
            daemon_threads = True

        self._server = Server(self._at, Handler)
        threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    timeout = SLOWEST_SECONDS
    server_version, sys_version = "backorder", ""

    def answer(self, text: Callable[[], bytes], token: str | None) -> None:
        if self.path == "/healthz":
            self._say(HTTPStatus.OK, b"ok\n", "text/plain")
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        allowed = door(token, str(self.client_address[0]), headers) if self.path == "/metrics" else Door.SHUT
        if allowed is Door.OPEN:
            self._say(HTTPStatus.OK, text(), CONTENT_TYPE)
        else:
            self._say(allowed.value, allowed.value.phrase.encode() + b"\n", "text/plain")

    def _say(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        self.send_response(status)
        if status is HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", "Bearer")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- as the library calls it
        """Said nowhere: whoever looks every few seconds is no news."""
