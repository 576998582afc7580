"""The tables of the config file that concern the service as a whole."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, field_validator

from connector.settings.base import Days, Frozen, LongSecret, Seconds, WebAddress, host_and_port
from connector.settings.promise import MailSettings, SmsSettings
from connector.settings.seeing import MetricsSettings, TelemetrySettings
from connector.settings.stores import Language, StoreSettings, revealed

KEY_FILE_ALIAS = "<key file>"
"""How the loader hands over ``encryption_key_file``; no key of a TOML file without quotes can be written so."""

# What `backorder operator password` prints: how the password was stretched, a salt, and 64 bytes as hex digits.
_SCRYPT = re.compile(r"scrypt:(\d{1,7}):(\d{1,2}):(\d{1,2})\$[A-Za-z0-9./]{8,64}\$[0-9a-f]{128}", re.ASCII)
_CHEAPEST_SCRYPT = 2**10
_COSTLIEST_SCRYPT = 2**22

SHORTEST_ORDERS = 90
"""Days.  An order that comes back after it was forgotten is told nothing, so it must be well and truly over."""


class ServerSettings(Frozen):
    """``public_url``: where the platforms reach us; ``bind``: where this process listens."""

    public_url: WebAddress
    bind: Annotated[str, AfterValidator(host_and_port)] = "127.0.0.1:8000"
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
    """``encryption_key`` is None where its file is still to be made, at ``encryption_key_file``.  The old keys still
    open what they once sealed; nothing is sealed with them any more.
    """

    encryption_key: LongSecret | None = None
    old_encryption_keys: tuple[LongSecret, ...] = ()
    allow_private_addresses: bool = False
    encryption_key_file: Path | None = Field(default=None, validation_alias=KEY_FILE_ALIAS)


class SyncSettings(Frozen):
    """Seconds."""

    settle: Seconds = 20.0  # how long a pool must be quiet before it is confirmed
    reconcile: Seconds = 900.0
    digest: Seconds = 0.25  # how often it is looked for what is due
    push: Seconds = 1.0  # how soon a turn that did nothing is tried again at first; the pauses double
    notify: Seconds = 5.0  # the same of every other job
    housekeeping: Seconds = 3600.0
    silence: Seconds = 21_600.0  # no delivery for so long: the webhooks are checked
    overlap: Seconds = 120.0  # how far before its last reading a poll begins
    lease: Seconds = 120.0  # a notice cut off in the middle is tried again after this; longer than a shop may take


class JobsSettings(Frozen):
    """How `backorder worker` works: on how many stores at a time, and how many seconds a worker may be silent before it
    is taken for dead and its work is given to another.
    """

    threads: int = Field(default=16, ge=1, le=256)
    patience: float = Field(default=20.0, ge=2, le=3600, allow_inf_nan=False)


def _kept_long_enough(days: int) -> int:
    if 0 < days < SHORTEST_ORDERS:
        raise ValueError(f"must be at least {SHORTEST_ORDERS} days, or 0 to keep them for ever")
    return days


class RetentionSettings(Frozen):
    deliveries: Days = 30  # that one came and was done; what stood in it goes before
    bodies: Days = 3  # what stood in a done delivery
    parked: Days = 90  # deliveries that nobody looked at
    journal: Days = 730
    samples: Days = 730  # what the charts are drawn from
    # Closed orders since their last change; 0: for ever.
    orders: Annotated[int, Field(ge=0, le=36_500), AfterValidator(_kept_long_enough)] = 730

    @property
    def keep_orders(self) -> timedelta | None:
        return timedelta(days=self.orders) if self.orders else None


class LoggingSettings(Frozen):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["console", "json"] = "console"


class WebSettings(Frozen):
    """The pages.  Without a password and a token nobody signs in as operator.

    ``trusted_proxies``: how many proxies in front of us set ``X-Forwarded-For`` and ``X-Forwarded-Proto``.
    """

    operator_password_hash: SecretStr | None = None
    operator_token: LongSecret | None = None
    session_hours: float = Field(default=12.0, ge=0.25, le=720, allow_inf_nan=False)
    trusted_proxies: int = Field(default=1, ge=0, le=5)

    @field_validator("operator_password_hash")
    @classmethod
    def _is_one(cls, given: SecretStr | None) -> SecretStr | None:
        found = _SCRYPT.fullmatch(given.get_secret_value()) if given is not None else None
        cost = int(found[1]) if found else 0
        # Its cost must be a power of two, or no password at all could be checked against it.
        payable = _CHEAPEST_SCRYPT <= cost <= _COSTLIEST_SCRYPT and cost.bit_count() == 1
        whole = found is not None and payable and int(found[2]) > 0 and int(found[3]) > 0
        if given is not None and not whole:
            raise ValueError("is no password hash: `backorder operator password` asks for a password and prints one")
        return given


class InstallSettings(Frozen):
    """How owners connect stores on a page.  ``open``: anybody may; else only the operator and whom they invite.
    ``push_at_once``: a new store is written to as soon as it was read, and not only when its owner says so.

    ``platforms`` are the tables such as ``[install.shopify]``: the platforms' own, unchecked, secrets as ``SecretStr``.
    """

    open: bool = False
    push_at_once: bool = False
    language: Language = "en"
    platforms: Mapping[str, Mapping[str, object]] = {}

    def options(self, platform: str) -> dict[str, object]:
        """The table of a platform with secrets in the clear, for its adapter; empty where there is none."""
        return {key: revealed(value) for key, value in self.platforms.get(platform, {}).items()}


class Settings(Frozen):
    """Everything in the config file.  ``folder`` is where it stands: relative paths begin there."""

    folder: Path
    server: ServerSettings
    database: DatabaseSettings
    security: SecuritySettings
    sync: SyncSettings
    jobs: JobsSettings
    retention: RetentionSettings
    logging: LoggingSettings
    metrics: MetricsSettings
    telemetry: TelemetrySettings
    web: WebSettings
    install: InstallSettings
    mail: MailSettings
    sms: SmsSettings
    stores: tuple[StoreSettings, ...]

    @property
    def is_alone(self) -> bool:
        """Whether nobody passes requests on to us: the service is for this machine alone, or was told so."""
        host = urlsplit(self.server.public_url).hostname or ""
        return self.web.trusted_proxies == 0 or host in {"localhost", "127.0.0.1", "::1"}

    def store(self, key: str) -> StoreSettings:
        """The store of that key.  Raises ``KeyError``."""
        for store in self.stores:
            if store.key == key:
                return store
        raise KeyError(key)
