"""What an owner chooses on a page stands above the config file, is planned by at once, and can be read back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from house import House, house
from owned_stores import HOUR, NOON, Owned

from connector.ports.accounts import Steered
from connector.sandbox.scenario import SHOPIFY, WOO
from connector.services.confirm import confirm
from connector.services.plan import plan
from connector.services.steer import SECTIONS, Outdated, overlaid, steer, unsteer
from connector.services.turn import turn
from connector.settings import StoreSettings
from connector.storage.engine import Database

SKUS = {WOO: "CHAIR-OAK", SHOPIFY: "TENT-2P"}
FLAGS = {WOO: ("backorders", "no", "notify"), SHOPIFY: ("inventoryPolicy", "DENY", "CONTINUE")}
FILE: Mapping[str, Any] = {
    "key": "main",
    "platform": "woocommerce",
    "webhook_secrets": ["s"],
    "timezone": "Europe/Berlin",
    "policy": {"mode": "never", "lead_days": 9},
    "rules": [{"sku": "A*", "mode": "always"}],
    "messages": {"en": {"sold_out": "Gone."}},
}
ALWAYS = {"policy": {"mode": "always", "lead_days": 14}, "rules": []}


def chosen(section: str, value: Mapping[str, Any]) -> dict[str, Steered]:
    return {section: Steered(section, value, NOON, "owner")}


def settings_with(section: str, value: Mapping[str, Any]) -> StoreSettings:
    return StoreSettings.model_validate(overlaid(FILE, chosen(section, value)))


def test_the_policy_of_a_page_replaces_the_files_policy_and_rules_together() -> None:
    settings = settings_with("policy", {"policy": {"mode": "up_to", "units": 3}})
    assert (settings.policy.mode.value, settings.policy.units, settings.policy.lead_days) == ("up_to", 3, None)
    assert settings.rules == ()
    assert settings.timezone == "Europe/Berlin"


def test_the_rules_of_a_page_inherit_the_policy_of_the_page() -> None:
    value = {"policy": {"mode": "always", "lead_days": 5}, "rules": [{"tag": "slow", "lead_days": 30}]}
    (rule,) = settings_with("policy", value).rules
    assert (rule.mode.value, rule.lead_days) == ("always", 30)


def test_the_texts_of_a_page_replace_the_files_texts() -> None:
    settings = settings_with("texts", {"messages": {"de": {"sold_out": "Weg."}}})
    assert {language: texts.sold_out for language, texts in settings.messages.items()} == {"de": "Weg."}


def test_of_the_shops_own_settings_only_those_that_were_chosen_are_replaced() -> None:
    settings = settings_with("shop", {"push": False, "language": "de"})
    assert (settings.push, settings.language, settings.timezone) == (False, "de", "Europe/Berlin")


def test_what_a_page_may_not_decide_is_not_taken_from_it() -> None:
    settings = settings_with("shop", {"key": "other", "platform": "shopify", "options": {"a": 1}, "push": False})
    assert (settings.key, settings.platform, settings.options) == ("main", "woocommerce", {})


def test_a_section_that_this_version_does_not_know_is_left_alone() -> None:
    assert overlaid(FILE, chosen("colours", {"key": "x"})) == dict(FILE)


@pytest.fixture
def owned(database: Database) -> Owned:
    there = Owned(database, "shopify")
    assert there.connect().key == "mobel-more"
    return there


KEY = "mobel-more"


def choose(there: Owned, section: str, value: Mapping[str, Any], **how: Any) -> int:
    return steer(KEY, there.work, section, value, **{"by": "owner", "now": NOON + HOUR, "replan": False, **how})


def test_a_choice_is_kept_with_a_new_revision_and_told_in_plain_words(owned: Owned) -> None:
    assert choose(owned, "policy", ALWAYS) == 2
    assert choose(owned, "policy", {"policy": {"mode": "up_to", "units": 5}, "rules": [{"sku": "B*"}]}) == 3
    assert choose(owned, "shop", {"push": True, "language": "de"}, by="operator") == 4
    assert owned.record(KEY).revision == 4
    always = "'sell beyond the stock without limit, 14 days where no supply gives a date'"
    up_to = "'owe up to 5 units'; the rules to 'SKU B*: owe up to 5 units'"
    assert owned.told(KEY)[1:] == [
        f"the owner changed the policy to {always}.",
        f"the owner changed the policy from {always} to {up_to}.",
        "the operator changed writing to the shop from 'off' to 'on'.",
    ]


def test_the_same_choice_again_changes_nothing(owned: Owned) -> None:
    choose(owned, "policy", ALWAYS)
    assert choose(owned, "policy", dict(ALWAYS), now=NOON + 2 * HOUR) == 2
    assert len(owned.journal(KEY)) == 2


def test_a_dropped_choice_gives_the_file_its_say_again(owned: Owned) -> None:
    choose(owned, "policy", ALWAYS)
    assert unsteer(KEY, owned.work, "policy", by="owner", now=NOON, replan=False) == 3
    assert "policy" not in owned.chosen(KEY)
    assert owned.told(KEY)[-1].endswith("back to what holds without a choice.")
    assert unsteer(KEY, owned.work, "policy", by="owner", now=NOON, replan=False) == 3


@pytest.mark.parametrize("act", ["steer", "unsteer"])
def test_who_looked_at_older_settings_saves_nothing(owned: Owned, act: str) -> None:
    choose(owned, "policy", ALWAYS, expected_revision=1)
    never: dict[str, Any] = {"value": {"policy": {"mode": "never"}}} if act == "steer" else {}
    verb = steer if act == "steer" else unsteer
    with pytest.raises(Outdated) as raised:
        verb(KEY, owned.work, "policy", **never, by="owner", now=NOON, replan=False, expected_revision=1)
    assert raised.value.revision == 2
    assert owned.chosen(KEY)["policy"] == ALWAYS
    assert (owned.record(KEY).revision, len(owned.journal(KEY))) == (2, 2)


def test_an_unknown_section_or_store_is_refused(owned: Owned) -> None:
    with pytest.raises(KeyError):
        choose(owned, "colours", {})
    with pytest.raises(KeyError):
        steer("nobody", owned.work, "policy", ALWAYS, by="owner", now=NOON, replan=False)
    assert owned.record(KEY).revision == 1
    assert set(SECTIONS) == {"policy", "texts", "shop", "promise"}


def says(there: House, key: str) -> str:
    return there.shops[key].shelf(SKUS[key]).fields[FLAGS[key][0]]


@pytest.fixture
def closed(tmp_path: Path) -> Any:
    """Both shops sold out, and nothing on its way."""
    with house(tmp_path) as there:
        for key, sku in SKUS.items():
            there.shops[key].add_product(sku, 0)
        there.connect()
        yield there


def save(there: House, key: str, **how: Any) -> None:
    steer(key, there.service.work, "policy", ALWAYS, by="owner", now=there.service.clock(), replan=True, **how)


@pytest.mark.parametrize("key", [WOO, SHOPIFY])
def test_another_policy_reaches_the_shop_with_the_next_turn(closed: House, key: str) -> None:
    assert says(closed, key) == FLAGS[key][1]
    save(closed, key)
    closed.service.known.refresh()
    turn(closed.store(key))
    assert says(closed, key) == FLAGS[key][2]
    other = SHOPIFY if key == WOO else WOO
    assert says(closed, other) == FLAGS[other][1]


def test_nothing_is_planned_pushed_or_told_with_settings_that_are_no_longer_the_newest(closed: House) -> None:
    before = closed.store(WOO)
    save(closed, WOO)
    calls = len(closed.woo.calls)
    assert plan(before) == 0
    assert turn(before) == 0
    closed.clock.shift(timedelta(minutes=5))
    assert confirm(before) == 0
    assert [call for call in closed.woo.calls[calls:] if not call.startswith("GET")] == []
    with closed.service.work(read_only=True) as uow:
        assert uow.pools.dirty(WOO, 9, closed.today())


def test_who_waited_while_nothing_was_written_is_told_once_the_owner_says_start(tmp_path: Path) -> None:
    with house(tmp_path) as there:
        there.woo.add_product("CHAIR", 0, oversell=True)
        how: dict[str, Any] = {"by": "owner", "replan": True}
        steer(WOO, there.service.work, "shop", {"push": False}, now=there.service.clock(), **how)
        there.service.known.refresh()
        there.connect()
        order = there.woo.place_order({"CHAIR": 1})
        there.settle()
        assert there.woo.told(order).notes == ()
        steer(WOO, there.service.work, "shop", {"push": True}, now=there.service.clock(), **how)
        there.service.known.refresh()
        there.settle()
        assert len(there.woo.told(order).notes) == 1
