"""``backorder supply ...``: what a merchant types, and what a spreadsheet saves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli_desk import LAMP, Desk

Saved = Callable[[str | bytes], str]


@pytest.fixture
def saved(tmp_path: Path) -> Saved:
    """A CSV file with this in it; its name."""

    def save(content: str | bytes) -> str:
        path = tmp_path / "arriving.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return save


def supplies(desk: Desk, store: str = "chairs") -> list[tuple[Any, ...]]:
    return [
        (one["sku"], one["incoming"], one["units"], one["due"], one["reference"])
        for one in desk.json("supply", "list", store)
    ]


def test_a_supply_is_announced_changed_received_and_gone_from_the_list(desk: Desk) -> None:
    said = desk.done("supply", "add", "tents", "TENT-2P", "40", "--due", "2026-12-05", "--reference", "PO 7")
    assert said == "Supply 3: 40 of 40 units of TENT-2P still to come, due 2026-12-05.\n"
    assert supplies(desk, "tents") == [("TENT-2P", 40, 40, "2026-12-05", "PO 7")]
    said = desk.done("supply", "change", "tents", "3", "--quantity", "30")
    assert said == "Supply 3: 30 of 30 units of TENT-2P still to come, due 2026-12-05.\n"
    said = desk.done("supply", "change", "tents", "3", "--no-date")
    assert said == "Supply 3: 30 of 30 units of TENT-2P still to come, no date known.\n"
    said = desk.done("supply", "change", "tents", "3", "--due", "2026-12-24")
    assert said == "Supply 3: 30 of 30 units of TENT-2P still to come, due 2026-12-24.\n"
    booked = "Book the goods in your shop too; that is what serves the queue.\n"
    said = desk.done("supply", "receive", "tents", "3", "--quantity", "10")
    assert said == f"Supply 3: 20 of 30 units of TENT-2P still to come, due 2026-12-24. {booked}"
    said = desk.done("supply", "receive", "tents", "3")
    assert said == f"Supply 3: 30 of 30 units of TENT-2P came; it is closed. {booked}"
    assert supplies(desk, "tents") == []
    assert desk.refused("supply", "receive", "tents", "3") == "Supply 3 is closed already: 30 of 30 came.\n"
    assert desk.done("supply", "list", "tents").strip().startswith("Nothing is on its way: `backorder supply add`")


def test_the_last_goods_of_a_supply_can_be_fewer_than_announced(desk: Desk) -> None:
    said = desk.done("supply", "receive", "chairs", "1", "--quantity", "3", "--last")
    assert said.startswith("Supply 1: 3 of 5 units of CHAIR-OAK came; it is closed.")
    assert [one[0] for one in supplies(desk)] == [LAMP]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("add", "chairs", "CHAIR-OAK", "10000001"), "The quantity must be between 1 and 10000000, not 10000001."),
        (
            ("add", "chairs", "CHAIR-OAK", "5", "--due", "9999-12-31"),
            "9999-12-31 is more than ten years away; leave the date out if nobody knows it.",
        ),
        (
            ("change", "chairs", "1", "--due", "9999-12-31"),
            "9999-12-31 is more than ten years away; leave the date out if nobody knows it.",
        ),
        (
            ("receive", "chairs", "1", "--quantity", "0"),
            "The number of units received must be above zero and at most 10000000.",
        ),
    ],
)
def test_a_supply_that_nobody_can_mean_is_refused_in_a_sentence(desk: Desk, typed: tuple[str, ...], said: str) -> None:
    before = desk.everything()
    assert desk.refused("supply", *typed) == f"{said}\n"
    assert desk.everything() == before


def test_an_overdue_supply_asks_for_a_new_date(desk: Desk) -> None:
    desk.done("supply", "add", "tents", "TENT-2P", "4", "--due", "2026-11-22")
    assert "overdue: give it a new date" in desk.done("supply", "list", "tents")
    desk.done("supply", "change", "tents", "3", "--due", "2026-11-23")
    assert "overdue" not in desk.done("supply", "list", "tents")


def test_a_sku_that_is_used_twice_is_named_by_its_id(desk: Desk) -> None:
    ids = {one["title"]: one["variant_id"] for one in desk.json("status", "tents")[0]["variants"]}
    steel, wood = ids["Peg of steel"], ids["Peg of wood"]
    said = desk.refused("supply", "add", "tents", "PEG", "5")
    assert said == (
        f"The SKU 'PEG' is used 2 times: id:{steel} (Peg of steel), id:{wood} (Peg of wood). "
        "Name one of them by its id.\n"
    )
    desk.done("supply", "add", "tents", f"id:{wood}", "5")
    pools = desk.rows("SELECT pool_id FROM supplies WHERE store = 'tents'")
    assert pools == desk.rows(f"SELECT pool_id FROM variants WHERE store = 'tents' AND id = '{wood}'")  # noqa: S608 -- an id of the sandbox


GOOD = [("CHAIR-ASH", 3, 3, "2026-12-05", "PO 7"), ("DESK-120", 4, 4, None, "")]


@pytest.mark.parametrize(
    "content",
    [
        "sku,quantity,due,reference\nCHAIR-ASH,3,2026-12-05,PO 7\nDESK-120,4,,\n",
        b"\xef\xbb\xbfsku,quantity,due,reference\r\nCHAIR-ASH,3,2026-12-05,PO 7\r\nDESK-120,4,,\r\n",
        "Reference , Due,QUANTITY,Sku,colour\nPO 7,2026-12-05, 3 ,CHAIR-ASH,red\n,,4,DESK-120,\n\n",
        'sku,quantity,due,reference\n"CHAIR-ASH","3","2026-12-05","PO 7"\nDESK-120,004\n',
        "sku;quantity;due;reference\nCHAIR-ASH;3;2026-12-05;PO 7\nDESK-120;4;;\n",
    ],
    ids=["plain", "as a spreadsheet saves it", "other columns", "quoted", "semicolons"],
)
def test_a_csv_file_is_imported_whole(desk: Desk, saved: Saved, content: str | bytes) -> None:
    file, before = saved(content), desk.everything()
    said = desk.done("supply", "import", "chairs", file, "--dry-run")
    assert said.endswith("Would be imported: 2 rows. Nothing was changed.\n")
    assert [sku for sku in ("CHAIR-ASH", "DESK-120") if sku in said] == ["CHAIR-ASH", "DESK-120"]
    assert desk.everything() == before
    assert desk.done("supply", "import", "chairs", file) == "Announced: 2 supplies.\n"
    assert sorted(one for one in supplies(desk) if one[0] in {"CHAIR-ASH", "DESK-120"}) == GOOD


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("NOPE,3", "No variant of store chairs has the SKU 'NOPE'; `backorder status chairs` lists them."),
        (",3", "has no SKU"),
        ("CHAIR-ASH,0", "quantity '0' is not a whole number between 1 and 10000000"),
        ("CHAIR-ASH,-3", "quantity '-3' is not a whole number between 1 and 10000000"),
        ("CHAIR-ASH,1.5", "quantity '1.5' is not a whole number between 1 and 10000000"),
        ("CHAIR-ASH", "quantity '' is not a whole number between 1 and 10000000"),
        ("CHAIR-ASH,3,5.12.2026", "due '5.12.2026' is not a date like 2026-12-05"),
        ("CHAIR-ASH,3,9999-12-31", "9999-12-31 is more than ten years away; leave the date out if nobody knows it."),
    ],
)
def test_one_bad_row_imports_nothing_and_is_named(desk: Desk, saved: Saved, row: str, problem: str) -> None:
    file, before = saved(f"sku,quantity,due\nCHAIR-OAK,5\n\n{row}\nDESK-120,1\n"), desk.everything()
    result = desk.run("supply", "import", "chairs", file)
    assert (result.exit_code, result.stderr) == (1, "Wrong: 1 of 3 rows. Nothing was imported.\n")
    (told,) = [line for line in result.stdout.splitlines() if problem in line]
    assert told.split()[0] == "4"
    assert desk.everything() == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "The first line must name the columns sku, quantity, due, reference, supplier; it is empty."),
        (
            "CHAIR-OAK,5\n",
            "The first line must name the columns sku, quantity, due, reference, supplier; it says chair-oak, 5.",
        ),
        ("sku,quantity\n", "The file names its columns and holds no rows; there is nothing to announce."),
        ("sku,quantity\nCHAIR\0,1\n", "The file holds NUL characters, as a spreadsheet's own formats do; save it as"),
        (
            "sku,quantity\nCHAIR-OAK,5".encode("utf-16"),
            "arriving.csv is not UTF-8 (byte 0); save it as 'CSV UTF-8'.",
        ),
        ("sku,quantity\nSTÜHLE,5".encode("latin-1"), "arriving.csv is not UTF-8 (byte 15); save it as 'CSV UTF-8'."),
        ('sku,quantity\n"CHAIR-OAK,5\n', "Line 2 is no CSV: unexpected end of data."),
    ],
    ids=["empty", "no header", "no rows", "NUL", "UTF-16", "latin-1", "open quote"],
)
def test_a_file_that_is_no_list_of_supplies_is_answered_with_why(
    desk: Desk, saved: Saved, content: str | bytes, said: str
) -> None:
    before = desk.everything()
    assert said in desk.refused("supply", "import", "chairs", saved(content))
    assert desk.everything() == before


def test_ten_thousand_rows_are_imported_at_once_and_shown_in_part(desk: Desk, saved: Saved) -> None:
    file = saved("sku,quantity,reference\n" + "".join(f"CHAIR-OAK,1,R{row}\n" for row in range(10_000)))
    said = desk.done("supply", "import", "chairs", file, "--dry-run").splitlines()
    assert said[-1] == "Would be imported: 10000 rows. Nothing was changed."
    assert len(said) < 60
    assert desk.done("supply", "import", "chairs", file) == "Announced: 10000 supplies.\n"
    assert desk.rows("SELECT count(*), sum(units) FROM supplies WHERE reference LIKE 'R%'") == [(10_000, 10_000)]


def test_what_a_cell_holds_does_not_steer_the_terminal(desk: Desk, saved: Saved) -> None:
    result = desk.run("supply", "import", "chairs", saved("sku,quantity,due\n\x1b[2JCHAIR,1,\x07\x9b2J\n"))
    assert result.exit_code == 1
    assert {one for one in result.output if not one.isprintable()} == {"\n"}
