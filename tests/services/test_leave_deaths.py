"""A service that dies while a store leaves goes on as if nothing had happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import pytest
from crashes import Died, Fate, MortalStorefront, MortalWork
from leaving_house import Goodbye, stocked
from owned_stores import owned_house

from connector.ports.records import Leaving
from connector.ports.storefront import Storefront
from connector.sandbox.scenario import SHOPIFY, WOO
from connector.services.context import StoreContext

STORES = [WOO, SHOPIFY]


def mortal(there: Goodbye, fate: Fate) -> StoreContext:
    held = there.store
    storefront = cast("Storefront", MortalStorefront(held.storefront, fate, "it"))
    return replace(held, work=MortalWork(held.work, fate, "it"), storefront=storefront)


def live(folder: str, key: str, fate: Fate) -> tuple[object, ...]:
    """Leave, again after each death; how it ends."""
    with owned_house(Path(folder)) as opened:
        there = stocked(opened, key)
        storefront = there.store.storefront
        there.ask()
        for _ in range(len(fate.to_die_at) + 1):
            try:
                there.go(mortal(there, fate))
            except Died:
                fate.rise()
                opened.clock.shift(timedelta(minutes=1))
                opened.service.known.refresh()
        assert fate.to_die_at == set(), "this boundary was never reached"
        record = there.record()
        left = [one for one in there.told() if "was disconnected" in one]
        assert len(left) == 1
        assert there.revoked
        return (
            there.shows() == there.before,
            list(storefront.subscriptions()),
            (record.gone_at is None, record.leaving, record.stopped),
            there.has_keys(),
        )


UNHARMED: tuple[object, ...] = (True, [], (False, Leaving.NO, {}), False)


def boundaries(key: str) -> Sequence[str]:
    """All there are on the way out where nobody dies."""
    fate = Fate()
    with TemporaryDirectory() as folder:
        assert live(folder, key, fate) == UNHARMED
    return fate.passed


@pytest.mark.parametrize("key", STORES)
def test_one_death_at_each_kind_of_boundary_changes_nothing_in_the_end(key: str) -> None:
    kinds = {one for one in boundaries(key) if one.endswith(" #1")}
    with TemporaryDirectory() as folder:
        assert live(folder, key, Fate(set(kinds))) == UNHARMED


def test_a_death_around_the_last_steps_changes_nothing_in_the_end() -> None:
    """Around the commits after which the webhooks are known to be gone, and then the keys."""
    for boundary in boundaries(WOO)[-4:]:
        assert "commit" in boundary
        with TemporaryDirectory() as folder:
            assert live(folder, WOO, Fate({boundary})) == UNHARMED, boundary


@pytest.mark.long
@pytest.mark.parametrize("key", STORES)
def test_a_death_at_any_boundary_changes_nothing_in_the_end(key: str) -> None:
    for boundary in boundaries(key):
        with TemporaryDirectory() as folder:
            assert live(folder, key, Fate({boundary})) == UNHARMED, boundary
