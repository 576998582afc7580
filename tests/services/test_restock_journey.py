"""Both shops, the real service: eight units owed, ten come, and two people hear of it within a minute (traps, 8)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from trap_house import trap

from connector.ports.promising import MessageKind, MessageRecord, MessageState
from connector.ports.restocking import ListState
from connector.services.invite import restock_turn
from connector.services.message_turn import messages_turn
from connector.services.restock import Agreed, Asked, ask, confirm
from connector.services.turn import confirm_and_notify, turn

LIMIT = 'channels = ["console"]\n[stores.policy]\nmode = "up_to"\nunits = 8\n'
TICK = timedelta(seconds=5)


@pytest.mark.parametrize("platform", ["woocommerce", "shopify"])
def test_backorders_are_served_first_and_the_first_two_of_the_list_hear_within_a_minute(
    tmp_path: Path, platform: str
) -> None:
    with trap(tmp_path, platform, LIMIT) as there:
        there.shop.add_product("CHAIR", 0)
        there.house.connect()
        order = there.order({"CHAIR": 8})
        there.settle()
        assert there.says("CHAIR") == "sold_out"
        with there.store.work(read_only=True) as uow:
            variant = uow.catalogue.by_sku(there.key, "CHAIR")[0].id
        for name in ("anna", "bert", "carla"):
            ask(there.store, Asked(variant, f"{name}@example.com", "", "en", 1, "form"))
            restock_turn(there.store)
            there.second()
            with there.store.work(read_only=True) as uow:
                (held,) = uow.restock.of_person(there.key, there.store.buyer_of(f"{name}@example.com"))
            assert confirm(there.store, held.id, Agreed("Yes.", "en", "")) is ListState.WAITING
        there.shop.receive_goods("CHAIR", 10)
        told, planned_at = list[MessageRecord](), None
        for _ in range(60):
            there.wait(seconds=TICK.total_seconds())
            there.shop.flush()
            turn(there.store)
            confirm_and_notify(there.store)
            with there.store.work(read_only=True) as uow:
                if planned_at is None and uow.restock.with_units(there.key):
                    planned_at = there.store.clock()
            restock_turn(there.store)
            messages_turn(there.store)
            with there.store.work(read_only=True) as uow:
                found = uow.messages.find(there.key, [MessageState.SENT], 100)
            told = [one for one in found if one.kind is MessageKind.RESTOCK]
        assert there.stands(order) == (8, 0)
        assert sorted(one.subscription for one in told) == [1, 2]
        assert planned_at is not None
        assert all(one.sent_at is not None and one.sent_at - planned_at <= timedelta(seconds=60) for one in told)
