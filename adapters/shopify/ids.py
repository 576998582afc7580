"""Shopify's two ways to name a thing: the number in webhook bodies, the global id in GraphQL."""

from __future__ import annotations

import re

from adapters.reader import Reader
from connector.ports.failures import Unreadable
from connector.ports.sentence import Sentence

_GID = re.compile(r"(?:gid://shopify/[A-Za-z]+/)?([0-9]{1,20})(?:\?.*)?", re.ASCII)


def gid(kind: str, number: str) -> str:
    """``gid("Order", "123")`` is ``gid://shopify/Order/123``."""
    return f"gid://shopify/{kind}/{number}"


def number_in(value: Reader) -> str:
    """The number of a thing, from its global id or from the bare number."""
    if not isinstance(value.raw, str):
        return value.number_id()
    match = _GID.fullmatch(value.text())
    if match is None:
        raise Unreadable(value.path, Sentence("is not a Shopify id"))
    return match.group(1)
