"""The owner's page of what is set aside: what it is, why, and one button that has it tried at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from site_house import Site, site

from connector.ports.aside import AsideRecord, Task
from connector.services.set_aside import put_aside
from connector.services.status import all_statuses

PAGE = "/settings/deliveries"


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(Path(tmp_path_factory.mktemp("aside"))) as opened:
        opened.house.woo.add_product("CHAIR", 5)
        opened.house.connect()
        opened.house.settle(1)
        yield opened


def test_what_is_set_aside_is_shown_with_its_reason_and_tried_when_its_owner_says_so(there: Site) -> None:
    owner, store = there.owner(), there.house.store("chairs")
    assert "Set aside" not in owner.get(PAGE).text
    with there.house.service.work(read_only=True) as uow:
        (chair,) = uow.catalogue.by_sku("chairs", "CHAIR")
    put_aside(store, Task.PRODUCT, chair.product_id, ZeroDivisionError("a secret"), [chair.pool_id])

    assert "1 thing could not be dealt with and was set aside" in owner.get("/settings").text
    seen = owner.get(PAGE)
    assert seen.rows()[0][:2] == [
        "product CHAIR could not be taken over from the shop",
        "a fault of ours: ZeroDivisionError",
    ]
    assert "a secret" not in seen.html
    (status,) = all_statuses(there.house.service.work, ["chairs"], now=store.clock())
    assert [one.what for one in status.set_aside] == [seen.rows()[0][0]]

    def held() -> AsideRecord:
        with there.house.service.work(read_only=True) as uow:
            return uow.aside.get("chairs", Task.PRODUCT)[chair.product_id]

    assert held().next_at > store.clock()
    assert "1 thing is tried again." in owner.follow(owner.post(f"{PAGE}/again")).text
    assert held().next_at <= store.clock()


def test_nothing_is_tried_for_another_store(there: Site) -> None:
    other = there.owner("tents")
    assert "0 things are tried again." in other.follow(other.post(f"{PAGE}/again")).text
