"""``manifest.toml``: what one platform is called, can do, and asks of a store owner.

The settings form, the config check and the install page are all made from the ``[[settings]]`` of this file.  Its
``[[install]]`` says the same of ``[install.<platform>]``: what the operator sets once so that owners can connect.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from connector.settings.wording import did_you_mean

FILE_NAME = "manifest.toml"

Kind = Literal["url", "text", "secret", "choice", "number", "list"]
Capability = bool | int | float | str | tuple[str, ...]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SettingsField(_Frozen):
    """One field of the settings form; ``default`` is what an empty one means.

    ``required_if``: other fields, and the values of each that make this one required.
    """

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str = Field(min_length=1)
    kind: Kind = "text"
    required: bool = False
    required_if: Mapping[str, tuple[str, ...]] = {}
    help: str = ""
    choices: tuple[str, ...] = ()
    default: str | int | float | tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.kind == "choice") != bool(self.choices):
            raise ValueError("a field has choices exactly if its kind is choice")
        if self.default is not None and (self.required or self.problem(_as_given(self.default))):
            raise ValueError("a default belongs to a field that is not required, and must be a value it takes")
        return self

    def problem(self, value: object) -> str:
        """What is wrong with a value that was given; empty where nothing is."""
        match self.kind:
            case "url":
                return "" if _is_web_address(value) else "is no web address: give it as https://shop.example.com"
            case "text" | "secret":
                return "" if isinstance(value, str) else "is not text: put it in quotes"
            case "choice":
                return "" if value in self.choices else f"is not one of its choices: {self._nearest(value)}"
            case "number":
                return "" if _is_number(value) else "is not a number"
            case "list":
                good = isinstance(value, list | tuple) and all(isinstance(one, str) and one for one in value)
                return "" if good else 'is not a list of texts: write it as ["one", "two"]'

    def _nearest(self, value: object) -> str:
        return did_you_mean(value if isinstance(value, str) else "", self.choices)


class Manifest(_Frozen):
    """``requires_one_of``: groups of keys, one of which must be given whole."""

    title: str = Field(min_length=1)
    api_versions: tuple[str, ...]
    topics: tuple[str, ...]
    capabilities: Mapping[str, Capability] = {}
    requires_one_of: tuple[tuple[str, ...], ...] = ()
    settings: tuple[SettingsField, ...] = ()
    install: tuple[SettingsField, ...] = ()

    @model_validator(mode="after")
    def _keys_are_known_once(self) -> Self:
        for fields in (self.settings, self.install):
            keys = [field.key for field in fields]
            if len(set(keys)) < len(keys):
                raise ValueError("two settings have the same key")
            if not all(key in keys for field in fields for key in field.required_if):
                raise ValueError("required_if names a key that is no setting")
        settings = {field.key for field in self.settings}
        if not all(key in settings for group in self.requires_one_of for key in group):
            raise ValueError("requires_one_of names a key that is no setting")
        return self

    def problems(self, options: Mapping[str, object]) -> Iterator[tuple[str, str]]:
        """Check a store's own settings: pairs of key and what is wrong with it.  Values are never repeated."""
        yield from _problems(self.settings, self.title, options)
        yield from self._incomplete_groups(options)

    def with_defaults(self, options: Mapping[str, object]) -> dict[str, object]:
        """The options with every default filled in; what is empty and has no default is left out."""
        return _with_defaults(self.settings, options)

    def install_problems(self, options: Mapping[str, object]) -> Iterator[tuple[str, str]]:
        """The same as ``problems`` for ``[install.<platform>]``."""
        yield from _problems(self.install, self.title, options)

    def install_with_defaults(self, options: Mapping[str, object]) -> dict[str, object]:
        """The same as ``with_defaults`` for ``[install.<platform>]``."""
        return _with_defaults(self.install, options)

    def _incomplete_groups(self, options: Mapping[str, object]) -> Iterator[tuple[str, str]]:
        groups = self.requires_one_of
        if groups and not any(all(_is_given(options, key) for key in group) for group in groups):
            # Said about the group that was begun, as that is the one its owner means to use.
            begun = next((group for group in groups if any(_is_given(options, key) for key in group)), groups[0])
            missing = next(key for key in begun if not _is_given(options, key))
            yield missing, f"is missing: give {', or '.join(' and '.join(group) for group in groups)}"


def load_manifest(folder: Path) -> Manifest:
    """Read the manifest in ``folder``.  Raises ``ValueError`` that names the file: a broken manifest is our bug."""
    path = folder / FILE_NAME
    try:
        return Manifest.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _problems(fields: Sequence[SettingsField], title: str, options: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    known = {field.key: field for field in fields}
    for key in options:
        if key not in known:
            yield key, f"is no setting of {title}: {did_you_mean(key, known)}"
    full = _with_defaults(fields, options)
    for field in fields:
        if _is_given(options, field.key):
            problem = field.problem(options[field.key])
            if problem:
                yield field.key, problem
        elif field.required or any(full.get(other) in values for other, values in field.required_if.items()):
            yield field.key, f"is missing: {field.label}. {field.help}".rstrip(" ")


def _with_defaults(fields: Sequence[SettingsField], options: Mapping[str, object]) -> dict[str, object]:
    defaults = {field.key: _as_given(field.default) for field in fields if field.default is not None}
    return defaults | {key: value for key, value in options.items() if _is_given(options, key)}


def _is_given(options: Mapping[str, object], key: str) -> bool:
    return options.get(key) not in (None, "", [], ())


def _as_given(default: object) -> object:
    return list(default) if isinstance(default, tuple) else default


def _is_number(value: object) -> bool:
    """A number, or its digits: what came from an environment variable is text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return False
    try:
        return math.isfinite(float(value))
    except (ValueError, OverflowError):
        return False


def _is_web_address(value: object) -> bool:
    """``http`` or ``https``, a host, no keys before it and nothing behind the path."""
    if not isinstance(value, str):
        return False
    try:
        parts = urlsplit(value)
        _ = parts.port  # raises where it is no port
    except ValueError:
        return False
    clean = not (parts.username or parts.password or parts.query or parts.fragment or " " in value)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and clean
