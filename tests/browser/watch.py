"""What a browser complained of while a page was looked at, and where it went."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError

LOOPBACK = {"127.0.0.1", "localhost"}


@dataclass
class Watch:
    """A violation of the page's own policy of contents is an error of the console.

    ``home``: the address of the service; shops on loopback have no icon, which is no fault of ours.
    ``allowed``: patterns of what a test provokes on purpose, such as a form that is refused.
    ``played``: hosts whose answers the test itself plays.
    """

    home: str
    played: set[str] = field(default_factory=set)
    allowed: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", self._broken)
        context.on("request", self._request)

    @property
    def faults(self) -> list[str]:
        return [one for one in self.seen if not any(re.search(pattern, one) for pattern in self.allowed)]

    def _console(self, message: ConsoleMessage) -> None:
        where = message.location.get("url", "")
        if message.type == "error" and (where.startswith(self.home) or not where.endswith("/favicon.ico")):
            self.seen.append(f"console: {message.text} ({where})")

    def _broken(self, error: WebError) -> None:
        self.seen.append(f"script: {error.error.message}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and (parts.hostname or "") not in LOOPBACK | self.played:
            self.seen.append(f"went elsewhere: {request.url}")
