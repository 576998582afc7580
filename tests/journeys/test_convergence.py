"""The convergence law (design, 3.1): shuffled, doubled, late or lost deliveries end in the same state.

A history is acted once on a sandbox shop; its webhooks are then given to fresh services in many other ways.  What an
edit did to the queue can only be known from its own delivery, so where deliveries are lost or come after the service
has looked at the shop by itself, histories have no such edits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import time_machine
from databases import address_in
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from replays import Replay, Step, throw
from worlds import ACTS, BY_HAND, EDITS_UP, MORNING, Act, World, worlds

from connector.storage.engine import open_database
from connector.storage.inbox import GroupCommitInbox

LONG = settings().max_examples > 1000
HISTORIES = 350 if LONG else 14
LIVES = 48 if LONG else 24
"""Permutations of each history; six tests of these are 2,000 lives, and 100,000 by night."""

PLATFORMS = ("shopify", "woocommerce")
Make = Callable[[], World]
many = settings(
    max_examples=HISTORIES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(scope="module", params=PLATFORMS)
def make(request: pytest.FixtureRequest) -> Iterator[tuple[Make, time_machine.Traveller]]:
    with time_machine.travel(MORNING, tick=False) as clock, worlds(request.param, clock) as maker:
        yield maker, clock


def histories(*, without: frozenset[str] = frozenset()) -> st.SearchStrategy[list[Act]]:
    kinds = [kind for kind, weight in ACTS.items() if kind not in without for _ in range(weight)]
    few = st.integers(0, 7)
    return st.lists(
        st.builds(Act, st.sampled_from(kinds), few, few, few, st.sampled_from((0, 1, 7, 60))), min_size=2, max_size=24
    )


def lived(make: tuple[Make, time_machine.Traveller], history: Sequence[Act]) -> tuple[World, Replay]:
    maker, clock = make
    world = maker()
    world.play(history)
    return world, Replay(world, clock)


def differing(expected: Mapping[str, Any], actual: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    keys = expected.keys() | actual.keys()
    return {key: (expected.get(key), actual.get(key)) for key in sorted(keys) if expected.get(key) != actual.get(key)}


@many
@given(history=histories(without=frozenset({"look"})), seed=st.integers(0, 2**32))
def test_shuffled_and_doubled_deliveries_end_in_the_same_state(
    make: tuple[Make, time_machine.Traveller], history: list[Act], seed: int
) -> None:
    world, replay = lived(make, history)
    numbers, last = range(len(world.deliveries)), len(world.looks) - 1
    undisturbed = replay.live([Step(tuple(numbers), last, settles=False)], throw(0))
    dice = throw(seed)
    for _ in range(LIVES):
        mixed = [number for number in numbers for _ in range(dice.choice((1, 1, 2)))]
        dice.shuffle(mixed)
        assert differing(undisturbed, replay.live([Step(tuple(mixed), last, settles=False)], dice)) == {}


@many
@given(history=histories(without=EDITS_UP | BY_HAND), seed=st.integers(0, 2**32))
def test_late_deliveries_end_in_the_same_state(
    make: tuple[Make, time_machine.Traveller], history: list[Act], seed: int
) -> None:
    world, replay = lived(make, history)
    last = len(world.looks) - 1
    on_time = [
        Step(tuple(n for n, (_, _, sent) in enumerate(world.deliveries) if sent == look), look, settles=True)
        for look in range(1, last + 1)
    ]
    undisturbed = without_told(replay.live(on_time, throw(0)))
    dice = throw(seed)
    for _ in range(LIVES):
        coming = [dice.choice((sent, sent, dice.randint(sent, last))) for _, _, sent in world.deliveries]
        steps = []
        for look in range(1, last + 1):
            mixed = [number for number, when in enumerate(coming) if when == look]
            dice.shuffle(mixed)
            steps.append(Step(tuple(mixed), look, settles=dice.choice((True, False))))
        assert differing(undisturbed, without_told(replay.live(steps, dice))) == {}


@many
@given(history=histories(without=EDITS_UP | {"look", "unlist"}), seed=st.integers(0, 2**32))
def test_lost_deliveries_are_healed_by_one_reconcile(
    make: tuple[Make, time_machine.Traveller], history: list[Act], seed: int
) -> None:
    world, replay = lived(make, history)
    numbers, last = range(len(world.deliveries)), len(world.looks) - 1
    undisturbed = replay.live([Step(tuple(numbers), last, settles=False)], throw(0), heal=True)
    dice = throw(seed)
    for _ in range(LIVES):
        kept = dice.sample(numbers, dice.randint(0, len(numbers)))
        healed = replay.live([Step(tuple(kept), last, settles=False)], dice, heal=True)
        assert differing(heard_of(undisturbed, healed), heard_of(healed, healed)) == {}


@settings(many, max_examples=50 if LONG else 3)
@given(history=histories(without=frozenset({"look"})), seed=st.integers(0, 2**32))
def test_the_database_ends_as_the_dictionaries_of_these_tests_do(
    make: tuple[Make, time_machine.Traveller], history: list[Act], seed: int
) -> None:
    world, replay = lived(make, history)
    mixed = list(range(len(world.deliveries)))
    throw(seed).shuffle(mixed)
    steps = [Step(tuple(mixed), len(world.looks) - 1, settles=True)]
    with TemporaryDirectory() as folder:
        url = address_in(Path(folder))
        database, inbox = open_database(url), GroupCommitInbox(url)
        try:
            stored = Replay(world, make[1], (database.work, inbox)).live(steps, throw(seed))
        finally:
            inbox.close()
            database.close()
    assert differing(replay.live(steps, throw(seed)), stored) == {}


def without_told(state: Mapping[str, Any]) -> dict[str, Any]:
    """Who was told to wait depends on when we looked; that all was told that is true now is asserted by ``state``."""
    return {key: value for key, value in state.items() if not key.startswith("told ")}


def heard_of(state: Mapping[str, Any], by: Mapping[str, Any]) -> dict[str, Any]:
    """Without the orders that nobody told us of before they were over: nothing of them waits."""
    unknown = {key.removeprefix("order ") for key in state if key.startswith("order ") and key not in by}
    for order in unknown:
        assert not state[f"queue {order}"], "an order that waits was never found"
    return {key: value for key, value in state.items() if key.split(" ")[-1] not in unknown}
