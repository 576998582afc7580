"""Charts: each a picture that says in words what it shows, with its numbers beside it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from site_house import Browser, Site, site

from connector.domain.facts import Demand
from connector.domain.queue import Sighting
from connector.ports.history import Sample, WaitRecord
from connector.ports.records import LineRecord, OrderRecord
from connector.services.figures import BOUNDS, by_length, groups
from connector.web.drawings import Caption, bars, columns, line, thinned

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SCRIPT = "<script>alert(1)</script>"
SVG = "{http://www.w3.org/2000/svg}"
DRAWN = ("waiting", "waits", "products")
DASH = "\N{EN DASH}"
CAPTION = Caption("How <much>", "A & B")


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("charts")) as opened:
        with opened.house.service.work() as uow:
            for hours in range(48):
                uow.history.sample("chairs", Sample(NOW - timedelta(hours=hours), 100 - hours, 10))
            uow.history.sample("chairs", Sample(NOW - timedelta(days=91), 7_777, 10))
            uow.history.served("chairs", [served(1, days=0.5, units=2), served(2, days=20, units=5)])
            uow.orders.save(
                "chairs", [waiting(1, 40, 3), waiting(2, 2, 4), waiting(3, 2, 1, SCRIPT, f"{SCRIPT}\x01 & Co")]
            )
            uow.commit()
        yield opened


def served(n: int, days: float, units: int) -> WaitRecord:
    return WaitRecord(f"s{n}", "1", "1", "CHAIR", "Chair", units, NOW - timedelta(days=days), NOW)


def waiting(n: int, days: float, units: int, sku: str = "CHAIR", title: str = "Oak chair") -> OrderRecord:
    at = NOW - timedelta(days=days)
    one = LineRecord("1", sku, sku, sku, title, units, units, 0, units, (Sighting(at, units),), waiting=units)
    return OrderRecord(f"{n}", f"{n}", Demand.OPEN, "", at, at, at, at, at, "en", test=False, lines={"1": one})


@pytest.fixture(scope="module")
def chairs(there: Site) -> Browser:
    return there.owner("chairs")


def picture(browser: Browser, name: str) -> ET.Element:
    answer = browser.client.get(f"/settings/charts/{name}.svg")
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    return ET.fromstring(answer.get_data())  # noqa: S314 -- our own


def test_every_chart_says_in_a_sentence_what_it_shows(chairs: Browser) -> None:
    seen = chairs.get("/settings/charts")
    assert [(one["src"], one["alt"]) for one in seen.soup.find_all("img")] == [
        (
            "/settings/charts/waiting.svg",
            "Units waiting from Nov 21, 2026 to Nov 23, 2026: 100 at the end, at most 100.",
        ),
        (
            "/settings/charts/waits.svg",
            "Waiting now: 8, for more than 30 days: 3. Served in the last 90 days: 7.",
        ),
        ("/settings/charts/products.svg", "The product that is waited for most is Oak chair, with 7 units."),
    ]


def test_every_chart_has_its_numbers_in_a_table(chairs: Browser) -> None:
    seen = chairs.get("/settings/charts")
    over_time = seen.rows(0)
    assert (len(over_time), over_time[0][1], over_time[-1][1]) == (48, "100", "53")
    assert seen.rows(1) == [
        ["< 1", "2", "0"],
        [f"1{DASH}3", "0", "5"],
        [f"4{DASH}7", "0", "0"],
        [f"8{DASH}14", "0", "0"],
        [f"15{DASH}30", "5", "0"],
        [f"31{DASH}60", "0", "3"],
        ["> 60", "0", "0"],
    ]
    assert [row[0] for row in seen.rows(2)] == ["CHAIR", SCRIPT]
    assert [row[2] for row in seen.rows(2)] == ["7", "1"]


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_says_its_sentence_to_those_who_do_not_see_it(chairs: Browser, name: str) -> None:
    root = picture(chairs, name)
    title, summary = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert summary is not None
    labels = f"{title.get('id')} {summary.get('id')}"
    assert (root.get("role"), root.get("aria-labelledby"), root.get("lang")) == ("img", labels, "en")
    assert [summary.text] == [
        one["alt"] for one in chairs.get("/settings/charts").soup.find_all("img") if name + "." in str(one["src"])
    ]


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_runs_nothing_and_loads_nothing(chairs: Browser, name: str) -> None:
    answer = chairs.client.get(f"/settings/charts/{name}.svg")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    harmless(answer.get_data())


def harmless(svg: bytes) -> None:
    tags = {one.tag.removeprefix(SVG) for one in ET.fromstring(svg).iter()}  # noqa: S314 -- our own
    assert tags & {"script", "foreignObject", "image", "use", "a", "iframe"} == set()
    names = {name for one in ET.fromstring(svg).iter() for name in one.attrib}  # noqa: S314 -- our own
    assert [one for one in names if "href" in one or one.startswith("on")] == []
    rest = svg.replace(b'xmlns="http://www.w3.org/2000/svg"', b"")
    assert [one for one in (b"http:", b"https:", b"//", b"url(", b"@import", b"<?xml-s") if one in rest] == []


def test_the_name_of_a_product_is_text_in_the_picture_and_beside_it(chairs: Browser) -> None:
    texts = [one.text for one in picture(chairs, "products").iter(f"{SVG}text")]
    assert f"{SCRIPT[:17]}…: 1" in texts
    main = chairs.get("/settings/charts").soup.find("main")
    assert main is not None
    assert main.find("script") is None


def test_a_picture_that_nobody_draws_does_not_exist(chairs: Browser) -> None:
    assert chairs.get("/settings/charts/nosuch.svg").status == 404
    assert chairs.get("/settings/charts/../x.svg").status == 404


def test_a_store_without_a_history_says_so(there: Site) -> None:
    tents = there.owner("tents")
    seen = tents.get("/settings/charts")
    assert seen.soup.find_all("img") == []
    for said in (
        "Nothing has been written down yet",
        "Nothing waits, and nothing has waited.",
        "Nothing is waited for.",
    ):
        assert said in seen.text
    for name in DRAWN:
        assert picture(tents, name).tag == f"{SVG}svg"


POINTS = st.lists(st.tuples(st.datetimes(timezones=st.just(UTC)), st.integers(0, 10**9)), max_size=60).map(
    lambda points: sorted(points, key=lambda point: point[0])
)


@given(POINTS, st.integers(2, 30))
def test_thinned_points_are_few_stand_in_order_and_end_as_they_ended(
    points: list[tuple[datetime, int]], most: int
) -> None:
    found = thinned(points, most)
    assert len(found) <= max(most, 0)
    assert [one for one in found if one not in points] == []
    assert [at for at, _ in found] == sorted(at for at, _ in found)
    assert found[-1:] == points[-1:]
    assert len(found) == len(points) or len(points) > most


@given(st.lists(st.tuples(st.text(max_size=40), st.integers(0, 10**9)), max_size=10))
def test_whatever_a_product_is_called_the_picture_can_be_read(rows: list[tuple[str, int]]) -> None:
    harmless(bars([(name.replace("/", ""), units) for name, units in rows], CAPTION))


@pytest.mark.parametrize("points", [[], [(NOW, 0)], [(NOW, 3), (NOW + timedelta(hours=1), 0)]])
def test_a_line_of_few_points_is_drawn(points: list[tuple[datetime, int]]) -> None:
    harmless(line(points, CAPTION, lambda at: f"{at:%d}"))


def test_two_groups_of_columns_are_named() -> None:
    svg = columns(["a", "b"], "Days", [("One", [1, 2]), ("Two", [0, 0])], CAPTION)
    harmless(svg)
    texts = {one.text for one in ET.fromstring(svg).iter(f"{SVG}text")}  # noqa: S314 -- our own
    assert {"a", "b", "Days", "One", "Two"} <= texts


@pytest.mark.parametrize(
    ("days", "group"),
    [(-1, 0), (0, 0), (1, 0), (1.01, 1), (4, 1), (4.01, 2), (31, 4), (31.01, 5), (61.01, 6), (5_000, 6)],
)
def test_a_wait_is_counted_in_the_group_of_its_days(days: float, group: int) -> None:
    found = by_length([served(1, days, 3)])
    assert (found[group], sum(found), len(found)) == (3, 3, len(BOUNDS) + 1)


@given(st.lists(st.integers(0, 1000), min_size=7, max_size=7))
def test_groups_are_what_is_left_between_the_sums(units: list[int]) -> None:
    sums = [sum(units[start:]) for start in range(len(units))]
    assert groups(sums) == tuple(units)
