from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connector.jobs.patience import LONGEST, Patience

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
REST = timedelta(seconds=1)
PUSH = frozenset({"push"})


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_what_was_never_tried_is_ripe() -> None:
    assert Patience(REST).is_ripe("shop", PUSH, NOON)


def test_what_was_tried_in_vain_rests_longer_each_time() -> None:
    patience, now, rests = Patience(REST), NOON, []
    for _ in range(8):
        patience.was_vain("shop", PUSH, now)
        seconds = next(one for one in range(1, 100) if patience.is_ripe("shop", PUSH, now + timedelta(seconds=one)))
        rests.append(seconds)
        now += timedelta(seconds=seconds)
    assert rests == [1, 2, 4, 8, 16, 30, 30, 30]


def test_the_longest_rest_is_reached_and_never_passed() -> None:
    patience = Patience(REST)
    for _ in range(2_000):
        patience.was_vain("shop", PUSH, NOON)
    assert patience.is_ripe("shop", PUSH, NOON + LONGEST)


def test_a_rest_above_the_longest_is_kept() -> None:
    patience = Patience(timedelta(minutes=2))
    patience.was_vain("shop", PUSH, NOON)
    assert not patience.is_ripe("shop", PUSH, after(119))
    assert patience.is_ripe("shop", PUSH, after(120))


def test_news_is_tried_at_once_though_the_rest_waits() -> None:
    patience = Patience(REST)
    patience.was_vain("shop", PUSH, NOON)
    assert not patience.is_ripe("shop", PUSH, NOON)
    assert patience.is_ripe("shop", PUSH | {"deliveries"}, NOON)


def test_less_of_the_same_is_no_news() -> None:
    patience = Patience(REST)
    patience.was_vain("shop", PUSH | {"rereads"}, NOON)
    assert not patience.is_ripe("shop", PUSH, NOON)


def test_success_ends_the_waiting_of_that_store_alone() -> None:
    patience = Patience(REST)
    for store in ("one", "other"):
        patience.was_vain(store, PUSH, NOON)
    patience.was_fruitful("one")
    assert patience.is_ripe("one", PUSH, NOON)
    assert not patience.is_ripe("other", PUSH, NOON)
