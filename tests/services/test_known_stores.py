"""Stores that come, change and go while the service runs; none of them can bring down another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import structlog
from app_stores import WOO_KEYS, choose, enter, questions, record_of, service_of, told
from cryptography.fernet import Fernet

from connector.bootstrap.service import Service
from connector.domain.availability import Mode
from connector.known_stores import KnownStores
from connector.ports.failures import OwnerMustAct
from connector.secret_key import FernetVault
from connector.services.context import StoreContext
from connector.services.plan import plan
from connector.services.turn import reconcile_turn
from connector.settings import ConfigError

FILE = ["chairs", "tents"]
ALWAYS = {"policy": {"mode": "always"}, "rules": []}
BROKEN = {"policy": {"mode": "sometimes"}}


class Ticks:
    """A clock for how old is what is known."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with service_of(tmp_path) as opened:
        yield opened


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def known(service: Service, ticks: Ticks) -> KnownStores:
    return KnownStores(service.known._maker, ticks)


def test_a_store_that_its_owner_connects_is_known_a_second_later(
    service: Service, known: KnownStores, ticks: Ticks
) -> None:
    assert list(known.all()) == FILE
    enter(service)
    ticks.now = 0.9
    assert list(known.all()) == FILE
    ticks.now = 1.0
    assert list(known.all()) == [*FILE, "lamps"]
    lamps = known.all()["lamps"]
    assert (lamps.title, lamps.platform.name, lamps.push, lamps.revision) == ("Shop of lamps", "woocommerce", True, 1)


def test_a_look_that_was_asked_for_is_made_at_once(service: Service, known: KnownStores) -> None:
    known.all()
    enter(service)
    known.refresh()
    assert "lamps" in known.all()


def test_what_is_known_costs_one_question_a_second_however_often_it_is_asked_for(
    service: Service, known: KnownStores, ticks: Ticks
) -> None:
    enter(service)
    known.all()
    with questions(service) as asked:
        for hundredth in range(300):
            ticks.now = hundredth / 100
            known.all()
    assert len(asked) == 2


def test_stores_that_did_not_change_stay_the_same_objects(service: Service, known: KnownStores) -> None:
    enter(service)
    before = known.all()
    choose(service, "lamps", "policy", ALWAYS)
    known.refresh()
    after = known.all()
    assert [after[key] is before[key] for key in after] == [True, True, False]
    known.refresh()
    assert known.all() is after


def test_other_settings_keep_the_connection_and_other_keys_make_a_new_one(service: Service, known: KnownStores) -> None:
    enter(service)
    first = known.all()["lamps"]
    choose(service, "lamps", "policy", ALWAYS)
    known.refresh()
    second = known.all()["lamps"]
    enter(service, options=WOO_KEYS | {"consumer_secret": "cs_new"})
    known.refresh()
    third = known.all()["lamps"]
    assert (second.storefront is first.storefront, third.storefront is second.storefront) == (True, False)
    assert (first.policies.default.mode, third.policies.default.mode) == (Mode.WHILE_INCOMING, Mode.ALWAYS)


@pytest.mark.parametrize("key", ["chairs", "lamps"])
def test_an_owners_choices_stand_above_those_of_the_file(service: Service, known: KnownStores, key: str) -> None:
    enter(service)
    choose(service, key, "policy", ALWAYS | {"rules": [{"sku": "A-*", "mode": "never"}]})
    choose(service, key, "texts", {"messages": {"en": {"in_stock": "Here!"}}})
    choose(service, key, "shop", {"push": False, "timezone": "Europe/Berlin"})
    store, settings = known.all()[key], known.settings(key)
    assert (settings.policy.mode, settings.rules[0].sku, settings.messages["en"].in_stock) == (
        Mode.ALWAYS,
        "A-*",
        "Here!",
    )
    assert (store.push, str(store.zone), store.language) == (False, "Europe/Berlin", "en")
    in_file = known.from_file(key)
    assert (in_file.policy.mode if in_file else None) == (Mode.WHILE_INCOMING if key == "chairs" else None)


def test_choices_cannot_reach_what_is_not_theirs(service: Service, known: KnownStores) -> None:
    enter(service)
    choose(service, "lamps", "shop", {"push": False, "webhook_secrets": ["mine"], "options": {"url": "http://evil"}})
    assert known.secrets("woocommerce", "lamps") == ("lamps-own-secret",)
    assert known.settings("lamps").plain_options() == WOO_KEYS


def test_a_store_as_it_would_be_keeps_its_connection(service: Service, known: KnownStores) -> None:
    enter(service)
    held = known.all()["lamps"]
    other = known.settings("lamps").model_copy(update={"language": "de"})
    would = known.context("lamps", other)
    assert (would.storefront is held.storefront, would.language, known.all()["lamps"].language) == (True, "de", "en")


def test_a_new_store_speaks_the_language_of_the_installation(tmp_path: Path) -> None:
    with service_of(tmp_path, '[install]\nlanguage = "de"\n') as service:
        enter(service)
        assert service.stores["lamps"].language == "de"


def is_unusable(store: StoreContext) -> bool:
    """Nothing is planned with it or written to its shop."""
    with store.work() as uow:
        uow.pools.touch(store.key, ["7"], store.clock())
        uow.commit()
    return plan(store) == 0 and not store.push


def test_choices_that_no_longer_hold_stop_one_store_and_say_so_once(service: Service, known: KnownStores) -> None:
    enter(service)
    choose(service, "lamps", "policy", BROKEN)
    assert list(known.all()) == [*FILE, "lamps"]
    KnownStores(service.known._maker).all()
    (said,) = told(service, "lamps")
    assert record_of(service, "lamps").stopped == {"settings": said}
    assert said.startswith(
        "Settings that were chosen on a page do not hold any more: policy.mode must be one of never,"
    )
    assert is_unusable(known.all()["lamps"])
    choose(service, "lamps", "policy", ALWAYS)
    known.refresh()
    assert record_of(service, "lamps").stopped == {}
    assert known.all()["lamps"].push


