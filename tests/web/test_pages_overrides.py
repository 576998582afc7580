from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import Tag
from house import MONDAY
from site_house import Site, site

from connector.services.overrides import overrides
from connector.web.pages import overrides as page

BY_HAND = "/settings/by-hand"
FLAGS = {"chairs": ("backorders", "notify", "no"), "tents": ("inventoryPolicy", "CONTINUE", "DENY")}
SKUS = ("CHAIR", "LAMP", "TABLE")
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Site]:
    """Three products in each shop, opened by a supply, and closed by somebody's hand."""
    with site(tmp_path) as opened:
        for sku in SKUS:
            for shop in opened.house.shops.values():
                shop.add_product(sku, 0, title=f"{sku} {SCRIPT}")
        opened.house.connect()
        for store in FLAGS:
            for sku in SKUS:
                opened.house.add_supply(store, sku, 5, MONDAY.date())
        opened.house.settle()
        opened.house.clock.shift(60)
        for store, (flag, _, closed) in FLAGS.items():
            shop = opened.house.woo if store == "chairs" else opened.house.shopify
            for sku in SKUS:
                shop.set_field(sku, flag, closed)
        opened.house.settle()
        yield opened


def changed(there: Site, store: str = "chairs") -> list[str]:
    return sorted(sku for sku, _ in overrides(there.house.store(store)))


def ids(there: Site, store: str = "chairs") -> dict[str, str]:
    return {sku: one.variant_id for sku, one in overrides(there.house.store(store))}


@pytest.mark.parametrize("store", ["chairs", "tents"])
def test_what_was_changed_by_hand_is_shown_and_given_back(there: Site, store: str) -> None:
    shop = there.house.woo if store == "chairs" else there.house.shopify
    flag, opened, closed = FLAGS[store]
    owner = there.owner(store)
    seen = owner.get(BY_HAND)
    assert ["CHAIR", f"CHAIR {SCRIPT}", "Backorders", f"allowed ({opened})", f"not allowed ({closed})"] in [
        row[:5] for row in seen.rows()
    ]
    assert {row[5] for row in seen.rows()} == {f"allowed ({opened})"}
    said = owner.follow(owner.post(BY_HAND, {"variant": ids(there, store)["CHAIR"]})).text
    assert "1 product is steered again." in said
    assert changed(there, store) == ["LAMP", "TABLE"]
    there.house.settle()
    assert [shop.shelf(sku).fields[flag] for sku in SKUS] == [opened, closed, closed]


def test_all_that_the_page_shows_are_released_at_once(there: Site) -> None:
    owner = there.owner()
    seen = owner.get(BY_HAND)
    shown = [str(one["value"]) for one in seen.soup.find_all("input", {"name": "shown"})]
    assert sorted(shown) == sorted(ids(there).values())
    assert "3 products are steered again." in owner.follow(owner.post(BY_HAND, {"all": "1", "shown": shown})).text
    assert changed(there) == []
    assert "Nothing was changed by hand" in owner.get(BY_HAND).text
    assert "Nothing was released" in owner.follow(owner.post(BY_HAND, {"all": "1", "shown": shown})).text


def test_only_what_the_page_shows_is_released(there: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "PAGE", 2)
    owner = there.owner()
    seen = owner.get(BY_HAND)
    shown = [str(one["value"]) for one in seen.soup.find_all("input", {"name": "shown"})]
    following = seen.soup.find("a", rel="next")
    assert isinstance(following, Tag)
    rest = owner.get(str(following["href"]))
    left = [str(one["value"]) for one in rest.soup.find_all("input", {"name": "shown"})]
    assert (len(shown), len(left), set(shown) & set(left)) == (2, 1, set())
    owner.post(BY_HAND, {"all": "1", "shown": [*shown, *left]})
    assert list(ids(there).values()) == left
    assert "No more of them." in owner.get(f"{BY_HAND}?after=zzz").text


@pytest.mark.parametrize(
    "sent", [{}, {"variant": ""}, {"all": "1"}, {"variant": "\0"}, {"variant": "9" * 5000}, {"variant": "nobody"}]
)
def test_nonsense_releases_nothing(there: Site, sent: dict[str, str]) -> None:
    owner = there.owner()
    assert "Nothing was released" in owner.follow(owner.post(BY_HAND, sent)).text
    assert changed(there) == sorted(SKUS)


def test_one_store_never_releases_what_another_changed(there: Site) -> None:
    stranger = there.owner("tents")
    for one in ids(there, "chairs").values():
        stranger.post(BY_HAND, {"variant": one})
    assert changed(there) == sorted(SKUS)


def test_a_script_in_a_title_is_only_shown(there: Site) -> None:
    assert SCRIPT not in there.owner().get(f"{BY_HAND}?after=%00<script>").html
    assert SCRIPT not in there.owner().get(BY_HAND).html
