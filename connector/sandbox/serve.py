"""Serve a sandbox shop on loopback, and carry its webhooks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests
from werkzeug.serving import WSGIRequestHandler, make_server

LOOPBACK = "127.0.0.1"
TIMEOUT = 10.0
"""Seconds a shop waits for our answer; WooCommerce waits 60, Shopify 5."""


class _Quiet(WSGIRequestHandler):
    """Keeps connections open, as the real shops do, and logs nothing."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each kept-alive answer waits 40 ms for the other side's acknowledgement

    def send_response(self, code: int, message: str | None = None) -> None:
        """Without this server's own ``Date`` and ``Server``: a shop's clock may be off, and says so itself."""
        self.log_request(code)
        self.send_response_only(code, message)

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 -- werkzeug's own parameter name
        logging.getLogger("sandbox").debug("%s %s", type, message % args)


@contextmanager
def served(app: Any, port: int = 0) -> Iterator[str]:  # noqa: ANN401 -- any WSGI application
    """Serve a WSGI application on a free port (or this one) while the ``with`` lasts; gives its address."""
    server = make_server(LOOPBACK, port, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Sender:
    """Posts webhooks over kept-alive connections, one session a thread."""

    def __init__(self, timeout: float = TIMEOUT) -> None:
        self._timeout = timeout
        self._local = threading.local()

    def __call__(self, address: str, headers: Mapping[str, str], body: bytes) -> int | None:
        session = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
        try:
            answer = session.post(
                address, data=body, headers=dict(headers), timeout=self._timeout, allow_redirects=False
            )
        except requests.RequestException:
            return None
        return int(answer.status_code)
