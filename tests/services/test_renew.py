"""Keys that lapse are renewed in time, by one at a time, and a death in the middle loses nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, cast

import pytest
from crashes import Died, Fate, MortalWork
from owned_stores import HOUR, NOON, VAULT, Owned, granted

from connector.ports.accounts import Sealed
from connector.ports.due import RENEW_AHEAD
from connector.ports.failures import OwnerMustAct, TryLater, Unreadable
from connector.ports.installing import Installer, NotOffered
from connector.ports.unit_of_work import Work
from connector.services.renew import LEASE, LONGEST_WAIT, renew
from connector.storage.engine import Database, open_database

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
KEY = "mobel-more"


@dataclass
class Shopify:
    """The platform's side: a refresh token stays good until the one that replaced it is used."""

    now: datetime = NOON
    good: list[str] = field(default_factory=lambda: ["shprt_first"])
    asked: int = 0
    fails: list[Exception] = field(default_factory=list)
    meanwhile: Callable[[], object] = lambda: None

    def clock(self) -> datetime:
        return self.now

    def renew(self, options: Mapping[str, object], *, now: datetime) -> Mapping[str, object]:
        assert now == self.now
        self.asked += 1
        if self.fails:
            raise self.fails.pop()
        token = str(options["refresh_token"])
        assert token in self.good, "a refresh token that is good no more"
        self.good = [token, f"shprt_{self.asked}"]
        self.meanwhile()
        return {**options, "access_token": f"shpat_{self.asked}", "refresh_token": self.good[-1], "until": "later"}

    def lapses(self, options: Mapping[str, object]) -> datetime | None:
        return self.now + HOUR if "until" in options else None


@dataclass
class Renewing:
    owned: Owned
    shop: Shopify

    def renew(self, work: Work | None = None) -> bool:
        return renew(KEY, work or self.owned.work, VAULT, cast("Installer", self.shop), self.shop.clock)

    def options(self) -> Mapping[str, Any]:
        keys = self.owned.keys(KEY)
        assert keys is not None
        return keys.options

    def stopped(self) -> Mapping[str, str]:
        return self.owned.record(KEY).stopped


@pytest.fixture
def there(database: Database) -> Renewing:
    """A store whose keys lapse in ten minutes."""
    owned = Owned(database, "shopify")
    assert owned.connect(granted("shopify", webhook_secret="own"), lapses_at=NOON + 10 * MINUTE).key == KEY
    return Renewing(owned, Shopify())


def test_keys_that_lapse_soon_are_replaced_whole_and_known_by_a_new_revision(there: Renewing) -> None:
    assert there.renew()
    assert there.options() == {
        "shop": "tents.myshopify.com",
        "access_token": "shpat_1",
        "refresh_token": "shprt_1",
        "until": "later",
    }
    keys, record = there.owned.keys(KEY), there.owned.record(KEY)
    assert keys is not None
    assert (keys.webhook_secret, record.revision, record.stopped) == ("own", 2, {})
    assert not there.renew()
    assert there.shop.asked == 1


def test_they_are_renewed_again_and_again(there: Renewing) -> None:
    for times in range(1, 6):
        assert there.renew()
        assert there.shop.asked == times
        there.shop.now += HOUR - RENEW_AHEAD + SECOND


@pytest.mark.parametrize(
    ("left", "asked"),
    [(RENEW_AHEAD + SECOND, 0), (RENEW_AHEAD, 1), (SECOND, 1), (-30 * MINUTE, 1)],
    ids=["long enough", "soon", "just now", "over"],
)
def test_they_are_renewed_a_quarter_of_an_hour_before_they_lapse_and_also_after(
    there: Renewing, left: timedelta, asked: int
) -> None:
    there.shop.now = NOON + 10 * MINUTE - left
    assert there.renew() is bool(asked)
    assert there.shop.asked == asked


@pytest.mark.parametrize("case", ["for good", "gone", "unknown", "no keys", "no installer"])
def test_where_there_is_nothing_to_renew_nobody_is_asked(there: Renewing, case: str) -> None:
    with there.owned.work() as uow:
        sealed, record = uow.credentials.get(KEY), uow.stores.get(KEY)
        assert sealed is not None
        assert record is not None
        if case == "for good":
            uow.credentials.save(KEY, Sealed(sealed.secret, NOON))
        elif case == "no keys":
            uow.credentials.forget(KEY)
        elif case == "gone":
            record.gone_at = NOON
            uow.stores.save(record)
        uow.commit()
    installer = None if case == "no installer" else cast("Installer", there.shop)
    store = "nobody" if case == "unknown" else KEY
    assert not renew(store, there.owned.work, VAULT, installer, there.shop.clock)
    assert there.shop.asked == 0


def test_two_processes_ask_once(there: Renewing, database_url: str) -> None:
    other = open_database(database_url)
    seconds: list[bool] = []
    there.shop.meanwhile = lambda: seconds.append(there.renew(other.work))
    try:
        assert there.renew()
    finally:
        other.close()
    assert (seconds, there.shop.asked) == ([False], 1)


BOUNDARIES = [f"it: {when} a commit #{number}" for number in (1, 2) for when in ("before", "after")]


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_a_death_anywhere_is_made_good_by_the_next_run(there: Renewing, boundary: str) -> None:
    """At ``before a commit #2`` the platform has answered, and its answer is lost."""
    with pytest.raises(Died):
        there.renew(MortalWork(there.owned.work, Fate({boundary}), "it"))
    there.shop.now += LEASE
    there.renew()
    assert there.options()["refresh_token"] in there.shop.good
    assert there.options()["until"] == "later"
    there.shop.now += HOUR
    assert there.renew()


