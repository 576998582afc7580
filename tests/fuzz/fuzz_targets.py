"""Every target by its name; each is made only where it is wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import fuzz_doors
import fuzz_pure
import fuzz_signed
import fuzz_site
from fuzz_target import Target

MAKERS: Mapping[str, Callable[[], Target]] = {
    "intake": fuzz_doors.intake,
    "translate-woocommerce": partial(fuzz_pure.translator, "woocommerce"),
    "translate-shopify": partial(fuzz_pure.translator, "shopify"),
    "reader": fuzz_pure.reader,
    "config": fuzz_pure.config,
    "csv": fuzz_pure.supplies,
    "bounces": fuzz_pure.bounces,
    "cursors": fuzz_pure.cursors,
    "links": fuzz_signed.links,
    "session-tokens": fuzz_signed.session_tokens,
    "signed-queries": fuzz_signed.signed_queries,
    "app-proxy": fuzz_signed.proxies,
    "cookies": fuzz_signed.cookies,
    "public": fuzz_site.public,
    "restock": fuzz_site.restock,
    "shopper": fuzz_site.shopper,
    "owner": fuzz_site.owner,
}
SHARES: Mapping[str, int] = {
    "intake": 100, "translate-woocommerce": 90, "translate-shopify": 90, "reader": 80, "config": 6, "csv": 100,
    "bounces": 20, "cursors": 150, "links": 100, "session-tokens": 80, "signed-queries": 90, "app-proxy": 90,
    "cookies": 90, "public": 6, "restock": 4, "shopper": 3, "owner": 2,
}  # fmt: skip
"""How often each is tried beside the others: what goes through a database takes a hundred times as long."""
NAMES: Sequence[str] = tuple(MAKERS)


def target(name: str) -> Target:
    return MAKERS[name]()
