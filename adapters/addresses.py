"""Connections that only go to public addresses.

A store owner types an address and we call it: without this check, that is a way to reach whatever stands beside us in
the operator's network.  The check is made on what the name resolves to, and again on the address actually connected to,
before a byte is sent: a name that answers differently the second time gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from connector.ports.failures import OwnerMustAct
from connector.ports.sentence import Sentence

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether ``address`` (IPv4 or IPv6, as text) can be reached by anyone on the internet."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        # An IPv4 address in another dress is judged as what it leads to.
        inner = parsed.ipv4_mapped or parsed.sixtofour or _behind_nat64(parsed)
        return is_public(str(inner)) if inner else parsed.is_global and not parsed.is_multicast
    return parsed.is_global and not parsed.is_multicast


class PrivateAddress(OwnerMustAct):
    """A name or an address that leads into a private network, and was not called."""


class PublicAdapter(HTTPAdapter):
    """A requests adapter whose every connection goes to a public address."""

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any) -> None:  # noqa: ANN401, FBT001, FBT002 -- as requests declares it
        super().init_poolmanager(connections, maxsize, block, **pool_kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PublicHTTPPool, "https": _PublicHTTPSPool}


class _PublicHTTPConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        _refuse_private_name(self.host, self.port)
        return _refuse_private_peer(super()._new_conn(), self.host)


class _PublicHTTPSConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        _refuse_private_name(self.host, self.port)
        return _refuse_private_peer(super()._new_conn(), self.host)


class _PublicHTTPPool(HTTPConnectionPool):
    ConnectionCls = _PublicHTTPConnection


class _PublicHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _PublicHTTPSConnection


def _refuse_private_name(host: str, port: int | None) -> None:
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return  # The connection itself fails next, and says so in the usual way.
    if not all(is_public(str(entry[4][0])) for entry in found):
        raise _private(host)


def _refuse_private_peer(connected: socket.socket, host: str) -> socket.socket:
    if not is_public(str(connected.getpeername()[0])):
        connected.close()
        raise _private(host)
    return connected


def _behind_nat64(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None


def _private(host: str) -> PrivateAddress:
    return PrivateAddress(
        "read",
        Sentence("The shop's address %(host)s leads into a private network.", host=host),
        Sentence(
            "Enter the shop's public address, or set allow_private_addresses = true under [security] "
            "for a sandbox shop."
        ),
    )
