from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from storage_rows import NOON, OTHER, SHOP, a_line, a_pool, a_subscription, a_variant, after, an_order

from connector.domain.facts import Demand, PlatformStatus
from connector.ports.promising import TermsRecord
from connector.ports.restocking import Interest, ListState, SubscriptionRecord, WaveRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.storage.engine import Database

LATER = after(3600)


def add(database: Database, *subscriptions: SubscriptionRecord, store: str = SHOP) -> list[int]:
    with database.work() as work:
        ids = [work.restock.add(store, one) for one in subscriptions]
        work.commit()
    return ids


def shelf(database: Database, pool_id: str = "p1", *, confirmed: bool = True, **more: Any) -> None:
    """A variant, and a pool with its number, read and confirmed."""
    pool = a_pool(
        pool_id, **{"available": 2, "status": PlatformStatus.IN_STOCK, "changed_at": NOON, "seen_at": NOON, **more}
    )
    with database.work() as work:
        work.catalogue.save(SHOP, [a_variant(f"v{pool_id[1:]}", pool_id=pool_id)])
        work.pools.touch(SHOP, [pool_id], NOON)
        work.pools.save_stock(SHOP, [pool])
        if confirmed:
            work.pools.confirm(SHOP, [pool_id], NOON)
            work.pools.planned(SHOP, work.pools.get(SHOP, [pool_id]).values())
        work.commit()


def bought(work: UnitOfWork, order_id: str = "o1", person: str = "anna", *, outstanding: int = 0, **more: Any) -> None:
    line = a_line(variant_id="v1", outstanding=outstanding)
    work.orders.save(
        SHOP, [replace(an_order(order_id, line), **{"placed_at": after(60), "demand": Demand.DONE, **more})]
    )
    work.promises.save_terms(SHOP, [TermsRecord(order_id, buyer=person)])


def test_what_is_written_is_read_again(database: Database) -> None:
    whole = SubscriptionRecord(
        0,
        "v1",
        "digest",
        b"\x00sealed\xff",
        "de-DE",
        3,
        ListState.INVITED,
        NOON,
        proof={"asked": {"text": "Ja, schreibt mir.", "way": "form"}},
        page="/stühle",
        opt_in_at=after(1),
        opt_ins=2,
        confirmed_at=after(2),
        invited_at=after(3),
        invitations=1,
        failures=1,
        claimed=2,
        claim_until=after(4),
        sent_at=after(5),
        ended_at=after(6),
        why="nothing",
    )
    (number,) = add(database, whole)
    with database.work() as work:
        held = work.restock.get(SHOP, number)
        assert held == replace(whole, id=number)
        assert work.restock.get(OTHER, number) is None
        held.state, held.contact = ListState.USED, b""
        work.restock.save(SHOP, held)
        assert work.restock.get(SHOP, number) == held
        with pytest.raises(LookupError):
            work.restock.save(OTHER, held)


def test_nobody_is_twice_on_one_list_and_may_come_again_after_leaving(database: Database) -> None:
    add(database, a_subscription(state=ListState.STOPPED), a_subscription(state=ListState.UNCONFIRMED))
    with pytest.raises(IntegrityError):
        add(database, a_subscription(state=ListState.WAITING))
    add(database, a_subscription(state=ListState.ASKED))  # what was typed is not on the list yet
    add(database, a_subscription(variant_id="v2"), a_subscription("bert"))
    add(database, a_subscription(), store=OTHER)


def test_an_id_that_was_given_is_never_given_again(database: Database) -> None:
    (first,) = add(database, a_subscription())
    with database.work() as work:
        assert work.restock.delete(OTHER, [first]) == 0
        assert work.restock.delete(SHOP, [first]) == 1
        work.commit()
    (second,) = add(database, a_subscription())
    assert second > first


def test_the_list_is_in_the_order_of_confirmation_and_who_failed_goes_behind(database: Database) -> None:
    ids = add(
        database,
        a_subscription("late", confirmed_at=after(9)),
        a_subscription("early", confirmed_at=after(1)),
        a_subscription("failed", confirmed_at=after(0), failures=1),
        a_subscription("other", confirmed_at=after(2), variant_id="v2"),
        a_subscription("unasked", confirmed_at=None, state=ListState.UNCONFIRMED),
        a_subscription("elsewhere", variant_id="v3"),
    )
    with database.work(read_only=True) as work:
        assert [one.id for one in work.restock.waiting(SHOP, ["v1", "v2"], 10)] == [ids[1], ids[3], ids[0], ids[2]]
        assert [one.id for one in work.restock.waiting(SHOP, ["v1", "v2"], 2)] == [ids[1], ids[3]]
        assert work.restock.waiting(SHOP, [], 10) == []


