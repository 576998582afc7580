"""Somebody with a link in their mail."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count

from browser.live import until
from playwright.sync_api import Locator, Page, expect

_visitors = count(1)


@dataclass
class Shopper:
    """Somebody with a page before them, who knows the words on it and nothing else."""

    page: Page

    @classmethod
    def at(cls, page: Page) -> Shopper:
        """At an address of their own: the limits are for each."""
        number = next(_visitors)
        page.context.set_extra_http_headers({"X-Forwarded-For": f"10.1.{number >> 8 & 255}.{number & 255}"})
        return cls(page)

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    def opens(self, address: str) -> None:
        self.page.goto(address)

    def press(self, name: str) -> None:
        self.main.get_by_role("button", name=name).click()

    def follow(self, name: str) -> None:
        self.main.get_by_role("link", name=name).click()

    def enter(self, label: str, value: str) -> None:
        self.main.get_by_label(label).first.fill(value)

    def reads(self, *sentences: str | re.Pattern[str]) -> None:
        for sentence in sentences:
            expect(self.main).to_contain_text(sentence)

    def reads_no(self, *sentences: str) -> None:
        for sentence in sentences:
            expect(self.main).not_to_contain_text(sentence)

    def until_reads(self, sentence: str) -> None:
        """Looks again and again, as one does who waits for something."""

        def is_there() -> bool:
            if sentence in self.main.inner_text():
                return True
            self.page.wait_for_timeout(1_000)  # more than that is knocking
            self.page.reload()
            return False

        until(f"the page says {sentence!r}", is_there)
