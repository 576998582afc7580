"""Write a ``[[stores]]`` table into the config file without disturbing what stands there."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from connector.checked_settings import read_settings
from connector.cli.output import fail
from connector.settings import ConfigError


def store_table(key: str, platform: str, options: Mapping[str, str], webhook_secret: str) -> str:
    """The table as TOML.  A JSON string is a TOML string."""
    lines = ["", "[[stores]]", f"key = {json.dumps(key)}", f"platform = {json.dumps(platform)}"]
    for name, value in options.items():
        if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
            fail(f"{name!r} is no name of a setting.")
        number = re.fullmatch(r"-?\d+(\.\d+)?", value)
        lines.append(f"{name} = {value if number else json.dumps(value)}")
    lines.append(f"webhook_secrets = [{json.dumps(webhook_secret)}]")
    return "\n".join(lines) + "\n"


def append_store(path: Path, table: str) -> None:
    """Check the config with the table in a file beside it, and only then put that in its place."""
    text = path.read_text(encoding="utf-8")
    trial = path.with_name(f".{path.name}.new")
    trial.touch(mode=0o600)
    try:
        trial.write_text(text.rstrip("\n") + "\n" + table, encoding="utf-8")
        _check(trial, path)
        trial.chmod(path.stat().st_mode & 0o777)
        trial.replace(path)
    finally:
        trial.unlink(missing_ok=True)


def _check(trial: Path, path: Path) -> None:
    """What is wrong is said of the file that the reader knows."""
    try:
        read_settings(trial)
    except ConfigError as error:
        said = [one.replace(f"{trial}: ", f"{path}, with this store: ", 1) for one in error.problems]
        raise ConfigError([*said, "Nothing was written."]) from None