@pytest.mark.parametrize(
    ("stock", "has_units"),
    [
        ({"available": 1}, True),
        ({"available": 0}, False),
        ({"available": -8}, False),
        ({"available": 5, "status": PlatformStatus.SOLD_OUT}, False),  # below a threshold of the shop's own
        ({"available": 5, "status": PlatformStatus.BACKORDER}, False),
        ({"available": 5, "status": PlatformStatus.UNKNOWN}, True),
        ({"available": None, "status": PlatformStatus.IN_STOCK}, True),
        ({"available": None, "status": PlatformStatus.BACKORDER}, False),
        ({"available": None, "status": PlatformStatus.UNKNOWN}, False),
        ({"available": 5, "confirmed": False}, False),
    ],
)
def test_only_a_confirmed_number_above_zero_that_is_sold_as_in_stock_is_units(
    database: Database, stock: dict[str, Any], *, has_units: bool
) -> None:
    shelf(database, **stock)
    add(database, a_subscription())
    with database.work(read_only=True) as work:
        assert work.restock.with_units(SHOP) == (["p1"] if has_units else [])


def test_units_nobody_waits_for_concern_nobody(database: Database) -> None:
    shelf(database, "p1")
    shelf(database, "p2")
    add(database, a_subscription(variant_id="v2"), a_subscription("c", variant_id="v2", state=ListState.UNCONFIRMED))
    add(database, a_subscription(variant_id="v1", state=ListState.INVITED), a_subscription(variant_id="gone"))
    with database.work(read_only=True) as work:
        assert work.restock.with_units(SHOP) == ["p2"]
        assert work.restock.with_units(OTHER) == []


def test_news_of_a_pool_makes_it_wait_for_the_next_confirmation(database: Database) -> None:
    shelf(database)
    add(database, a_subscription())
    with database.work() as work:
        work.pools.touch(SHOP, ["p1"], LATER)
        assert work.restock.with_units(SHOP) == []


def test_only_open_invitations_keep_units_from_others(database: Database) -> None:
    shelf(database)
    invited: dict[str, Any] = {"state": ListState.INVITED, "claim_until": LATER}
    add(
        database,
        a_subscription("a", claimed=2, **invited),
        a_subscription("b", claimed=3, **invited | {"claim_until": NOON}),
        a_subscription("c", claimed=4, variant_id="v2", **invited),
        a_subscription("d", claimed=5, claim_until=LATER, state=ListState.USED),
    )
    with database.work(read_only=True) as work:
        assert work.restock.outstanding(SHOP, "p1", NOON) == 2
        assert work.restock.outstanding(SHOP, "p1", NOON - timedelta(seconds=1)) == 5
        assert work.restock.outstanding(SHOP, "p1", LATER) == 0
        assert work.restock.outstanding(OTHER, "p1", NOON) == 0


@pytest.mark.parametrize(
    ("order", "counts"),
    [
        ({}, True),
        ({"placed_at": after(-3600)}, False),  # long before asking, and over
        ({"placed_at": after(-3600), "outstanding": 1, "demand": Demand.OPEN}, True),  # still waits for it
        ({"demand": Demand.UNPAID, "outstanding": 1}, True),
        ({"demand": Demand.VOID}, False),
        ({"demand": Demand.NONE}, False),
        ({"test": True}, False),
        ({"person": "bert"}, False),
        ({"person": ""}, False),
    ],
)
def test_who_has_it_on_order_or_bought_it_since_asking_needs_no_invitation(
    database: Database, order: dict[str, Any], *, counts: bool
) -> None:
    shelf(database)
    (waits,) = add(database, a_subscription())
    with database.work() as work:
        bought(work, **order)
        work.commit()
    with database.work(read_only=True) as work:
        assert list(work.restock.bought(SHOP, 10, "p1")) == ([waits] if counts else [])
        assert work.restock.bought(SHOP, 10) == []  # nobody is invited
        assert work.restock.bought(SHOP, 10, "p2") == []


def test_whose_invitation_led_to_an_order_is_found_without_naming_a_pool(database: Database) -> None:
    invited: dict[str, Any] = {"state": ListState.INVITED, "claim_until": LATER}
    ids = add(database, a_subscription(**invited), a_subscription("bert", **invited))
    with database.work() as work:
        bought(work)
        assert list(work.restock.bought(SHOP, 10)) == ids[:1]


def test_invitations_that_are_over_and_those_that_never_left(database: Database) -> None:
    invited: dict[str, Any] = {"state": ListState.INVITED}
    ids = add(
        database,
        a_subscription("a", claim_until=NOON, sent_at=NOON, **invited),
        a_subscription("b", claim_until=LATER, sent_at=NOON, **invited),
        a_subscription("c", claim_until=LATER, **invited),
        a_subscription("d", claim_until=NOON, state=ListState.USED),
    )
    with database.work(read_only=True) as work:
        assert [one.id for one in work.restock.over(SHOP, NOON, 10)] == ids[:1]
        assert [one.id for one in work.restock.over(SHOP, LATER, 10)] == ids[:3]
        assert [one.id for one in work.restock.unsent(SHOP, 10)] == ids[2:3]


