"""How often one address may knock."""

from __future__ import annotations

from flask import request
from flask_limiter import Limiter

OFTEN_ENOUGH = "20 per minute; 200 per hour"
"""How often one address may try to sign in or to begin a connection."""
POSTS_OF_SHOPS = "60 per minute"
LOOKS = "120 per minute"


def new_limiter() -> Limiter:
    """One for each application, so that two in one process count apart.

    It counts in the memory of the one web process there is; a restart forgives.
    """
    return Limiter(key_func=lambda: request.remote_addr or "", storage_uri="memory://", headers_enabled=False)
