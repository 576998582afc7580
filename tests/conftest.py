"""For every test: how hard Hypothesis tries, and no network beyond this machine."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["databases"]

# Two cores are shared by many things: a slow example is no finding.
UNHURRIED: Any = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("default", max_examples=100, **UNHURRIED)
settings.register_profile("ci", max_examples=100, derandomize=True, **UNHURRIED)
# Whether every branch is reached follows from few examples; measuring it makes each of them dear.
settings.register_profile("covering", max_examples=25, derandomize=True, **UNHURRIED)
settings.register_profile("long", max_examples=5000, **UNHURRIED)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def stays_here(host: object) -> bool:
    """Whether a host, as a caller gives it to ``socket``, is this machine."""
    name = host.decode(errors="replace") if isinstance(host, bytes) else host
    if name in {None, "", "localhost"}:
        return True
    try:
        address = ipaddress.ip_address(str(name))
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def refuse(host: object) -> None:
    if not stays_here(host):
        raise AssertionError(
            f"A test tried to reach {host!r}. Tests talk to loopback only: use a sandbox shop or a fake."
        )


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
        resolve = socket.getaddrinfo

        def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
            refuse(host)
            return resolve(host, *args, **kwargs)

        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield


def _guarded(connect: Any) -> Any:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            refuse(address[0])
        return connect(self, address)

    return guarded
