"""docs/bad-input.md, row by row: the page names each case, and each case is a function of the same name.

Every case goes through the real application; whatever it was, a good delivery after it is read, and nothing crashed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bad_input_door import DOOR, Door
from bad_input_reading import READING, SKUS, Case
from free_ports import free_port
from house import House, house
from signed import newest, waiting
from structlog.testing import capture_logs

from connector.bootstrap.web import CONFIG_FILE
from connector.ports.records import DeliveryState
from connector.web.server import WebServer

PAGE = Path(__file__).parents[2] / "docs" / "bad-input.md"
ROW = re.compile(r"^\| `([a-z0-9-]+)` \|(.*)\|$", re.MULTILINE)
PLATFORM_COLUMN = {"chairs": 1, "tents": 2}
# What a case is there to provoke; anything else that is logged as an error is a fault.
EXPECTED_ERRORS = {"not-kept": {"delivery_not_kept"}, "bug": {"web_request_failed"}, "fault-of-ours": {"digest.bug"}}


def rows(title: str) -> Mapping[str, list[str]]:
    """The cells behind the name of each row in the table under a title."""
    section = PAGE.read_text("utf-8").partition(f"## {title}\n")[2].partition("\n## ")[0]
    return {name: [cell.strip() for cell in cells.split(" | ")] for name, cells in ROW.findall(section)}


DOOR_ROWS, READING_ROWS = rows("At the door"), rows("When it is read")
READ_CASES = [
    (name, store, cells[column])
    for name, cells in READING_ROWS.items()
    for store, column in PLATFORM_COLUMN.items()
    if cells[column] != "-"
]


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("house")) as opened:
        opened.woo.add_product("CHAIR", 5000)
        opened.shopify.add_product("TENT", 5000)
        opened.connect()
        yield opened


@pytest.fixture(scope="module")
def cases(there: House) -> Mapping[str, Case]:
    return {store: Case(there, store) for store in SKUS}


@pytest.fixture(scope="module")
def door(there: House) -> Iterator[Door]:
    port = free_port()
    config = there.service.settings.folder / "config.toml"
    with WebServer("connector.bootstrap.web:wsgi_app", f"127.0.0.1:{port}", 4, {CONFIG_FILE: str(config)}):
        yield Door(there, port)


def test_every_row_of_the_page_has_a_case_and_every_case_a_row() -> None:
    assert DOOR_ROWS.keys() == DOOR.keys()
    assert READING_ROWS.keys() == READING.keys()


def test_the_page_says_done_or_parked_or_nothing_of_each_platform() -> None:
    assert {cell for cells in READING_ROWS.values() for cell in cells[1:3]} == {"done", "parked", "-"}


@pytest.mark.parametrize("name", DOOR)
def test_at_the_door(name: str, there: House, door: Door) -> None:
    with capture_logs() as logs:
        DOOR[name](door)
        a_good_delivery_is_read(there, "chairs")
    assert faults(logs) == EXPECTED_ERRORS.get(name, set())


@pytest.mark.parametrize(("name", "store", "state"), READ_CASES)
def test_when_it_is_read(name: str, store: str, state: str, there: House, cases: Mapping[str, Case]) -> None:
    with capture_logs() as logs:
        READING[name](cases[store])
        if name not in {"future", "too-many"}:  # whose last delivery is a good one
            assert newest(there, store).state is DeliveryState(state)
        a_good_delivery_is_read(there, store)
    assert faults(logs) == EXPECTED_ERRORS.get(name, set())


def a_good_delivery_is_read(there: House, store: str) -> None:
    there.clock.shift(timedelta(seconds=2))
    order_id = there.shops[store].place_order({SKUS[store]: 1})
    there.deliver()
    assert waiting(there, store) == 0
    assert newest(there, store).state is DeliveryState.DONE
    with there.service.work(read_only=True) as uow:
        lines = uow.orders.get(store, [order_id])[order_id].lines.values()
        assert [line.outstanding for line in lines] == [1]


def faults(logs: Iterable[Mapping[str, Any]]) -> set[str]:
    return {line["event"] for line in logs if line["log_level"] in {"error", "critical"}}
