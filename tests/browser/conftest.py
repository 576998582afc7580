"""A headless Chromium for the tests of this folder, and a service for each of its modules."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.live import WAIT_SECONDS, Live, live
from browser.screens import DESKTOP, NewPage, Screen, new_context
from browser.watch import Watch
from playwright.sync_api import Browser, Page, StorageState, expect, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""
HOW_TO = "no Chromium here: `apt-get install chromium`, or CHROMIUM=/path/to/chromium make test"
PATIENCE = WAIT_SECONDS * 1000  # milliseconds
NOWHERE = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not Path(CHROMIUM).is_file():
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=HOW_TO))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    # Chromium's own sandbox does not run for root.
    is_root = os.geteuid() == 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=not is_root, args=[NOWHERE])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One for each module, whose ``WAY`` says how Shopify stores connect to it."""
    with live(tmp_path_factory.mktemp("service"), way=getattr(request.module, "WAY", "own")) as here:
        yield here


@pytest.fixture(scope="module")
def home(service: Live) -> str:
    """The address of the service that a module looks at; one with a service of its own says another."""
    return service.url


@pytest.fixture
def watch(home: str) -> Watch:
    return Watch(home)


@pytest.fixture
def new_page(chromium: Browser, watch: Watch) -> Iterator[NewPage]:
    """Opens a browser of its own, with no cookie but what it ``kept``; fails the test if one of them complained."""
    contexts = []

    def open_one(
        screen: Screen = DESKTOP,
        *,
        javascript: bool = True,
        language: str = "en-US",
        kept: StorageState | None = None,
    ) -> Page:
        context = new_context(chromium, screen, javascript=javascript, language=language, kept=kept)
        context.set_default_timeout(PATIENCE)
        watch.over(context)
        contexts.append(context)
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()
    assert watch.faults == []
