"""The Admin API's ways of saying no, and what each one means."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import responses
from shopify_adapter_stage import DOMAIN, GRANT, GRAPHQL, START, Stage, open_stage, scripted

from adapters.http import Channel, Retries
from adapters.shopify.answered import WrongRequestError
from adapters.shopify.client import open_storefront
from adapters.shopify.tokens import GrantedToken
from connector.domain.facts import OrderGone
from connector.ports.failures import OwnerMustAct, TryLater
from connector.ports.storefront import Change

EMPTY = {"data": {"nodes": [None]}}
GONE = [OrderGone("1")]


def throttled(requested: float, available: float, restore: float = 100) -> dict[str, Any]:
    status = {"maximumAvailable": 2000, "currentlyAvailable": available, "restoreRate": restore}
    cost = {"requestedQueryCost": requested, "actualQueryCost": None, "throttleStatus": status}
    errors = [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]
    return {"errors": errors, "extensions": {"cost": cost}}


@pytest.fixture(name="stage")
def make_stage() -> Iterator[Stage]:
    with open_stage() as stage:
        yield stage


def test_a_throttled_call_waits_just_as_long_as_the_points_take_to_come_back() -> None:
    with scripted() as script:
        script.answers(throttled(752, 152), EMPTY)
        assert list(script.client.read_orders(["1"])) == GONE
        assert script.clock.slept[0] == 6.0
        assert len(script.asked) == 2


def test_a_write_that_was_throttled_was_not_carried_out_and_is_sent_again() -> None:
    done: dict[str, Any] = {"data": {"m0": {"productVariants": [], "userErrors": []}}}
    with scripted() as script:
        script.answers(throttled(10, 0), done)
        (pushed,) = script.client.push([Change("1", "2", {"inventoryPolicy": "DENY"})])
        assert (pushed.refused, len(script.asked)) == (None, 2)


def test_a_wait_that_is_too_long_for_a_thread_is_left_to_the_row() -> None:
    with scripted() as script:
        script.answers(throttled(1000, -900, restore=50))
        with pytest.raises(TryLater) as later:
            list(script.client.read_orders(["1"]))
        assert script.clock.slept == []
    assert later.value.after == timedelta(seconds=38)


def test_a_shop_that_throttles_again_and_again_is_left_alone() -> None:
    with scripted() as script:
        script.answers(throttled(100, 0))
        with pytest.raises(TryLater):
            list(script.client.read_orders(["1"]))
        assert len(script.asked) == 4


def test_throttling_that_does_not_say_how_much_is_missing_waits_a_little() -> None:
    with scripted() as script:
        script.answers({"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]}, EMPTY)
        assert list(script.client.read_orders(["1"])) == GONE
        assert script.clock.slept == [2.0]


def test_we_wait_by_ourselves_once_the_shop_has_said_what_is_left() -> None:
    spent = throttled(400, 100)
    del spent["errors"]
    with scripted() as script:
        script.answers({**spent, **EMPTY}, EMPTY)
        list(script.client.read_orders(["1"]))
        assert script.clock.slept == []
        list(script.client.read_orders(["1"]))
        assert script.clock.slept == [pytest.approx(3.0)]


def test_the_sandbox_lets_long_reads_through_without_throttling_us(stage: Stage) -> None:
    stage.shop.add_variations("Screws", {f"S{number:03}": 1 for number in range(120)})
    (page,) = stage.client.products_changed(None)
    # Three facts a variant, and one that lists them.
    assert (len(page.facts), stage.clock.slept) == (361, [])


def test_both_forms_of_throttling_pass(stage: Stage) -> None:
    stage.shop.faults.answer_429 = 2
    client = stage.client_with(retries=Retries(attempts=3, first_wait=0.01, seconds=5))
    assert list(client.read_orders(["1"])) == GONE


@pytest.mark.parametrize("fault", ["answer_500", "answer_html", "lose_answer"])
def test_a_shop_that_is_away_is_asked_later(stage: Stage, fault: str) -> None:
    setattr(stage.shop.faults, fault, 1)
    with pytest.raises(TryLater):
        list(stage.client.read_orders(["1"]))
    assert list(stage.client.read_orders(["1"])) == GONE


@pytest.mark.parametrize(
    ("status", "word"),
    [(401, "token"), (402, "frozen"), (423, "frozen"), (403, "let this app read"), (404, "no Admin API")],
)
def test_what_only_the_owner_can_mend_is_told_to_the_owner(status: int, word: str) -> None:
    with scripted() as script:
        script.answers({"errors": "[API] no"}, status=status)
        with pytest.raises(OwnerMustAct, match=word) as refused:
            list(script.client.read_orders(["1"]))
    assert refused.value.act == "read"
    assert refused.value.fix


def error(code: str | None = None, message: str = "No.", **more: object) -> dict[str, Any]:
    return {"message": message, **({"extensions": {"code": code}} if code else {}), **more}


@pytest.mark.parametrize(
    ("found", "scope"),
    [
        (
            error("ACCESS_DENIED", "Access denied for orders field. Required access: `read_orders` access scope."),
            "read_orders",
        ),
        (
            {
                "message": "Denied",
                "extensions": {"code": "ACCESS_DENIED", "requiredAccess": "`read_all_orders` access scope"},
            },
            "read_all_orders",
        ),
        (error("ACCESS_DENIED"), "the rights named in the guide"),
    ],
)
def test_a_missing_right_is_named(found: dict[str, Any], scope: str) -> None:
    with scripted() as script:
        script.answers({"data": None, "errors": [found]})
        with pytest.raises(OwnerMustAct) as refused:
            list(script.client.read_orders(["1"]))
    assert scope in refused.value.fix


@pytest.mark.parametrize("code", ["INTERNAL_SERVER_ERROR", "TIMEOUT", "SHOP_UNAVAILABLE"])
def test_an_error_that_passes_is_tried_later(code: str) -> None:
    with scripted() as script:
        script.answers({"data": None, "errors": [error(code)]})
        with pytest.raises(TryLater, match=code):
            list(script.client.read_orders(["1"]))


@pytest.mark.parametrize(
    "body",
    [
        {"errors": [error("undefinedField", path=["query", "orders"])]},
        {"errors": [error("MAX_COST_EXCEEDED")]},
        {"errors": [error()]},
        {"errors": "Required parameter missing or invalid"},
        {"data": None},
    ],
)
def test_a_request_that_the_shop_calls_wrong_is_our_bug(body: object) -> None:
    with scripted() as script:
        script.answers(body)
        with pytest.raises(WrongRequestError):
            list(script.client.read_orders(["1"]))


def test_an_error_beside_the_data_we_need_takes_nothing_away() -> None:
    elsewhere = error("ACCESS_DENIED", path=["nodes", 0, "fulfillmentHolds", 0, "heldByApp"])
    with scripted() as script:
        script.answers({"data": {"nodes": [None, None]}, "errors": [elsewhere]})
        facts = script.client.read_orders(["1", "2"])
        # What is null because of the error is refused, what is null by itself is gone.
        with pytest.raises(OwnerMustAct):
            next(facts)
    with scripted() as script:
        script.answers({"data": {"nodes": [None]}, "errors": [{**elsewhere, "path": ["nodes", 1]}]})
        assert list(script.client.read_orders(["1"])) == GONE


def granting(mock: responses.RequestsMock, *tokens: str, status: int = 200) -> list[Any]:
    asked: list[Any] = []
    left = list(tokens)

    def grant(request: Any) -> tuple[int, dict[str, str], str]:
        asked.append(json.loads(request.body))
        return status, {}, json.dumps({"access_token": left.pop(0), "scope": "read_orders", "expires_in": 86_399})

    mock.add_callback(responses.POST, f"https://{DOMAIN}/admin/oauth/access_token", callback=grant)
    return asked


def test_a_token_is_bought_once_and_again_before_it_lapses() -> None:
    with scripted({**GRANT, "access_token": ""}) as script:
        asked = granting(script.mock, "first", "second")
        script.answers(EMPTY)
        for _ in range(2):
            list(script.client.read_orders(["1"]))
        assert asked == [{"client_id": "sandbox", "client_secret": "shpss_sandbox", "grant_type": "client_credentials"}]
        script.clock.pass_by(86_399 - 299)
        list(script.client.read_orders(["1"]))
        sent = [
            call.request.headers["X-Shopify-Access-Token"] for call in script.mock.calls if call.request.url == GRAPHQL
        ]
    assert sent == ["first", "first", "second"]


def test_a_token_that_the_shop_refuses_is_bought_anew_once() -> None:
    with scripted({**GRANT, "access_token": ""}) as script:
        asked = granting(script.mock, "first", "second")
        script.answers({"errors": "[API] Invalid API key or access token"}, status=401)
        with pytest.raises(OwnerMustAct, match="token"):
            list(script.client.read_orders(["1"]))
        assert (len(asked), len(script.asked)) == (2, 2)


def test_a_token_that_another_thread_has_renewed_is_not_bought_again() -> None:
    with responses.RequestsMock() as mock:
        asked = granting(mock, "first")
        tokens = GrantedToken(Channel(f"https://{DOMAIN}", allow_private=True), "id", "secret", lambda: START)
        assert tokens.current() == "first"
        assert tokens.renew("an older one")
        assert (tokens.current(), len(asked)) == ("first", 1)


def test_an_app_that_gets_no_token_is_the_owners_to_mend() -> None:
    with scripted({**GRANT, "access_token": ""}) as script:
        granting(script.mock, "none", status=400)
        with pytest.raises(OwnerMustAct, match="client_id"):
            list(script.client.read_orders(["1"]))


def test_the_sandbox_grants_a_token_for_id_and_secret(stage: Stage) -> None:
    client = open_storefront({**GRANT, "admin_url": stage.url}, shop=DOMAIN, allow_private=True, clock=stage.clock)
    assert list(client.read_orders(["1"])) == GONE


def findings(stage: Stage, **options: str) -> dict[str, tuple[bool, str, str]]:
    found = stage.client_with(options).check(stage.clock.now)
    return {one.what: (one.ok, one.said, one.fix) for one in found}


def test_a_sound_store_has_nothing_to_mend(stage: Stage) -> None:
    found = findings(stage)
    # The sandbox's answers bear the machine's own time, not the test's.
    clock = found.pop("Clock")
    assert "seconds" in clock[1]
    assert {what for what, (ok, _, fix) in found.items() if not ok or fix} == set()
    assert "read_all_orders" in "".join(found)
    assert "60 days" in found["Right read_all_orders"][1]


def test_each_missing_right_is_told_with_what_it_stops() -> None:
    with open_stage(scopes={"read_products", "read_inventory", "read_orders"}) as stage:
        found = findings(stage)
    missing = {what for what, (ok, _, _) in found.items() if not ok and what.startswith("Right")}
    assert missing == {"Right write_products", "Right read_locations", "Right write_orders"}
    assert "read_locations" in found["Locations"][2]


def test_another_version_than_asked_for_is_told(stage: Stage) -> None:
    ok, said, fix = findings(stage, api_version="2025-01")["API version"]
    assert (ok, "2026-01" in said, "2026-01" in fix) == (False, True, True)


def test_a_shop_that_cannot_be_reached_is_the_only_finding(stage: Stage) -> None:
    found = findings(stage, access_token="wrong")
    assert list(found) == ["The shop answers"]
    assert not found["The shop answers"][0]


def test_a_shop_that_fails_in_between_is_a_finding_and_no_error(stage: Stage) -> None:
    checking = stage.client.check(stage.clock.now)
    next(checking)
    stage.shop.faults.answer_500 = 9
    assert [one.ok for one in checking if one.what in {"Rights of the app", "Locations"}] == [False, False]


@pytest.mark.parametrize(("seconds", "ok"), [(59, True), (61, False), (-61, False)])
def test_a_clock_that_is_a_minute_off_is_told(seconds: int, ok: bool) -> None:  # noqa: FBT001 -- a column of the table
    shop = {"name": "S", "myshopifyDomain": DOMAIN, "ianaTimezone": "Europe/Berlin"}
    with scripted() as script:
        script.answers({"data": {"shop": shop}}, headers={"Date": "Sat, 21 Nov 2026 12:00:00 GMT"})
        found = {
            one.what: one for one in script.client.check(START + timedelta(seconds=seconds)) if one.what == "Clock"
        }
    assert found["Clock"].ok is ok


@pytest.mark.parametrize("date", [None, "noon"])
def test_a_shop_that_does_not_say_the_time_is_not_blamed(date: str | None) -> None:
    shop = {"name": "S", "myshopifyDomain": "other.myshopify.com", "ianaTimezone": "Europe/Berlin"}
    with scripted() as script:
        script.answers({"data": {"shop": shop}}, headers={"Date": date} if date else {})
        found = {one.what: one for one in script.client.check(START)}
    assert found["Clock"].ok
    assert "other.myshopify.com" in found["The shop answers"].fix
