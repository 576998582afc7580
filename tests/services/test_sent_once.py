from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from house import house

from connector.services.sent_once import SentBefore, new_form
from connector.services.supplies import add_supply, open_supplies, receive_supply
from connector.services.supply_errors import SupplyError


def test_of_two_sendings_at_the_same_moment_one_acts(tmp_path: Path, empty_url: str) -> None:
    with house(tmp_path, database=empty_url) as there:
        there.woo.add_product("CHAIR", 0)
        there.connect()
        store, form = there.store("chairs"), new_form()

        def send(_number: int) -> bool:
            try:
                add_supply(store, "CHAIR", 5, None, form=form)
            except SentBefore:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            acted = list(pool.map(send, range(8)))
        assert (acted.count(True), len(open_supplies(store))) == (1, 1)


def test_a_form_that_failed_is_not_used_up_and_one_of_another_store_is_another(tmp_path: Path) -> None:
    with house(tmp_path) as there:
        for shop in there.shops.values():
            shop.add_product("CHAIR", 0)
        there.connect()
        chairs, tents = there.store("chairs"), there.store("tents")
        with pytest.raises(SupplyError):
            add_supply(chairs, "NOBODY", 5, None, form="one")
        supply = add_supply(chairs, "CHAIR", 5, None, form="one")
        assert add_supply(tents, "CHAIR", 5, None, form="one").units == 5
        receive_supply(chairs, supply.id, 2, form="two")
        with pytest.raises(SentBefore):
            receive_supply(chairs, supply.id, 2, form="two")
        assert open_supplies(chairs)[0].received == 2
        there.clock.shift(timedelta(days=3))
        with there.service.work() as uow:
            assert uow.passes.purge(there.service.clock(), 100) == 3
