"""One morning of trade for all tests of the command line; each test gets a copy of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import time_machine
from cli_desk import Desk, morning
from databases import copy_installation


@pytest.fixture(scope="session")
def traded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, datetime]:
    folder = tmp_path_factory.mktemp("morning")
    return folder, morning(folder)


@pytest.fixture
def desk(traded: tuple[Path, datetime], tmp_path: Path) -> Iterator[Desk]:
    folder, then = traded
    copy_installation(folder, tmp_path / "shop")
    with time_machine.travel(then, tick=False):
        yield Desk(tmp_path / "shop" / "config.toml")
