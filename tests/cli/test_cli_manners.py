"""What holds for every command: exit codes, --config, --json, and whom a strange text may steer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from cli_desk import LAMP, Desk
from click.testing import CliRunner
from databases import sqlite_alone

from connector.cli import backorder

WITHOUT_CONFIG = {"demo", "bench", "storefront"}
"""The demo writes its own, the benchmarks read none, and what is put into a shop is the same for everybody."""
GROUPS = {
    "config": {"check"},
    "install": {"link"},
    "operator": {"password"},
    "db": {"upgrade", "backup", "check", "copy"},
    "deliveries": {"list", "show", "replay"},
    "keys": {"list", "reseal"},
    "mail": {"bounce"},
    "override": {"list", "release"},
    "privacy": {"list", "show", "answer", "export", "erase"},
    "store": {"add", "link", "list", "show", "pause", "resume", "reconcile", "remove", "rotate-secret"},
    "storefront": {"plugin", "theme"},
    "restock": {"erase", "export", "list"},
    "supply": {"add", "change", "import", "list", "receive"},
}
ALONE = {"bench", "demo", "doctor", "explain", "plan", "scheduler", "serve", "status", "web", "worker"}


def leaves(group: click.Group, before: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from leaves(command, (*before, name))
        else:
            yield (*before, name), command


COMMANDS = dict(leaves(backorder))
LISTINGS = [
    ("status",),
    ("plan",),
    ("explain", "chairs", "CHAIR-OAK"),
    ("explain", "chairs", "20"),
    ("store", "list"),
    ("store", "show", "chairs"),
    ("deliveries", "list"),
    ("deliveries", "show", "1"),
    ("supply", "list"),
    ("override", "list"),
]
UNKNOWN_STORE = [
    ("status", "chair"),
    ("plan", "chair"),
    ("explain", "chair", "CHAIR-OAK"),
    ("doctor", "chair"),
    ("store", "show", "chair"),
    ("store", "link", "chair"),
    ("store", "pause", "chair"),
    ("store", "resume", "chair"),
    ("store", "reconcile", "chair"),
    ("store", "remove", "chair", "--yes"),
    ("deliveries", "list", "--store", "chair"),
    ("deliveries", "replay", "1", "--store", "chair"),
    ("supply", "add", "chair", "CHAIR-OAK", "1"),
    ("supply", "change", "chair", "1", "--no-date"),
    ("supply", "receive", "chair", "1"),
    ("supply", "list", "chair"),
    ("override", "list", "chair"),
    ("override", "release", "chair", "CHAIR-ASH"),
]
WRONG_USAGE = [
    ("sell",),
    ("store", "sell"),
    ("status", "--sell"),
    ("explain", "chairs"),
    ("deliveries", "show", "first"),
    ("deliveries", "list", "--state", "lost"),
    ("deliveries", "list", "--limit", "0"),
    ("deliveries", "replay"),
    ("deliveries", "replay", "1", "--all-parked"),
    ("supply", "add", "chairs", "CHAIR-OAK", "0"),
    ("supply", "add", "chairs", "CHAIR-OAK", "some"),
    ("supply", "add", "chairs", "CHAIR-OAK", "5", "--due", "5.12.2026"),
    ("supply", "change", "chairs", "1"),
    ("supply", "change", "chairs", "1", "--no-date", "--due", "2026-12-05"),
    ("supply", "import", "chairs", "missing.csv"),
    ("store", "add", "third", "--platform", "etsy", "--webhook-secret", "x"),
    ("store", "add", "third", "--platform", "woocommerce", "--webhook-secret", "x", "--set", "url"),
]


def test_the_commands_are_those_of_the_design() -> None:
    assert set(COMMANDS) == {(name,) for name in ALONE} | {(group, one) for group in GROUPS for one in GROUPS[group]}


@pytest.mark.parametrize("typed", sorted(COMMANDS), ids=" ".join)
def test_every_command_takes_a_config_and_says_what_it_does(typed: tuple[str, ...]) -> None:
    options = {name for parameter in COMMANDS[typed].params for name in parameter.opts}
    assert ("--config" in options) == (typed[0] not in WITHOUT_CONFIG)
    result = CliRunner().invoke(backorder, [*typed, "--help"])
    assert result.exit_code == 0
    assert COMMANDS[typed].get_short_help_str(1000) in " ".join(result.stdout.split())


@pytest.mark.parametrize("typed", LISTINGS, ids=" ".join)
def test_every_listing_fits_the_terminal_and_is_told_as_json_too(desk: Desk, typed: tuple[str, ...]) -> None:
    shown = desk.terminal(*typed, columns=100)
    assert shown.strip()
    # The body of a delivery is shown as it came.
    lines = shown.splitlines()[: -1 if typed[:2] == ("deliveries", "show") else None]
    assert max(len(line) for line in lines) <= 100
    assert json.loads(desk.done(*typed, "--json"))


def test_the_json_of_a_delivery_has_the_fields_of_the_design(desk: Desk) -> None:
    found: list[dict[str, Any]] = desk.json("deliveries", "list")
    names = {"id", "store", "platform", "topic", "state", "reason", "received_at"}
    assert [set(one) for one in found] == [names] * len(found)
    parked = next(one for one in found if one["state"] == "parked")
    assert parked | {"id": 0} == {
        "id": 0,
        "store": "chairs",
        "platform": "woocommerce",
        "topic": "order.updated",
        "state": "parked",
        "reason": "$.status is not text: a list of 1",
        "received_at": "2026-11-23T08:04:51+00:00",
    }


def test_the_json_of_the_status_has_the_fields_of_the_design(desk: Desk) -> None:
    found = {one["store"]: {variant["sku"]: variant for variant in one["variants"]} for one in desk.json("status")}
    asked = ("sku", "available", "backordered", "shows", "should_show", "expected_on")
    promised = "backorder until 2026-12-07 (open)"
    assert {name: found["chairs"]["CHAIR-OAK"][name] for name in asked} == {
        "sku": "CHAIR-OAK",
        "available": -2,
        "backordered": 2,
        "shows": promised,
        "should_show": promised,
        "expected_on": "2026-12-07",
    }
    assert {name: found["tents"]["WORKSHOP"][name] for name in asked} == {
        "sku": "WORKSHOP",
        "available": None,
        "backordered": 0,
        "shows": "as the shop says",
        "should_show": "as the shop says",
        "expected_on": None,
    }


@pytest.mark.parametrize("typed", UNKNOWN_STORE, ids=" ".join)
def test_a_store_that_is_not_there_is_answered_with_those_that_are(desk: Desk, typed: tuple[str, ...]) -> None:
    said = desk.refused(*typed)
    assert said == "There is no store 'chair'. Did you mean chairs? Known stores: chairs, tents.\n"


@pytest.mark.parametrize("typed", WRONG_USAGE, ids=" ".join)
def test_wrong_usage_ends_with_2_and_shows_the_usage(desk: Desk, typed: tuple[str, ...]) -> None:
    before = desk.everything()
    result = desk.run(*typed)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("Usage: ")
    assert "Error: " in result.stderr
    assert desk.everything() == before


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            ("explain", "chairs", "CHAIR"),
            "Store chairs has neither an order nor a SKU called 'CHAIR'; `backorder status chairs` lists the SKUs.",
        ),
        (("deliveries", "show", "99"), "There is no delivery 99; `backorder deliveries list` shows the newest."),
        (("deliveries", "replay", "1", "99"), "There is no delivery 99; `backorder deliveries list` shows the newest."),
        (
            ("deliveries", "replay", "1", "--store", "tents"),
            "There is no delivery 1 of store tents; `backorder deliveries list` shows the newest.",
        ),
        (
            ("supply", "add", "chairs", "CHAIR", "5"),
            "No variant of store chairs has the SKU 'CHAIR'; `backorder status chairs` lists them.",
        ),
        (
            ("supply", "change", "chairs", "99", "--no-date"),
            "There is no supply 99; `backorder supply list` shows them.",
        ),
        (("supply", "receive", "tents", "1"), "There is no supply 1; `backorder supply list` shows them."),
        (
            ("override", "release", "chairs", "CHAIR-OAK"),
            "CHAIR-OAK was not changed by hand; there is nothing to release.",
        ),
    ],
)
def test_what_is_not_there_is_said_and_changes_nothing(desk: Desk, typed: tuple[str, ...], said: str) -> None:
    before = desk.everything()
    assert desk.refused(*typed) == f"{said}\n"
    assert desk.everything() == before


STEERS_NOBODY = [
    ("status", "chairs"),
    ("plan", "chairs"),
    ("explain", "chairs", LAMP),
    ("explain", "chairs", "21"),
    ("supply", "list"),
    ("supply", "add", "chairs", LAMP, "2", "--reference", "\x1b[2J\x9b2J:x:"),
    ("deliveries", "show", "23"),
    ("explain", "chairs", "\x1b[2J"),
]


@pytest.mark.parametrize("typed", STEERS_NOBODY, ids=lambda typed: repr(" ".join(typed)))
def test_no_text_of_a_stranger_steers_the_terminal(desk: Desk, typed: tuple[str, ...]) -> None:
    result = desk.run(*typed)
    strange = {one for one in result.output if not one.isprintable()} - {"\n"}
    assert strange == set()
    shown = desk.terminal(*typed)
    assert {one for one in shown if not one.isprintable()} - {"\n"} == set()


def test_no_text_of_a_stranger_is_read_as_markup_or_emoji(desk: Desk) -> None:
    assert "[bold]red[/bold]" in desk.done("explain", "chairs", "21")
    assert "[bold]red[/bold]" in desk.done("plan")
    desk.done("supply", "add", "chairs", "CHAIR-OAK", "2", "--reference", "[red]A:x:1[/red]")
    assert "[red]A:x:1[/red]" in desk.done("supply", "list")


def test_json_tells_strange_texts_exactly_and_steers_nobody(desk: Desk) -> None:
    desk.done("supply", "add", "chairs", LAMP, "2", "--reference", "\x9b2J\u202e")
    told = desk.done("supply", "list", "--json")
    assert {one for one in told if not one.isprintable()} == {"\n"}
    assert (LAMP, "\x9b2J\u202e") in [(one["sku"], one["reference"]) for one in json.loads(told)]


def test_a_pipe_gets_each_row_on_one_line_uncut(desk: Desk) -> None:
    reference = " ".join(f"part-{number}" for number in range(60))
    desk.done("supply", "add", "chairs", "CHAIR-OAK", "2", "--reference", reference)
    assert reference in desk.done("supply", "list")
    assert reference not in desk.terminal("supply", "list")


@sqlite_alone("its database is a file")
def test_a_file_that_is_no_database_is_named_by_its_setting(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "shop" / "backorder.db").write_bytes(b"not a database, but longer than its header would be" * 99)
    said = "The database said: file is not a database. Look at [database] url in the config.\n"
    assert [desk.refused(*typed) for typed in (("status",), ("db", "check"), ("db", "upgrade"))] == [said] * 3
