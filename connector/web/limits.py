"""How often one address may knock."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_limiter import Limiter

from connector.ports.clock import Clock, system_clock
from connector.ports.unit_of_work import Work
from connector.web.limits_storage import SCHEME

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


def new_limiter(work: Work | None = None, clock: Clock = system_clock, key: bytes = b"") -> Limiter:
    """One for each application, so that two in one process count apart.

    ``work``: where all web processes of the installation count together (``key``: under which names); None: there is
    one, which counts in its memory, and a restart forgives.
    """
    here: dict[str, Any] = {"storage_uri": "memory://"}
    if work is not None:
        # Owners must not be locked out because the database is away: as long as it is, each process counts by itself.
        counts = {"work": work, "clock": clock, "key": key}
        here = {"storage_uri": f"{SCHEME}://", "storage_options": counts, "in_memory_fallback_enabled": True}
    return Limiter(key_func=lambda: request.remote_addr or "", headers_enabled=False, **here)
