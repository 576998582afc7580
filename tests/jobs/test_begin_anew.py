"""A start plans what other settings concern, whichever process had asked before, and with the same settings nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from app_stores import WOO_KEYS, enter, service_of
from databases import copy_installation
from pydantic import SecretStr

from connector.bootstrap import begin_anew as module
from connector.bootstrap.begin_anew import begin_anew, plan_aside
from connector.bootstrap.service import Service
from connector.ports.clock import system_clock
from connector.ports.operating import ProcessRecord
from connector.services.steer import steer
from connector.settings.messages import MessageTexts
from connector.settings.promise import DatesSettings
from connector.settings.stores import PolicySettings, RuleSettings

ALL = {"1", "2"}
OTHER_PLANS: dict[str, Any] = {
    "policy": PolicySettings.model_validate({"mode": "always"}),
    "rules": (RuleSettings.model_validate({"sku": "CHAIR*", "mode": "never"}),),
    "timezone": "America/New_York",
    "dates": DatesSettings.model_validate({"calendar": "DE-BY"}),
    "language": "de",
    "messages": {"en": MessageTexts(sold_out="Gone.")},
    "push": False,
    "options": {**WOO_KEYS, "url": "https://elsewhere.example.com"},
}
OTHER_KEYS: dict[str, Any] = {
    "webhook_secrets": (SecretStr("another secret of the webhooks"),),
    "options": {"url": "http://127.0.0.1:9", "consumer_key": "ck_sandbox", "consumer_secret": SecretStr("cs_other")},
}
DIGESTS = """
import sys
from pathlib import Path
from connector.bootstrap.begin_anew import digests_of
from connector.bootstrap.service import open_service
service = open_service(Path(sys.argv[1]), {})
print(*(digests_of(one, service.vault) for one in service.settings.stores))
"""


@contextmanager
def with_settings(folder: Path, changes: dict[str, Any] | None = None) -> Iterator[Service]:
    """The same installation; ``changes``: what the config says of its first store, ``chairs``."""
    with service_of(folder) as service:
        chairs, *others = service.settings.stores
        stores = (chairs.model_copy(update=changes or {}), *others)
        service.settings = service.settings.model_copy(update={"stores": stores})
        yield service


def start(service: Service) -> list[str]:
    """Which stores are found to have other settings or keys."""
    return sorted(begin_anew(service, service.known.tended()))


def everything_is_planned(service: Service) -> None:
    now = system_clock()
    with service.work() as uow:
        for key in service.known.tended():
            uow.pools.touch(key, ALL, now)
            uow.pools.planned(key, uow.pools.get(key, ALL).values())
        uow.commit()


def to_plan(service: Service, key: str = "chairs") -> set[str]:
    with service.work(read_only=True) as uow:
        return {pool.id for pool in uow.pools.dirty(key, 9, system_clock().date())}


def ran(folder: Path, changes: dict[str, Any] | None = None) -> None:
    """The installation was started with these settings, and everything was planned by them."""
    with with_settings(folder, changes) as service:
        start(service)
        everything_is_planned(service)


def test_a_first_start_plans_everything_and_a_restart_with_the_same_settings_plans_nothing(tmp_path: Path) -> None:
    with with_settings(tmp_path) as service:
        everything_is_planned(service)
        assert start(service) == ["chairs", "tents"]
        assert to_plan(service) == to_plan(service, "tents") == ALL
        everything_is_planned(service)
    with with_settings(tmp_path) as service:
        assert start(service) == []
        assert to_plan(service) == to_plan(service, "tents") == set()


@pytest.mark.parametrize("what", OTHER_PLANS)
def test_a_start_with_other_settings_plans_the_store_they_are_of_once(tmp_path: Path, what: str) -> None:
    ran(tmp_path)
    for again in (False, True):
        with with_settings(tmp_path, {what: OTHER_PLANS[what]}) as service:
            assert start(service) == ([] if again else ["chairs"])
            assert to_plan(service) == (set() if again else ALL)
            assert to_plan(service, "tents") == set()
            everything_is_planned(service)


@pytest.mark.parametrize("what", OTHER_KEYS)
def test_other_keys_are_news_that_no_plan_follows_from(tmp_path: Path, what: str) -> None:
    ran(tmp_path)
    with with_settings(tmp_path, {what: OTHER_KEYS[what]}) as service:
        assert start(service) == ["chairs"]
        assert to_plan(service) == set()
        assert start(service) == []


def test_keys_that_the_platform_renews_every_hour_have_nothing_planned_again(tmp_path: Path) -> None:
    shop = {"shop": "lamps.myshopify.com", "api_version": "2026-10"}
    with service_of(tmp_path) as service:
        for token, until in (("shpat_1", "12:00"), ("shpat_2", "13:00")):
            more = {"access_token": token, "refresh_token": f"of {token}", "until": until}
            enter(service, options=shop | more, platform="shopify", shop="lamps.myshopify.com")
            service.known.refresh()
            assert begin_anew(service, ["lamps"]) == ["lamps"]
            assert to_plan(service, "lamps") == set()
            everything_is_planned(service)


@pytest.mark.parametrize(("name", "other"), [("PLANNING", 999), ("HOLIDAYS", "99.0"), ("VERSION", "99.0")])
def test_other_rules_of_planning_plan_everything_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, other: object
) -> None:
    ran(tmp_path)
    monkeypatch.setattr(module, name, other)
    with with_settings(tmp_path) as service:
        start(service)
        assert to_plan(service) == to_plan(service, "tents") == ALL


def test_what_an_owner_chose_while_the_store_was_served_is_no_news_at_the_next_start(tmp_path: Path) -> None:
    ran(tmp_path)
    with with_settings(tmp_path) as service:
        start(service)
        steer("chairs", service.work, "shop", {"language": "de"}, by="owner", now=system_clock(), replan=True)
        everything_is_planned(service)
        service.known.refresh()
        begin_anew(service, [], ["chairs"])
        assert to_plan(service) == set(), "whoever chose it had it planned already"
    with with_settings(tmp_path) as service:
        assert start(service) == []
        assert to_plan(service) == set()


def test_what_an_owner_chose_while_nobody_served_the_store_is_planned_at_the_next_start(tmp_path: Path) -> None:
    ran(tmp_path)
    with with_settings(tmp_path) as service:
        steer("chairs", service.work, "shop", {"language": "de"}, by="owner", now=system_clock(), replan=True)
    with with_settings(tmp_path) as service:
        assert start(service) == ["chairs"]
        assert to_plan(service) == ALL


def test_plans_of_a_command_with_another_config_are_not_rested_on(tmp_path: Path) -> None:
    ran(tmp_path)
    with with_settings(tmp_path, {"language": "de"}) as command:
        plan_aside(command, "chairs")
        plan_aside(command, "tents")
    with with_settings(tmp_path) as service:
        begin_anew(service, [], ["chairs"])  # as a store that is served meanwhile is told of
        assert start(service) == ["chairs"]
        assert to_plan(service) == ALL
        assert to_plan(service, "tents") == set()


def test_a_database_that_was_restored_remembers_by_what_its_own_plans_were_made(tmp_path: Path) -> None:
    here, backup = tmp_path / "here", tmp_path / "backup"
    here.mkdir()
    ran(here)
    copy_installation(here, backup)
    ran(here, {"language": "de"})
    with with_settings(backup, {"language": "de"}) as service:
        start(service)
        assert to_plan(service) == ALL
    with with_settings(here, {"language": "de"}) as service:
        start(service)
        assert to_plan(service) == set()


@pytest.mark.parametrize(("ahead", "planned"), [(timedelta(days=3), ALL), (timedelta(seconds=5), set())])
def test_a_start_plans_everything_where_a_process_was_there_at_a_time_still_to_come(
    tmp_path: Path, ahead: timedelta, planned: set[str]
) -> None:
    ran(tmp_path)
    with with_settings(tmp_path) as service:
        then = system_clock() + ahead
        with service.work() as uow:
            uow.processes.beat(ProcessRecord("1", "serve", "a machine", 7, then, then, leads=True))
            uow.commit()
        assert start(service) == []
        assert to_plan(service) == planned


def test_stores_are_planned_whatever_their_settings_where_our_clock_was_set_back(tmp_path: Path) -> None:
    ran(tmp_path)
    with with_settings(tmp_path) as service:
        assert begin_anew(service, ["chairs"], anyway=True) == []
        assert to_plan(service) == ALL
        assert to_plan(service, "tents") == set()


def test_only_those_that_were_asked_about_are_begun_with(tmp_path: Path) -> None:
    with service_of(tmp_path) as service:
        enter(service)
        service.known.refresh()
        begin_anew(service, ["chairs"])
        with service.work(read_only=True) as uow:
            assert set(uow.served.all()) == {"chairs"}


def test_what_is_kept_of_the_settings_tells_nobody_what_they_are(tmp_path: Path) -> None:
    with service_of(tmp_path) as service:
        begin_anew(service, ["chairs"])
        with service.work(read_only=True) as uow:
            (kept,) = uow.served.all().values()
    assert [len(word) for word in kept.split(" ")] == [64, 64]
    assert set(kept) <= set("0123456789abcdef ")


def test_two_processes_agree_on_what_the_settings_are(tmp_path: Path) -> None:
    """Neither keeps anything in an order that changes from process to process."""
    with service_of(tmp_path):
        path = tmp_path / "config.toml"
        path.write_text(
            path.read_text() + '[stores.messages.de]\nsold_out = "Weg."\n[stores.suppliers.Oak]\nlead_days = 9\n'
        )
        said = {
            subprocess.run(
                [sys.executable, "-c", DIGESTS, str(path)],
                env={**os.environ, "PYTHONHASHSEED": seed},
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            for seed in "12"
        }
    assert len(said) == 1
