"""Keys that lapse are renewed, and given back in the end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from shopify_adapter_stage import DOMAIN, START, Hands
from shopify_install_stage import QUICK, Door, endpoint, make, open_door

from adapters.shopify.sandbox import SECRET
from adapters.shopify.tokens import LapsingToken
from connector.ports.failures import OwnerMustAct, TryLater, Unreadable

HOUR = 3600.0
PASTED = {"shop": DOMAIN, "access_token": "shpat_sandbox"}
LAPSING = {
    **PASTED,
    "access_token_until": "2026-11-21T13:00:00+00:00",
    "refresh_token": "shprt_1",
    "refresh_token_until": "2027-02-19T12:00:00+00:00",
    "scopes": ["write_orders"],
}


@pytest.fixture
def door() -> Iterator[Door]:
    with open_door() as opened:
        yield opened


@pytest.mark.parametrize(
    ("options", "until"),
    [
        (PASTED, None),
        ({"shop": DOMAIN, "client_id": "1", "client_secret": "2"}, None),
        (LAPSING, datetime(2026, 11, 21, 13, tzinfo=UTC)),
        ({**LAPSING, "access_token_until": "2026-11-21T14:00:00+01:00"}, datetime(2026, 11, 21, 13, tzinfo=UTC)),
    ],
)
def test_only_what_was_granted_for_a_while_lapses(options: dict[str, object], until: datetime | None) -> None:
    assert make(Hands(), "code").lapses(options) == until


def test_a_moment_without_a_zone_is_none() -> None:
    with pytest.raises(Unreadable, match="access_token_until"):
        make(Hands(), "code").lapses({**LAPSING, "access_token_until": "2026-11-21T13:00:00"})


def test_a_lapsed_token_is_not_sent_any_more(door: Door) -> None:
    _, granted = door.connected()
    door.clock.pass_by(HOUR - 1)
    assert door.calls_with(granted.options)
    door.clock.pass_by(1)
    before = len(door.shop.calls)
    with pytest.raises(TryLater, match="lapsed"):
        door.calls_with(granted.options)
    assert len(door.shop.calls) == before


def test_a_lapsing_token_is_not_renewed_by_whoever_uses_it() -> None:
    token = LapsingToken("shpat_1", START, lambda: START - timedelta(seconds=1))
    assert (token.current(), token.renew("shpat_1"), token.current()) == ("shpat_1", False, "shpat_1")


def test_the_new_pair_comes_with_all_options_and_works(door: Door) -> None:
    way, granted = door.connected()
    door.clock.pass_by(HOUR)
    old = {**granted.options, "note": "kept"}
    new = way.renew(old, now=door.clock.now)
    assert set(new) == set(old)
    changed = {key for key in new if new[key] != old[key]}
    assert changed == {"access_token", "access_token_until", "refresh_token", "refresh_token_until"}
    assert way.lapses(new) == door.clock.now + timedelta(hours=1)
    assert door.calls_with(new)


def test_what_does_not_lapse_is_not_renewed_and_nobody_is_called() -> None:
    assert make(Hands(), "code").renew(PASTED, now=START) == PASTED


def test_a_refresh_whose_answer_was_lost_is_asked_for_again(door: Door) -> None:
    _, granted = door.connected()
    door.shop.faults.lose_answer = 2
    new = door.installer(retries=QUICK).renew(granted.options, now=START)
    assert door.calls_with(new)
    assert door.shop.calls.count("POST /admin/oauth/access_token") == 4


def test_keys_survive_a_refresh_whose_answer_never_came(door: Door) -> None:
    way, granted = door.connected()
    door.shop.faults.lose_answer = 1
    with pytest.raises(TryLater):
        way.renew(granted.options, now=START)
    door.clock.pass_by(29 * 86_400)
    once = way.renew(granted.options, now=door.clock.now)
    twice = way.renew(once, now=door.clock.now)
    assert door.calls_with(twice)
    with pytest.raises(OwnerMustAct):
        way.renew(granted.options, now=door.clock.now)


@pytest.mark.parametrize("days", [90, 120])
def test_keys_that_nobody_renewed_for_ninety_days_are_the_owners_to_mend(door: Door, days: int) -> None:
    way, granted = door.connected()
    door.clock.pass_by(days * 86_400)
    with pytest.raises(OwnerMustAct, match="Open the app in the shop's admin again") as raised:
        way.renew(granted.options, now=door.clock.now)
    assert raised.value.act == "read"


def test_an_app_that_was_uninstalled_is_not_renewed(door: Door) -> None:
    way, granted = door.connected()
    door.shop.uninstall()
    with pytest.raises(OwnerMustAct, match="Open the app"):
        way.renew(granted.options, now=START)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"error": "invalid_grant"}),
        (400, {"error": "invalid_request"}),
        (401, {"error": "invalid_request", "error_description": "This request requires an active refresh_token"}),
        (403, {"errors": "Forbidden"}),
        (401, []),
    ],
)
def test_a_refusal_for_good_is_the_owners(status: int, body: object) -> None:
    with endpoint(status, body), pytest.raises(OwnerMustAct, match="Open the app"):
        make(Hands(), "code").renew(LAPSING, now=START)


@pytest.mark.parametrize(("status", "body"), [(500, {}), (502, "<html>"), (429, {}), (401, "<html>"), (200, {})])
def test_a_refresh_that_may_succeed_later_is_tried_later(status: int, body: object) -> None:
    with endpoint(status, body), pytest.raises(TryLater):
        make(Hands(), "code").renew(LAPSING, now=START)


@pytest.mark.parametrize("code", ["application_cannot_be_found", "invalid_client", "unauthorized_client"])
def test_wrong_keys_of_the_app_are_the_operators(code: str) -> None:
    with endpoint(400, {"error": code}), pytest.raises(OwnerMustAct, match=r"\[install.shopify\]"):
        make(Hands(), "code").renew(LAPSING, now=START)
    with pytest.raises(OwnerMustAct, match=r"\[install.shopify\]"):
        make(Hands(), "own", client_id="", client_secret="").renew(LAPSING, now=START)


def test_no_failure_of_a_refresh_repeats_a_secret() -> None:
    said = {"error": "invalid_grant", "error_description": f"{SECRET} shprt_1"}
    with endpoint(400, said), pytest.raises(OwnerMustAct) as raised:
        make(Hands(), "code").renew(LAPSING, now=START)
    assert not [secret for secret in (SECRET, "shprt_1", "shpat_sandbox") if secret in str(raised.value)]


def test_keys_without_a_shop_are_sent_nowhere() -> None:
    with pytest.raises(OwnerMustAct, match="Connect the store again"):
        make(Hands(), "code").renew({**LAPSING, "shop": "evil.com"}, now=START)


@pytest.mark.parametrize("seconds", [0, 2 * HOUR])
def test_giving_keys_back_uninstalls_the_app(door: Door, seconds: float) -> None:
    way, granted = door.connected()
    door.clock.pass_by(seconds)
    assert way.revoke(granted.options) == ""
    assert (door.shop.installed, door.shop.calls[-1]) == (False, "Uninstall")


def test_keys_that_no_longer_work_leave_a_word_to_the_owner(door: Door) -> None:
    way, granted = door.connected()
    door.shop.revoke_tokens()
    assert "Uninstall" in way.revoke(granted.options)
    door.clock.pass_by(2 * HOUR)
    assert "Uninstall" in way.revoke(granted.options)


def test_giving_back_is_tried_again_where_the_shop_is_away(door: Door) -> None:
    way, granted = door.connected()
    door.shop.faults.answer_500 = 1
    with pytest.raises(TryLater):
        way.revoke(granted.options)
    assert door.shop.installed


def test_an_owners_own_app_is_not_uninstalled(door: Door) -> None:
    said = door.installer("own").revoke({**PASTED, "admin_url": door.url})
    assert "client secret" in said
    assert (door.shop.installed, door.shop.calls) == (True, [])
