"""Anything may happen to the whole service, in any order; once it is quiet again, everything is right.

The moves are those of ``moves``: trade at both shops, shoppers on their pages, the owner, webhooks that are lost or
come twice, a shop that answers nonsense, a database that fails before or after it has done its part, sudden death,
workers that stand still while others go on, and a clock that is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from moves import ILLS, PEOPLE, TIME, TRADE, attempt
from whole import Stage, Whole, stage

LONG = settings().max_examples > 1000
few = st.integers(0, 7)


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("stage")) as made:
        yield made


class Machine(RuleBasedStateMachine):
    def __init__(self, stand: Stage) -> None:
        super().__init__()
        self.whole = Whole(stand)

    @rule(move=st.sampled_from(["order", *TRADE, "order", "supply"]), a=few, b=few, c=few)
    def trade(self, move: str, a: int, b: int, c: int) -> None:
        attempt(self.whole, TRADE[move], a, b, c)

    @rule(move=st.sampled_from(["visit", *PEOPLE, "answer_mail"]), a=few, b=few, c=few)
    def people(self, move: str, a: int, b: int, c: int) -> None:
        attempt(self.whole, PEOPLE[move], a, b, c)

    @rule(move=st.sampled_from(list(ILLS)), a=few, b=few, c=few)
    def ill(self, move: str, a: int, b: int, c: int) -> None:
        attempt(self.whole, ILLS[move], a, b, c)

    @rule(move=st.sampled_from([*TIME, "work"]), a=few, b=few, c=few)
    def time(self, move: str, a: int, b: int, c: int) -> None:
        attempt(self.whole, TIME[move], a, b, c)

    def teardown(self) -> None:
        try:
            wrong = self.whole.settle()
            assert wrong + self.whole.broken() == []
        finally:
            self.whole.close()


def test_whatever_happens_everything_is_right_in_the_end(stand: Stage) -> None:
    run_state_machine_as_test(
        cast("Any", lambda: Machine(stand)),
        settings=settings(
            max_examples=400 if LONG else 3,
            stateful_step_count=50 if LONG else 20,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
            phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink) if LONG else (Phase.generate,),
        ),
    )
