"""A shop that is connected on a page becomes a store, once, and comes back as the store it was."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from owned_stores import HOUR, NOON, OPTIONS, SECRET, SHOPS, VAULT, Owned, granted

from connector.domain.facts import StoreGone
from connector.ports.accounts import Sealed, SessionRecord
from connector.ports.records import Leaving, Origin, StoreRecord
from connector.ports.vault import Unopenable
from connector.services.apply import RESUMED, Apply
from connector.services.connect import COMPLIANCE, IN_THE_CONFIG, new_key
from connector.services.keys import open_keys
from connector.storage.engine import Database


@pytest.fixture(params=["woocommerce", "shopify"])
def owned(database: Database, request: pytest.FixtureRequest) -> Owned:
    return Owned(database, request.param)


def told_removed(there: Owned, key: str, at: datetime) -> None:
    """The platform says that the shop removed us then."""
    with there.work() as uow:
        apply = Apply(uow, key)
        apply.take([StoreGone(at)], at, read=False)
        apply.finish(at)
        uow.commit()


def test_a_new_shop_becomes_a_store_with_a_key_made_of_its_name(owned: Owned) -> None:
    done = owned.connect(lapses_at=NOON + HOUR)
    assert (done.key, done.known, done.note) == ("mobel-more", False, "")
    record = owned.record(done.key)
    assert (record.platform, record.shop, record.title) == (owned.platform, SHOPS[owned.platform], "Möbel & More")
    assert (record.origin, record.revision) == (Origin.APP, 1)
    assert owned.chosen(done.key) == {"shop": {"push": False, "language": "de"}}
    assert [entry.kind for entry in owned.journal(done.key)] == ["connected"]


def test_its_keys_lie_sealed_and_nowhere_else(owned: Owned) -> None:
    key = owned.connect(lapses_at=NOON + HOUR).key
    kept = owned.keys(key)
    assert kept is not None
    assert kept.options == OPTIONS[owned.platform]
    assert kept.webhook_secret == (SECRET if owned.platform == "woocommerce" else "")
    with owned.work(read_only=True) as uow:
        sealed = uow.credentials.get(key)
    assert sealed is not None
    assert (sealed.changed_at, sealed.lapses_at) == (NOON, NOON + HOUR)
    said = json.dumps([dict(entry.facts) for entry in owned.journal(key)]) + repr(kept) + repr(owned.record(key))
    for secret in ("cs_first", "shpat_first", "shprt_first", SECRET):
        assert secret.encode() not in sealed.secret
        assert secret not in said


def test_keys_that_were_moved_to_another_store_open_nothing_there(owned: Owned) -> None:
    key = owned.connect().key
    with owned.work(read_only=True) as uow:
        sealed = uow.credentials.get(key)
    assert sealed is not None
    with pytest.raises(Unopenable):
        open_keys(VAULT, "another", sealed)


def test_a_callback_that_comes_twice_makes_one_store(owned: Owned) -> None:
    first, second = owned.connect(), owned.connect(at=NOON + timedelta(seconds=1))
    assert (second.key, first.known, second.known) == (first.key, False, True)
    with owned.work(read_only=True) as uow:
        assert [one.key for one in uow.stores.all()] == [first.key]


def test_two_shops_of_one_name_are_two_stores(owned: Owned) -> None:
    first = owned.connect().key
    second = owned.connect(granted(owned.platform, shop="https://other.example.com")).key
    assert (first, second) == ("mobel-more", "mobel-more-2")


def test_the_same_address_on_another_platform_is_another_store(database: Database) -> None:
    shop = "https://shop.example.com"
    keys = [Owned(database, one).connect(granted(one, shop=shop)).key for one in ("woocommerce", "shopify")]
    assert keys == ["mobel-more", "mobel-more-2"]


@pytest.mark.parametrize(
    ("names", "taken", "key"),
    [
        (["Chairs", ""], set(), "chairs"),
        (["  Ünïcode Shöp!  ", ""], set(), "unicode-shop"),
        (["家具店", "furniture"], set(), "furniture"),
        (["家具店", "https://家具.example"], set(), "https-example"),
        (["家具店", "🪑"], set(), "store"),
        (["../../etc/passwd", ""], set(), "etc-passwd"),
        (["<script>alert(1)</script>", ""], set(), "script-alert-1-script"),
        (["Chairs\r\nSet-Cookie: x", ""], set(), "chairs-set-cookie-x"),
        (["Compliance", ""], {COMPLIANCE}, "compliance-2"),
        (["chairs", ""], {"chairs", "chairs-2"}, "chairs-3"),
        (["a" * 99, ""], set(), "a" * 40),
        (["a" * 99, ""], {"a" * 40}, "a" * 38 + "-2"),
        (["a" * 37 + " bcd", ""], {"a" * 37 + "-bc"}, "a" * 37 + "-2"),
    ],
)
def test_a_key_is_what_of_a_name_can_stand_in_an_address(names: list[str], taken: set[str], key: str) -> None:
    assert new_key(names, taken) == key


def test_no_store_takes_the_address_of_the_privacy_requests(owned: Owned) -> None:
    assert owned.connect(granted(owned.platform, title="compliance")).key == "compliance-2"


def test_connecting_again_takes_the_new_keys_and_keeps_what_the_owner_chose(owned: Owned) -> None:
    key = owned.connect().key
    record = owned.record(key)
    record.stopped = {"read": "The key was revoked.", "keys": "Connect again."}
    record.wait_until, record.failures = NOON + HOUR, 3
    record.cursors["orders"] = NOON
    record.beats = {"retry read": NOON, "reconcile": NOON, "renewing": NOON}
    owned.save(record)
    again = owned.connect(granted(owned.platform, options={"extra": "new"}), at=NOON + HOUR, push=True, language="en")
    record, keys = owned.record(key), owned.keys(key)
    assert again.known
    assert (record.stopped, record.wait_until, record.failures) == ({}, None, 0)
    assert record.beats == {"reconcile": NOON}
    assert (record.cursors["orders"], record.revision) == (NOON, 2)
    assert keys is not None
    assert keys.options["extra"] == "new"
    assert owned.chosen(key) == {"shop": {"push": False, "language": "de"}}


def test_webhooks_that_stand_at_the_shop_go_on_to_be_believed(database: Database) -> None:
    """They sign with the secret that they were made with, whatever was granted since."""
    owned = Owned(database, "woocommerce")
    key = owned.connect().key
    owned.connect(granted("woocommerce", webhook_secret="another"))
    keys = owned.keys(key)
    assert keys is not None
    assert keys.webhook_secret == SECRET


def test_keys_that_nobody_can_open_any_more_are_replaced(owned: Owned) -> None:
    key = owned.connect().key
    with owned.work() as uow:
        uow.credentials.save(key, Sealed(b"sealed with a key that is lost", NOON))
        uow.commit()
    owned.connect()
    keys = owned.keys(key)
    assert keys is not None
    assert keys.options == OPTIONS[owned.platform]


def test_a_shop_that_had_left_comes_back_as_the_store_it_was_and_is_read_anew(owned: Owned) -> None:
    key = owned.connect().key
    record = owned.record(key)
    record.gone_at, record.progress = NOON, {"products": {"seen": 3, "total": 3}, "flags": {"seen": 1}}
    record.cursors |= {"orders": NOON, "products": NOON, "connected": NOON}
    owned.save(record)
    again = owned.connect(at=NOON + HOUR)
    record = owned.record(key)
    assert (again.key, again.known) == (key, True)
    assert (record.gone_at, record.cursors, record.progress) == (None, {RESUMED: NOON + HOUR}, {})
    assert owned.told(key)[-1] == f"{SHOPS[owned.platform]} was connected again."


def test_connecting_again_while_it_leaves_keeps_the_store(owned: Owned) -> None:
    key = owned.connect().key
    record = owned.record(key)
    record.leaving = Leaving.PUT_BACK
    owned.save(record)
    owned.connect()
    assert owned.record(key).leaving is Leaving.NO


def test_rights_that_are_missing_are_said(owned: Owned) -> None:
    done = owned.connect(granted(owned.platform, missing=("write_products",)))
    assert "write_products" in done.note
    assert owned.told(done.key) == [f"{SHOPS[owned.platform]} was connected, without these rights: write_products."]


def test_a_shop_of_the_config_file_keeps_the_keys_of_the_file(owned: Owned) -> None:
    owned.save(StoreRecord("main", owned.platform, gone_at=NOON))
    done = owned.connect(config_store="main")
    assert (done.key, done.known, done.note) == ("main", True, IN_THE_CONFIG)
    assert owned.keys("main") is None
    assert owned.chosen("main") == {}
    assert (owned.record("main").origin, owned.record("main").gone_at) == (Origin.CONFIG, None)


def test_a_store_that_was_taken_out_of_the_config_file_is_written_to_only_when_its_owner_says_so(owned: Owned) -> None:
    owned.save(StoreRecord("main", owned.platform, shop=SHOPS[owned.platform]))
    done = owned.connect()
    assert (done.key, done.known) == ("main", True)
    assert owned.record("main").origin is Origin.APP
    assert owned.chosen("main") == {"shop": {"push": False, "language": "de"}}


def test_a_removal_forgets_the_keys_and_signs_the_owner_out_at_once(owned: Owned) -> None:
    key = owned.connect().key
    with owned.work() as uow:
        uow.sessions.add(SessionRecord("s", key, operator=False, created_at=NOON, until=NOON + HOUR))
        record = uow.stores.get(key)
        assert record is not None
        record.leaving = Leaving.PUT_BACK
        uow.stores.save(record)
        uow.commit()
    told_removed(owned, key, NOON + HOUR)
    record = owned.record(key)
    assert (record.gone_at, record.leaving, record.revision) == (NOON + HOUR, Leaving.NO, 2)
    assert owned.keys(key) is None
    with owned.work(read_only=True) as uow:
        assert uow.sessions.get("s", NOON) is None


@pytest.mark.parametrize("told_between", [True, False], ids=["told before", "told only after"])
def test_a_removal_from_before_the_return_does_not_take_the_store_away_again(
    owned: Owned, *, told_between: bool
) -> None:
    key = owned.connect().key
    if told_between:
        told_removed(owned, key, NOON + HOUR)
    owned.connect(at=NOON + 2 * HOUR)
    told_removed(owned, key, NOON + HOUR)
    assert owned.record(key).gone_at is None
    assert owned.keys(key) is not None
    told_removed(owned, key, NOON + 3 * HOUR)
    assert owned.record(key).gone_at == NOON + 3 * HOUR
