"""Whatever a CSV file of supplies holds, it gives rows or a sentence for the person who made it."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pytest
from house import house
from hypothesis import example, given
from hypothesis import strategies as st

from connector.services.supplies import add_supply, change_supply, check_rows, import_rows, receive_supply
from connector.services.supply_errors import MOST_UNITS, SupplyError
from connector.services.supply_file import Row, read_csv

HEADERS = st.sampled_from(
    ("sku,quantity", "sku,quantity,due,reference", "SKU , Quantity", "sku,sku,quantity", "quantity", "", "sku;quantity")
)
NUMBERS = ("1", "0", "-1", "+1", "1.0", "1e3", "٣", "²", "000000000001" + "9" * 30, "0" * 5000, "9" * 5000)
DAYS = ("2026-12-05", "9999-12-31", "0001-01-01", "20261205", "2026-W49", "5.12.2026")
CELLS = st.text(max_size=15) | st.sampled_from((*NUMBERS, *DAYS, "", "CHAIR", '"', "a\nb", "\0", "\ud800"))


def understood(text: str) -> list[Row] | str:
    try:
        return read_csv(text)
    except SupplyError as error:
        return str(error)


@given(text=st.text(max_size=200))
@example("sku,quantity\n" + '"' + "x" * 200_000)
@example("sku,quantity\r" + "A,1\r")
@example("\ufeff\ufeffsku,quantity\nA,1")
def test_any_text_gives_rows_or_a_sentence(text: str) -> None:
    found = understood(text)
    assert isinstance(found, list) or found.endswith((".", "'"))


@given(header=HEADERS, rows=st.lists(st.lists(CELLS, max_size=6), max_size=6))
def test_any_cells_give_rows_that_can_be_announced_or_say_what_is_wrong(header: str, rows: list[list[str]]) -> None:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    found = understood(f"{header}\n{written.getvalue()}")
    for row in found if isinstance(found, list) else ():
        assert row.problem or (row.sku and 0 < row.units <= MOST_UNITS)


@pytest.mark.parametrize("quantity", ["000000000001" + "9" * 30, "000000000001" + "9" * 5000, "0" * 5000])
def test_zeros_in_front_hide_no_quantity(quantity: str) -> None:
    (row,) = read_csv(f"sku,quantity\nCHAIR,{quantity}")
    assert row.problem.endswith("is not a whole number between 1 and 10000000")


def test_zeros_in_front_of_a_quantity_do_no_harm() -> None:
    assert read_csv("sku,quantity\nCHAIR,00000000000000012") == [Row(2, "CHAIR", 12)]


def test_a_file_of_a_spreadsheet_is_no_csv() -> None:
    with pytest.raises(SupplyError, match="save it as 'CSV UTF-8'"):
        read_csv("sku,quantity\nCHAIR,1".encode("utf-16-le").decode("utf-8"))


def test_a_supply_that_nobody_can_mean_is_refused(tmp_path: Path) -> None:
    with house(tmp_path) as there:
        there.woo.add_product("CHAIR", 0)
        there.connect()
        store, never = there.store("chairs"), date(9999, 12, 31)
        with pytest.raises(SupplyError, match="9999-12-31 is more than ten years away"):
            add_supply(store, "CHAIR", 5, never)
        checked = check_rows(store, read_csv("sku,quantity,due\nCHAIR,5,9999-12-31\nCHAIR,5,2036-01-01"))
        assert [bool(row.problem) for row in checked] == [True, False]
        assert import_rows(store, checked[1:]) == 1
        supply = there.add_supply("chairs", "CHAIR", 5, there.today())
        with pytest.raises(SupplyError, match="more than ten years away"):
            change_supply(store, supply, due=never)
        with pytest.raises(SupplyError, match="at most 10000000"):
            receive_supply(store, supply, 10**30)
        there.settle(1)
