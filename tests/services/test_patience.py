"""How long to leave alone what has failed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connector.services.patience import backoff


@pytest.mark.parametrize(
    ("attempts", "longest"),
    [(0, timedelta(seconds=5)), (1, timedelta(seconds=10)), (4, timedelta(seconds=80)), (50, timedelta(hours=1))],
)
def test_patience_doubles_up_to_an_hour(attempts: int, longest: timedelta) -> None:
    waits = [backoff(attempts) for _ in range(200)]
    assert max(waits) <= longest
    assert min(waits) >= longest * 0.75


def test_what_failed_together_does_not_come_back_together() -> None:
    assert len({backoff(3) for _ in range(50)}) > 40
