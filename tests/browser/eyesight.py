"""What keeps somebody from reading or using a page, and a picture of it for whoever wants to look."""

from __future__ import annotations

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from browser.screens import Screen
from playwright.sync_api import Page

SHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"
GRAVE = frozenset({"serious", "critical"})
ANY = GRAVE | {"moderate", "minor"}


def shoot(page: Page, screen: Screen, name: str) -> None:
    shot = SHOTS / str(screen.width) / f"{name}.png"
    shot.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=shot, full_page=True)


def too_wide(page: Page) -> list[str]:
    wide, room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    return [f"the page is {wide} wide and has room for {room}"] if wide > room else []


def faults(page: Page, grades: frozenset[str] = GRAVE) -> list[str]:
    """What keeps somebody from using the page as it is now; ``grades``: which of axe's words on it count."""
    violations = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    counted = [one for one in violations if one["impact"] in grades]
    return too_wide(page) + [f"{one['help']}: {node['html']}" for one in counted for node in one["nodes"]]
