"""The pictures of the guides: made by the tests, each with the words it shows beside it, so that it cannot go stale."""

from __future__ import annotations

import os
import re
from pathlib import Path

from playwright.sync_api import Locator, Page

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
WRITES = "SCREENSHOTS"
"""Set in the environment by ``make screenshots``; without it the words are compared and nothing is written."""
MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
TIME = r"(?:,? \d{1,2}:\d\d(?::\d\d)?(?:\s[AP]M| UTC)?)?"
VOLATILE = (
    (re.compile(rf"\b(?:{MONTHS})[a-z]* \d{{1,2}}, \d{{4}}{TIME}"), "DATE"),
    (re.compile(rf"\b\d{{1,2}}/\d{{1,2}}/\d\d(?:\d\d)?{TIME}"), "DATE"),
    (re.compile(rf"\b\d{{4}}-\d\d-\d\d{TIME}"), "DATE"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"\b\d+ (?:second|minute)s?\b"), "SOME TIME"),
)


def picture(page: Page, name: str, *parts: Locator) -> None:
    """Keep what is on the screen as ``docs/images/<name>.png``.  ``parts``: whose words count, the page's where none is
    named; what differs from one run to the next is to be left out.
    """
    page.wait_for_load_state()  # a page whose style has not come yet is laid out otherwise, and so are its words
    words = "\n".join(_words(part) for part in parts or (page.locator("main"),)) + "\n"
    if os.environ.get(WRITES):
        IMAGES.mkdir(exist_ok=True)
        page.screenshot(path=IMAGES / f"{name}.png", animations="disabled", caret="hide")
        (IMAGES / f"{name}.txt").write_text(words, "utf-8")
    kept = IMAGES / f"{name}.txt"
    assert kept.is_file(), f"there is no picture {name} yet: run `make screenshots`"
    assert words == kept.read_text("utf-8"), (
        f"the page says something else than its picture {name} in the guides: run `make screenshots`, look at the new"
        " picture, and read the guides that show it again"
    )


def _words(part: Locator) -> str:
    """What is to be read, a line each, with the same word for all that changes by itself."""
    lines = (" ".join(line.split()) for line in part.inner_text().splitlines())
    text = "\n".join(line for line in lines if line)
    for pattern, word in VOLATILE:
        text = pattern.sub(word, text)
    return text
