"""Two processes that call one shop share what it lets through, and so never meet its own limit."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import pytest
import structlog
from scheduling import SOON, eventually

from adapters.shopify.sandbox import ShopifyShop, cost
from connector.known_stores.budgets import SharedBudget
from connector.ports.clock import system_clock
from connector.ports.operating import BucketRecord
from connector.sandbox.serve import served
from connector.storage.engine import Database

BUCKET = 300.0
RESTORE = 100.0  # a second

# One process, with a connection and costs of its own, that reads as fast as it is let.
READER = """
import sys, time
from pathlib import Path
import adapters
from connector.known_stores.budgets import SharedBudget
from connector.ports.failures import TryLater
from connector.storage.engine import open_database

url, shop, wanted, shares, stop = sys.argv[1:]
budget = SharedBudget(open_database(url).work, "tents") if shares == "shares" else None
options = {"shop": "sandbox.myshopify.com", "access_token": "shpat_sandbox", "api_version": "2026-10"}
options["admin_url"] = shop
front = adapters.platform("shopify").connect(options, allow_private=True, budget=budget)
ids = wanted.split(",")
list(front.read_orders(ids))
print("ready", flush=True)
reads = 0
while not Path(stop).exists():
    try:
        list(front.read_orders(ids))
        reads += 1
    except TryLater as failure:
        time.sleep(min(1.0, failure.after.total_seconds() if failure.after else 1.0))
print(reads, flush=True)
"""


class Turnstile:
    """The shop's application, counting how often it says that somebody calls too often, and how often not."""

    def __init__(self, shop: ShopifyShop) -> None:
        self.app = shop.app
        self.orders = ",".join(map(str, shop.store.orders))
        self.url = ""
        self.refused = 0
        self.let_through = 0

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        body = b"".join(self.app(environ, start))
        if b'"THROTTLED"' in body:
            self.refused += 1
        else:
            self.let_through += 1
        return [body]


@contextmanager
def a_shop_with_a_small_bucket(restore: float) -> Iterator[Turnstile]:
    """Small, so that readers are at its bottom at once."""
    shop = ShopifyShop(system_clock, lambda *_: 200)
    shop.add_product("MUG", 0, oversell=True)
    for _ in range(3):
        shop.place_order({"MUG": 1})
    turnstile = Turnstile(shop)
    with pytest.MonkeyPatch.context() as patch, served(turnstile) as turnstile.url:
        patch.setattr(cost, "BUCKET", BUCKET)
        patch.setattr(cost, "RESTORE", restore)
        yield turnstile


def read_at_once(
    database_url: str, shop: Turnstile, how: str, folder: Path, enough: Callable[[], bool], processes: int = 2
) -> list[int]:
    """How often each of them could read, until there was enough of it."""
    stop = folder / "stop"
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, database_url, shop.url, shop.orders, how, str(stop)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(processes)
    ]
    try:
        for one in readers:
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n"
        assert eventually(enough, 5 * SOON)
        stop.touch()
        return [int(one.communicate(timeout=5 * SOON)[0]) for one in readers]
    finally:
        for one in readers:
            one.kill()
            one.communicate()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_two_processes_are_never_told_that_they_call_too_often(
    database_url: str, database: Database, tmp_path: Path
) -> None:
    with a_shop_with_a_small_bucket(RESTORE) as turnstile:
        reads = read_at_once(database_url, turnstile, "shares", tmp_path, lambda: turnstile.let_through >= 16)
    with database.work(read_only=True) as uow:
        bucket = uow.buckets.get("tents")
    assert turnstile.refused == 0
    assert sum(reads) > 0
    assert bucket is not None
    assert (bucket.maximum, bucket.restore) == (BUCKET, RESTORE)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_each_for_itself_would_be(database_url: str, tmp_path: Path) -> None:
    # What flows back is less than what two ask for, on whatever machine.
    with a_shop_with_a_small_bucket(RESTORE / 5) as turnstile:
        read_at_once(database_url, turnstile, "counts alone", tmp_path, lambda: turnstile.refused > 0)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_database_that_is_away_keeps_no_call_from_being_made(database: Database) -> None:
    def away(*, read_only: bool = False) -> NoReturn:
        raise OSError("the network is gone" + " for readers" * read_only)

    bucket = BucketRecord(1.0, 2.0, 3.0, datetime(2026, 11, 22, tzinfo=UTC))
    with structlog.testing.capture_logs() as said:
        for keeper in (SharedBudget(away, "tents"), SharedBudget(database.work, "tents")):
            assert [keeper.change(lambda held: held or bucket) for _ in range(3)] == [bucket] * 3
    assert [one["event"] for one in said] == ["budget.not_shared"]
