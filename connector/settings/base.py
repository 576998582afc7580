"""What every settings model shares."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

SHORTEST_KEY = 32


class Frozen(BaseModel):
    """A table of the config file: never changed after it was read, and no key in it that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        _ = parts.port  # raises where it is no port
    except ValueError:
        raise ValueError("must be a web address such as https://backorders.example.com") from None
    whole = parts.scheme in {"http", "https"} and parts.hostname and " " not in value
    if not whole or parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("must be a web address such as https://backorders.example.com, with nothing behind its path")
    return value.rstrip("/")


WebAddress = Annotated[str, AfterValidator(_web_address)]
# A week is far beyond any sensible interval, and keeps every sum of times inside what a clock can show.
Seconds = Annotated[float, Field(gt=0, le=604_800, allow_inf_nan=False)]
Days = Annotated[int, Field(ge=1, le=36_500)]


def host_and_port(value: str) -> str:
    """Where a process listens: ``host:port``."""
    host, _, port = value.rpartition(":")
    if not (host and port.isascii() and port.isdigit() and 0 < int(port[:6]) < 2**16):
        raise ValueError("must be host:port, such as 127.0.0.1:8000 or [::1]:8000")
    return value


def _long_enough(key: SecretStr) -> SecretStr:
    if len(key.get_secret_value()) < SHORTEST_KEY:
        raise ValueError(f"must have at least {SHORTEST_KEY} characters")
    return key


LongSecret = Annotated[SecretStr, AfterValidator(_long_enough)]
