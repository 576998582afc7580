"""The tables of the config file that concern the service as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, field_validator

from connector.settings.base import Days, Frozen, Seconds, WebAddress
from connector.settings.stores import StoreSettings

KEY_FILE_ALIAS = "<key file>"
"""How the loader hands over ``encryption_key_file``; no key of a TOML file without quotes can be written so."""

SHORTEST_KEY = 32


def _bind(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not (host and port.isascii() and port.isdigit() and 0 < int(port[:6]) < 2**16):
        raise ValueError("must be host:port, such as 127.0.0.1:8000 or [::1]:8000")
    return value


class ServerSettings(Frozen):
    """``public_url``: where the platforms reach us; ``bind``: where this process listens."""

    public_url: WebAddress
    bind: Annotated[str, AfterValidator(_bind)] = "127.0.0.1:8000"
    threads: int = Field(default=16, ge=1, le=256)
    max_body_bytes: int = Field(default=5_000_000, ge=100_000, le=100_000_000)  # larger requests get 413


class DatabaseSettings(Frozen):
    """``url`` may hold a password; a relative SQLite path has been made absolute by the loader."""

    url: SecretStr

    @field_validator("url")
    @classmethod
    def _is_one_of_two(cls, url: SecretStr) -> SecretStr:
        scheme = url.get_secret_value().partition("://")[0].partition("+")[0]
        if scheme not in {"sqlite", "postgresql"}:
            raise ValueError("must begin with sqlite:/// (a file) or postgresql://")
        return url


class SecuritySettings(Frozen):
    """``encryption_key`` is None where its file is still to be made, at ``encryption_key_file``."""

    encryption_key: SecretStr | None = None
    allow_private_addresses: bool = False
    encryption_key_file: Path | None = Field(default=None, validation_alias=KEY_FILE_ALIAS)

    @field_validator("encryption_key")
    @classmethod
    def _is_long_enough(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(key.get_secret_value()) < SHORTEST_KEY:
            raise ValueError(f"must have at least {SHORTEST_KEY} characters")
        return key


class SyncSettings(Frozen):
    """Seconds."""

    settle: Seconds = 20.0  # how long a pool must be quiet before it is confirmed
    reconcile: Seconds = 900.0
    digest: Seconds = 0.25  # how often the inbox is looked at
    push: Seconds = 1.0
    notify: Seconds = 5.0
    housekeeping: Seconds = 3600.0
    silence: Seconds = 21_600.0  # no delivery for so long: the webhooks are checked
    overlap: Seconds = 120.0  # how far before its last reading a poll begins
    lease: Seconds = 120.0  # a notice cut off in the middle is tried again after this; longer than a shop may take


class RetentionSettings(Frozen):
    deliveries: Days = 30  # bodies of done deliveries
    journal: Days = 730


class LoggingSettings(Frozen):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["console", "json"] = "console"


class Settings(Frozen):
    """Everything in the config file.  ``folder`` is where it stands: relative paths begin there."""

    folder: Path
    server: ServerSettings
    database: DatabaseSettings
    security: SecuritySettings
    sync: SyncSettings
    retention: RetentionSettings
    logging: LoggingSettings
    stores: tuple[StoreSettings, ...]

    def store(self, key: str) -> StoreSettings:
        """The store of that key.  Raises ``KeyError``."""
        for store in self.stores:
            if store.key == key:
                return store
        raise KeyError(key)