def test_a_wave_is_armed_again_once_the_pool_was_seen_empty(database: Database) -> None:
    shelf(database, "p1", available=0)
    shelf(database, "p2", available=1)
    waves = [WaveRecord(pool, 1, NOON, armed=False) for pool in ("p1", "p2", "p3")]
    with database.work() as work:
        work.restock.save_waves(SHOP, waves)
        work.commit()
    with database.work() as work:
        assert list(work.restock.to_arm(SHOP)) == waves[:1]
        work.restock.save_waves(SHOP, [replace(waves[0], armed=True, number=2)])
        assert work.restock.to_arm(SHOP) == []
        assert work.restock.waves(SHOP, ["p1", "p2", "p9"]) == {
            "p1": replace(waves[0], armed=True, number=2),
            "p2": waves[1],
        }
        assert work.restock.waves(OTHER, ["p1"]) == {}


def test_the_owner_sees_how_many(database: Database) -> None:
    add(
        database,
        a_subscription("a", units=2),
        a_subscription("b", units=3),
        a_subscription("c", state=ListState.INVITED),
        a_subscription("d", state=ListState.UNCONFIRMED),
        a_subscription("e", state=ListState.STOPPED),
        a_subscription("f", variant_id="v2", state=ListState.UNCONFIRMED),
    )
    with database.work(read_only=True) as work:
        assert work.restock.interest(SHOP) == [Interest("v1", 2, 5, 1, 1), Interest("v2", 0, 0, 1, 0)]
        assert work.restock.interest(OTHER) == []


def test_what_was_typed_is_read_oldest_first(database: Database) -> None:
    ids = add(database, *(a_subscription(state=ListState.ASKED) for _ in range(3)))
    add(database, a_subscription())
    with database.work(read_only=True) as work:
        assert [one.id for one in work.restock.asked(SHOP, 2)] == ids[:2]
        assert work.restock.asked_count(SHOP) == 3
        assert [one.id for one in work.restock.of_person(SHOP, "anna")][:3] == ids
        assert work.restock.of_person(OTHER, "anna") == []


@pytest.mark.parametrize(
    ("states", "anything"),
    [
        ([], False),
        ([ListState.STOPPED, ListState.USED, ListState.UNCONFIRMED], False),  # nothing follows from these by itself
        ([ListState.ASKED], True),
        ([ListState.WAITING], True),
        ([ListState.INVITED], True),
    ],
)
def test_whether_there_is_anything_to_do(database: Database, states: Sequence[ListState], *, anything: bool) -> None:
    add(database, *(a_subscription(f"p{place}", state=state) for place, state in enumerate(states)))
    with database.work(read_only=True) as work:
        assert work.restock.anything(SHOP) == anything


def test_what_is_past_its_time_is_deleted(database: Database) -> None:
    shelf(database)
    old, new = after(-100), after(100)
    kept = add(
        database,
        a_subscription("a", state=ListState.UNCONFIRMED, asked_at=new),
        a_subscription("b", confirmed_at=new),
        a_subscription("c", state=ListState.USED, ended_at=new),
        a_subscription("d", state=ListState.INVITED, asked_at=old),
    )
    add(
        database,
        a_subscription("e", state=ListState.UNCONFIRMED, asked_at=old),
        a_subscription("f", state=ListState.ASKED, asked_at=old),
        a_subscription("g", confirmed_at=old),
        a_subscription("h", variant_id="of no shelf"),
        a_subscription("i", state=ListState.USED, ended_at=old),
        a_subscription("j", state=ListState.STOPPED, ended_at=old),
    )
    past = {"unconfirmed_before": NOON, "waiting_before": NOON, "ended_before": NOON}
    with database.work() as work:
        assert work.restock.purge(OTHER, **past, limit=10) == 0
        assert work.restock.purge(SHOP, **past, limit=1) == 5
        assert work.restock.purge(SHOP, **past, limit=10) == 1
        assert work.restock.purge(SHOP, **past, limit=10) == 0
        left = [work.restock.get(SHOP, number) is not None for number in range(kept[0], kept[0] + 10)]
    assert left == [True] * 4 + [False] * 6


def test_a_store_that_is_removed_takes_its_lists_along(database: Database) -> None:
    (mine,), (theirs,) = add(database, a_subscription()), add(database, a_subscription(), store=OTHER)
    with database.work() as work:
        work.restock.save_waves(SHOP, [WaveRecord("p1")])
        work.stores.remove(SHOP)
        work.commit()
    with database.work(read_only=True) as work:
        assert work.restock.get(SHOP, mine) is None
        assert work.restock.waves(SHOP, ["p1"]) == {}
        assert work.restock.get(OTHER, theirs) is not None
