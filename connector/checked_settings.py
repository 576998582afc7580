"""The config read and checked as a whole: what every store has, and what each platform asks of its own tables."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import adapters
from connector.settings import ConfigError, Settings, load
from connector.settings.load import INSTALL_KEYS
from connector.settings.wording import did_you_mean

SPANS = ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http")


def read_settings(path: Path, env: Mapping[str, str] | None = None) -> Settings:
    """Read and check the whole config, the platforms' own settings too.  ``ConfigError`` names every fault at once."""
    try:
        settings = load(path, os.environ if env is None else env)
    except ConfigError as error:
        raise ConfigError([*error.problems, *_unknown_platforms(path)]) from None
    problems = [*_store_problems(settings, path), *_install_problems(settings, path), *_missing_parts(settings, path)]
    if problems:
        raise ConfigError(problems)
    return settings


def _unknown_platforms(path: Path) -> Iterator[str]:
    """Platforms that do not exist, in a file that has other faults too: all of them are to be named at once."""
    try:
        tables = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return
    for place, name in _named_platforms(tables):
        if name not in adapters.names():
            yield f"{path}: {place}: is none: {did_you_mean(name, adapters.names())}"


def _named_platforms(tables: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each place that names a platform, with the name."""
    stores, install = tables.get("stores", []), tables.get("install", {})
    for position, store in enumerate(stores if isinstance(stores, list) else []):
        name = store.get("platform") if isinstance(store, dict) else None
        if isinstance(name, str):
            yield f"stores[{position}].platform", name
    for name, options in install.items() if isinstance(install, dict) else ():
        if name not in INSTALL_KEYS and isinstance(options, dict):
            yield f"install.{name}", name


def _store_problems(settings: Settings, path: Path) -> Iterator[str]:
    for position, store in enumerate(settings.stores):
        try:
            platform = adapters.platform(store.platform)
        except adapters.UnknownPlatform as error:
            yield f"{path}: stores[{position}].platform: {error}"
            continue
        for key, what in platform.problems(store.plain_options()):
            yield f"{path}: stores[{position}].{key}: {what}"


def _install_problems(settings: Settings, path: Path) -> Iterator[str]:
    for name in settings.install.platforms:
        try:
            manifest = adapters.manifest(name)
        except adapters.UnknownPlatform as error:
            yield f"{path}: install.{name}: {error}"
            continue
        for key, what in manifest.install_problems(settings.install.options(name)):
            yield f"{path}: install.{name}.{key}: {what}"


def _missing_parts(settings: Settings, path: Path) -> Iterator[str]:
    if settings.telemetry.endpoint is not None and not all(map(_is_installed, SPANS)):
        fix = "pip install 'backorder-connector[telemetry]'"
        yield f"{path}: telemetry.endpoint: needs a part that is not installed: {fix}"


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # the package that it would be in is missing
        return False
