"""The pages over the whole service and both sandbox shops, as a browser without JavaScript meets them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from house import CONFIG, House, house
from werkzeug.security import generate_password_hash

from connector.ports.accounts import PassKind, PassRecord
from connector.services.passes import digest

PASSWORD = "correct horse battery staple"
WEB = f"""
[web]
operator_password_hash = "{generate_password_hash(PASSWORD, method="scrypt:1024:8:1")}"
operator_token = "operator-token-of-at-least-32-characters"
"""


@dataclass
class Seen:
    """One answer, read as a person would."""

    status: int
    html: str
    location: str
    headers: Mapping[str, str]
    path: str

    @property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.html, "html.parser")

    @property
    def text(self) -> str:
        """The words of the page's main part, one space between them."""
        soup = self.soup
        return " ".join((soup.find("main") or soup).get_text(" ").split())

    def rows(self, table: int = 0) -> list[list[str]]:
        """The cells of a table's body."""
        found = self.soup.find_all("table")[table]
        assert isinstance(found, Tag)
        body = found.find("tbody") or found
        assert isinstance(body, Tag)
        return [
            [" ".join(cell.get_text(" ").split()) for cell in row.find_all(["td", "th"])] for row in body.find_all("tr")
        ]


@dataclass
class Browser:
    """Follows no redirect by itself; sends the token of the page it last saw along with a form."""

    client: FlaskClient
    last: list[Seen] = field(default_factory=list)

    def get(self, path: str, **more: Any) -> Seen:
        return self._seen(path, self.client.get(path, **more))

    def post(self, path: str, data: Mapping[str, Any] | None = None, **more: Any) -> Seen:
        """Send a form as it stands on a page: its token comes from the overview, or from the page last seen."""
        return self._seen(path, self.client.post(path, data={**(data or {}), "csrf_token": self.token()}, **more))

    def follow(self, seen: Seen) -> Seen:
        assert seen.status in {302, 303}, (seen.status, seen.text)
        return self.get(seen.location)

    def token(self) -> str:
        soup = BeautifulSoup(self.client.get("/in").get_data(as_text=True), "html.parser")
        found = soup.find("input", {"name": "csrf_token"})
        assert isinstance(found, Tag)
        return str(found["value"])

    def _seen(self, path: str, answer: Any) -> Seen:
        seen = Seen(
            answer.status_code,
            answer.get_data(as_text=True),
            answer.headers.get("Location", ""),
            dict(answer.headers),
            path,
        )
        self.last.append(seen)
        return seen


@dataclass
class Site:
    house: House

    def stranger(self) -> Browser:
        return Browser(self.house.app.test_client())

    def owner(self, key: str = "chairs") -> Browser:
        """A browser that came in by a one-time link."""
        browser = self.stranger()
        token = secrets.token_urlsafe(32)
        now = self.house.service.clock()
        with self.house.service.work() as uow:
            uow.passes.add(PassRecord(digest(token), PassKind.LINK, "", key, "", {}, now, now + timedelta(minutes=15)))
            uow.commit()
        assert browser.post(f"/in/{token}").status == 302
        return browser

    def operator(self) -> Browser:
        browser = self.stranger()
        assert browser.post("/admin/in", {"password": PASSWORD}).status == 302
        return browser


@contextmanager
def site(folder: Path, config: str = CONFIG, **more: Any) -> Iterator[Site]:
    with house(folder, config.replace("[sync]", f"{WEB}[sync]"), **more) as there:
        yield Site(there)
