"""The documents are true: commands, settings, links, examples and sentences are compared with the program."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import click
import pytest
from house import MONDAY, house

from connector.cli import backorder
from connector.services.journal_words import SENTENCES

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "adapters").rglob("*.md")],
)
COMMAND_PAGE = (ROOT / "docs" / "commands.md").read_text("utf-8")
LINK = re.compile(r"(?<!\!)\[[^\]\n]+\]\(([^)\s]+)\)")
PICTURE = re.compile(r"!\[([^\]\n]*)\]\(([^)\s]+)\)")
MADE = re.compile(r'\bpicture\(\w+, "([a-z-]+)"')
IMAGES = ROOT / "docs" / "images"
LARGEST_PICTURE = 120_000  # bytes
SNIPPET = re.compile(r"(?:\.venv/bin/)?\bbackorder ((?:[a-z]|\[)[^`\n]*)")
CODE = re.compile(r"`([^`]+)`|^(?: {4}|\$ )(.+)$", re.MULTILINE)
FENCE = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHARED_OPTIONS = {"--config", "--help", "-h"}


def commands(command: click.Command = backorder, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from commands(inner, (*path, name))
    else:
        yield " ".join(path), command


COMMANDS: Mapping[str, click.Command] = dict(commands())


def options_of(command: click.Command) -> set[str]:
    return {name for one in command.params if isinstance(one, click.Option) for name in one.opts} | SHARED_OPTIONS


def snippets(page: str) -> Iterator[list[str]]:
    """Each ``backorder ...`` that a page shows as code, in words."""
    code = [first or second for first, second in CODE.findall(FENCE.sub("", page))]
    code += [line for block in FENCE.findall(page) for line in block.splitlines()]
    for line in code:
        for match in SNIPPET.finditer(" ".join(line.split())):
            words = re.split(r"\s#\s|,|;|&&|\s\)", match[1])[0].replace("\\|", "|").split()
            yield words


def meant(words: list[str]) -> list[tuple[str, list[str]]]:
    """The commands that words name, with what follows; ``store add|list`` names two."""
    head = words[0]
    if head in COMMANDS:
        return [(head, words[1:])]
    if len(words) > 1 and head in backorder.commands:
        return [(f"{head} {one}", words[2:]) for one in words[1].split("|")]
    return [(" ".join(words), [])]


def shown() -> list[tuple[str, str, tuple[str, ...]]]:
    found = [
        (page.relative_to(ROOT).as_posix(), name, tuple(rest))
        for page in PAGES
        if page.parent.name != "adr"  # which also tell of what was decided against
        for words in snippets(page.read_text("utf-8"))
        if not words[0].startswith("[")
        for name, rest in meant(words)
    ]
    return sorted(set(found))


@pytest.mark.parametrize(("page", "name", "rest"), shown())
def test_every_command_that_a_page_shows_exists_with_its_options(page: str, name: str, rest: tuple[str, ...]) -> None:
    if name in backorder.commands:  # a whole group, spoken of by its name
        return
    assert name in COMMANDS, f"{page} shows `backorder {name}`"
    unknown = {word.partition("=")[0] for word in rest if word.startswith("--")} - options_of(COMMANDS[name])
    assert unknown == set(), f"{page} shows `backorder {name}` with an option that it does not have"


def test_the_pages_show_commands_at_all() -> None:
    assert {"serve", "doctor", "store add", "db backup", "deliveries replay", "config check"} <= {
        name for _, name, _ in shown()
    }


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_stands_in_the_page_of_commands_with_all_its_options(name: str) -> None:
    rows = [line for line in COMMAND_PAGE.splitlines() if re.match(rf"\| `backorder {name}[ `]", line)]
    assert len(rows) == 1
    own = options_of(COMMANDS[name]) - SHARED_OPTIONS
    assert set(re.findall(r"--[a-z-]+", rows[0].split(" | ")[1])) == own


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text("utf-8")) if not re.match(r"[a-z]+:|#", link)]
    assert [link for link in links if not (page.parent / link.partition("#")[0]).exists()] == []


def pictures() -> set[Path]:
    shown = [(page, link) for page in PAGES for _, link in PICTURE.findall(page.read_text("utf-8"))]
    return {(page.parent / link).resolve() for page, link in shown}


def test_the_pictures_that_are_shown_are_those_that_there_are_and_the_tests_make_each() -> None:
    made = {name for path in (ROOT / "tests" / "browser").glob("test_*.py") for name in MADE.findall(path.read_text())}
    assert pictures() == set(IMAGES.glob("*.png")) == {IMAGES / f"{name}.png" for name in made}


def test_every_picture_is_small_and_has_its_words_beside_it_and_a_text_for_who_cannot_see_it() -> None:
    assert [path.name for path in IMAGES.glob("*.png") if path.stat().st_size > LARGEST_PICTURE] == []
    assert {path.stem for path in IMAGES.glob("*.txt")} == {path.stem for path in IMAGES.glob("*.png")}
    assert [link for page in PAGES for text, link in PICTURE.findall(page.read_text("utf-8")) if not text] == []


def test_decisions_are_numbered_in_order_and_each_has_a_title() -> None:
    files = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [path.name[:4] for path in files] == [f"{number:04}" for number in range(1, len(files) + 1)]
    titles = [path.read_text("utf-8").splitlines()[0] for path in files]
    assert len(set(titles)) == len(titles)
    assert all(title.startswith("# ") for title in titles)


def test_every_decision_that_is_cited_exists() -> None:
    numbers = {int(path.name[:4]) for path in (ROOT / "docs" / "adr").glob("*.md")}
    sources = [*PAGES, ROOT / "pyproject.toml", *(ROOT / "connector").rglob("*.py"), *(ROOT / "adapters").rglob("*.py")]
    cited = {int(number) for path in sources for number in re.findall(r"ADR (\d{4})", path.read_text("utf-8"))}
    assert cited <= numbers


def test_the_example_for_contributors_runs_as_it_stands(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.DOTALL)
    due = (MONDAY + timedelta(days=7)).date()
    exec(compile(example, "CONTRIBUTING.md", "exec"), {"house": house, "tmp_path": tmp_path, "due": due})  # noqa: S102 -- our own page


def test_the_changelog_speaks_of_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert re.search(rf"^## {re.escape(version)}\b", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)


def texts(value: ast.expr) -> Iterator[str]:
    """The texts that an expression may be."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from texts(value.body)
        yield from texts(value.orelse)


