"""What the operator sets once so that owners can connect is said by the manifest too."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.manifest import Manifest, load_manifest

MANIFEST = """
title = "Corner Shop"
api_versions = ["v1"]
topics = []

[[install]]
key = "way"
label = "Way"
kind = "choice"
choices = ["app", "own"]
default = "own"

[[install]]
key = "client_id"
label = "Client ID"
required_if = { way = ["app"] }
help = "From the app."

[[install]]
key = "rights"
label = "Rights"
kind = "list"
default = ["read"]
"""


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    (tmp_path / "manifest.toml").write_text(MANIFEST, encoding="utf-8")
    return load_manifest(tmp_path)


@pytest.mark.parametrize(
    ("options", "problems"),
    [
        ({}, []),
        ({"way": "own"}, []),
        ({"way": "app", "client_id": "1"}, []),
        ({"way": "app"}, [("client_id", "is missing: Client ID. From the app.")]),
        ({"way": "app", "client_id": ""}, [("client_id", "is missing: Client ID. From the app.")]),
        ({"rights": "read"}, [("rights", 'is not a list of texts: write it as ["one", "two"]')]),
        ({"clientid": "1"}, [("clientid", "is no setting of Corner Shop: did you mean client_id?")]),
    ],
)
def test_what_is_wrong_with_the_installation_is_said_of_its_key(
    manifest: Manifest, options: dict[str, object], problems: list[tuple[str, str]]
) -> None:
    assert list(manifest.install_problems(options)) == problems


def test_defaults_fill_what_was_left_out(manifest: Manifest) -> None:
    assert manifest.install_with_defaults({"way": "app", "client_id": ""}) == {"way": "app", "rights": ["read"]}


def test_settings_of_a_store_and_of_the_installation_are_two_tables(manifest: Manifest) -> None:
    assert [key for key, _ in manifest.problems({"way": "own"})] == ["way"]
    assert manifest.with_defaults({}) == {}


def test_a_manifest_without_the_table_takes_no_settings(tmp_path: Path) -> None:
    (tmp_path / "manifest.toml").write_text(MANIFEST.partition("[[install]]")[0], encoding="utf-8")
    manifest = load_manifest(tmp_path)
    assert [key for key, _ in manifest.install_problems({"way": "own"})] == ["way"]
    assert (list(manifest.install_problems({})), manifest.install_with_defaults({})) == ([], {})


@pytest.mark.parametrize(
    ("good", "broken"),
    [('key = "rights"', 'key = "way"'), ("{ way =", "{ wey ="), ('default = "own"', 'default = "onw"')],
)
def test_a_broken_table_is_refused_by_its_file(tmp_path: Path, good: str, broken: str) -> None:
    assert good in MANIFEST
    (tmp_path / "manifest.toml").write_text(MANIFEST.replace(good, broken), encoding="utf-8")
    with pytest.raises(ValueError, match=r"manifest\.toml: "):
        load_manifest(tmp_path)
