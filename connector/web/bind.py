"""The address the service listens on."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from typing import Self

LOOK_SECONDS = 0.05


class WebServerFailed(Exception):  # noqa: N818 -- read as a sentence: the web server failed
    """The web server cannot run; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Bind:
    host: str
    port: int

    @classmethod
    def of(cls, text: str) -> Self:
        """Read ``host:port``; an IPv6 host stands in brackets.  Raises ``ValueError``."""
        host, colon, port = text.rpartition(":")
        if not (colon and host and port.isascii() and port.isdigit() and 0 < int(port) < 2**16):
            raise ValueError(f"{text!r} is not host:port, for example 127.0.0.1:8000 or [::1]:8000")
        return cls(host.removeprefix("[").removesuffix("]"), int(port))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def near(self) -> str:
        """The host under which this machine itself reaches it."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 -- compared, not bound

    def wait_until_free(self, seconds: float) -> None:
        """Give whoever listens here this long to end."""
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up:
            try:
                self.refuse_taken()
            except WebServerFailed:
                time.sleep(LOOK_SECONDS)
            else:
                return

    def refuse_taken(self) -> None:
        """Raise ``WebServerFailed`` where another program listens here.

        Granian shares its port with whoever else shares it, so two services would each get half of the deliveries
        without a word.  A socket that does not share finds out.
        """
        try:
            (family, kind, proto, _, address), *_ = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
            with socket.socket(family, kind, proto) as probe:
                # Otherwise connections of a service that has just ended would count as taken.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise WebServerFailed(
                f"Cannot listen on {self}: {why}. Stop the program that uses the address, or choose another one in "
                "[server] bind."
            ) from error
