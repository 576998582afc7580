"""What waits, as its owner sees it: in lines, by product, by order, and as a file."""

from __future__ import annotations

import csv
import io
import sqlite3
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from databases import sqlite_alone
from site_house import Browser, Seen, Site, site

from connector.domain.facts import Demand, PlatformStatus
from connector.domain.queue import Sighting
from connector.ports.backlog import Cursor
from connector.ports.records import LineRecord, OrderRecord, PoolRecord, VariantRecord
from connector.web.csv_file import IN_MEMORY, harmless, write_rows
from connector.web.cursors import encode
from connector.web.ids import written

BEGAN = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
ODD = "gid://shopify/ProductVariant/1"
SCRIPT, IMAGE = '<script>alert("sku")</script>', "<img src=x onerror=alert(1)> & a title"
FORMULA = '=HYPERLINK("http://evil.example","pay")'
FIRST, SECOND = "15", "16"
"""How the sandbox shop numbers the orders of the chair."""

LINES = 120
NONE = "\N{EN DASH}"


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Real trade on the first store; on the second 120 lines of one hostile and two plain products."""
    with site(tmp_path_factory.mktemp("backorders")) as opened:
        house = opened.house
        house.woo.add_product("CHAIR-OAK", 3, title="Oak chair")
        house.woo.add_product("CHAIR-ASH", 6, title="Ash chair")
        house.connect()
        house.add_supply("chairs", "CHAIR-OAK", 5, house.today() + timedelta(days=14))
        house.settle(1)
        house.woo.place_order({"CHAIR-OAK": 2})
        house.settle(2)
        house.woo.place_order({"CHAIR-OAK": 3})
        house.settle(2)
        fill(opened, "tents")
        yield opened


def fill(opened: Site, store: str) -> None:
    products = [(ODD, SCRIPT, IMAGE), ("2", "POLE", "Pole of ash"), ("3", FORMULA, "Sheet")]
    with opened.house.service.work() as uow:
        uow.catalogue.save(
            store,
            [VariantRecord(one, one, one, sku, title, (), (), True, BEGAN) for one, sku, title in products],  # noqa: FBT003 -- it can be bought
        )
        uow.pools.save_stock(
            store, [PoolRecord(one, -40, PlatformStatus.BACKORDER, BEGAN, BEGAN) for one, _, _ in products]
        )
        uow.orders.save(store, [order(n, *products[n % 3]) for n in range(LINES)])
        uow.commit()


def order(n: int, variant: str, sku: str, title: str) -> OrderRecord:
    at = BEGAN + timedelta(hours=n)
    line = LineRecord("1", variant, variant, sku, title, 1, 1, 0, 1, (Sighting(at, 1),), waiting=1)
    line.expected_on = date(2026, 12, 1 + n % 20) if n % 2 else None
    demand = Demand.UNPAID if n % 10 == 0 else Demand.OPEN
    return OrderRecord(f"o/{n}", f"{1000 + n}", demand, "paid", at, at, at, at, at, "en", test=False, lines={"1": line})


@pytest.fixture(scope="module")
def chairs(there: Site) -> Browser:
    return there.owner("chairs")


@pytest.fixture(scope="module")
def tents(there: Site) -> Browser:
    return there.owner("tents")


def link(seen: Seen, words: str) -> str:
    found = [one for one in seen.soup.find_all("a") if " ".join(one.get_text(" ").split()) == words]
    assert found, (words, seen.text)
    return str(found[0]["href"])


def numbers(seen: Seen) -> list[str]:
    return [row[0] for row in seen.rows()]


def test_a_line_says_who_waits_for_what_since_when_and_until_when(chairs: Browser) -> None:
    (row,) = chairs.get("/settings/backorders").rows()
    assert row[:2] == [SECOND, "CHAIR-OAK Oak chair"]
    assert row[2] == "2"
    assert row[3] == "11/23/26, 8:03 AM (1 minute)"
    assert row[4:] == ["Dec 7, 2026", "paid"]


def test_the_page_says_on_top_how_much_waits(tents: Browser) -> None:
    text = tents.get("/settings/backorders").text
    assert "120 units waiting 120 orders waiting 3 products waited for 3 weeks longest wait" in text
    assert "60 units wait without a day to believe." in text


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("", ["1000", "1001", "1002"]),
        ("sort=since", ["1000", "1001", "1002"]),
        ("sort=order", ["1000", "1001", "1002"]),
        ("sort=expected", ["1001", "1021", "1041"]),
        ("sort=sku&only=dated", ["1003", "1009", "1015"]),
        ("only=unpaid", ["1000", "1010", "1020"]),
        ("only=undated&q=pole", ["1004", "1010", "1016"]),
        ("q=1007", ["1007"]),
        ("q=POL", ["1001", "1004", "1007"]),
        ("q=of+Ash", ["1001", "1004", "1007"]),
    ],
)
def test_lines_can_be_searched_filtered_and_sorted(tents: Browser, query: str, first: list[str]) -> None:
    assert numbers(tents.get(f"/settings/backorders?{query}"))[:3] == first


def test_the_form_shows_what_was_asked_for_and_the_heads_keep_it(tents: Browser) -> None:
    seen = tents.get("/settings/backorders?q=pole&only=dated&sort=order")
    form = seen.soup.find("form", role="search")
    assert form is not None
    assert [(one["name"], one["value"]) for one in form.find_all("input")] == [("q", "pole"), ("sort", "order")]
    assert [one["value"] for one in form.find_all("option") if one.has_attr("selected")] == ["dated"]
    assert link(seen, "Waiting since") == "/settings/backorders?q=pole&only=dated&sort=since"
    heads = {" ".join(one.get_text(" ").split()): one.get("aria-sort") for one in seen.soup.find_all("th")}
    assert (heads["Order ↑"], heads["Expected"]) == ("ascending", None)


def test_pages_are_turned_forth_and_back_without_losing_a_line(tents: Browser) -> None:
    first = tents.get("/settings/backorders?sort=sku")
    second = tents.get(link(first, "Next →"))
    third = tents.get(link(second, "Next →"))
    assert [len(one.rows()) for one in (first, second, third)] == [50, 50, 20]
    assert len({*numbers(first), *numbers(second), *numbers(third)}) == LINES
    assert "Next →" not in third.text
    assert numbers(tents.get(link(tents.get(link(third, "← Previous")), "← Previous"))) == numbers(first)


def test_a_store_without_lines_and_a_search_without_an_answer_say_so(tmp_path: Path, tents: Browser) -> None:
    with site(tmp_path) as empty:
        owner = empty.owner()
        assert "Nothing waits: every order can be served" in owner.get("/settings/backorders").text
        assert "your shop has not been read" in owner.get("/settings/backorders/products").text
        assert owner.get("/settings/backorders.csv").html.splitlines()[1:] == []
    assert "No line that waits matches this." in tents.get("/settings/backorders?q=nosuch").text
    assert "No product matches this." in tents.get("/settings/backorders/products?q=nosuch").text


@pytest.mark.parametrize("path", ["/settings/backorders", "/settings/backorders/products"])
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("sort=nosuch&only=nosuch", 200),
        ("q=" + "x" * 3_000, 200),
        ("q=%00", 200),
        ("q=%ff%fe", 200),
        ("q=%25%5F%27%22", 200),
        ("at=", 200),
        ("at=%00", 400),
        ("at=garbage", 400),
        ("at=" + "A" * 5_000, 400),
        ("at=" + encode(Cursor(("x", "o", "1"))), 400),
        ("at=" + encode(Cursor(("9" * 30, "o", "1"))), 400),
        ("at=" + encode(Cursor(("\0", "\0", "\0"))), 400),
        ("at=" + encode(Cursor(("\0", "\0"))), 400),
        ("at=" + encode(Cursor(())), 400),
    ],
)
def test_whatever_stands_in_the_address_is_answered(tents: Browser, path: str, query: str, status: int) -> None:
    assert tents.get(f"{path}?{query}").status == status


def test_a_cursor_of_another_order_of_the_lines_is_refused(tents: Browser) -> None:
    following = link(tents.get("/settings/backorders?sort=expected"), "Next →")
    assert tents.get(following.replace("sort=expected", "sort=since")).status == 400


@pytest.mark.parametrize(
    "path",
    [
        "/settings/backorders",
        "/settings/backorders/products",
        f"/settings/backorders/products/{written(ODD)}",
        f"/settings/backorders/orders/{written('o/0')}",
        "/settings/backorders?q=" + SCRIPT.replace('"', "%22"),
    ],
)
def test_a_script_in_a_sku_or_a_title_is_shown_as_text(tents: Browser, path: str) -> None:
    seen = tents.get(path)
    main = seen.soup.find("main")
    assert main is not None
    assert (seen.status, main.find("script"), main.find("img")) == (200, None, None)
    assert SCRIPT in seen.text
    assert IMAGE in seen.text or "?q=" in path


def test_an_id_with_slashes_is_reached_by_the_links_of_the_pages(tents: Browser) -> None:
    seen = tents.get("/settings/backorders")
    assert tents.get(link(seen, "1000")).text.startswith("← All lines that wait Order 1000 ")
    assert tents.get(link(seen, SCRIPT)).text.startswith(f"← All products {IMAGE} ")


@pytest.mark.parametrize("what", ["products", "orders"])
def test_what_another_store_has_is_not_there(chairs: Browser, tents: Browser, what: str) -> None:
    ours, theirs = {"products": ("13", "2"), "orders": (SECOND, written("o/4"))}[what]
    assert chairs.get(f"/settings/backorders/{what}/{ours}").status == 200
    assert tents.get(f"/settings/backorders/{what}/{theirs}").status == 200
    assert chairs.get(f"/settings/backorders/{what}/{theirs}").status == 404
    assert tents.get(f"/settings/backorders/{what}/{ours}").status == 404
    assert chairs.get(f"/settings/backorders/{what}/nosuch").status == 404


def test_a_product_says_what_is_there_what_waits_and_what_the_shop_shows(chairs: Browser) -> None:
    ash, oak = chairs.get("/settings/backorders/products").rows()
    assert ash == ["CHAIR-ASH Ash chair", "6", "0", NONE, "in stock (closed)", "the same", NONE]
    shown = "backorder until Dec 7, 2026 (open)"
    assert oak == ["CHAIR-OAK Oak chair", "-2", "2", "5 next Dec 7, 2026", shown, "the same", NONE]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("only=waiting", ["CHAIR-OAK Oak chair"]),
        ("only=differs", []),
        ("sort=waiting", ["CHAIR-OAK Oak chair", "CHAIR-ASH Ash chair"]),
        ("q=ash+chair", ["CHAIR-ASH Ash chair"]),
    ],
)
def test_products_can_be_searched_filtered_and_sorted(chairs: Browser, query: str, first: list[str]) -> None:
    seen = chairs.get(f"/settings/backorders/products?{query}")
    assert [row[0] for row in seen.rows()] == first if first else "No product matches this." in seen.text


def test_a_product_tells_who_waits_for_it_and_why_the_shop_shows_what_it_shows(chairs: Browser) -> None:
    seen = chairs.get(link(chairs.get("/settings/backorders/products"), "CHAIR-OAK"))
    assert "-2 stock number of the shop 2 units waiting 5 units on their way Dec 7, 2026 expected for new orders" in (
        seen.text
    )
    queue = [row[:7] for row in seen.rows(0)]
    assert queue == [
        ["1", FIRST, "2", "2", "0", NONE, queue[0][6]],
        ["2", SECOND, "3", "1", "2", "Dec 7, 2026", queue[1][6]],
    ]
    assert seen.rows(1) == [["1", "5", "Dec 7, 2026", NONE]]
    for said in (
        "The shop's number is -2; open orders hold 5 units, so 3 physically there and 2 backordered.",
        f"order {SECOND} : 2 units wait until Dec 7, 2026, 1 there: supply 1 (stock number -2).",
        "should show in stock, sell 8 more: stock number 3, 5 on the way, by the store's policy.",
    ):
        assert said in seen.text
    assert chairs.get(link(seen, f"order {SECOND}")).status == 200


def test_an_order_tells_what_its_date_rests_on_and_what_was_decided(chairs: Browser) -> None:
    seen = chairs.get(f"/settings/backorders/orders/{SECOND}")
    assert seen.rows() == [["CHAIR-OAK Oak chair", "3", "3", "1", "2", "Dec 7, 2026", "supply 1"]]
    for said in (
        f"Order {SECOND} (id {SECOND}) is processing at the shop. It is paid and open.",
        "Before it: 1 line with 2 units.",
        "CHAIR-OAK : 2 units wait until Dec 7, 2026, 1 there: supply 1 (stock number -2).",
        f"notice BO-{SECOND}-1 (waiting) reached the shop.",
    ):
        assert said in seen.text


def test_a_long_queue_shows_its_head_and_says_how_many_stand_behind(tmp_path: Path) -> None:
    with site(tmp_path) as opened:
        with opened.house.service.work() as uow:
            uow.catalogue.save("tents", [VariantRecord("2", "2", "2", "POLE", "Pole", (), (), True, BEGAN)])  # noqa: FBT003 -- it can be bought
            uow.orders.save("tents", [order(n, "2", "POLE", "Pole") for n in reversed(range(52))])
            uow.commit()
        seen = opened.owner("tents").get("/settings/backorders/products/2")
    assert [(row[0], row[1].split()[0]) for row in seen.rows()[:2]] == [("1", "1000"), ("2", "1001")]
    assert len(seen.rows()) == 50
    assert "2 more lines stand behind these." in seen.text


def test_dates_stand_in_the_readers_way(chairs: Browser) -> None:
    german = {"Accept-Language": "de"}
    assert chairs.get("/settings/backorders", headers=german).rows()[0][4] == "07.12.2026"
    assert "07.12.2026" in chairs.get(f"/settings/backorders/orders/{SECOND}", headers=german).text


def exported(browser: Browser, path: str, delimiter: str = ",", **more: object) -> list[list[str]]:
    seen = browser.get(path, **more)
    assert (seen.status, seen.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert seen.html.startswith("\ufeff")
    return list(csv.reader(io.StringIO(seen.html.removeprefix("\ufeff"), newline=""), delimiter=delimiter))


def test_the_file_holds_every_line_that_matches(tents: Browser, chairs: Browser) -> None:
    head, *rows = exported(tents, "/settings/backorders.csv")
    assert (len(rows), len({row[0] for row in rows})) == (LINES, LINES)
    assert len(exported(tents, "/settings/backorders.csv?q=pole&only=dated")) == 21
    assert dict(zip(head, exported(chairs, "/settings/backorders.csv")[1], strict=True)) == {
        "Order": SECOND,
        "Order id": SECOND,
        "SKU": "CHAIR-OAK",
        "Product": "Oak chair",
        "Units waiting": "2",
        "Units there": "1",
        "Waiting since": "2026-11-23 08:03",
        "Expected on": "2026-12-07",
        "Payment": "paid",
    }


def test_the_file_of_a_german_reader_parts_its_cells_as_a_german_spreadsheet_does(tents: Browser) -> None:
    german = exported(tents, "/settings/backorders.csv", ";", headers={"Accept-Language": "de"})
    assert [row[:3] for row in german[1:]] == [row[:3] for row in exported(tents, "/settings/backorders.csv")[1:]]


def test_the_file_runs_no_formula(tents: Browser) -> None:
    skus = {row[2] for row in exported(tents, "/settings/backorders.csv")[1:]}
    assert skus == {SCRIPT, "POLE", f"'{FORMULA}"}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "  =1", "\u00a0=1"])
def test_a_text_that_a_spreadsheet_would_run_is_made_harmless(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("cell", ["A-1", "Oak chair", "", "12", -3, 0, "'=1"])
def test_any_other_cell_stays_as_it_is(cell: str | int) -> None:
    assert harmless(cell) == str(cell)


def test_the_file_has_a_plain_name_that_ends_no_header(chairs: Browser) -> None:
    headers = chairs.get("/settings/backorders.csv").headers
    assert headers["Content-Disposition"] == 'attachment; filename="backorders-chairs-2026-11-23.csv"'
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_long_file_is_never_held_as_a_whole() -> None:
    rows = ((str(n), "SKU", "x" * 100, n) for n in range(30_000))
    tracemalloc.start()
    try:
        with write_rows(rows) as file:
            _, peak = tracemalloc.get_traced_memory()
            length = file.tell()
    finally:
        tracemalloc.stop()
    assert length > 3 * IN_MEMORY
    assert peak < 2.5 * IN_MEMORY


@sqlite_alone("whether a reader holds up its write-ahead log")
def test_nobody_who_reads_slowly_keeps_a_transaction_open(there: Site, tents: Browser) -> None:
    answer = tents.client.get("/settings/backorders.csv", buffered=False)
    file = there.house.service.database.url.database
    with closing(sqlite3.connect(str(file), timeout=30)) as connection:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert (busy, answer.status_code) == (0, 200)
    answer.close()


def test_a_row_that_cannot_be_read_gives_no_half_file() -> None:
    def rows() -> Iterator[tuple[str]]:
        yield ("1",)
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        write_rows(rows())
