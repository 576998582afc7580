"""A folder with a manifest is a platform, and its manifest says what a store owner must enter."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import adapters
from adapters.manifest import Manifest, load_manifest

MANIFEST = """
title = "Corner Shop"
api_versions = ["v1"]
topics = ["order.created"]
requires_one_of = [["access_token"], ["client_id", "client_secret"]]

[capabilities]
batch = 100
expected_date = true

[[settings]]
key = "url"
label = "Address of the shop"
kind = "url"
required = true
help = "As it stands in the browser."

[[settings]]
key = "access_token"
label = "Token"
kind = "secret"

[[settings]]
key = "client_id"
label = "Client id"

[[settings]]
key = "client_secret"
label = "Client secret"
kind = "secret"

[[settings]]
key = "stock"
label = "Which stock"
kind = "choice"
choices = ["all", "online"]
default = "online"

[[settings]]
key = "buffer"
label = "Units kept back"
kind = "number"

[[settings]]
key = "locations"
label = "Locations"
kind = "list"
"""
GOOD: dict[str, object] = {"url": "https://shop.example.com", "access_token": "t"}


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    (tmp_path / "manifest.toml").write_text(MANIFEST, encoding="utf-8")
    return load_manifest(tmp_path)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package with two platforms and one folder that is none."""
    root = tmp_path / "made_up_adapters"
    for name in ("corner", "market", "helpers"):
        (root / name).mkdir(parents=True)
        (root / name / "__init__.py").write_text(
            f"def platform():\n    return 'the {name} platform'\n", encoding="utf-8"
        )
    for name in ("corner", "market"):
        (root / name / "manifest.toml").write_text(MANIFEST, encoding="utf-8")
    (root / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield root.name
    for name in [name for name in sys.modules if name.split(".")[0] == root.name]:
        del sys.modules[name]
    for cached in (adapters.names, adapters.manifest, adapters.platform):
        cached.cache_clear()


def test_a_folder_with_a_manifest_is_a_platform(package: str) -> None:
    assert adapters.names(package) == ("corner", "market")
    found: dict[str, object] = dict(adapters.platforms(package))
    assert found == {"corner": "the corner platform", "market": "the market platform"}
    assert adapters.manifest("corner", package).title == "Corner Shop"


def test_a_platform_is_made_once(package: str) -> None:
    assert adapters.platform("corner", package) is adapters.platform("corner", package)


def test_a_mistyped_platform_is_met_with_the_nearest_one(package: str) -> None:
    with pytest.raises(adapters.UnknownPlatform, match="There is no platform 'cornr': did you mean corner"):
        adapters.platform("cornr", package)
    with pytest.raises(adapters.UnknownPlatform, match="known: corner, market"):
        adapters.manifest("../secrets", package)


def test_every_shipped_manifest_can_be_read() -> None:
    assert all(adapters.manifest(name).topics for name in adapters.names())


def test_what_a_manifest_says_is_there(manifest: Manifest) -> None:
    assert dict(manifest.capabilities) == {"batch": 100, "expected_date": True}
    assert [field.key for field in manifest.settings if field.kind == "secret"] == ["access_token", "client_secret"]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"access_token": "", "client_id": "i", "client_secret": "s"},
        {"stock": "all", "buffer": "3", "locations": ["a"]},
        {"url": "http://127.0.0.1:8080/shop/"},
    ],
)
def test_settings_that_fit_have_no_problems(manifest: Manifest, more: dict[str, object]) -> None:
    assert list(manifest.problems(GOOD | more)) == []


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"url": ""}, ("url", "is missing: Address of the shop. As it stands in the browser.")),
        ({"url": "shop.example.com"}, ("url", "is no web address: give it as https://shop.example.com")),
        ({"url": "https://u:p@shop.example.com"}, ("url", "is no web address: give it as https://shop.example.com")),
        ({"url": "https://shop.example.com:x"}, ("url", "is no web address: give it as https://shop.example.com")),
        ({"acess_token": "t"}, ("acess_token", "is no setting of Corner Shop: did you mean access_token?")),
        ({"access_token": 7}, ("access_token", "is not text: put it in quotes")),
        ({"stock": "onlin"}, ("stock", "is not one of its choices: did you mean online?")),
        ({"stock": 1}, ("stock", "is not one of its choices: known: all, online")),
        ({"buffer": "three"}, ("buffer", "is not a number")),
        ({"buffer": True}, ("buffer", "is not a number")),
        ({"locations": "a"}, ("locations", 'is not a list of texts: write it as ["one", "two"]')),
        (
            {"access_token": ""},
            ("access_token", "is missing: give access_token, or client_id and client_secret"),
        ),
        (
            {"access_token": "", "client_id": "i"},
            ("client_secret", "is missing: give access_token, or client_id and client_secret"),
        ),
    ],
)
def test_a_problem_names_its_key_and_what_is_allowed(
    manifest: Manifest, more: dict[str, object], expected: tuple[str, str]
) -> None:
    assert list(manifest.problems(GOOD | more)) == [expected]


def test_all_problems_come_at_once(manifest: Manifest) -> None:
    assert {key for key, _ in manifest.problems({"colour": "red", "buffer": "x"})} == {
        "colour",
        "buffer",
        "url",
        "access_token",
    }


def test_a_problem_never_repeats_a_value(manifest: Manifest) -> None:
    told = list(manifest.problems({field.key: {"hidden": "hidden"} for field in manifest.settings}))
    assert len(told) == len(manifest.settings)
    assert "hidden" not in str(told)


def test_an_empty_field_means_its_default(manifest: Manifest) -> None:
    assert manifest.with_defaults(GOOD | {"stock": "", "client_id": ""}) == GOOD | {"stock": "online"}
    assert manifest.with_defaults(GOOD | {"stock": "all"}) == GOOD | {"stock": "all"}


@pytest.mark.parametrize(
    ("good", "broken"),
    [
        ('title = "Corner Shop"', ""),
        ('kind = "url"', 'kind = "uri"'),
        ('choices = ["all", "online"]', ""),
        ('default = "online"', 'default = "onlin"'),
        ('key = "buffer"', 'key = "stock"'),
        ('[["access_token"]', '[["token"]'),
        ('title = "Corner Shop"', "title = "),
        ('title = "Corner Shop"', 'title = "Corner Shop"\ntopic = []'),
    ],
)
def test_a_broken_manifest_is_refused_by_its_file(tmp_path: Path, good: str, broken: str) -> None:
    assert good in MANIFEST
    (tmp_path / "manifest.toml").write_text(MANIFEST.replace(good, broken), encoding="utf-8")
    with pytest.raises(ValueError, match=r"manifest\.toml: "):
        load_manifest(tmp_path)
