"""What anybody may read of a store: the truth of its shop, quickly, and nothing of anyone else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from app_stores import questions
from flask.testing import FlaskClient
from house import CONFIG
from site_house import Site, site

from connector.web.public.availability import origin_of

DUE = date(2026, 12, 24)
ORIGINS = 'origins = ["https://www.example.com", "http://localhost:3000"]\n'
OWN = """[stores.messages.de]
backorder_dated = "Kommt am {{date}}."
"""


@dataclass
class Shelf:
    """Both shops with one variant of each sort: OAK is there, ASH comes, ELM never comes, FIR is sold out;
    YEW is bought by a test.
    """

    site: Site

    @property
    def client(self) -> FlaskClient:
        return self.site.house.app.test_client()

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(f"/storefront/v1/{path}", **more)

    def one(self, sku: str, store: str = "chairs", **query: str) -> dict[str, Any]:
        answer = self.get(f"{store}/availability", query_string={"sku": sku, **query})
        assert answer.status_code == 200
        (said,) = answer.json["variants"]
        return dict(said)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    config = CONFIG.replace('[[stores]]\nkey = "tents"', f'{ORIGINS}{OWN}[[stores]]\nkey = "tents"\nshow_units = false')
    with site(tmp_path_factory.mktemp("public"), config) as there:
        for shop in there.house.shops.values():
            shop.add_product("OAK", 5, title="Oak chair")
            shop.add_product("ASH", 0, title="Ash chair")
            shop.add_product("FIR", 0, title="Fir chair")
            shop.add_product("YEW", 5, title="Yew chair")
        there.house.connect()
        for key in ("chairs", "tents"):
            there.house.add_supply(key, "ASH", 7, DUE)
        there.house.settle()
        yield Shelf(there)


@pytest.fixture(autouse=True)
def _a_minute_later(shelf: Shelf) -> None:
    shelf.site.house.clock.shift(timedelta(minutes=1))


@pytest.mark.parametrize("store", ["chairs", "tents"])
@pytest.mark.parametrize(
    ("sku", "status", "expected", "schema"),
    [
        ("OAK", "in_stock", None, "https://schema.org/InStock"),
        ("ASH", "backorder", {"from": "2026-12-24", "until": "2026-12-24"}, "https://schema.org/BackOrder"),
        ("FIR", "sold_out", None, "https://schema.org/OutOfStock"),
    ],
)
def test_it_says_what_the_shop_shows(
    shelf: Shelf, store: str, sku: str, status: str, expected: Any, schema: str
) -> None:
    said = shelf.one(sku, store)
    day = expected and expected["until"]
    assert (said["status"], said["expected"], said["availability"]) == (status, expected, schema)
    assert (said["availability_starts"], said["availability_date"]) == (day, day)
    assert said["updated_at"].endswith("Z")


def test_units_are_said_where_the_owner_lets_them_be(shelf: Shelf) -> None:
    assert {sku: shelf.one(sku)["units"] for sku in ("OAK", "ASH", "FIR")} == {"OAK": 5, "ASH": 7, "FIR": 0}
    assert {sku: shelf.one(sku, "tents")["units"] for sku in ("OAK", "ASH", "FIR")} == dict.fromkeys(
        ["OAK", "ASH", "FIR"]
    )


def test_the_message_is_the_stores_own_in_the_language_asked_for(shelf: Shelf) -> None:
    assert shelf.one("ASH", lang="de")["message"] == "Kommt am 24. Dezember 2026."
    assert shelf.one("ASH", lang="de-AT")["message"] == "Kommt am 24. Dezember 2026."
    assert "December 24, 2026" in shelf.one("ASH")["message"]
    assert "December 24, 2026" in shelf.one("ASH", lang="xx")["message"]


def test_one_variant_has_an_address_of_its_own(shelf: Shelf) -> None:
    said = shelf.one("ASH")
    assert shelf.get(f"chairs/availability/{said['variant']}").json == said


def test_what_is_not_sold_is_named_and_each_is_said_once(shelf: Shelf) -> None:
    ash = shelf.one("ASH")["variant"]
    asked = f"chairs/availability?sku=NONE&sku=ASH&sku=ASH&variant={ash}&variant=999&sku=OAK"
    answer = shelf.get(asked).json
    assert [one["sku"] for one in answer["variants"]] == ["ASH", "OAK"]
    assert answer["missing"] == {"sku": ["NONE"], "variant": ["999"]}


def test_a_store_never_says_anything_of_another(shelf: Shelf) -> None:
    theirs = shelf.one("ASH", "tents")["variant"]
    assert shelf.get(f"chairs/availability/{theirs}").status_code == 404
    assert shelf.get(f"chairs/availability?variant={theirs}").json["variants"] == []


def test_a_flag_that_the_merchant_closed_by_hand_is_what_is_said(shelf: Shelf) -> None:
    house = shelf.site.house
    house.woo.set_field("ASH", "backorders", "no")
    house.settle()
    try:
        closed = shelf.one("ASH")
        assert (closed["status"], closed["expected"], closed["units"]) == ("sold_out", None, 0)
    finally:
        house.woo.set_field("ASH", "backorders", "notify")
        house.settle()
    assert shelf.one("ASH")["status"] == "backorder"


# Caches and browsers.


def test_an_answer_is_kept_and_asked_for_again_by_its_tag(shelf: Shelf) -> None:
    first = shelf.get("chairs/availability?sku=ASH")
    tag = first.headers["ETag"]
    assert tag.startswith('"')
    assert first.headers["Cache-Control"] == "public, max-age=60, stale-while-revalidate=300"
    again = shelf.get("chairs/availability?sku=ASH", headers={"If-None-Match": tag})
    assert (again.status_code, again.get_data(), again.headers["ETag"]) == (304, b"", tag)
    assert shelf.get("chairs/availability?sku=OAK", headers={"If-None-Match": tag}).status_code == 200
    assert shelf.get("chairs/availability?sku=ASH&lang=de", headers={"If-None-Match": tag}).status_code == 200


def test_the_tag_changes_with_what_is_said(shelf: Shelf) -> None:
    house = shelf.site.house
    before = shelf.get("chairs/availability?sku=YEW").headers["ETag"]
    house.woo.place_order({"YEW": 1})
    house.settle()
    assert shelf.get("chairs/availability?sku=YEW").headers["ETag"] != before
    assert shelf.one("YEW")["units"] == 4


def test_nobody_is_given_a_cookie_and_none_is_read(shelf: Shelf) -> None:
    client = shelf.client
    client.set_cookie("backorder_session", "x" * 43)
    answer = client.get("/storefront/v1/chairs/availability?sku=ASH")
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers["Vary"]


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://www.example.com", "https://www.example.com"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("https://example.com", None),
        ("http://www.example.com", None),
        ("https://www.example.com.evil.test", None),
        ("https://www.example.com:8443", None),
        ("null", None),
        ("", None),
    ],
)
def test_only_the_pages_of_named_origins_may_read_it(shelf: Shelf, origin: str, allowed: str | None) -> None:
    for method in ("get", "options"):
        answer = getattr(shelf.client, method)("/storefront/v1/chairs/availability?sku=ASH", headers={"Origin": origin})
        assert answer.headers.get("Access-Control-Allow-Origin") == allowed
        assert "Origin" in answer.headers["Vary"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert (answer.status_code, method) in {(200, "get"), (204, "options")}


def test_origins_are_those_of_each_store_alone(shelf: Shelf) -> None:
    answer = shelf.get("tents/availability?sku=ASH", headers={"Origin": "https://www.example.com"})
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://www.example.com/shop", "https://www.example.com"),
        ("https://Example.com:443", "https://example.com"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:80/x", "http://[::1]"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(address: str, origin: str) -> None:
    assert origin_of(address) == origin


# What cannot be answered.


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("nobody/availability?sku=ASH", 404),
        ("nobody/availability/1", 404),
        ("chairs/availability/999999", 404),
        ("chairs/availability?skus=ASH", 400),
        ("chairs/availability?sku=", 400),
        ("chairs/availability?sku=%00", 400),
        ("chairs/availability?sku=a%0ab", 400),
        (f"chairs/availability?sku={'x' * 191}", 400),
        ("chairs/availability?variant=1%27", 400),
        ("chairs/availability?sku=ASH&lang=", 400),
        ("chairs/availability?sku=ASH&lang=de&lang=en", 400),
        ("chairs/availability?sku=ASH&store=tents", 400),
        ("chairs/availability/1?sku=ASH", 400),
        ("chairs/availability/%00", 400),
        (
            "chairs/availability?"
            + "&".join(f"sku=S{one}" for one in range(60))
            + "".join(f"&variant={one}" for one in range(41)),
            400,
        ),
    ],
)
def test_what_cannot_be_answered_is_said_for_programs(shelf: Shelf, path: str, status: int) -> None:
    answer = shelf.get(path)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    said = json.loads(answer.get_data())
    assert said["status"] == status
    assert said["detail"].endswith(".")
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_hundred_variants_can_be_asked_for_at_once(shelf: Shelf) -> None:
    query = "&".join(f"sku=S{one}" for one in range(99))
    assert len(shelf.get(f"chairs/availability?{query}&sku=ASH").json["variants"]) == 1


def test_who_asks_too_often_is_told_when_to_come_back(tmp_path: Path) -> None:
    with site(tmp_path) as there:
        client = there.house.app.test_client()
        seen = [client.get("/storefront/v1/chairs/availability?sku=A") for _ in range(1_201)]
        assert {one.status_code for one in seen[:-1]} == {200}
        assert (seen[-1].status_code, seen[-1].headers["Retry-After"]) == (429, "60")
        assert seen[-1].mimetype == "application/problem+json"


def test_a_hundred_variants_are_answered_as_quickly_as_the_database_answers_for_one(tmp_path: Path) -> None:
    """It is asked as often for all of them as for one; seconds say little where others use the machine."""
    with site(tmp_path) as there:
        for number in range(100):
            there.house.woo.add_product(f"S{number}", number % 3, title=f"Chair {number}")
        there.house.connect()
        there.house.service.known._ticks = lambda: 0.0  # nobody looks after the stores meanwhile
        client, asked = there.house.app.test_client(), {}
        client.get("/storefront/v1/chairs/availability?sku=S0")  # what is done once and kept
        for many in (1, 100):
            skus = "&".join(f"sku=S{number}" for number in range(many))
            with questions(there.house.service) as asked[many]:
                answer = client.get(f"/storefront/v1/chairs/availability?{skus}")
            assert len(answer.get_json()["variants"]) == many
        assert 0 < len(asked[100]) == len(asked[1]) < 20
