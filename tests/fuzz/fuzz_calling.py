"""An application called as a server calls it, with a request that is one text of bytes.

POST /webhooks/woocommerce/main?x=1
X-WC-Webhook-Topic: order.updated

{"id": 1}
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

from fuzz_target import GotThrough

SERVER = {
    "SERVER_NAME": "127.0.0.1",
    "SERVER_PORT": "8000",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}
FIRST_ERROR = 500
NAME = re.compile(r"[A-Za-z0-9-]+", re.ASCII)
SPOILT_HEADER = frozenset(map(chr, range(32))) - {"\t"}


@dataclass(frozen=True)
class Asked:
    """A request as a server has taken it apart.  What no server hands on is not in it."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    def of(cls, data: bytes) -> Asked:
        head, _, body = data.partition(b"\n\n")
        first, *lines = head.decode("latin-1").split("\n")
        method, _, target = first.partition(" ")
        path, _, query = target.partition("?")
        pairs = (line.partition(":") for line in lines)
        headers = {
            name.strip().lower(): value.strip()
            for name, colon, value in pairs
            if colon and not SPOILT_HEADER.intersection(value) and NAME.fullmatch(name.strip())
        }
        plain = "".join(one for one in method if one.isascii() and one.isalpha())[:20] or "GET"
        return cls(plain, path, query, headers, body)

    def environ(self, **more: Any) -> dict[str, Any]:
        named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in self.headers.items()}
        for name in ("HTTP_CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING"):
            named.pop(name, None)  # a server hands on its own
        return {
            **SERVER,
            **named,
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": "/" + unquote_to_bytes(self.path.lstrip("/").encode("latin-1")).decode("latin-1"),
            "QUERY_STRING": self.query,
            "CONTENT_TYPE": named.pop("HTTP_CONTENT_TYPE", ""),
            "CONTENT_LENGTH": str(len(self.body)),
            "REMOTE_ADDR": "10.0.0.1",
            "wsgi.input": io.BytesIO(self.body),
            "wsgi.errors": io.StringIO(),
            **more,
        }


@dataclass(frozen=True)
class Answered:
    status: int
    headers: Mapping[str, str]
    body: bytes


def answer(app: Any, environ: dict[str, Any]) -> Answered:
    """Raises ``GotThrough`` for an answer that says a fault of ours."""
    told: list[tuple[str, Any]] = []

    def start_response(status: str, headers: Any, _: Any = None) -> None:
        told.append((status, headers))

    pieces: Iterable[bytes] = app(environ, start_response)
    try:
        body = b"".join(pieces)
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()
    status, headers = told[-1]
    found = Answered(int(status[:3]), {name.lower(): value for name, value in headers}, body)
    if found.status >= FIRST_ERROR:
        raise GotThrough(f"{status}: {body[:200]!r}")
    if any("\n" in value or "\r" in value for _, value in headers):
        raise GotThrough(f"a header that was broken in two: {headers}")
    return found
