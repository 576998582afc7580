"""An owner sees what settings would do before they are saved, and a first plan before anything is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from house import CONFIG, House, house

from connector.ports.records import Leaving
from connector.sandbox.scenario import SHOPIFY, WOO
from connector.services import first_plan as first_plan_module
from connector.services import what_if as what_if_module
from connector.services.context import StoreContext
from connector.services.first_plan import first_plan
from connector.services.held_back import Held
from connector.services.steer import steer
from connector.services.turn import turn
from connector.services.what_if import Moved, WhatIf, what_if
from connector.services.would_show import Effect
from connector.settings import StoreSettings

STORES = [WOO, SHOPIFY]
FLAG = {WOO: "backorders", SHOPIFY: "inventoryPolicy"}
ALWAYS = {"mode": "always", "lead_days": 14}


@pytest.fixture
def there(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as opened:
        for key in STORES:
            opened.shops[key].add_product(f"{key}-EMPTY", 0)
            opened.shops[key].add_product(f"{key}-FULL", 5)
            opened.shops[key].add_product(f"{key}-DIGITAL", None)
            opened.shops[key].add_product(f"{key}-COMING", 0)
        opened.connect()
        for key in STORES:
            opened.add_supply(key, f"{key}-COMING", 4, opened.today() + timedelta(days=7))
        opened.settle()
        yield opened


def with_policy(there: House, key: str, policy: dict[str, Any], rules: tuple[dict[str, Any], ...] = ()) -> StoreContext:
    """The store as it would be."""
    held = there.service.known.settings(key).model_dump()
    settings = StoreSettings.model_validate({**held, "policy": policy, "rules": list(rules)})
    return there.service.known.context(key, settings)


def effects(found: WhatIf) -> dict[str, Effect]:
    return {one.sku: one.effect for one in found.samples}


@pytest.mark.parametrize("key", STORES)
def test_what_would_change_is_exactly_what_does_change_once_it_is_saved(there: House, key: str) -> None:
    skus = [f"{key}-{name}" for name in ("EMPTY", "FULL", "DIGITAL", "COMING")]
    before = {sku: there.shops[key].shelf(sku).fields for sku in skus}
    found = what_if(with_policy(there, key, ALWAYS))
    assert (found.looked, found.pools, found.is_whole) == (4, 4, True)
    assert (found.opened, found.closed, found.reworded, found.unchanged, found.left_alone) == (2, 0, 0, 2, 0)
    assert effects(found) == {f"{key}-EMPTY": Effect.OPENED, f"{key}-FULL": Effect.OPENED}
    assert {sku: there.shops[key].shelf(sku).fields for sku in skus} == before
    value = {"policy": ALWAYS, "rules": []}
    steer(key, there.service.work, "policy", value, by="owner", now=there.service.clock(), replan=True)
    there.service.known.refresh()
    turn(there.store(key))
    after = {sku: there.shops[key].shelf(sku).fields for sku in skus}
    changed = {sku for sku in skus if after[sku].get(FLAG[key]) != before[sku].get(FLAG[key])}
    assert changed == {f"{key}-EMPTY", f"{key}-FULL"}
    again = what_if(there.store(key))
    assert (again.opened, again.closed, again.reworded, again.unchanged) == (0, 0, 0, 4)


@pytest.mark.parametrize("key", STORES)
def test_a_sample_says_what_shows_what_would_show_and_by_which_rule(there: House, key: str) -> None:
    rules = ({"sku": "*-COMING", "mode": "never"}, {"sku": "*-EMPTY", "mode": "up_to", "units": 2})
    found = what_if(with_policy(there, key, {"mode": "while_incoming"}, rules))
    assert (found.opened, found.closed) == (1, 1)
    opened, closed = found.samples
    assert (opened.sku, opened.shows, opened.would_show) == (
        f"{key}-EMPTY",
        "sold_out (closed)",
        "backorder (open)",
    )
    assert (opened.rule, closed.rule) == ("rule sku = *-EMPTY", "rule sku = *-COMING")
    assert (closed.effect, closed.would_show) == (Effect.CLOSED, "sold_out (closed)")


def test_no_kind_of_change_crowds_the_others_out_of_the_samples(there: House) -> None:
    for number in range(6):
        there.woo.add_product(f"MORE-{number}", 0)
    there.reconcile()
    found = what_if(with_policy(there, WOO, ALWAYS, ({"sku": "*-COMING", "mode": "never"},)), sample=3)
    assert (found.opened, found.closed) == (8, 1)
    assert [one.effect for one in found.samples] == [Effect.OPENED, Effect.OPENED, Effect.CLOSED]


@pytest.mark.parametrize("key", STORES)
def test_what_somebody_changed_by_hand_would_be_left_alone(there: House, key: str) -> None:
    there.clock.shift(timedelta(seconds=5))
    there.shops[key].set_field(f"{key}-COMING", FLAG[key], {WOO: "no", SHOPIFY: "DENY"}[key])
    there.reconcile()
    found = what_if(with_policy(there, key, ALWAYS))
    assert (found.opened, found.left_alone) == (2, 1)


def slip(there: House, key: str, days: int | None) -> None:
    """The only supply gets another day, and nobody has planned by it yet."""
    with there.service.work() as uow:
        due = None if days is None else there.today() + timedelta(days=days)
        uow.supplies.save(key, replace(uow.supplies.open(key)[0], due=due))
        uow.commit()


@pytest.mark.parametrize("key", STORES)
def test_lines_whose_day_would_move_are_counted_with_their_units(there: House, key: str) -> None:
    there.shops[key].place_order({f"{key}-COMING": 3})
    there.settle()
    moved: dict[int | None, tuple[Moved, ...]] = {}
    for days in (7, 3, 20, None):
        slip(there, key, days)
        found = what_if(there.store(key))
        moved[days] = (found.earlier, found.later, found.lost, found.found)
    none, line = Moved(), Moved(lines=1, units=3)
    assert moved == {
        7: (none, none, none, none),
        3: (line, none, none, none),
        20: (none, line, none, none),
        None: (none, none, line, none),
    }


@pytest.mark.parametrize("key", STORES)
def test_a_day_at_last_is_counted_as_found(there: House, key: str) -> None:
    slip(there, key, None)
    there.shops[key].place_order({f"{key}-COMING": 3})
    there.settle()
    slip(there, key, 5)
    assert what_if(there.store(key)).found == Moved(1, 3)


def test_looking_waits_for_nobody_and_keeps_nobody_waiting(there: House) -> None:
    """Somebody else holds the database's write lock all the while, as the intake does."""
    with there.service.work() as uow:
        record = uow.stores.get(WOO)
        assert record is not None
        uow.stores.save(record)
        assert what_if(with_policy(there, WOO, ALWAYS)).opened == 2


