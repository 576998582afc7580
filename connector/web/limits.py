"""How often one address may knock."""

from __future__ import annotations

from flask import request
from flask_limiter import Limiter

OFTEN_ENOUGH = "20 per minute; 200 per hour"
"""How often one address may try to sign in or to begin a connection."""
SELDOM = "5 per minute; 20 per hour"
"""How often one address may have a mail sent to somebody."""
POSTS_OF_SHOPS = "60 per minute"
LOOKS = "120 per minute"
READS_OF_SHOPS = "1200 per minute"
"""How often one address may ask what a store shows: a shop's own server asks for all of its visitors."""
FORMS_OF_SHOPPERS = "10 per minute; 60 per hour"
"""How often one address may put an address on a restock list."""
FORMS_OF_A_STORE = "300 per minute"
"""How often that may happen at one store: more is a flood, not a launch."""


def new_limiter() -> Limiter:
    """One for each application, so that two in one process count apart.

    It counts in the memory of the one web process there is; a restart forgives.
    """
    return Limiter(key_func=lambda: request.remote_addr or "", storage_uri="memory://", headers_enabled=False)