def test_a_dead_process_is_waited_for_as_long_as_its_lease(there: Renewing) -> None:
    with pytest.raises(Died):
        there.renew(MortalWork(there.owned.work, Fate({"it: after a commit #1"}), "it"))
    there.shop.now += LEASE - SECOND
    assert not there.renew()
    there.shop.now += SECOND
    assert there.renew()


def test_a_platform_that_is_away_disturbs_nothing_and_is_asked_less_and_less(there: Renewing) -> None:
    before = dict(there.options())
    tries: list[datetime] = []
    for _ in range(1800):
        there.shop.fails = [TryLater("503")]
        asked = there.shop.asked
        assert not there.renew()
        tries += [there.shop.now] * (there.shop.asked - asked)
        there.shop.now += SECOND
    waits = [later - sooner for sooner, later in pairwise(tries)]
    assert waits[0] >= 7 * SECOND
    assert max(waits) <= LONGEST_WAIT + SECOND
    assert waits[-1] >= 3 * MINUTE
    assert len(tries) <= 18
    record = there.owned.record(KEY)
    assert (there.options(), record.stopped, record.wait_until, record.failures) == (before, {}, None, 0)
    assert record.revision == 1
    there.shop.fails = []
    there.shop.now += LONGEST_WAIT
    assert there.renew()
    assert set(there.owned.record(KEY).beats) == set()


@pytest.mark.parametrize(("failure", "wait"), [(TryLater("429", 20 * MINUTE), 20), (Unreadable("$", "is HTML"), 0)])
def test_it_waits_as_long_as_the_platform_asks(there: Renewing, failure: Exception, wait: int) -> None:
    there.shop.fails = [failure]
    assert not there.renew()
    there.shop.now += wait * MINUTE - SECOND
    assert not there.renew()
    there.shop.now += MINUTE
    assert there.renew()


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (OwnerMustAct("read", "The app was removed.", "Install it again."), "The app was removed. Install it again."),
        (NotOffered("This installation has no app."), "This installation has no app. Connect the store again;"),
    ],
)
def test_where_only_the_owner_can_help_it_is_said_once_and_nobody_is_asked_again(
    there: Renewing, failure: Exception, said: str
) -> None:
    for _ in range(3):
        there.shop.fails = [failure]
        assert not there.renew()
        there.shop.now += HOUR
    assert there.stopped()["keys"].startswith(said)
    assert there.shop.asked == 1
    assert [entry.kind for entry in there.owned.journal(KEY)] == ["connected", "owner_must_act"]
    assert there.owned.told(KEY)[-1].startswith(f"the shop is called no more: {said}")


def test_connecting_again_ends_it(there: Renewing) -> None:
    there.shop.fails = [OwnerMustAct("read", "The app was removed.", "Install it again.")]
    there.renew()
    there.shop.good = ["shprt_new"]
    fresh = granted("shopify", options={"refresh_token": "shprt_new"})
    there.owned.connect(fresh, at=there.shop.now, lapses_at=there.shop.now + MINUTE)
    assert there.stopped() == {}
    assert there.renew()


def test_with_keys_that_cannot_be_opened_nobody_is_asked_and_nothing_is_lost(there: Renewing) -> None:
    """They can be, as soon as the operator puts the key they were sealed with back into the config."""
    sealed = Sealed(b"sealed with a key that is not here", NOON, NOON)
    with there.owned.work() as uow:
        uow.credentials.save(KEY, sealed)
        uow.commit()
    assert not there.renew()
    with there.owned.work(read_only=True) as uow:
        assert uow.credentials.get(KEY) == sealed
    assert (there.shop.asked, there.stopped()) == (0, {})


def test_what_the_owner_connected_meanwhile_is_not_overwritten(there: Renewing) -> None:
    fresh = granted("shopify", options={"refresh_token": "shprt_owner"})
    there.shop.meanwhile = lambda: there.owned.connect(fresh, at=NOON + SECOND, lapses_at=NOON + HOUR)
    assert not there.renew()
    assert there.options()["refresh_token"] == "shprt_owner"


def test_a_failure_of_keys_that_were_replaced_meanwhile_stops_nothing(there: Renewing) -> None:
    fresh = granted("shopify", options={"refresh_token": "shprt_owner"})
    work, shop = there.owned.work, there.shop

    def fail(options: Mapping[str, object], *, now: datetime) -> Mapping[str, object]:
        del options, now
        there.owned.connect(fresh, at=NOON + SECOND, lapses_at=NOON + HOUR)
        raise OwnerMustAct("read", "The token was revoked.", "Connect again.")

    shop.renew = fail  # type: ignore[method-assign]  # the platform answers after the owner was faster
    assert not renew(KEY, work, VAULT, cast("Installer", shop), shop.clock)
    assert there.stopped() == {}


def test_a_store_that_was_disconnected_meanwhile_gets_no_keys_back(there: Renewing) -> None:
    def disconnect() -> None:
        with there.owned.work() as uow:
            uow.credentials.forget(KEY)
            uow.commit()

    there.shop.meanwhile = disconnect
    assert not there.renew()
    assert there.owned.keys(KEY) is None


def test_what_the_lapsed_keys_could_not_do_may_be_tried_with_the_new_ones(there: Renewing) -> None:
    record = there.owned.record(KEY)
    record.stopped = {"read": "The token lapsed."}
    there.owned.save(record)
    assert there.renew()
    record = there.owned.record(KEY)
    assert record.stopped == {"read": "The token lapsed."}
    assert record.beats == {"retry read": NOON}
