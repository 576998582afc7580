"""The rules of the house (design, sections 5 and 9) that no other tool checks."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("connector", "adapters", "webhooks")
SOURCES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]

LONGEST_FILE = 400
LONGEST_FUNCTION = 40
CLOCK = "connector/ports/clock.py"
READS_THE_CLOCK = {"now", "utcnow", "today"}
PLATFORMS = sorted(path.parent.name for path in (ROOT / "adapters").glob("*/__init__.py"))

# Put together here, so that this file does not hold what it looks for.
FOREIGN_WORDS = re.compile(
    r"/(?:wo" r"rk|home|root|Users)/|pypi\.o" r"rg|pythonhosted\.o" r"rg|npmjs\.o" r"rg|artifac" r"tory"
)
SKIPPED = {".git", ".venv", "node_modules", "__pycache__", "build", "dist", "data"}
TEXT = {".py", ".toml", ".md", ".html", ".css", ".js", ".liquid", ".php", ".graphql", ".txt", ".ini", ".mako", ".yml"}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{node.name} (line {node.lineno})", (node.end_lineno or node.lineno) - node.lineno + 1


def imported(path: Path) -> Iterator[str]:
    """Every module a file imports, under its full name."""
    here = path.relative_to(ROOT).with_suffix("").parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(here[: -node.level]) + "." if node.level else ""
            yield from (f"{base}{node.module or ''}.{alias.name}" for alias in node.names)


def texts() -> Iterator[Path]:
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        hidden = any(part in SKIPPED or part.endswith((".egg-info", "_cache")) for part in parts)
        if not hidden and path.is_file() and (path.suffix in TEXT or path.name in {"Makefile", "Dockerfile"}):
            yield path


def clock_reads(tree: ast.AST) -> Iterator[int]:
    """Lines that ask a ``datetime`` or ``date`` for the present."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in READS_THE_CLOCK:
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            if owner in {"datetime", "date", "dt"}:
                yield node.lineno


def bare_noqas(text: str) -> list[int]:
    """Lines whose noqa names no rule or no reason."""
    return [
        number
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(r"#\s*(ruff:\s*)?noqa", line, re.IGNORECASE)
        and not re.search(r"#\s*(ruff:\s*)?noqa:\s*[A-Z]+[0-9]+(,\s*[A-Z]+[0-9]+)*\s+--\s+\S+", line)
    ]


def test_no_file_is_longer_than_a_reader_holds() -> None:
    lengths = {name(path): len(path.read_text().splitlines()) for path in SOURCES}
    assert {one: lines for one, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_function_is_longer_than_a_page() -> None:
    lengths = {f"{name(path)}: {one}": lines for path in SOURCES for one, lines in functions(path)}
    assert {one: lines for one, lines in lengths.items() if lines > LONGEST_FUNCTION} == {}


def test_only_the_clock_reads_the_clock() -> None:
    found = [f"{name(path)}:{line}" for path in SOURCES for line in clock_reads(ast.parse(path.read_text()))]
    assert [one for one in found if not one.startswith(f"{CLOCK}:")] == []


def test_the_clock_check_sees_every_spelling() -> None:
    told = (
        "datetime.now()\ndatetime.datetime.utcnow()\ndate.today()\nx = datetime.now\nclock.now()\ndatetime(2026, 1, 1)"
    )
    assert sorted(clock_reads(ast.parse(told))) == [1, 2, 3, 4]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_platforms_do_not_know_each_other(platform: str) -> None:
    others = tuple(f"adapters.{other}" for other in PLATFORMS if other != platform)
    known = [
        f"{name(path)} imports {module}"
        for path in sorted((ROOT / "adapters" / platform).rglob("*.py"))
        for module in imported(path)
        if any(module == other or module.startswith(f"{other}.") for other in others)
    ]
    assert known == []


def test_there_are_platforms_to_check() -> None:
    assert {"shopify", "woocommerce"} <= set(PLATFORMS)


def test_the_floors_of_the_house_hold() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_names_a_path_of_one_machine_or_a_registry() -> None:
    found = [
        f"{name(path)}:{number}: {match[0]}"
        for path in texts()
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if (match := FOREIGN_WORDS.search(line))
    ]
    assert found == []


def test_every_noqa_names_its_rule_and_its_reason() -> None:
    found = {name(path): bare_noqas(path.read_text()) for path in texts() if path.suffix == ".py"}
    assert {one: lines for one, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    ("line", "bare"),
    [
        ("x = 1  # no" + "qa", [1]),
        ("x = 1  # no" + "qa: E501", [1]),
        ("x = 1  # no" + "qa: E501 --", [1]),
        ("# ruff: no" + "qa: E501", [1]),
        ("x = 1  # no" + "qa: E501 -- one address, not to be broken", []),
        ("x = 1  # no" + "qa: E501, S101 -- two rules, one reason", []),
    ],
)
def test_a_noqa_without_a_reason_is_found(line: str, bare: list[int]) -> None:
    assert bare_noqas(line) == bare
