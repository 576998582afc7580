"""What a shop's own domain looks like where a machine wrote it: exactly so, or it is not one.

What stands here goes into addresses that secrets are sent to and into headers that say which page may hold ours.  So
nothing is mended: no scheme, path or port is cut off, and no letter beyond ASCII is taken for one that it resembles.
"""

from __future__ import annotations

import re

LONGEST_LABEL = 63  # characters of one part of a domain name (RFC 1035, 2.3.4)

# ``fullmatch`` and no ``$``: that one would let a line break follow.
_DOMAIN = re.compile(rf"[a-z0-9][a-z0-9-]{{0,{LONGEST_LABEL - 1}}}\.myshopify\.com")


def exact_domain(text: str) -> str | None:
    """``example.myshopify.com`` in small letters; None for everything that is not letter for letter such a domain."""
    # Asked before the letters are made small: the sign for kelvin becomes a plain k by that.
    if not text.isascii():
        return None
    small = text.lower()
    return small if _DOMAIN.fullmatch(small) else None