def test_a_look_ends_when_its_time_is_over_and_says_how_far_it_came(
    there: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(what_if_module, "BATCH", 1)
    started = there.service.clock()
    looks = iter(range(1000))
    slow = replace(with_policy(there, WOO, ALWAYS), clock=lambda: started + timedelta(seconds=next(looks)))
    found = what_if(slow, seconds=4)
    assert (found.is_whole, found.pools) == (False, 4)
    assert 0 < found.looked < 4
    assert found.opened + found.closed + found.reworded + found.unchanged == found.looked


def test_an_empty_shop_would_change_nothing(tmp_path: Path) -> None:
    with house(tmp_path) as there:
        there.connect()
        found = what_if(with_policy(there, WOO, ALWAYS))
        assert (found.looked, found.pools, found.samples, found.is_whole) == (0, 0, (), True)


PLAN_ONLY = CONFIG.replace('key = "chairs"', 'key = "chairs"\npush = false').replace(
    'key = "tents"', 'key = "tents"\npush = false'
)


@pytest.fixture
def new(tmp_path: Path) -> Iterator[House]:
    """Two shops that are read and planned, and to which nothing may be written."""
    with house(tmp_path, PLAN_ONLY) as there:
        for key in STORES:
            there.shops[key].add_product("OPEN", 0, oversell=True)
            there.shops[key].place_order({"OPEN": 9})
            there.shops[key].add_product("COMING", 0)
            there.shops[key].add_product("FULL", 5)
        there.connect()
        for key in STORES:
            there.add_supply(key, "COMING", 4, there.today() + timedelta(days=7))
        there.settle()
        yield there


@pytest.mark.parametrize("key", STORES)
def test_the_first_plan_says_what_would_be_opened_and_closed_and_who_waits(new: House, key: str) -> None:
    shown = {sku: new.shops[key].shelf(sku).fields for sku in ("OPEN", "COMING", "FULL")}
    found = first_plan(new.store(key))
    assert (found.opened, found.closed, found.reworded) == (1, 1, 1)
    assert (found.looked, found.due, found.is_whole) == (3, 3, True)
    assert {one.sku: one.effect for one in found.samples} == {
        "COMING": Effect.OPENED,
        "OPEN": Effect.CLOSED,
        "FULL": Effect.REWORDED,
    }
    assert (found.waiting.orders, found.waiting.lines, found.waiting.units) == (1, 1, 9)
    assert (found.held_back, found.needs_owner) == (Held.PLAN_ONLY, ())
    assert {sku: new.shops[key].shelf(sku).fields for sku in shown} == shown


@pytest.mark.parametrize("key", STORES)
def test_what_the_first_plan_promised_is_what_the_shop_shows_after_the_start(new: House, key: str) -> None:
    promised = {one.sku: one.would_show for one in first_plan(new.store(key)).samples}
    steer(key, new.service.work, "shop", {"push": True}, by="owner", now=new.service.clock(), replan=True)
    new.service.known.refresh()
    new.settle()
    done = first_plan(new.store(key))
    assert (done.due, done.held_back) == (0, None)
    again = what_if(with_policy(new, key, {"mode": "never"}))
    shows = {one.sku: one.shows for one in again.samples}
    assert shows["COMING"] == promised["COMING"]


def test_a_long_first_plan_is_counted_as_far_as_it_was_looked_at(new: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_plan_module, "LOOKED_AT", 2)
    found = first_plan(new.store(WOO))
    assert (found.looked, found.due, found.is_whole) == (2, 3, False)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"cursors": {}}, Held.NOT_READ),
        ({"leaving": Leaving.KEEP}, Held.LEAVING),
        ({"paused": True}, Held.PLAN_ONLY),  # the first that holds is the one to mend first
        ({"stopped": {"read": "The key was revoked."}}, Held.PLAN_ONLY),
    ],
)
def test_what_holds_the_plan_back_is_said(new: House, change: dict[str, Any], why: Held) -> None:
    with new.service.work() as uow:
        record = uow.stores.get(WOO)
        assert record is not None
        uow.stores.save(replace(record, **change))
        uow.commit()
    found = first_plan(new.store(WOO))
    assert found.held_back is why
    assert found.needs_owner == tuple(change.get("stopped", {}).values())
