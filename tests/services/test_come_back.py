"""A store of the config file that was disconnected on its page and is resumed by its operator."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from house import House, house

from connector.services.leave import ask_to_leave, leave
from connector.services.stores import go_on
from webhooks.subscriptions import remove_all


def disconnect(there: House, key: str) -> None:
    service, store = there.service, there.store(key)
    ask_to_leave(service.work, key, put_back=True, by="owner", now=service.clock())
    leave(
        store,
        remove_webhooks=lambda: remove_all(store, service.address(key)),
        revoke=lambda _options: "",
        vault=service.vault,
    )
    service.known.refresh()


def test_a_store_that_left_and_is_resumed_is_planned_and_written_to_again(tmp_path: Path) -> None:
    with house(tmp_path) as there:
        there.woo.add_product("CHAIR-OAK", 0)
        there.connect()
        there.add_supply("chairs", "CHAIR-OAK", 5, there.today() + timedelta(days=9))
        there.settle()
        assert there.woo.shelf("CHAIR-OAK").buyable
        disconnect(there, "chairs")
        assert not there.woo.shelf("CHAIR-OAK").buyable
        go_on(there.service.work, "chairs", by="operator", now=there.service.clock())
        there.service.known.refresh()
        there.connect()
        assert there.woo.shelf("CHAIR-OAK").buyable