def test_keys_that_cannot_be_opened_stop_one_store_and_say_what_to_do_once(
    service: Service, known: KnownStores
) -> None:
    enter(service, vault=FernetVault([Fernet.generate_key().decode()]))
    lamps = known.all()["lamps"]
    KnownStores(service.known._maker).all()
    (said,) = told(service, "lamps")
    assert record_of(service, "lamps").stopped == {"keys": said}
    assert said.endswith(
        "Put the key they were sealed with into old_encryption_keys under [security], or connect the store again."
    )
    reconcile_turn(lamps)
    with pytest.raises(OwnerMustAct):
        lamps.storefront.read_orders(["1"])
    (finding,) = lamps.storefront.check(service.clock())
    assert (finding.ok, f"{finding.said} {finding.fix}") == (False, said)
    assert told(service, "lamps") == [said]
    assert known.secrets("woocommerce", "lamps") == ()


def test_an_old_encryption_key_opens_what_it_sealed(tmp_path: Path) -> None:
    old = "the-old-key-is-a-text-of-some-length"
    with service_of(tmp_path) as service:
        enter(service, vault=FernetVault([old]))
        assert list(service.stores) == [*FILE, "lamps"]
        assert set(record_of(service, "lamps").stopped) == {"keys"}
    with service_of(tmp_path, old_keys=[old]) as service:
        assert service.known.secrets("woocommerce", "lamps") == ("lamps-own-secret",)
        assert record_of(service, "lamps").stopped == {}


@pytest.mark.parametrize(
    "options", [{}, {"url": "http://127.0.0.1:9"}, {"url": 7, "consumer_key": None, "consumer_secret": ["x"]}]
)
def test_keys_that_an_adapter_cannot_use_stop_one_store(
    service: Service, known: KnownStores, options: dict[str, Any]
) -> None:
    with structlog.testing.capture_logs():
        enter(service, options=options)
        assert list(known.all()) == [*FILE, "lamps"]
        assert set(record_of(service, "lamps").stopped) == {"keys"}


def test_a_store_without_keys_must_be_connected_again(service: Service, known: KnownStores) -> None:
    enter(service, options=None)
    assert "lamps" in known.all()
    assert record_of(service, "lamps").stopped == {"keys": "There are no keys of this store. Connect it again."}
    enter(service)
    known.refresh()
    assert record_of(service, "lamps").stopped == {}


def test_what_others_found_wrong_with_the_keys_is_left_to_them(service: Service, known: KnownStores) -> None:
    enter(service)
    with service.work() as uow:
        record = uow.stores.get("lamps")
        assert record is not None
        record.stopped = {"keys": "The shop says that they were revoked.", "read": "no right"}
        uow.stores.save(record)
        uow.commit()
    known.all()
    assert set(record_of(service, "lamps").stopped) == {"keys", "read"}


def test_a_store_that_was_disconnected_is_listed_nowhere_and_its_inbox_is_read(
    service: Service, known: KnownStores
) -> None:
    enter(service)
    known.all()
    enter(service, options=None, gone_at=service.clock())
    known.refresh()
    assert list(known.all()) == FILE
    assert list(known.tended()) == [*FILE, "lamps"]
    assert record_of(service, "lamps").stopped == {}
    enter(service)
    known.refresh()
    assert "lamps" in known.all()


def test_a_store_that_was_forgotten_is_gone(service: Service, known: KnownStores) -> None:
    enter(service)
    known.all()
    with service.work() as uow:
        uow.stores.remove("lamps")
        uow.commit()
    known.refresh()
    assert list(known.tended()) == FILE
    assert known.secrets("woocommerce", "lamps") is None


def test_a_database_that_is_away_leaves_what_is_known(service: Service, known: KnownStores, ticks: Ticks) -> None:
    before = known.all()
    away = cast("Any", known._maker)
    work = away.work

    def refuses(**_: object) -> None:
        raise OSError("the disk is gone")

    object.__setattr__(away, "work", refuses)
    with structlog.testing.capture_logs() as said:
        for second in range(2, 6):
            ticks.now = second
            assert known.all() is before
    assert [one["event"] for one in said] == ["stores.not_read"]
    object.__setattr__(away, "work", work)
    enter(service)
    ticks.now = 7
    assert "lamps" in known.all()


def test_a_store_of_the_file_cannot_have_the_key_of_one_that_was_connected_on_a_page(tmp_path: Path) -> None:
    with service_of(tmp_path, stores=False) as service:
        enter(service, "chairs", shop="https://theirs.example.com")
    with pytest.raises(ConfigError) as caught, service_of(tmp_path):
        pass
    (problem,) = caught.value.problems
    assert problem == (
        "stores: the key chairs of a store in the config file is also that of Shop of chairs, which its owner "
        "connected on a page: give the one in the file another key"
    )


def test_the_stores_of_the_file_are_entered_with_what_identifies_their_shop(service: Service) -> None:
    tents = record_of(service, "tents")
    assert (tents.shop, tents.title, tents.origin.value) == (
        "sandbox.myshopify.com",
        "sandbox.myshopify.com",
        "config",
    )
    assert service.known.store_of_shop("shopify", "sandbox.myshopify.com") == "tents"


def test_the_address_of_a_connected_store_is_known(service: Service) -> None:
    enter(service)
    assert service.address("lamps") == "http://127.0.0.1:8000/webhooks/woocommerce/lamps"
