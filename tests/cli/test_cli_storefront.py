"""What is put into the shop comes out of the installed program whole."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from connector.cli import backorder

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "adapters/woocommerce/storefront/backorder-connector"
EXTENSION = ROOT / "adapters/shopify/storefront/extensions/backorder"


def files_of(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def run(*arguments: str) -> str:
    done = CliRunner().invoke(backorder, ["storefront", *arguments])
    assert done.exit_code == 0, done.output
    return done.output


def test_the_plugin_is_a_zip_with_one_folder_as_wordpress_wants_it(tmp_path: Path) -> None:
    out = tmp_path / "new" / "plugin.zip"
    assert "plugin.zip" in run("plugin", "--out", str(out))
    with zipfile.ZipFile(out) as packed:
        assert packed.testzip() is None
        names = packed.namelist()
        main = packed.read("backorder-connector/backorder-connector.php").decode()
    assert names == sorted(names)
    assert set(names) == {f"backorder-connector/{one}" for one in files_of(PLUGIN)}
    assert "Plugin Name:" in main
    assert "backorder-connector/languages/backorder-connector-de_DE.l10n.php" in names


def test_the_same_plugin_is_the_same_zip(tmp_path: Path) -> None:
    first, second = tmp_path / "a.zip", tmp_path / "b.zip"
    run("plugin", "--out", str(first))
    run("plugin", "--out", str(second))
    assert first.read_bytes() == second.read_bytes()


def test_the_theme_extension_is_copied_whole_and_again_over_an_older_one(tmp_path: Path) -> None:
    out = tmp_path / "extensions"
    run("theme", "--out", str(out))
    (out / "backorder" / "assets" / "backorder.js").write_text("old")
    run("theme", "--out", str(out))
    assert files_of(out / "backorder") == files_of(EXTENSION)
    assert (out / "backorder/assets/backorder.js").read_bytes() == (EXTENSION / "assets/backorder.js").read_bytes()


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "backorder" / "letter.txt"
    other.parent.mkdir()
    other.write_text("mine")
    done = CliRunner().invoke(backorder, ["storefront", "theme", "--out", str(tmp_path)])
    assert (done.exit_code, files_of(tmp_path)) == (1, {"backorder/letter.txt"})
    assert "--out" in done.output


@pytest.mark.parametrize("command", ["plugin", "theme"])
def test_where_nothing_can_be_written_it_is_said_in_a_sentence(tmp_path: Path, command: str) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    done = CliRunner().invoke(backorder, ["storefront", command, "--out", str(blocked / "inside")])
    assert done.exit_code in {1, 2}
    assert "Traceback" not in done.output
