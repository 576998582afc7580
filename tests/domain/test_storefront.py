from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.storefront import difference, foreign

fields = st.dictionaries(st.sampled_from("abcde"), st.sampled_from(["", "no", "notify", "2026-12-05"]))


def test_only_what_differs_is_written() -> None:
    assert difference({"flag": "no", "date": ""}, {"flag": "notify", "date": ""}) == {"flag": "notify"}


def test_a_field_the_shop_does_not_have_is_not_written() -> None:
    """A variation whose parent keeps the stock has no flag of its own."""
    assert difference({"date": ""}, {"flag": "notify", "date": "2026-12-05"}) == {"date": "2026-12-05"}


def test_a_field_nothing_is_wanted_for_is_left_alone() -> None:
    assert difference({"theirs": "x"}, {"flag": "no"}) == {}


NOTHING: dict[str, str] = {}


def test_a_value_we_did_not_write_is_somebody_elses() -> None:
    assert foreign({"flag": "no", "date": ""}, {"flag": "notify", "date": ""}, NOTHING) == {"flag": "no"}


def test_a_field_we_never_wrote_is_nobodys_override() -> None:
    assert foreign({"flag": "no"}, NOTHING, NOTHING) == {}


def test_a_field_that_was_not_read_is_not_judged() -> None:
    assert foreign(NOTHING, {"flag": "notify"}, NOTHING) == {}


@pytest.mark.parametrize(("seen", "expected"), [("no", {}), ("notify", {}), ("yes", {"flag": "yes"})])
def test_a_write_whose_answer_was_lost_may_or_may_not_have_happened(seen: str, expected: dict[str, str]) -> None:
    assert foreign({"flag": seen}, {"flag": "no"}, {"flag": "notify"}) == expected


@given(fields, fields)
def test_writing_the_difference_ends_it(shown: dict[str, str], desired: dict[str, str]) -> None:
    written = difference(shown, desired)
    now = shown | written
    assert now.keys() == shown.keys()
    assert difference(now, desired) == {}
    assert {key: now[key] for key in now.keys() & desired.keys()} == {
        key: desired[key] for key in now.keys() & desired.keys()
    }


@given(fields, fields, fields)
def test_our_own_write_is_never_foreign(
    shown: dict[str, str], desired: dict[str, str], attempted: dict[str, str]
) -> None:
    written = difference(shown, desired)
    ours = shown | written
    landed = {key: attempted[key] for key in attempted if key in ours}
    assert foreign(ours, written, attempted) == {}
    assert foreign(ours | landed, written, attempted) == {}


@given(fields, fields, fields)
def test_what_is_foreign_is_as_the_shop_shows_it(
    seen: dict[str, str], written: dict[str, str], attempted: dict[str, str]
) -> None:
    found = foreign(seen, written, attempted)
    assert found.items() <= seen.items()
    assert found.keys() <= written.keys()
    assert [key for key in found if found[key] in {written[key], attempted.get(key)}] == []
