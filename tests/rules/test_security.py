"""docs/security.md is true: each test that it names exists, each threat has an answer; and what no tool checks."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
NAMED = re.compile(r"`(tests/[\w/.-]+\.py)(?:::(\w+))?`")
SOURCES = [path for room in ("connector", "adapters", "webhooks") for path in sorted((ROOT / room).rglob("*.py"))]
PROOFS = re.compile(r"(^|_)(signature|digest|token|hmac|password)$")
COMPARED_FREELY = {
    # Digests of what is in a cookie: who could choose them would have to turn a digest back first.
    "connector/services/attempts.py",
    # Whether the shop refused the very token that we still have; nobody proves anything to us by it.
    "adapters/shopify/tokens.py",
    # Whether a text is written as we write it, after it was found to be signed.
    "connector/services/page_links.py",
}
NAMES_OF_THE_SCHEMA = {"copy.py"}
"""Where the names of our own tables and sequences are put into statements that take no parameter there."""


def rows() -> list[list[str]]:
    """The cells of each threat."""
    tables = PAGE.partition("## Changing the key")[0]
    found = [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in tables.splitlines() if line[:2] == "| "
    ]
    return [cells for cells in found if cells[0] != "threat"]


def test_every_threat_has_what_stands_against_it_and_a_test_a_measure_or_a_plain_no() -> None:
    assert len(rows()) > 50
    wanting = [cells[0] for cells in rows() if len(cells) != 3 or not all(cells)]
    open_ones = [
        cells[0] for cells in rows() if not re.search(r"`tests/|measure:|\*\*not defended\*\*", " ".join(cells))
    ]
    assert (wanting, open_ones) == ([], [])


@pytest.mark.parametrize(("path", "name"), sorted(set(NAMED.findall(PAGE))))
def test_every_test_that_the_page_names_exists(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    tests = {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}
    assert tests != set()
    assert not name or name in tests


def test_no_rule_of_security_is_switched_off_without_a_reason() -> None:
    settings = (ROOT / "pyproject.toml").read_text("utf-8")
    lint = tomllib.loads(settings)["tool"]["ruff"]["lint"]
    assert lint["select"] == ["ALL"]
    assert [one for one in lint["ignore"] if re.match(r"S\d", one)] == []
    for place, rules in lint["per-file-ignores"].items():
        assert place.startswith("tests/")
        for rule in (one for one in rules if re.match(r"S\d", one)):
            (line,) = [line for line in settings.splitlines() if f'"{rule}"' in line]
            assert "# " in line, f"{rule} is switched off for {place} without a reason"


def comparisons(tree: ast.AST) -> Iterator[int]:
    """Lines that compare something by whose name it proves something, as any text is compared."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(isinstance(one, ast.Eq | ast.NotEq) for one in node.ops):
            sides = [node.left, *node.comparators]
            names = [_name(one) for one in sides]
            if any(PROOFS.search(name) for name in names) and not any(isinstance(one, ast.Constant) for one in sides):
                yield node.lineno


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        return _name(node.func)
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def test_what_proves_anything_is_compared_in_constant_time() -> None:
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{line}"
        for path in SOURCES
        if "sandbox" not in path.parts
        for line in comparisons(ast.parse(path.read_text("utf-8")))
    ]
    assert [one for one in found if one.partition(":")[0] not in COMPARED_FREELY] == []


def test_the_check_of_comparisons_sees_them() -> None:
    told = "a.token == b\nif signature != given: pass\nhmac.compare_digest(a, b)\ntoken == ''\nx == make_digest(y)"
    assert list(comparisons(ast.parse(told))) == [1, 2, 5]


def test_no_sql_is_put_together_from_text() -> None:
    """Text of others only ever reaches the database as a parameter; names of our own may stand in a statement."""
    calls = {"text", "exec_driver_sql"}
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{node.lineno}"
        for path in SOURCES
        if "migrations" not in path.parts and path.name not in NAMES_OF_THE_SCHEMA
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and node.args and _name(node.func) in calls
        if isinstance(node.args[0], ast.JoinedStr | ast.BinOp) and not _is_ours(node.args[0])
    ]
    assert found == []


def _is_ours(built: ast.expr) -> bool:
    """Whether only numbers and what is written in capitals stands in it."""
    inside = [one.value for one in ast.walk(built) if isinstance(one, ast.FormattedValue)]
    return bool(inside) and all(_name(one).isupper() or _name(one) == "int" for one in inside)
