from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connector.jobs.patience import LONGEST, Patience
from connector.ports.due import Look

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
REST = timedelta(seconds=1)
PUSH = frozenset({Look.PUSH})


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_what_was_never_tried_is_ripe() -> None:
    assert Patience(REST).is_ripe("shop", "turn", PUSH, NOON)


def test_what_was_tried_in_vain_rests_longer_each_time() -> None:
    patience, now, rests = Patience(REST), NOON, []
    for _ in range(8):
        patience.was_vain("shop", "turn", PUSH, now)
        seconds = next(
            one for one in range(1, 100) if patience.is_ripe("shop", "turn", PUSH, now + timedelta(seconds=one))
        )
        rests.append(seconds)
        now += timedelta(seconds=seconds)
    assert rests == [1, 2, 4, 8, 16, 30, 30, 30]


def test_the_longest_rest_is_reached_and_never_passed() -> None:
    patience = Patience(REST)
    for _ in range(2_000):
        patience.was_vain("shop", "turn", PUSH, NOON)
    assert patience.is_ripe("shop", "turn", PUSH, NOON + LONGEST)


def test_a_rest_above_the_longest_is_kept() -> None:
    patience = Patience(timedelta(minutes=2))
    patience.was_vain("shop", "turn", PUSH, NOON)
    assert not patience.is_ripe("shop", "turn", PUSH, after(119))
    assert patience.is_ripe("shop", "turn", PUSH, after(120))


def test_news_is_tried_at_once_though_the_rest_waits() -> None:
    patience = Patience(REST)
    patience.was_vain("shop", "turn", PUSH, NOON)
    assert not patience.is_ripe("shop", "turn", PUSH, NOON)
    assert patience.is_ripe("shop", "turn", PUSH | {Look.DELIVERIES}, NOON)


def test_less_of_the_same_is_no_news() -> None:
    patience = Patience(REST)
    patience.was_vain("shop", "turn", PUSH | {Look.REREADS}, NOON)
    assert not patience.is_ripe("shop", "turn", PUSH, NOON)


def test_success_ends_the_waiting_of_that_store_alone() -> None:
    patience = Patience(REST)
    for store in ("one", "other"):
        patience.was_vain(store, "turn", PUSH, NOON)
    patience.was_fruitful("one", "turn")
    assert patience.is_ripe("one", "turn", PUSH, NOON)
    assert not patience.is_ripe("other", "turn", PUSH, NOON)


def test_what_one_job_tried_in_vain_is_no_guide_for_another() -> None:
    patience = Patience(REST)
    patience.was_vain("shop", "turn", PUSH, NOON)
    assert patience.is_ripe("shop", "confirm", PUSH, NOON)


def test_what_is_not_due_any_more_was_not_tried_in_vain() -> None:
    patience = Patience(REST)
    for store in ("one", "other"):
        for _ in range(5):
            patience.was_vain(store, "turn", PUSH, NOON)
    patience.saw({"one": frozenset({Look.NOTICES}), "other": PUSH})
    assert patience.is_ripe("one", "turn", PUSH, NOON)
    assert not patience.is_ripe("other", "turn", PUSH, after(15))


def test_a_store_with_other_settings_is_tried_at_once() -> None:
    patience = Patience(REST)
    patience.was_vain("shop", "turn", PUSH, NOON)
    patience.forget("shop")
    assert patience.is_ripe("shop", "turn", PUSH, NOON)


def test_a_job_may_have_another_first_rest() -> None:
    patience = Patience(REST)
    patience.was_vain("shop", "turn", PUSH, NOON, timedelta(seconds=5))
    assert not patience.is_ripe("shop", "turn", PUSH, after(4))
    assert patience.is_ripe("shop", "turn", PUSH, after(5))
