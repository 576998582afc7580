"""The owner of a WooCommerce sandbox shop at a browser: follows links, fills in the form, keeps the cookie."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

import requests


@dataclass
class Page(HTMLParser):
    """The links of a page by class, and the fields of its form."""

    text: str
    links: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links |= dict.fromkeys(found.get("class", "").split(), found.get("href", ""))
        elif tag in {"input", "button"} and "name" in found:
            self.fields[found["name"]] = found.get("value", "")


@dataclass
class Owner:
    name: str = "admin"
    password: str = "password"
    web: requests.Session = field(default_factory=requests.Session)
    page: Page = field(default_factory=lambda: Page(""))

    def open(self, address: str) -> requests.Response:
        """Follow redirects within the shop, and stop before the first that leaves it."""
        answer = self.web.get(address, allow_redirects=False, timeout=60)
        while answer.is_redirect and urlsplit(answer.headers["Location"]).netloc == urlsplit(answer.url).netloc:
            answer = self.web.get(answer.headers["Location"], allow_redirects=False, timeout=60)
        self.page = Page(answer.text)
        return answer

    def log_in(self, address: str) -> Owner:
        """Open a page of consent, through the form that stands before it."""
        self.submit(self.open(address))
        return self

    def submit(self, form: requests.Response) -> requests.Response:
        filled = {**self.page.fields, "username": self.name, "password": self.password}
        answer = self.web.post(form.url, filled, allow_redirects=False, timeout=60)
        if answer.is_redirect:
            return self.open(answer.headers["Location"])
        self.page = Page(answer.text)
        return answer

    def follow_approve(self) -> requests.Response:
        return self.web.get(self.page.links["wc-auth-approve"], allow_redirects=False, timeout=60)

    def approve(self) -> str:
        """Gives the address that the browser is sent back to."""
        answer = self.follow_approve()
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def deny(self) -> str:
        return self.page.links["wc-auth-deny"]
