from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from domain_strategies import moment
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.journal import GENESIS, Entry, Link, chain, first_break, first_break_of_kept

facts = st.dictionaries(
    st.text(max_size=5), st.none() | st.booleans() | st.integers() | st.text(max_size=8), max_size=3
)
entries = st.lists(
    st.builds(
        Entry, st.integers(0, 99).map(moment), st.text(max_size=8), st.text(max_size=4), st.text(max_size=4), facts
    ),
    max_size=6,
)
some_entries = entries.filter(lambda found: len(found) > 1)


@given(entries, entries)
def test_a_chain_continued_is_the_chain_made_at_once(first: list[Entry], second: list[Entry]) -> None:
    begun = chain(first, 0, GENESIS)
    continued = begun + chain(second, len(begun), begun[-1].hash if begun else GENESIS)
    assert continued == chain(first + second, 0, GENESIS)
    assert first_break(continued) is None
    assert first_break(continued[len(begun) :], len(begun), begun[-1].hash if begun else GENESIS) is None
    assert [link.number for link in continued] == list(range(1, len(continued) + 1))


ALTERATIONS: dict[str, Callable[[Entry], Entry]] = {
    "time": lambda entry: replace(entry, at=entry.at + timedelta(microseconds=1)),
    "kind": lambda entry: replace(entry, kind=entry.kind + "x"),
    "variant": lambda entry: replace(entry, variant_id=entry.variant_id + "x"),
    "order": lambda entry: replace(entry, order_id=entry.order_id + "x"),
    "facts": lambda entry: replace(entry, facts={**entry.facts, "a fact nobody saw": 1}),
}


@pytest.mark.parametrize("alter", ALTERATIONS.values(), ids=ALTERATIONS.keys())
@given(some_entries, st.data())
def test_an_altered_entry_is_found(alter: Callable[[Entry], Entry], written: list[Entry], data: st.DataObject) -> None:
    links = chain(written, 0, GENESIS)
    at = data.draw(st.integers(0, len(links) - 1))
    links[at] = replace(links[at], entry=alter(links[at].entry))
    assert first_break(links) == at + 1


@pytest.mark.parametrize("change", [{"number": 9}, {"previous": "f" * 64}, {"hash": "f" * 64}], ids=str)
def test_an_altered_link_is_found(change: dict[str, Any]) -> None:
    links = chain([Entry(moment(0), "x"), Entry(moment(1), "y")], 0, GENESIS)
    assert first_break([links[0], replace(links[1], **change)]) == 2


@given(some_entries, st.data())
def test_an_entry_altered_and_sealed_again_breaks_the_next(written: list[Entry], data: st.DataObject) -> None:
    links = chain(written, 0, GENESIS)
    at = data.draw(st.integers(0, len(links) - 2))
    forged = replace(links[at].entry, kind=links[at].entry.kind + "x")
    [links[at]] = chain([forged], at, links[at].previous)
    assert first_break(links) == at + 2


@given(some_entries, st.data())
def test_an_entry_left_out_is_found(written: list[Entry], data: st.DataObject) -> None:
    """Anywhere but at the end: what the newest entry is, the chain cannot know."""
    links = chain(written, 0, GENESIS)
    at = data.draw(st.integers(0, len(links) - 2))
    del links[at]
    assert first_break(links) == at + 1


@given(some_entries, st.data())
def test_an_entry_put_in_is_found(written: list[Entry], data: st.DataObject) -> None:
    links = chain(written, 0, GENESIS)
    at = data.draw(st.integers(0, len(links) - 1))
    links[at:at] = chain([Entry(moment(0), "put in")], at, links[at].previous)
    assert first_break(links) == at + 2


@given(some_entries, st.data())
def test_entries_that_changed_places_are_found(written: list[Entry], data: st.DataObject) -> None:
    links = chain(written, 0, GENESIS)
    at = data.draw(st.integers(0, len(links) - 2))
    links[at], links[at + 1] = links[at + 1], links[at]
    assert first_break(links) == at + 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            Entry(moment(0), "x", variant_id="12", order_id="3"),
            Entry(moment(0), "x", variant_id="1", order_id="23"),
            id="the same letters, cut elsewhere",
        ),
        pytest.param(Entry(moment(0), "x", facts={"n": 1}), Entry(moment(0), "x", facts={"n": "1"}), id="1 and '1'"),
    ],
)
def test_different_entries_have_different_seals(one: Entry, other: Entry) -> None:
    assert sealed(one).hash != sealed(other).hash


def sealed(entry: Entry) -> Link:
    [link] = chain([entry], 0, GENESIS)
    return link


@pytest.mark.parametrize(
    ("one", "other"),
    [({"a": 1, "b": 2}, {"b": 2, "a": 1}), ({"days": (1, 2)}, {"days": [1, 2]})],
    ids=["the order of the keys", "a list read back from JSON"],
)
def test_what_a_database_changes_does_not_break_a_seal(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert sealed(Entry(moment(0), "x", facts=one)).hash == sealed(Entry(moment(0), "x", facts=other)).hash


def test_half_of_a_surrogate_pair_in_a_title_can_be_sealed() -> None:
    """JSON may spell one, and Python reads it."""
    assert first_break([sealed(Entry(moment(0), "x", facts={"title": "\ud83d"}))]) is None


@given(some_entries, st.data())
def test_entries_that_retention_deleted_are_not_missed_but_one_that_follows_is(
    written: list[Entry], data: st.DataObject
) -> None:
    links = chain(written, 0, GENESIS)
    kept = links[data.draw(st.integers(0, len(links) - 1)) :]
    assert first_break_of_kept(iter(kept)) is None
    kept[-1] = replace(kept[-1], entry=replace(kept[-1].entry, kind=kept[-1].entry.kind + "x"))
    assert first_break_of_kept(iter(kept)) == kept[-1].number


def test_where_nothing_is_kept_nothing_is_broken() -> None:
    assert first_break_of_kept(iter(())) is None
