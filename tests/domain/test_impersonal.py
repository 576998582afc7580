"""What goes into the journal for years names nobody."""

from __future__ import annotations

import pytest

from connector.domain.impersonal import amount_only, impersonal, impersonal_values


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("550 5.1.1 <anna@example.test>: unknown user", "550 5.1.1 <(address)>: unknown user"),
        ("Anna.Müller+shop@exämple.test is full", "(address) is full"),
        ("no route to +49 30 555-01234.", "no route to (number)."),
        ("order 1001 of 2026-11-23 at 10:30+01:00: 12.50 EUR", "order 1001 of 2026-11-23 at 10:30+01:00: 12.50 EUR"),
        ("S-16-3a56fa58-1 by 16 CFR 435.2(b)(1)", "S-16-3a56fa58-1 by 16 CFR 435.2(b)(1)"),
        ("", ""),
    ],
)
def test_addresses_and_numbers_are_taken_out_and_nothing_else(said: str, left: str) -> None:
    assert impersonal(said) == left


def test_so_they_are_however_deep() -> None:
    said = {"owner": "me@example.test", "days": 3, "on": True, "texts": [{"de": "an me@example.test"}], "none": None}
    left = {"owner": "(address)", "days": 3, "on": True, "texts": [{"de": "an (address)"}], "none": None}
    assert impersonal_values(said) == left


@pytest.mark.parametrize("amount", ["12,50 EUR", "€ 20", "1.234,00 kr.", "20"])
def test_an_amount_is_kept_as_it_was_typed(amount: str) -> None:
    assert amount_only(amount) == amount


@pytest.mark.parametrize("words", ["", "to Anna Schmidt", "20 EUR to Anna", "nothing", "a@b.c 2", "1" * 40])
def test_what_is_none_is_not(words: str) -> None:
    assert amount_only(words) == ""
