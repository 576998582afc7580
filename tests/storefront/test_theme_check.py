"""The theme extension is clean under Shopify's own linter, and within its limits."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from node_stage import EXTENSION, needs_node, theme_check

LARGEST_SCRIPT, LARGEST_STYLE = 10_000, 100_000  # bytes; more and theme-check warns
LANGUAGES = ["de", "en.default", "es", "fr", "it", "nl"]


@needs_node
def test_the_extension_is_clean() -> None:
    files, found = theme_check(EXTENSION)
    assert found == []
    assert files > 15


@needs_node
def test_the_linter_sees_what_is_wrong(tmp_path: Path) -> None:
    """Without this, a linter that looked at nothing would be a clean one too."""
    copy = tmp_path / "extension"
    shutil.copytree(EXTENSION, copy)
    block = copy / "blocks" / "cart.liquid"
    block.write_text("{% include 'backorder-nowhere' %}{{ 'nowhere.text' | t }}" + block.read_text())
    found = theme_check(copy)[1]
    assert {one.split()[0] for one in found} >= {"AppBlockValidTags", "MissingTemplate", "TranslationKeyExists"}


def test_what_a_page_has_to_load_is_small() -> None:
    sizes = {path.name: path.stat().st_size for path in (EXTENSION / "assets").iterdir()}
    assert sizes["backorder.js"] < LARGEST_SCRIPT
    assert sizes["backorder.css"] < LARGEST_STYLE


@pytest.mark.parametrize("kind", ["", ".schema"])
def test_every_language_has_every_text(kind: str) -> None:
    keys = {}
    for language in LANGUAGES:
        texts = json.loads((EXTENSION / "locales" / f"{language}{kind}.json").read_text("utf-8"))
        keys[language] = {f"{part}.{key}" for part, held in texts.items() for key in held if held[key].strip()}
    assert {language: held ^ keys["en.default"] for language, held in keys.items()} == {one: set() for one in LANGUAGES}


def test_nothing_of_the_page_is_a_handler_or_a_style_in_place() -> None:
    found = {
        path.name: match[0]
        for path in sorted(EXTENSION.rglob("*.liquid"))
        if (match := re.search(r"\son[a-z]+=|\sstyle=|javascript:", path.read_text("utf-8")))
    }
    assert found == {}
