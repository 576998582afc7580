"""What is known of an order beyond its place in the queue, and what the shop showed when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from promise_desk import FIELDS, KEY, MONDAY, VARIANT, Desk, exactly, on

from connector.domain.facts import OrderSeen, ShownSeen
from connector.domain.promises import ShownToBuyer
from connector.ports.promising import ShownRecord, TermsRecord
from connector.services.apply import Apply
from connector.services.confirm import plan_all
from connector.services.context import Rules
from connector.services.push import push
from connector.settings.promise import DatesSettings, LawSettings


def terms(desk: Desk) -> TermsRecord | None:
    with desk.work(read_only=True) as uow:
        found: TermsRecord | None = uow.promises.terms(KEY, ["1001"]).get("1001")
        return found


def shown(desk: Desk, moment: datetime) -> ShownRecord | None:
    with desk.work(read_only=True) as uow:
        found: ShownRecord | None = uow.promises.shown_at(KEY, VARIANT, moment)
        return found


def test_an_order_says_where_it_goes_when_it_was_paid_and_whose_it_is() -> None:
    desk = Desk()
    desk.order(country="DE")
    found = terms(desk)
    assert found is not None
    assert (found.country, found.paid_at, found.buyer) == ("DE", MONDAY, "digest of 1001@example.com")


def test_the_address_itself_is_kept_nowhere() -> None:
    desk = Desk()
    desk.order()
    assert "1001@example.com" not in repr(desk.work.stored).replace("digest of 1001@example.com", "")


def test_what_a_version_does_not_say_is_not_forgotten() -> None:
    desk = Desk()
    desk.order(country="DE")
    before = terms(desk)
    desk.wait(minutes=1)
    desk.change("1001", country="", paid_at=None, email="")
    assert terms(desk) == before


def test_a_newer_country_counts_and_an_older_version_only_fills_what_is_missing() -> None:
    desk = Desk()
    first = desk.order(country="DE", email="")
    desk.wait(minutes=1)
    desk.change("1001", country="US")
    desk.take(replace(first, email="1001@example.com"), read=False)
    found = terms(desk)
    assert found is not None
    assert (found.country, found.buyer) == ("US", "digest of 1001@example.com")


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (0, 2, 1, 2, 0)])
def test_versions_in_any_order_say_the_same(order: tuple[int, ...]) -> None:
    desk = Desk()
    first = desk.order()
    base = replace(first, country="", paid_at=None, email="")
    versions = [
        base,
        replace(base, changed_at=MONDAY + timedelta(minutes=1), country="DE", email="a@example.com"),
        replace(base, changed_at=MONDAY + timedelta(minutes=2), paid_at=MONDAY),
    ]
    fresh = Desk()
    fresh.wait(minutes=5)
    for number in order:
        fresh.take(versions[number], read=False)
    assert terms(fresh) == TermsRecord("1001", "DE", MONDAY, "digest of a@example.com")


def test_an_order_that_says_nothing_costs_no_row() -> None:
    desk = Desk()
    desk.order(country="", paid_at=None, email="")
    assert terms(desk) is None


def test_a_whole_batch_is_read_and_written_at_once() -> None:
    desk = Desk()
    seen = desk.order()
    asked: list[str] = []
    with desk.work() as uow:
        for name in ("terms", "save_terms", "events", "append"):
            setattr(uow.promises, name, _counted(asked, name, getattr(uow.promises, name)))
        apply = Apply(uow, KEY, desk.store.buyer_of)
        for number in range(50):
            apply.take([_numbered(seen, number)], desk.now, read=True)
        apply.finish(desk.now)
        uow.commit()
    assert asked == ["terms", "save_terms"]


def _numbered(seen: OrderSeen, number: int) -> OrderSeen:
    return replace(seen, id=f"2{number:03}", email=f"{number}@example.com")


def _counted(asked: list[str], name: str, act: Any) -> Any:
    def counted(*args: Any) -> Any:
        asked.append(name)
        return act(*args)

    return counted


def test_another_country_has_the_order_judged_again() -> None:
    desk = Desk()
    desk.order(shown=ShownToBuyer("5 December", exactly(on(5))))
    desk.turn()
    desk.wait(hours=2)
    desk.change("1001", country="DE")
    found = terms(desk)
    assert found is not None
    assert found.look_at is not None
    assert found.look_at <= desk.now


def test_what_a_push_put_on_the_page_is_written_down_with_its_moment() -> None:
    desk = Desk(Rules(law=LawSettings(packs=()), dates=DatesSettings(transit_days=(2, 4))))
    desk.stock(0)
    desk.supply(5, on(5))
    desk.settle()
    record = shown(desk, desk.now)
    assert record is not None
    assert (record.at, record.status) == (MONDAY, "backorder")
    assert (record.expected.earliest, record.expected.latest) == (on(7), on(9))
    assert "December 9, 2026" in record.text
    assert shown(desk, MONDAY - timedelta(seconds=1)) is None


def test_what_did_not_change_is_not_written_down_again() -> None:
    desk = Desk()
    desk.stock(0)
    desk.settle()
    for _ in range(3):
        desk.wait(minutes=1)
        desk.stock(0)
        plan_all(desk.store)
        push(desk.store)
    assert [len(history) for history in desk.work.stored.shown.values()] == [1]


def test_each_moment_has_what_was_shown_then() -> None:
    desk = Desk()
    desk.stock(0)
    desk.supply(5, on(5))
    desk.settle()
    desk.wait(hours=1)
    desk.slips(1, on(20))
    desk.settle()
    first, second = shown(desk, MONDAY + timedelta(minutes=59)), shown(desk, MONDAY + timedelta(hours=1))
    assert first is not None
    assert second is not None
    assert (first.expected.latest, second.expected.latest) == (on(5), on(20))


def test_what_somebody_typed_at_the_shop_by_hand_was_shown_too() -> None:
    desk = Desk()
    desk.stock(0)
    desk.supply(5, on(5))
    desk.settle()
    desk.wait(hours=1)
    with desk.work(read_only=True) as uow:
        fields = dict(uow.showings.get(KEY, [VARIANT])[VARIANT].shown)
    theirs = fields | {"_backorder_message": "Ask us!", "_backorder_expected_on": "soon"}
    desk.take(ShownSeen(VARIANT, theirs, desk.now))
    record = shown(desk, desk.now)
    assert record is not None
    assert (record.text, record.expected.latest) == ("Ask us!", None)


def test_a_shop_as_it_was_before_we_came_showed_nothing_of_ours() -> None:
    desk = Desk()
    desk.take(ShownSeen(VARIANT, dict.fromkeys(FIELDS, "") | {"backorders": "yes"}, desk.now))
    assert desk.work.stored.shown == {}


def test_what_is_shown_no_more_is_forgotten_with_the_journal_and_what_is_shown_stays() -> None:
    desk = Desk()
    desk.stock(0)
    desk.supply(5, on(5))
    desk.settle()
    desk.wait(hours=1)
    desk.slips(1, on(20))
    desk.settle()
    with desk.work() as uow:
        before = datetime(2028, 1, 1, tzinfo=UTC)
        assert (uow.promises.purge_shown(KEY, before, 10), uow.promises.purge_shown(KEY, before, 10)) == (1, 0)
        uow.commit()
    record = shown(desk, desk.now)
    assert record is not None
    assert record.expected.latest == on(20)
