"""A line's own total, split among its units: no cent is lost, none is made."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.reader import Reader
from adapters.woocommerce.money import Money, amount, grain_of, share, together, written
from connector.ports.failures import Unreadable

GRAINS = {"0.01": Decimal("0.01"), "1": Decimal(1), "0.001": Decimal("0.001")}


@st.composite
def lines(draw: st.DrawFn) -> tuple[Money, list[int], Decimal]:
    """What was paid for a line, how many units of it are taken off each time, and the shop's smallest amount."""
    grain = draw(st.sampled_from(list(GRAINS.values())))
    counts = draw(st.lists(st.integers(1, 9), min_size=1, max_size=6))
    net = draw(st.integers(0, 10**7)) * grain
    taxes = {str(rate): draw(st.integers(1, 10**6)) * grain for rate in range(draw(st.integers(0, 2)))}
    return Money(net, taxes), counts, grain


def taken_off(left: Money, counts: list[int], grain: Decimal) -> list[Money]:
    """Each time from what is left, as refund after refund is made."""
    parts, units = [], sum(counts)
    for count in counts:
        part = left.share(count, units, grain)
        left = left + Money(-part.net, {rate: -tax for rate, tax in part.taxes.items()})
        units -= count
        parts.append(part)
    return parts


@given(lines())
def test_parts_taken_off_one_after_the_other_add_up_to_the_line(line: tuple[Money, list[int], Decimal]) -> None:
    paid, counts, grain = line
    parts = taken_off(paid, counts, grain)
    assert together(parts) == paid
    for part in parts:
        for value in (part.net, *part.taxes.values()):
            assert value >= 0
            assert value == Decimal(written(value, grain))


@given(lines())
def test_a_part_is_never_further_from_its_due_than_half_the_smallest_amount(
    line: tuple[Money, list[int], Decimal],
) -> None:
    paid, counts, grain = line
    first = paid.share(counts[0], sum(counts), grain)
    assert abs(first.gross - paid.gross * counts[0] / sum(counts)) <= grain / 2
    assert abs(first.net - paid.net * counts[0] / sum(counts)) <= grain * 3 / 2


@given(lines(), st.integers(0, 10**7))
def test_a_part_by_amount_comes_to_that_amount_and_to_no_more_than_there_is(
    line: tuple[Money, list[int], Decimal], wanted: int
) -> None:
    paid, _, grain = line
    part = paid.part(wanted * grain, grain)
    assert part.gross == min(wanted * grain, paid.gross)
    assert all(0 <= tax <= paid.taxes[rate] for rate, tax in part.taxes.items())


@pytest.mark.parametrize(
    ("left", "units", "of", "grain", "expected"),
    [
        ("10.00", 1, 3, "0.01", "3.33"),
        ("6.67", 1, 2, "0.01", "3.34"),
        ("3.33", 1, 1, "0.01", "3.33"),
        ("10.00", 2, 3, "0.01", "6.67"),
        ("0.01", 1, 2, "0.01", "0.01"),
        ("0.00", 1, 2, "0.01", "0.00"),
        ("1000", 1, 3, "1", "333"),
        ("1.8999", 1, 1, "0.01", "1.90"),
    ],
)
def test_a_share_is_written_as_the_shop_writes_money(left: str, units: int, of: int, grain: str, expected: str) -> None:
    assert written(share(Decimal(left), units, of, GRAINS[grain]), GRAINS[grain]) == expected


@pytest.mark.parametrize(("total", "grain"), [("30.00", "0.01"), ("3000", "1"), ("3.000", "0.001"), ("-1.50", "0.01")])
def test_the_shops_decimals_are_those_of_its_totals(total: str, grain: str) -> None:
    assert grain_of(Reader(total)) == Decimal(grain)


@pytest.mark.parametrize("wrong", ["1,50", "ten", "1e9", "NaN", 5, 5.0, True, [], "9" * 20])
def test_what_is_no_amount_is_not_guessed_at(wrong: object) -> None:
    with pytest.raises(Unreadable):
        amount(Reader(wrong))


def test_no_amount_at_all_is_nothing() -> None:
    assert [amount(Reader(value)) for value in ("", None)] == [0, 0]
