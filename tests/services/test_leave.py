"""A store that is disconnected: its shop is as it was before us, we hold nothing of it, and nobody is kept from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from house import CONFIG, house
from leaving_house import FLAG, SKUS, Goodbye, stocked
from owned_stores import connect_here, owned_house

from connector.ports.accounts import SessionRecord
from connector.ports.failures import OwnerMustAct, Refused, TryLater
from connector.ports.records import Leaving
from connector.ports.storefront import Change, Pushed, Storefront
from connector.sandbox.scenario import SHOPIFY, WOO
from connector.services.context import StoreContext
from connector.services.leave import GIVE_UP, IN_THE_CONFIG
from connector.services.turn import confirm_and_notify, go_on_leaving, may, reconcile_turn, turn

STORES = [WOO, SHOPIFY]


@pytest.fixture(params=STORES)
def there(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Goodbye]:
    with owned_house(tmp_path) as opened:
        yield stocked(opened, request.param)


def sign_in(there: Goodbye) -> None:
    now = there.house.service.clock()
    until = now + timedelta(days=9)
    with there.house.service.work() as uow:
        uow.sessions.add(SessionRecord("owner", there.key, operator=False, created_at=now, until=until))
        uow.sessions.add(SessionRecord("operator", there.key, operator=True, created_at=now, until=until))
        uow.commit()


def test_the_shop_is_as_it_was_and_we_hold_nothing_of_it(there: Goodbye) -> None:
    sign_in(there)
    assert there.webhooks() > 0
    storefront, webhooks = there.store.storefront, there.webhooks()
    there.ask()
    assert there.go() > 0
    assert there.shows() == there.before
    assert list(storefront.subscriptions()) == []
    assert (there.has_keys(), len(there.revoked)) == (False, 1)
    record = there.record()
    assert (record.gone_at, record.leaving, record.stopped) == (there.house.service.clock(), Leaving.NO, {})
    with there.house.service.work(read_only=True) as uow:
        now = there.house.service.clock()
        assert uow.sessions.get("owner", now) is None
        assert uow.sessions.get("operator", now) is not None
    assert there.told()[-2:] == [
        "the owner disconnects the store; the flags at the shop are put back as they were found.",
        f"the store was disconnected: 3 flags were put back, 0 could not be, {webhooks} webhooks were taken away.",
    ]
    there.house.service.known.refresh()
    assert there.key not in there.house.service.stores
    assert there.go() == 0


def test_flags_that_are_to_stay_stay(there: Goodbye) -> None:
    shown = there.shows()
    there.ask(put_back=False)
    there.go()
    assert there.shows() == shown
    assert there.record().gone_at is not None
    assert "put back" not in there.told()[-1]


def test_what_somebody_changed_since_is_not_overwritten_even_if_we_were_never_told(there: Goodbye) -> None:
    there.house.clock.shift(timedelta(seconds=5))
    shop = there.house.shops[there.key]
    shop.faults.lose_webhooks = 9
    other = {WOO: "no", SHOPIFY: "DENY"}[there.key]
    assert there.flag("EMPTY") != other
    shop.set_field("EMPTY", FLAG[there.key], other)
    words = "_backorder_message" if there.key == WOO else "message"
    shop.set_field("FULL", words, "Ask us.")
    shop.flush()
    there.ask()
    there.go()
    assert there.flag("EMPTY") == other
    assert there.shows()["FULL"] == {**there.before["FULL"], words: "Ask us."}
    assert there.shows()["OPEN"] == there.before["OPEN"]


def test_a_shop_that_was_never_written_to_is_not_written_to_now(tmp_path: Path) -> None:
    with owned_house(tmp_path, push=False) as opened:
        there = Goodbye(opened, WOO)
        for sku in SKUS:
            opened.woo.add_product(sku, 0, oversell=True)
        opened.connect()
        there.ask()
        calls = len(opened.woo.calls)
        there.go()
        writes = [call for call in opened.woo.calls[calls:] if not call.startswith("GET")]
        assert all("webhooks" in call for call in writes)
        assert there.record().gone_at is not None


def test_while_it_leaves_nothing_else_is_read_planned_pushed_or_told_and_the_inbox_is_read(there: Goodbye) -> None:
    there.ask()
    shop = there.house.shops[there.key]
    shop.set_stock("FULL", 0)
    shop.flush()
    calls = len(shop.calls)
    assert turn(there.store) > 0  # the deliveries
    there.house.clock.shift(timedelta(minutes=5))
    assert (turn(there.store), confirm_and_notify(there.store), reconcile_turn(there.store)) == (0, 0, 0)
    assert not any(may(there.store, what) for what in ("read", "push", "notify", "webhooks"))
    assert shop.calls[calls:] == []
    with there.house.service.work(read_only=True) as uow:
        assert uow.deliveries.waiting(there.key, 9) == []
        assert uow.pools.dirty(there.key, 9, there.house.today()) or uow.rereads.due(there.key, 9)


def test_a_store_that_stays_is_not_disconnected(there: Goodbye) -> None:
    assert go_on_leaving(there.store, there.leaving) == 0
    assert there.leaving(there.store) == 0
    assert (there.record().gone_at, there.webhooks() > 0, there.has_keys()) == (None, True, True)


def test_asking_twice_is_asking_once_and_the_last_word_counts(there: Goodbye) -> None:
    shown = there.shows()
    there.ask()
    there.ask()
    there.ask(put_back=False)
    assert [one for one in there.told() if "disconnects" in one] == [
        "the owner disconnects the store; the flags at the shop are put back as they were found.",
        "the owner disconnects the store; the flags at the shop stay as they are.",
    ]
    there.go()
    assert there.shows() == shown


@dataclass
class Stubborn:
    """A storefront that has its own mind about some variants."""

    storefront: Storefront
    answers: Mapping[str, Exception]

    def push(self, changes: Sequence[Change]) -> Iterator[Pushed]:
        for change in changes:
            refused = self.answers.get(change.variant_id)
            if refused is None:
                yield from self.storefront.push([change])
            else:
                yield Pushed(change.variant_id, refused=cast("Any", refused))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.storefront, name)


def variant_of(there: Goodbye, sku: str) -> str:
    with there.house.service.work(read_only=True) as uow:
        return uow.catalogue.by_sku(there.key, sku)[0].id


@pytest.mark.parametrize("answer", [Refused("no", "never"), TryLater("this one hangs")], ids=["refused", "hangs"])
def test_one_product_that_the_shop_will_not_take_keeps_nobody_from_leaving(there: Goodbye, answer: Exception) -> None:
    stubborn = Stubborn(there.store.storefront, {variant_of(there, "OPEN"): answer})
    shown = there.shows()["OPEN"]
    there.ask()
    there.go(replace(there.store, storefront=cast("Storefront", stubborn)))
    assert there.shows() == {**there.before, "OPEN": shown}
    assert there.record().gone_at is not None
    assert "2 flags were put back, 1 could not be" in there.told()[-1]


def test_a_product_that_is_no_more_keeps_nobody_from_leaving(there: Goodbye) -> None:
    shop = there.house.shops[there.key]
    shop.faults.lose_webhooks = 9
    shop.delete_product("OPEN")
    shop.flush()
    there.ask()
    there.go()
    assert {sku: shop.shelf(sku).fields for sku in ("EMPTY", "FULL")} == {
        sku: there.before[sku] for sku in ("EMPTY", "FULL")
    }
    assert there.record().gone_at is not None


def failing(there: Goodbye, failure: Exception) -> StoreContext:
    """The store, every call of which fails."""

    @dataclass
    class Failing:
        def __getattr__(self, name: str) -> Any:
            def fail(*args: object) -> Any:
                del args
                raise failure

            return fail

    return replace(there.store, storefront=cast("Storefront", Failing()))


def test_a_shop_that_is_away_is_waited_for(there: Goodbye) -> None:
    there.ask()
    away = failing(there, TryLater("502"))
    assert there.go(away) == 0
    assert (there.record().leaving, there.has_keys()) == (Leaving.PUT_BACK, True)
    assert there.record().wait_until is not None
    assert there.go() == 0  # it waits
    there.house.clock.shift(timedelta(minutes=2))
    there.go()
    assert there.shows() == there.before
    assert (there.record().gone_at is not None, there.record().stopped) == (True, {})


def test_a_shop_that_is_away_for_a_day_is_left_all_the_same_and_the_owner_is_told_what_is_left_to_do(
    there: Goodbye,
) -> None:
    there.ask()
    away = failing(there, TryLater("502"))
    there.by_hand = "Delete the key."
    there.go(away)
    there.house.clock.shift(GIVE_UP)
    there.go(away)
    record = there.record()
    assert (record.gone_at is not None, there.has_keys(), len(there.revoked)) == (True, False, 1)
    assert set(record.stopped) == {"leave flags", "leave webhooks", "leave keys"}
    assert "the shop did not answer for a day" in there.told()[-1]
    assert there.told()[-1].endswith("Delete the key.")


def test_keys_that_are_dead_already_keep_nobody_from_leaving(there: Goodbye) -> None:
    there.ask()
    there.go(failing(there, OwnerMustAct("read", "The key was revoked.", "Make a new one.")))
    assert (there.record().gone_at is not None, there.has_keys()) == (True, False)
    assert "Our webhooks could not be taken away: The key was revoked." in there.told()[-1]


def test_what_had_stopped_the_store_before_is_nobodys_concern_after_it_left(there: Goodbye) -> None:
    with there.house.service.work() as uow:
        uow.stores.save(replace(there.record(), stopped={"push": "A right is missing."}, paused=True))
        uow.commit()
    there.ask()
    there.go()
    assert (there.shows(), there.record().stopped) == (there.before, {})


def test_an_owner_who_connects_again_in_the_middle_keeps_the_store(there: Goodbye) -> None:
    there.ask()

    def remove() -> int:
        connect_here(there.house, there.key)
        return 0

    there.leaving(there.store, remove)
    assert (there.record().gone_at, there.record().leaving, there.has_keys()) == (None, Leaving.NO, True)
    assert there.revoked == []


def test_a_store_that_comes_back_is_read_anew_planned_anew_and_shows_what_it_should(there: Goodbye) -> None:
    shown = there.shows()
    there.ask()
    there.go()
    assert there.shows() == there.before
    there.house.clock.shift(timedelta(days=1))
    assert connect_here(there.house, there.key).known
    assert not may(there.store, "push")  # not before it was read
    there.house.connect()
    assert there.shows() == shown
    there.ask()
    there.go()
    assert there.shows() == there.before


def test_a_store_of_the_config_file_leaves_and_its_keys_are_left_to_the_operator(tmp_path: Path) -> None:
    with house(tmp_path, CONFIG) as opened:
        there = stocked(opened, WOO)
        there.ask()
        there.go()
        assert (there.shows(), there.revoked) == (there.before, [])
        assert there.record().gone_at is not None
        assert there.told()[-1].endswith(f"Left to do by hand: {IN_THE_CONFIG}")


def test_a_shop_that_removes_the_app_is_forgotten_at_once_and_not_called_again(tmp_path: Path) -> None:
    with owned_house(tmp_path) as opened:
        there = stocked(opened, SHOPIFY)
        there.ask()
        opened.shopify.uninstall()
        opened.shopify.flush()
        calls = len(opened.shopify.calls)
        there.go()
        assert opened.shopify.calls[calls:] == []
        assert (there.has_keys(), there.record().leaving, there.revoked) == (False, Leaving.NO, [])
        assert there.record().gone_at is not None
        assert there.told()[-1] == "the shop removed this app; nothing more is read or written there."
