"""Which holds change, by rule: exactly the wanted units are held, whatever was held before and however it was split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import count
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.shopify.holds import Fulfilment, HoldChange, Part, hold_changes, to_merge

OPEN = frozenset({"CREATE_FULFILLMENT", "HOLD", "SPLIT"})
HELD = frozenset({"RELEASE_HOLD", "HOLD"})


def opened(name: str, **units: int) -> Fulfilment:
    return Fulfilment(name, "OPEN", _parts(name, units), actions=OPEN, place="Warehouse")


def held(name: str, **units: int) -> Fulfilment:
    return Fulfilment(name, "ON_HOLD", _parts(name, units), ours=(f"{name}-hold",), actions=HELD, place="Warehouse")


def foreign(name: str, **units: int) -> Fulfilment:
    return Fulfilment(name, "ON_HOLD", _parts(name, units), indivisible=True, actions=HELD, place="Warehouse")


def packing(name: str, **units: int) -> Fulfilment:
    return Fulfilment(name, "IN_PROGRESS", _parts(name, units), actions=OPEN, place="Warehouse")


def _parts(name: str, units: Mapping[str, int]) -> tuple[Part, ...]:
    return tuple(Part(f"{name}.{line}", line, number) for line, number in units.items())


@pytest.mark.parametrize(
    ("current", "wanted", "changes"),
    [
        pytest.param([opened("F", A=2)], {}, (), id="nothing waits and nothing is held"),
        pytest.param([opened("F", A=2, B=1)], {"A": 2, "B": 1}, (HoldChange("F", parts={}),), id="all of it waits"),
        pytest.param([opened("F", A=3, B=1)], {"A": 2}, (HoldChange("F", parts={"F.A": 2}),), id="some units wait"),
        pytest.param([held("F", A=2)], {"A": 2}, (), id="what is held stays held"),
        pytest.param([held("F", A=2)], {}, (HoldChange("F", ("F-hold",)),), id="goods are there"),
        pytest.param(
            [held("F", A=2)], {"A": 1}, (HoldChange("F", ("F-hold",), {"F.A": 1}),), id="some of the goods are there"
        ),
        pytest.param(
            [held("F", A=1), opened("G", A=2)], {"A": 2}, (HoldChange("G", parts={"G.A": 1}),), id="one more waits"
        ),
        pytest.param(
            [opened("F", A=1), held("G", A=1)], {"A": 1}, (), id="of equal units those stay held that already are"
        ),
        pytest.param([foreign("F", A=2)], {"A": 2}, (HoldChange("F", parts={}),), id="ours beside another's hold"),
        pytest.param([foreign("F", A=2)], {"A": 1}, (HoldChange("F", parts={}),), id="another's hold cannot be split"),
        pytest.param(
            [replace(foreign("F", A=2), ours=("F-hold",))], {"A": 1}, (), id="nor can one that both of us hold"
        ),
        pytest.param(
            [replace(foreign("F", A=2), ours=("F-hold",))],
            {},
            (HoldChange("F", ("F-hold",)),),
            id="only ours is lifted",
        ),
        pytest.param([packing("F", A=2)], {"A": 2}, (), id="what is being packed is left alone"),
        pytest.param([Fulfilment("F", "CLOSED", _parts("F", {"A": 0}))], {"A": 1}, (), id="what has left is gone"),
        pytest.param([replace(opened("F", A=1), actions=frozenset())], {"A": 1}, (), id="what Shopify forbids"),
        pytest.param(
            [opened("F", A=1)], {"A": 5, "Z": 1, "B": 0}, (HoldChange("F", parts={}),), id="more than is left"
        ),
        pytest.param(
            [replace(opened("F", A=3), indivisible=True)],
            {"A": 1},
            (HoldChange("F", parts={}),),
            id="will not be split",
        ),
    ],
)
def test_only_what_differs_is_changed(
    current: list[Fulfilment], wanted: dict[str, int], changes: tuple[HoldChange, ...]
) -> None:
    assert hold_changes(current, wanted) == changes


def carried_out(current: Iterable[Fulfilment], changes: Iterable[HoldChange], names: Iterable[str]) -> list[Fulfilment]:
    """What Shopify makes of it, as recorded: a hold on some units of an open one leaves the rest in a new, open one."""
    found = {one.id: one for one in current}
    fresh = iter(names)
    for change in changes:
        one = found[change.fulfilment_id]
        if change.release:
            assert set(change.release) == set(one.ours)
            one = replace(one, ours=(), status="ON_HOLD" if one.indivisible else "OPEN", actions=OPEN)
        if change.parts is not None:
            assert not (change.parts and one.status == "ON_HOLD"), "a held fulfilment order cannot be split"
            kept = change.parts or {part.id: part.units for part in one.parts}
            rest = {part.line_id: part.units - kept.get(part.id, 0) for part in one.parts}
            if any(rest.values()):
                left = opened(next(fresh), **{line: units for line, units in rest.items() if units})
                found[left.id] = left
            parts = tuple(replace(part, units=kept[part.id]) for part in one.parts if kept.get(part.id))
            one = replace(one, parts=parts, ours=(f"{one.id}-hold",), status="ON_HOLD", actions=HELD)
        found[one.id] = one
    return list(found.values())


def units_of(fulfilments: Iterable[Fulfilment]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for one in fulfilments:
        counted.update(one.units)
    return +counted


LINES = st.dictionaries(st.sampled_from("ABC"), st.integers(1, 4), min_size=1)
KINDS = st.sampled_from([opened, held, foreign, packing])
FULFILMENTS = st.lists(st.tuples(KINDS, LINES), max_size=5).map(
    lambda drawn: [make(f"F{index}", **units) for index, (make, units) in enumerate(drawn)]
)
WANTED = st.dictionaries(st.sampled_from("ABC"), st.integers(0, 6))


@given(FULFILMENTS, WANTED)
def test_afterwards_exactly_the_wanted_units_are_held_and_nothing_is_left_to_change(
    current: list[Fulfilment], wanted: dict[str, int]
) -> None:
    after = carried_out(current, hold_changes(current, wanted), (f"N{number}" for number in count()))
    ours = units_of(one for one in after if one.ours)
    reachable = units_of(one for one in current if one.status in {"OPEN", "ON_HOLD"})
    expected = +Counter({line: min(units, reachable[line]) for line, units in wanted.items()})
    beside_others = units_of(one for one in after if one.ours and one.indivisible)
    for line in {*ours, *expected}:
        # Too much is held only where another's hold forbids a split, and never too little.
        assert expected[line] <= ours[line] <= expected[line] + beside_others[line]
    assert units_of(after) == units_of(current)
    assert hold_changes(after, wanted) == ()


@given(FULFILMENTS, WANTED, st.randoms())
def test_neither_the_order_of_reading_nor_anothers_hold_changes_anything(
    current: list[Fulfilment], wanted: dict[str, int], chance: Random
) -> None:
    changes = hold_changes(current, wanted)
    shuffled = list(current)
    chance.shuffle(shuffled)
    assert hold_changes(shuffled, wanted) == changes
    after = {one.id: one for one in carried_out(current, changes, (f"N{number}" for number in count()))}
    for one in current:
        assert after[one.id].indivisible == one.indivisible
        if one.status == "IN_PROGRESS":
            assert after[one.id] == one


def test_what_a_hold_had_split_is_merged_again_and_nothing_else() -> None:
    mergeable = OPEN | {"MERGE"}
    one, other = replace(opened("F", A=1), actions=mergeable), replace(opened("G", A=2), actions=mergeable)
    elsewhere = replace(other, id="H", place="Other place")
    stranger = replace(opened("I", B=1), actions=mergeable)
    assert to_merge([one, other, elsewhere, stranger], frozenset({"F"})) == (("F", "G"),)
    assert to_merge([one, other, elsewhere, stranger], frozenset()) == ()
    assert to_merge([one, stranger], frozenset({"F"})) == ()
    assert to_merge([one, replace(other, actions=OPEN)], frozenset({"F"})) == ()
    assert to_merge([one, other], frozenset({"F", "G"})) == (("F", "G"),)