def kinds_in(tree: ast.Module) -> Iterator[str]:
    """The kinds of the journal entries that a module makes, also where a function is handed the kind."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        for call in ast.walk(function):
            if not (isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Entry" and len(call.args) > 1):
                continue
            kind = call.args[1]
            found = set(texts(kind))
            if isinstance(kind, ast.Name):
                found |= set(_assigned(function, kind.id)) | set(_handed(tree, function, kind.id))
                found |= set(_assigned(tree, kind.id))
            assert found, f"line {call.lineno}: nobody can tell which kind this entry has"
            yield from found


def _assigned(function: ast.AST, name: str) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == name for target in node.targets):
            yield from texts(node.value)


def _handed(tree: ast.Module, function: ast.FunctionDef, name: str) -> Iterator[str]:
    names = [one.arg for one in function.args.args]
    if name not in names:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == function.name:
            yield from texts(node.args[names.index(name)])


def journal_kinds() -> set[str]:
    sources = [path for room in ("connector", "webhooks") for path in (ROOT / room).rglob("*.py")]
    trees = [ast.parse(path.read_text("utf-8")) for path in sources if path.name != "journal.py"]
    return {kind for tree in trees for kind in kinds_in(tree)}


def test_every_kind_of_journal_entry_has_a_sentence() -> None:
    assert journal_kinds() == set(SENTENCES)
