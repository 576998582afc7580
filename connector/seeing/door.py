"""Who may read the figures: whoever bears the token, and where no proxy can stand in front, whoever is on this machine.

A proxy on this machine makes every caller seem to be here, and one that is set up by a few lines says of none of them
that it passed them on.  So being here counts only where the service is for this machine alone, or was told so.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from enum import Enum
from http import HTTPStatus
from ipaddress import ip_address

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PASSED_ON = ("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "forwarded", "via")
"""What a proxy adds: behind one every caller seems to be on this machine."""


class Door(Enum):
    OPEN = HTTPStatus.OK
    NO_TOKEN = HTTPStatus.UNAUTHORIZED
    SHUT = HTTPStatus.NOT_FOUND  # without a token there is nothing to be had from elsewhere, and nothing to be known


def door(token: str | None, caller: str, headers: Mapping[str, str], *, alone: bool = True) -> Door:
    """``caller``: the address the connection came from; ``headers``: in lower case; ``alone``: whether nobody passes
    requests on to us.
    """
    kind, _, given = headers.get("authorization", "").partition(" ")
    if token is not None and kind.lower() == "bearer":
        # As bytes: a header may hold what is no ASCII, and comparing that as text raises.
        right = hmac.compare_digest(given.strip().encode("utf-8", "replace"), token.encode())
        return Door.OPEN if right else Door.NO_TOKEN
    if alone and is_here(caller) and not any(name in headers for name in PASSED_ON):
        return Door.OPEN
    return Door.NO_TOKEN if token is not None else Door.SHUT


def is_here(caller: str) -> bool:
    try:
        address = ip_address(caller)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
