"""One row that cannot be worked on, for a fault of ours, waits and is shown; all others of its store go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from whole import SHOPIFY, STORES, WOO, Stage, Whole, stage

from connector.ports.clock import system_clock
from connector.ports.promising import AmendmentState
from connector.ports.records import DeliveryState, NoticeState, ShowingRecord
from connector.services import amend, delays, digest, notify, plan
from connector.services.status import all_statuses

GOOD = {WOO: "CHAIR", SHOPIFY: "TENT"}
BAD = {WOO: "SOFA", SHOPIFY: "STOVE"}


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
    """From now on this verb stumbles over the rows that are bad."""
    verb = getattr(where, name)

    def stumbling(*args: Any, **kwargs: Any) -> Any:
        if is_bad(*args):
            raise ZeroDivisionError("made up")
        return verb(*args, **kwargs)

    patch.setattr(where, name, stumbling)


def pool_of(whole: Whole, key: str, sku: str) -> str:
    with whole.web.work(read_only=True) as uow:
        return uow.catalogue.by_sku(key, sku)[0].pool_id


def showing(whole: Whole, key: str, sku: str) -> ShowingRecord:
    with whole.web.work(read_only=True) as uow:
        variant = uow.catalogue.by_sku(key, sku)[0]
        return uow.showings.get(key, [variant.id])[variant.id]


def is_right(whole: Whole) -> None:
    assert whole.settle() + whole.broken() == []


def test_a_pool_that_cannot_be_planned_is_shown_and_the_others_are_planned(
    whole: Whole, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = pool_of(whole, key, BAD[key])
    with monkeypatch.context() as patch:
        poison(patch, plan, "on_hand", lambda available, _: available == -7)
        whole.shops[key].place_order({BAD[key]: 8})
        whole.shops[key].place_order({GOOD[key]: 5})
        whole.work(3)
        assert showing(whole, key, GOOD[key]).status == "backorder", "the others go on"
        (status,) = all_statuses(whole.web.work, [key], now=system_clock())
        notes = {one.sku: one.note for one in status.variants}
        assert "ZeroDivisionError" in notes[BAD[key]]
        assert notes[GOOD[key]] == ""
        with whole.web.work(read_only=True) as uow:
            assert bad not in {one.id for one in uow.pools.dirty(key, 99, system_clock().date())}, "it does not spin"
    is_right(whole)
    (status,) = all_statuses(whole.web.work, [key], now=system_clock())
    assert {one.note for one in status.variants} == {""}


def test_a_delivery_that_cannot_be_applied_is_parked_and_can_be_replayed(
    whole: Whole, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = whole.shops[key].place_order({BAD[key]: 1}), whole.shops[key].place_order({GOOD[key]: 5})
    with monkeypatch.context() as patch:
        poison(patch, digest, "_take", lambda *args: bad.encode() in args[-1].delivery.body)
        whole.work()
    with whole.web.work(read_only=True) as uow:
        parked = [one for one in uow.deliveries.find(store=key, limit=99) if one.state is DeliveryState.PARKED]
        assert good in uow.orders.get(key, [good])
    assert parked
    assert all("ZeroDivisionError" in one.reason for one in parked)


def test_a_notice_that_cannot_be_told_is_parked_in_the_end_and_the_others_are_told(
    whole: Whole, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = whole.shops[key].place_order({BAD[key]: 3}), whole.shops[key].place_order({GOOD[key]: 5})
    with monkeypatch.context() as patch:
        poison(patch, notify, "_tell", lambda _, notice: notice.order_id == bad)
        whole.work(4)
        with whole.web.work(read_only=True) as uow:
            states = {one: {each.state for each in uow.notices.of_order(key, one)} for one in (bad, good)}
        assert states[good] == {NoticeState.SENT}
        assert NoticeState.SENT not in states[bad]
        for _ in range(notify.ENOUGH):
            whole.pass_time(timedelta(hours=1))
            whole.work()
        with whole.web.work(read_only=True) as uow:
            (parked,) = uow.notices.of_order(key, bad)
    assert (parked.state, parked.reason) == (NoticeState.PARKED, "a fault of ours: ZeroDivisionError")


def test_an_order_that_cannot_be_judged_does_not_stop_the_laws_clock_of_the_others(
    whole: Whole, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = whole.shops[key].place_order({BAD[key]: 3}), whole.shops[key].place_order({GOOD[key]: 5})
    whole.work(4)
    judged: list[str] = []
    with monkeypatch.context() as patch:
        judge = delays._Order.judge

        def stumbling(self: Any) -> Any:
            if self.order.id == bad:
                raise ZeroDivisionError("made up")
            judged.append(self.order.id)
            return judge(self)

        patch.setattr(delays._Order, "judge", stumbling)
        with whole.web.work() as uow:
            for one in (bad, good):
                delays.look_again(uow, whole.web.stores[key], one, system_clock())
            uow.commit()
        whole.jobs(("promises",))
    assert good in judged
    with whole.web.work(read_only=True) as uow:
        said = [
            link.entry.facts["why"] for link in uow.journal.read(key, order_id=bad) if link.entry.kind == "not_judged"
        ]
        assert said == ["a fault of ours: ZeroDivisionError"]
        again = uow.promises.terms(key, [bad])[bad].look_at
    assert again is not None
    assert again > system_clock(), "tried again later"
    is_right(whole)


def test_an_amendment_that_cannot_be_carried_out_waits_and_the_others_are_done(
    whole: Whole, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from moves import visit  # noqa: PLC0415 -- only here somebody presses buttons

    bad, good = whole.shops[key].place_order({BAD[key]: 3}), whole.shops[key].place_order({GOOD[key]: 5})
    whole.work(4)
    for place, _ in enumerate((bad, good)):
        visit(whole, STORES.index(key) + 2 * place, 0, 0)
    with whole.web.work(read_only=True) as uow:
        asked = {one: uow.amendments.of_order(key, one) for one in (bad, good)}
    assert all(asked.values()), "nothing was asked for"
    with monkeypatch.context() as patch:
        poison(patch, amend, "_carry_out", lambda _, amendment: amendment.order_id == bad)
        whole.work(3)
        with whole.web.work(read_only=True) as uow:
            states = {one: {each.state for each in uow.amendments.of_order(key, one)} for one in (bad, good)}
    assert states[good] <= {AmendmentState.DONE, AmendmentState.BY_HAND}
    assert states[bad] == {AmendmentState.ASKED}
    assert whole.bugs == [], "no job failed for it"
    is_right(whole)
