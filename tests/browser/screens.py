"""What people look at pages with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from playwright.sync_api import Browser, BrowserContext, Page, StorageState


@dataclass(frozen=True)
class Screen:
    name: str
    width: int
    height: int
    touch: bool = False


DESKTOP, PHONE = Screen("desktop", 1280, 800), Screen("phone", 390, 844, touch=True)
SMALL_PHONE = Screen("small phone", 360, 740, touch=True)
SCREENS = (DESKTOP, PHONE)


class NewPage(Protocol):
    """The fixture ``new_page``."""

    def __call__(
        self,
        screen: Screen = ...,
        *,
        javascript: bool = ...,
        language: str = ...,
        kept: StorageState | None = ...,
    ) -> Page: ...


def new_context(
    chromium: Browser,
    screen: Screen,
    *,
    javascript: bool = True,
    language: str = "en-US",
    kept: StorageState | None = None,
) -> BrowserContext:
    return chromium.new_context(
        viewport={"width": screen.width, "height": screen.height},
        has_touch=screen.touch,
        is_mobile=screen.touch,
        java_script_enabled=javascript,
        locale=language,
        timezone_id="UTC",
        reduced_motion="reduce",
        storage_state=kept,
    )
