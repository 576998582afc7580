"""A walk through a list that changes meanwhile: nothing is missed, and it ends."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.http import Answer, Channel
from adapters.woocommerce.paging import Walk, all_pages, zulu
from adapters.woocommerce.rest import Rest

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class List(Rest):
    """A list of things with their change times, paged as WooCommerce pages; ``meanwhile`` runs after every answer."""

    def __init__(self, changed: Mapping[int, int], *, meanwhile: Callable[[List], None] | None = None) -> None:
        super().__init__(Channel("http://127.0.0.1:1", allow_private=True))
        self.changed = dict(changed)  # id -> seconds after START
        self.asked: list[Mapping[str, str]] = []
        self.meanwhile = meanwhile
        self.counted = True

    def get(self, path: str, params: Mapping[str, str] | None = None, *, act: str = "read") -> Answer:
        del path, act
        assert params is not None
        self.asked.append(params)
        after = params.get("modified_after")
        since = -1e9 if after is None else (datetime.fromisoformat(after) - START).total_seconds()
        rows = sorted(((at, one) for one, at in self.changed.items() if at > since))
        if params["orderby"] == "id":
            rows.sort(key=lambda row: row[1])
        size, page = int(params["per_page"]), int(params["page"])
        shown = [
            {"id": one, "date_modified_gmt": (START + timedelta(seconds=at)).strftime("%Y-%m-%dT%H:%M:%S")}
            for at, one in rows[(page - 1) * size : page * size]
        ]
        totals = {"X-WP-Total": str(len(rows)), "X-WP-TotalPages": str(-(-len(rows) // size))}
        if self.meanwhile:
            self.meanwhile(self)
        return Answer(200, totals if self.counted else {}, json.dumps(shown).encode(), "GET list")


def read(walk: Walk) -> list[str]:
    return [item["id"].number_id() for part in walk for item in part.items]


def ids(*numbers: int) -> set[str]:
    return {str(one) for one in numbers}


def test_a_walk_begins_a_little_before_and_asks_in_utc() -> None:
    shop = List({1: 0})
    read(Walk(shop, "orders", {"status": "any"}, START))
    assert shop.asked == [
        {
            "status": "any",
            "orderby": "modified",
            "order": "asc",
            "per_page": "100",
            "page": "1",
            "modified_after": "2026-11-21T08:59:50Z",
        }
    ]


def test_a_moment_of_any_zone_is_asked_for_in_utc() -> None:
    assert zulu(datetime.fromisoformat("2026-11-21T10:00:00.9+01:00")) == "2026-11-21T09:00:00Z"


def test_the_first_walk_begins_at_the_beginning() -> None:
    shop = List({1: 0})
    assert read(Walk(shop, "orders", {}, None)) == ["1"]
    assert "modified_after" not in shop.asked[0]


@pytest.mark.parametrize("counted", [1, 0])
@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 250, 300])
@pytest.mark.parametrize("per_second", [1, 7, 150, 1000])
def test_every_thing_is_given_once_oldest_first(size: int, per_second: int, counted: int) -> None:
    shop = List({one: one // per_second for one in range(1, size + 1)})
    shop.counted = bool(counted)
    assert read(Walk(shop, "orders", {}, None)) == [str(one) for one in range(1, size + 1)]


def test_each_part_says_how_far_it_has_read_and_how_many_there_are() -> None:
    shop = List({one: one for one in range(1, 151)})
    parts = list(Walk(shop, "orders", {}, None))
    assert [(part.read_to, part.total) for part in parts] == [
        (START + timedelta(seconds=100), 150),
        (START + timedelta(seconds=150), 150),
    ]


def test_what_was_read_to_never_goes_back() -> None:
    since = START + timedelta(seconds=5)
    (part,) = Walk(List({1: 0}), "orders", {}, since)
    assert part.read_to == since


def once(act: Callable[[List], None]) -> Callable[[List], None]:
    """After the first answer only."""

    def meanwhile(shop: List) -> None:
        if len(shop.asked) == 1:
            act(shop)

    return meanwhile


@pytest.mark.parametrize("per_second", [1, 30, 1000])
def test_nothing_is_missed_when_things_already_read_change_again(per_second: int) -> None:
    def sell(shop: List) -> None:
        for one in range(1, 60):
            shop.changed[one] = 5000

    shop = List({one: one // per_second for one in range(1, 251)}, meanwhile=once(sell))
    found = read(Walk(shop, "orders", {}, None))
    assert ids(*range(1, 251)) == set(found)
    assert len(found) == 250 + 59


@pytest.mark.parametrize("per_second", [1, 30, 1000])
def test_nothing_is_missed_when_things_already_read_are_deleted(per_second: int) -> None:
    def delete(shop: List) -> None:
        for one in range(1, 60):
            del shop.changed[one]

    shop = List({one: one // per_second for one in range(1, 251)}, meanwhile=once(delete))
    assert ids(*range(1, 251)) == set(read(Walk(shop, "orders", {}, None)))


def test_a_shop_that_changes_faster_than_it_is_read_is_left_in_the_end() -> None:
    def churn(shop: List) -> None:
        for one in range(1, 201):
            shop.changed[one] = len(shop.asked) * 10 + one // 30

    shop = List(dict.fromkeys(range(1, 201), 0), meanwhile=churn)
    parts = list(Walk(shop, "orders", {}, None))
    given = {item["id"].number_id() for part in parts for item in part.items}
    read_to = parts[-1].read_to
    assert read_to is not None
    assert len(shop.asked) <= 4 * 2 + 100
    # What it was left with is found by the next walk, which begins there.
    late = {str(one) for one, at in shop.changed.items() if START + timedelta(seconds=at) > read_to}
    assert ids(*range(1, 201)) == given | late


def test_a_crowd_that_never_comes_to_rest_is_left_after_some_looks() -> None:
    def crowd(shop: List) -> None:
        for one in range(20):
            shop.changed[1000 + len(shop.asked) * 20 + one] = 0

    shop = List(dict.fromkeys(range(1, 151), 0), meanwhile=crowd)
    assert ids(*range(1, 151)) <= set(read(Walk(shop, "orders", {}, START)))
    assert len(shop.asked) < 30


def test_things_that_bear_no_date_are_passed_on_and_do_not_stop_the_walk() -> None:
    class Undated(List):
        def get(self, path: str, params: Mapping[str, str] | None = None, *, act: str = "read") -> Answer:
            answer = super().get(path, params, act=act)
            return Answer(200, answer.headers, answer.body.replace(b'"date_', b'"x_'), answer.call)

    shop = Undated({one: one for one in range(1, 151)})
    assert ids(*range(1, 151)) == set(read(Walk(shop, "orders", {}, None)))


@settings(max_examples=60)
@given(
    seconds=st.lists(st.integers(0, 6), min_size=1, max_size=400),
    moves=st.lists(st.tuples(st.integers(0, 399), st.booleans()), max_size=40),
)
def test_whatever_happens_meanwhile_a_thing_that_stays_is_given(
    seconds: list[int], moves: list[tuple[int, bool]]
) -> None:
    shop = List(dict(enumerate(seconds)))
    script: Iterator[tuple[int, bool]] = iter(moves)

    def meanwhile(shop: List) -> None:
        for _ in range(10):
            one, kept = next(script, (-1, True))
            if one in shop.changed:
                if kept:
                    shop.changed[one] = 100 + len(shop.asked)
                else:
                    del shop.changed[one]

    shop.meanwhile = meanwhile
    found = set(read(Walk(shop, "orders", {}, None)))
    assert {str(one) for one in shop.changed} <= found
    assert len(shop.asked) < 60


def test_all_pages_are_read_in_the_order_of_ids() -> None:
    shop = List({one: 500 - one for one in range(1, 251)})
    found = [item["id"].number_id() for item in all_pages(shop, "variations", {"parent": "1"})]
    assert found == [str(one) for one in range(1, 251)]
    assert [params["page"] for params in shop.asked] == ["1", "2", "3"]


def test_pages_that_are_not_counted_end_with_a_short_one() -> None:
    shop = List(dict.fromkeys(range(1, 201), 0))
    shop.counted = False
    assert len(list(all_pages(shop, "variations", {}))) == 200
    assert [params["page"] for params in shop.asked] == ["1", "2", "3"]
