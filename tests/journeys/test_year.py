"""A simulated year of trade: what must never happen, and what must have happened at its end."""

from __future__ import annotations

from pathlib import Path

import pytest
from year import WORKING, Year, year


def holds(lived: Year) -> None:
    """Print the figures first: they tell whether anything was tried at all."""
    print(lived.figures.said())  # noqa: T201 -- `make test-long` shows them
    assert lived.figures.late == []
    assert lived.doubled() == []
    assert lived.strangers() == []
    assert lived.stuck() == []
    assert lived.unlike() == []
    assert lived.figures.answers["refund owed"] == 0
    assert max(lived.figures.refunds, default=0) <= WORKING


def test_two_months_of_trade(tmp_path: Path) -> None:
    with year(tmp_path, seed=7, each_day=1.0) as lived:
        lived.live(55)
        lived.finish()
        holds(lived)
        mails = lived.figures.mails
        assert lived.figures.orders > 60
        assert min(mails["confirmed"], mails["option"], mails["ready"], mails["cancelled"]) > 0
        assert mails["restock"] > 0


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
def test_a_year_of_trade(tmp_path: Path, seed: int) -> None:
    with year(tmp_path, seed=seed, each_day=5.0) as lived:
        lived.live(365)
        lived.finish()
        holds(lived)
        assert lived.figures.orders > 3000
