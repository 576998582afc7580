"""One order or product that cannot be read, taken over, confirmed or told is set aside and shown; all others of its
store go on in the same turn, and once the reason is gone it is done by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from whole import SHOPIFY, STORES, WOO, Stage, Whole, stage

from adapters.shopify import reads
from adapters.shopify.client import ShopifyStorefront
from adapters.woocommerce import reading
from adapters.woocommerce.client import WooStorefront
from connector.domain.facts import Reread, Thing
from connector.ports.aside import AsideRecord, Task
from connector.ports.clock import system_clock
from connector.ports.records import NoticeState
from connector.services import announce
from connector.services.apply import Apply
from connector.services.health import Matter, health
from connector.services.patience import LAST
from connector.services.set_aside import try_again
from connector.services.status import all_statuses

GOOD = {WOO: "CHAIR", SHOPIFY: "TENT"}
BAD = {WOO: "SOFA", SHOPIFY: "STOVE"}
FRONTS: dict[str, type] = {WOO: WooStorefront, SHOPIFY: ShopifyStorefront}
OURS = "a fault of ours: ZeroDivisionError"


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("stage")) as made:
        yield made


@pytest.fixture
def whole(stand: Stage) -> Iterator[Whole]:
    made = Whole(stand)
    yield made
    made.close()


@pytest.fixture(params=STORES)
def key(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def poison(patch: pytest.MonkeyPatch, where: Any, name: str, is_bad: Callable[..., bool]) -> None:
    """From now on this verb stumbles over what is bad."""
    verb = getattr(where, name)

    def stumbling(*args: Any, **kwargs: Any) -> Any:
        if is_bad(*args, **kwargs):
            raise ZeroDivisionError("made up by a test")
        return verb(*args, **kwargs)

    patch.setattr(where, name, stumbling)


def aside(whole: Whole, key: str) -> dict[tuple[Task, str], AsideRecord]:
    with whole.web.work(read_only=True) as uow:
        return {(one.task, one.id): one for one in uow.aside.find(key, 99)}


def known(whole: Whole, key: str, *orders: str) -> set[str]:
    with whole.web.work(read_only=True) as uow:
        return set(uow.orders.get(key, orders))


def unheard(whole: Whole, key: str) -> tuple[str, str]:
    """Two orders of which no delivery told us."""
    whole.deaf = True
    return whole.shops[key].place_order({BAD[key]: 3}), whole.shops[key].place_order({GOOD[key]: 5})


def ask_for(whole: Whole, key: str, *orders: str) -> None:
    with whole.web.work() as uow:
        uow.rereads.ask(key, [Reread(Thing.ORDER, one) for one in orders], system_clock())
        uow.commit()


def is_right(whole: Whole) -> None:
    assert whole.settle() + whole.broken() == []


@pytest.mark.parametrize("stumbles", ["taken over", "translated", "read"])
def test_an_order_that_cannot_be_read_again_is_set_aside_and_the_others_are_read(
    whole: Whole, key: str, stumbles: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = unheard(whole, key)
    with monkeypatch.context() as patch:
        if stumbles == "taken over":
            poison(patch, Apply, "_order", lambda _, fact, *__, **___: fact.id == bad)
        elif stumbles == "read":
            poison(patch, FRONTS[key], "read_orders", lambda _, ids: bad in ids)
        elif key == WOO:
            poison(patch, reading, "order_facts", lambda order: str(order["id"].raw) == bad)
        else:
            poison(patch, reads, "order_seen", lambda order, _: order["id"].text().endswith(f"/{bad}"))
        ask_for(whole, key, bad, good)
        whole.jobs(("turn",))
        assert known(whole, key, bad, good) == {good}, "the others go on"
        held = aside(whole, key)
        assert {one: (row.why, row.attempts) for one, row in held.items()} == {(Task.ORDER, bad): (OURS, 1)}
        whole.jobs(("turn",))
        assert aside(whole, key) == held, "it waits, and does not spin"
        whole.pass_time(LAST)
        whole.jobs(("turn",))
        assert aside(whole, key)[Task.ORDER, bad].attempts == 2, "tried again, and put off for longer"
        assert whole.bugs == [], "no job failed for it"
    whole.pass_time(LAST)
    whole.jobs(("turn",))
    assert known(whole, key, bad, good) == {bad, good}
    assert aside(whole, key) == {}
    is_right(whole)


def test_what_is_set_aside_is_shown_and_tried_at_once_when_its_owner_says_so(
    whole: Whole, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = unheard(whole, key)
    with monkeypatch.context() as patch:
        poison(patch, Apply, "_order", lambda _, fact, *__, **___: fact.id == bad)
        ask_for(whole, key, bad, good)
        whole.jobs(("turn",))
    (status,) = all_statuses(whole.web.work, [key], now=system_clock())
    (shown,) = status.set_aside
    assert (shown.what, shown.why) == (f"order {bad} could not be taken over from the shop", OURS)
    with whole.web.work(read_only=True) as uow:
        record = uow.stores.get(key)
        assert record is not None
        needs = {one.matter: one.count for one in health(uow, record, system_clock(), push=True).needs}
        told = [link.entry.facts["why"] for link in uow.journal.read(key, order_id=bad)]
    assert needs[Matter.ASIDE] == 1
    assert told == [OURS]
    whole.jobs(("turn",))
    assert known(whole, key, bad) == set()
    assert try_again(whole.web.work, key, system_clock()) == 1
    whole.jobs(("turn",))
    assert known(whole, key, bad) == {bad}
    assert aside(whole, key) == {}


def test_an_order_that_cannot_be_taken_over_does_not_stop_the_poll(
    whole: Whole, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = unheard(whole, key)
    with monkeypatch.context() as patch:
        poison(patch, Apply, "_order", lambda _, fact, *__, **___: fact.id == bad)
        whole.jobs(("reconcile",))
        assert known(whole, key, bad, good) == {good}
        assert set(aside(whole, key)) == {(Task.ORDER, bad)}
        whole.pass_time(timedelta(minutes=1))
        later = whole.shops[key].place_order({GOOD[key]: 1})
        whole.jobs(("reconcile",))
        assert known(whole, key, bad, later) == {later}, "it is not read up to the bad one for ever"
        with whole.web.work(read_only=True) as uow:
            record = uow.stores.get(key)
        assert record is not None
        assert record.beats["reconcile"] == system_clock(), "the reading came to its end"
        assert whole.bugs == []
    whole.pass_time(LAST)
    whole.jobs(("turn",))
    assert known(whole, key, bad) == {bad}
    is_right(whole)


def test_a_product_that_cannot_be_taken_over_does_not_stop_the_import_of_the_others(
    whole: Whole, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole.deaf = True
    whole.shops[key].add_product("NEW-BAD", 2)
    whole.shops[key].add_product("NEW-GOOD", 2)

    def skus() -> set[str]:
        with whole.web.work(read_only=True) as uow:
            return {one.sku for one in uow.catalogue.each(key)} & {"NEW-BAD", "NEW-GOOD"}

    with monkeypatch.context() as patch:
        poison(patch, Apply, "_variant", lambda _, fact, *__, **___: fact.sku == "NEW-BAD")
        whole.jobs(("reconcile",))
        assert skus() == {"NEW-GOOD"}
        assert [task for task, _ in aside(whole, key)] == [Task.PRODUCT]
        assert whole.bugs == []
    whole.pass_time(LAST)
    whole.jobs(("turn",))
    assert skus() == {"NEW-BAD", "NEW-GOOD"}
    assert aside(whole, key) == {}
    is_right(whole)


def notices(whole: Whole, key: str, order: str) -> set[NoticeState]:
    with whole.web.work(read_only=True) as uow:
        return {each.state for each in uow.notices.of_order(key, order)}


def test_of_goods_with_an_order_that_cannot_be_read_nobody_is_told_and_of_the_others_everybody(
    whole: Whole, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = whole.shops[key].place_order({BAD[key]: 3}), whole.shops[key].place_order({GOOD[key]: 5})
    with monkeypatch.context() as patch:
        poison(patch, Apply, "_order", lambda _, fact, *__, read: read and fact.id == bad)
        whole.work(4)
        assert (notices(whole, key, good), notices(whole, key, bad)) == ({NoticeState.SENT}, set())
        with whole.web.work(read_only=True) as uow:
            pool = uow.catalogue.by_sku(key, BAD[key])[0].pool_id
            assert uow.aside.doubtful(key) == {pool}
            assert uow.pools.unconfirmed_among(key, [pool]) == {pool}
        assert whole.bugs == []
    whole.pass_time(LAST)
    whole.work(3)
    assert notices(whole, key, bad) == {NoticeState.SENT}
    is_right(whole)


def test_an_order_whose_news_cannot_be_written_down_keeps_them_from_nobody_else(
    whole: Whole, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even from those who wait for the same goods."""
    bad, good = whole.shops[key].place_order({GOOD[key]: 5}), whole.shops[key].place_order({GOOD[key]: 5})
    with monkeypatch.context() as patch:
        poison(patch, announce, "_announce", lambda *args: args[2].id == bad)
        whole.work(4)
        assert (notices(whole, key, good), notices(whole, key, bad)) == ({NoticeState.SENT}, set())
        assert set(aside(whole, key)) == {(Task.TELL, bad)}
        with whole.web.work(read_only=True) as uow:
            pool = uow.catalogue.by_sku(key, GOOD[key])[0].pool_id
            assert not uow.pools.unconfirmed_among(key, [pool]), "it hangs on nothing that is not known"
        whole.pass_time(LAST)
        whole.work()
        assert aside(whole, key)[Task.TELL, bad].attempts > 1
        assert whole.bugs == []
    whole.pass_time(LAST)
    whole.work(2)
    assert notices(whole, key, bad) == {NoticeState.SENT}
    assert aside(whole, key) == {}
    is_right(whole)


def test_nothing_is_cancelled_that_could_not_be_read_before(
    whole: Whole, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from moves import visit  # noqa: PLC0415 -- only here somebody presses buttons

    bad = whole.shops[key].place_order({BAD[key]: 3})
    whole.work(4)
    visit(whole, STORES.index(key), 0, 0)
    with whole.web.work(read_only=True) as uow:
        asked = uow.amendments.of_order(key, bad)
    assert asked, "nothing was asked for"
    with monkeypatch.context() as patch:
        poison(patch, Apply, "_order", lambda _, fact, *__, read: read and fact.id == bad)
        whole.jobs(("amend",))
        with whole.web.work(read_only=True) as uow:
            assert [one.state for one in uow.amendments.of_order(key, bad)] == [one.state for one in asked]
    is_right(whole)
