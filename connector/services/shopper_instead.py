"""What a shop offers in place of a line that waits, asked while the shopper looks, and not for long."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from urllib.parse import urlsplit

import structlog

from connector.ports.acting import Alternative
from connector.ports.failures import Failure
from connector.services.context import StoreContext

log = structlog.get_logger()

MOST = 4
PATIENCE_SECONDS = 4.0
AT_ONCE = 4
"""So many shoppers can wait for an answer of a shop; a shop that is away must not take every thread of ours."""

_askers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="instead")


def offered(
    store: StoreContext, order_id: str, line_id: str, patience: float = PATIENCE_SECONDS
) -> Sequence[Alternative] | None:
    """None where the shop cannot say now."""
    asked = _askers.submit(lambda: list(store.storefront.alternatives(order_id, line_id, MOST)))
    try:
        return asked.result(patience)
    except TooSlow:
        asked.cancel()
        log.warning("shop.slow_to_offer", store=store.key)
    except Failure as failure:
        log.warning("shop.offers_nothing", store=store.key, why=str(failure))
    return None


def address_of(one: Alternative) -> str:
    """Where it can be looked at; empty for anything that is no web address."""
    try:
        return one.url if urlsplit(one.url).scheme in {"http", "https"} else ""
    except ValueError:
        return ""
