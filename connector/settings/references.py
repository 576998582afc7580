"""Values that stand elsewhere: ``env:NAME`` and ``file:PATH``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

Loc = tuple[str | int, ...]

LARGEST_FILE = 65_536  # bytes; a secret or a text, not a document


class Referred(str):
    """Text that was not written in the config file itself, and so may be a secret."""

    __slots__ = ()


@dataclass(slots=True)
class References:
    """Follows the references in a tree of TOML values; what cannot be followed is kept in ``problems`` by its place."""

    folder: Path
    env: Mapping[str, str]
    problems: dict[Loc, str] = field(default_factory=dict)

    def follow(self, value: object, loc: Loc = ()) -> object:
        if isinstance(value, dict):
            return {key: self.follow(one, (*loc, key)) for key, one in value.items()}
        if isinstance(value, list):
            return [self.follow(one, (*loc, index)) for index, one in enumerate(value)]
        if isinstance(value, str) and value.startswith("env:"):
            return self._variable(value.removeprefix("env:").strip(), loc)
        if isinstance(value, str) and value.startswith("file:"):
            return self._file(value.removeprefix("file:").strip(), loc)
        return value

    def _variable(self, name: str, loc: Loc) -> Referred:
        value = self.env.get(name, "")
        if not value:
            state = "is empty" if name in self.env else "is not set"
            self.problems[loc] = f"the environment variable {name} {state}: set it, or change env:{name}"
        return Referred(value)

    def _file(self, name: str, loc: Loc) -> Referred:
        path = self.folder / name
        try:
            with path.open("rb") as opened:
                content = opened.read(LARGEST_FILE + 1)
            if len(content) > LARGEST_FILE:
                self.problems[loc] = f"the file {path} is larger than {LARGEST_FILE} bytes"
            # Editors end a file with a new line, and no secret does.
            text = content.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            self.problems[loc] = f"the file {path} is not UTF-8 text"
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "that is no file name"
            self.problems[loc] = f"the file {path} cannot be read: {why}"
        else:
            if not text:
                self.problems[loc] = f"the file {path} is empty"
            return Referred(text)
        return Referred()
