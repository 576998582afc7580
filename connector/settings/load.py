"""Reading the config file: TOML, then the environment, then references, then every check at once."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from connector.settings.problems import ConfigError, dotted, problems_of
from connector.settings.promise import MailSettings, SmsSettings
from connector.settings.references import Loc, References
from connector.settings.sections import (
    KEY_FILE_ALIAS,
    DatabaseSettings,
    InstallSettings,
    JobsSettings,
    LoggingSettings,
    RetentionSettings,
    SecuritySettings,
    ServerSettings,
    Settings,
    SyncSettings,
    WebSettings,
)
from connector.settings.seeing import MetricsSettings, TelemetrySettings
from connector.settings.stores import OWN_KEYS, StoreSettings, hidden
from connector.settings.wording import did_you_mean

ENV_PREFIX = "BACKORDER_"
SECTIONS: Mapping[str, type[BaseModel]] = {
    "server": ServerSettings,
    "database": DatabaseSettings,
    "security": SecuritySettings,
    "sync": SyncSettings,
    "jobs": JobsSettings,
    "retention": RetentionSettings,
    "logging": LoggingSettings,
    "metrics": MetricsSettings,
    "telemetry": TelemetrySettings,
    "web": WebSettings,
    "install": InstallSettings,
    "mail": MailSettings,
    "sms": SmsSettings,
}
# The keys of [install] that are its own; every other is the name of a platform.
INSTALL_KEYS = frozenset(InstallSettings.model_fields) - {"platforms"}
DEFAULT_DATABASE = "sqlite:///data/backorder.db"
DEFAULT_KEY = "file:data/secret.key"


def load(path: Path, env: Mapping[str, str]) -> Settings:
    """Read the config file at ``path``.

    ``BACKORDER_SERVER__BIND`` in ``env`` stands above ``bind`` under ``[server]``, and so on for every section but
    ``[[stores]]``.  Raises ``ConfigError`` with all that is wrong.
    """
    return _Loading(path, env).settings()


@dataclass(slots=True)
class _Loading:
    path: Path
    env: Mapping[str, str]
    found: list[tuple[Loc, str]] = field(default_factory=list)
    variables: dict[Loc, str] = field(default_factory=dict)  # where the environment has set a value: which variable

    def settings(self) -> Settings:
        raw = _read(self.path)
        for name in raw.keys() - SECTIONS.keys() - {"stores"}:
            self.found.append(((name,), f"is no section: {did_you_mean(name, [*SECTIONS, 'stores'])}"))
        tables = {name: self._table(raw, name) for name in SECTIONS}
        self._override(tables)
        tables["database"].setdefault("url", DEFAULT_DATABASE)
        key_file = self._key_file(tables["security"])
        references = References(self._folder, self.env)
        followed: dict[str, Any] = {name: references.follow(table, (name,)) for name, table in tables.items()}
        stores = [references.follow(store, ("stores", at)) for at, store in enumerate(self._store_tables(raw))]
        self.found.extend(references.problems.items())
        followed["security"] |= {KEY_FILE_ALIAS: key_file}
        followed["database"]["url"] = self._absolute(followed["database"]["url"])
        followed["install"] = self._install(followed["install"])
        parts = {name: self._check(model, followed[name], (name,)) for name, model in SECTIONS.items()}
        checked = [self._store(store, ("stores", at)) for at, store in enumerate(stores)]
        self._cross_check(parts, stores)
        if self.found:
            raise ConfigError(list(self._sentences(references.problems)))
        return Settings.model_validate({"folder": self._folder, **parts, "stores": checked})

    @property
    def _folder(self) -> Path:
        return self.path.absolute().parent

    def _table(self, raw: Mapping[str, Any], name: str) -> dict[str, Any]:
        table = raw.get(name, {})
        if isinstance(table, dict):
            return dict(table)
        self.found.append(((name,), f"must be a table: write [{name}] on a line of its own"))
        return {}

    def _store_tables(self, raw: Mapping[str, Any]) -> list[Any]:
        stores = raw.get("stores", [])
        if isinstance(stores, list) and all(isinstance(store, dict) for store in stores):
            return stores
        self.found.append((("stores",), "must be tables: begin each store with [[stores]] on a line of its own"))
        return []

    def _override(self, tables: Mapping[str, dict[str, Any]]) -> None:
        for variable in sorted(self.env):
            section, divided, key = variable.removeprefix(ENV_PREFIX).lower().partition("__")
            if not (variable.startswith(ENV_PREFIX) and divided):
                continue
            loc = (section, key)
            self.variables[loc] = variable
            if section in tables:
                tables[section][key] = self.env[variable]
            else:
                self.found.append((loc, f"sets no section: {did_you_mean(section, SECTIONS)}"))

    def _key_file(self, security: dict[str, Any]) -> Path | None:
        """Where the encryption key is still to be made: the one file that may be missing."""
        given = security.setdefault("encryption_key", DEFAULT_KEY)
        if not (isinstance(given, str) and given.startswith("file:")):
            return None
        file = self._folder / given.removeprefix("file:").strip()
        if file.exists():
            return None
        security["encryption_key"] = None
        return file

    def _absolute(self, url: object) -> object:
        """A SQLite path that begins at the config file's folder, wherever the command is run."""
        scheme, slashes, path = str(url).partition(":///")
        if not (slashes and scheme.startswith("sqlite")) or path.startswith(("/", ":memory:", "file:")) or not path:
            return url
        return f"{scheme}:///{self._folder / path}"

    def _install(self, table: Mapping[str, Any]) -> dict[str, Any]:
        """``[install]`` with the tables of the platforms gathered; whether there are such platforms others can tell."""
        own = {key: value for key, value in table.items() if key in INSTALL_KEYS}
        platforms: dict[str, dict[str, object]] = {}
        for name, options in table.items():
            if name in INSTALL_KEYS:
                continue
            if isinstance(options, dict):
                platforms[name] = {key: hidden(key, value) for key, value in options.items()}
            else:
                self.found.append((("install", name), f"is no setting: {did_you_mean(name, INSTALL_KEYS)}"))
        return own | {"platforms": platforms}

    def _check(self, model: type[BaseModel], table: object, loc: Loc) -> BaseModel | None:
        try:
            return model.model_validate(table)
        except ValidationError as error:
            self.found.extend(((*loc, *inner), said) for inner, said in problems_of(error, model))
            return None

    def _store(self, table: Any, loc: Loc) -> BaseModel | None:  # noqa: ANN401 -- whatever the file holds
        own = {key: value for key, value in table.items() if key in OWN_KEYS}
        options = {key: hidden(key, value) for key, value in table.items() if key not in OWN_KEYS}
        return self._check(StoreSettings, own | {"options": options}, loc)

    def _cross_check(self, parts: Mapping[str, BaseModel | None], stores: list[Any]) -> None:
        keys = [store.get("key") for store in stores]
        counted = Counter(key for key in keys if isinstance(key, str))
        for at, key in enumerate(keys):
            if isinstance(key, str) and counted[key] > 1 and keys.index(key) != at:
                self.found.append((("stores", at, "key"), f"is the same as that of stores[{keys.index(key)}]"))
            if key == "compliance":
                # /webhooks/shopify/compliance is the address that Shopify sends its privacy requests to.
                self.found.append((("stores", at, "key"), "is taken: compliance is the end of an address of our own"))
        server, security = parts["server"], parts["security"]
        if isinstance(server, ServerSettings) and isinstance(security, SecuritySettings):
            plain = server.public_url.startswith("http:")
            if plain and not security.allow_private_addresses:
                self.found.append(
                    (
                        ("server", "public_url"),
                        "must begin with https://, unless allow_private_addresses = true under [security]",
                    )
                )

    def _sentences(self, unfollowed: Mapping[Loc, str]) -> Iterator[str]:
        """Every problem, by its place; what follows from a reference that could not be followed is left out."""
        for loc, said in sorted(self.found, key=lambda one: ([_sortable(part) for part in one[0]], one[1])):
            if unfollowed.get(loc, said) != said:
                continue
            variable = self.variables.get(loc)
            yield f"environment: {variable}: {said}" if variable else f"{self.path}: {dotted(loc)}: {said}"


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
        return tomllib.loads(text)
    except FileNotFoundError:
        raise ConfigError([f"{path}: there is no such file: copy config.example.toml and change it"]) from None
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError([f"{path}: line {line} is not UTF-8: save the file as UTF-8"]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{path}: is not TOML: {_with_place(str(error), text)}"]) from None
    except (RecursionError, ValueError):
        # What ``tomllib`` itself cannot hold: brackets without end, a number of thousands of digits.
        raise ConfigError(
            [f"{path}: is not TOML: it is nested too deep, or holds a number of too many digits"]
        ) from None


def _with_place(said: str, text: str) -> str:
    last = text.splitlines() or [""]
    return said.replace("(at end of document)", f"(at line {len(last)}, column {len(last[-1]) + 1}, the end)")


def _sortable(part: str | int) -> str:
    return f"{part:09}" if isinstance(part, int) else part
