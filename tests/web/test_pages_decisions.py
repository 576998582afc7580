"""What waits for the owner: seen with its deadline, decided once, and told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from bs4 import Tag
from shopper_door import Door, config, door
from site_house import Browser, Seen

from connector.domain.promises import Actor, EventKind
from connector.ports.promising import (
    AmendmentKind,
    AmendmentRecord,
    AmendmentState,
    MessageKind,
    MessageRecord,
    MessageState,
)

State = AmendmentState


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with door(tmp_path_factory.mktemp("decisions"), config(shopper={"fee": "5 EUR"})) as opened:
        yield opened


@pytest.fixture
def there(shop: Door) -> Iterator[Door]:
    """With an order of its own; what a test leaves waiting waits for nobody after it."""
    yield shop.another()
    with shop.site.house.service.work() as uow:
        for one in uow.amendments.find(shop.store, tuple(State), 1_000):
            uow.amendments.save(shop.store, replace(one, state=State.DROPPED))
        for message in uow.messages.find(shop.store, tuple(MessageState), 1_000):
            uow.messages.save(shop.store, replace(message, state=MessageState.DROPPED))
        uow.commit()
    shop.site.house.clock.shift(timedelta(hours=1))


def put(there: Door, state: State = State.OWNER, **more: Any) -> AmendmentRecord:
    now = there.site.house.service.clock()
    made = AmendmentRecord(
        0,
        there.order_id,
        there.line_id(),
        AmendmentKind.CANCEL,
        2,
        "",
        Actor.SHOPPER,
        "The shopper does not want to wait.",
        "16 CFR 435.2(c)(2)",
        f"S-{there.order_id}-{more.get('units', 0)}-{state.value}",
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        now,
        state=state,
    )
    made = replace(made, **more)
    with there.site.house.service.work() as uow:
        made.id = uow.amendments.add(there.store, made)
        uow.commit()
    return made


def park(there: Door, state: MessageState = MessageState.PARKED) -> int:
    now = there.site.house.service.clock()
    message = MessageRecord(
        0,
        MessageKind.OPTION,
        there.order_id,
        0,
        "en",
        {"lines": []},
        f"m-{there.order_id}-{state.value}",
        now,
        now,
        state=state,
        reason="No channel has an address.",
        tried={"email": 4},
        deadline=now + timedelta(days=2),
    )
    with there.site.house.service.work() as uow:
        number = uow.messages.add(there.store, message)
        uow.commit()
    return number


def form_of(seen: Seen, action: str) -> dict[str, str]:
    found = seen.soup.find("form", {"action": action})
    assert isinstance(found, Tag), seen.text
    return {str(one["name"]): str(one.get("value", "")) for one in found.select("input[name]")}


def decide(browser: Browser, amendment_id: int, what: str, **more: str) -> Seen:
    action = f"/settings/decisions/{amendment_id}"
    return browser.post(action, {**form_of(browser.get("/settings/decisions"), action), "do": what, **more})


def state_of(there: Door, amendment_id: int) -> AmendmentRecord:
    with there.site.house.service.work(read_only=True) as uow:
        found = uow.amendments.get(there.store, amendment_id)
    assert found is not None
    return found


def kinds(there: Door) -> list[EventKind]:
    with there.site.house.service.work(read_only=True) as uow:
        events = uow.promises.events(there.store, [there.order_id])[there.order_id][there.line_id()]
    return [one.kind for one in events if one.kind is not EventKind.PROMISED]


def said(there: Door) -> list[tuple[MessageKind, Mapping[str, Any]]]:
    with there.site.house.service.work(read_only=True) as uow:
        messages = uow.messages.of_order(there.store, there.order_id)
    return [(one.kind, one.values) for one in messages if one.reference.startswith("S-")]


def journal(there: Door) -> set[str]:
    with there.site.house.service.work(read_only=True) as uow:
        return {one.entry.kind for one in uow.journal.read(there.store, order_id=there.order_id, limit=100)}


def test_what_waits_is_listed_with_its_rule_and_deadline_and_counted_in_the_menu(there: Door) -> None:
    now = there.site.house.service.clock()
    put(there, by=Actor.SERVICE, deadline=now + timedelta(days=7))
    put(there, State.BY_HAND, deadline=now - timedelta(days=1))
    put(there, State.REFUSED)
    park(there)
    owner = there.site.owner()
    seen = owner.get("/settings/decisions")
    assert seen.text.count("16 CFR 435.2(c)(2)") == 3
    assert seen.text.count("overdue") == 1
    assert "the law may still ask it of you" in seen.text
    assert "No channel has an address." in seen.text
    assert re.search(r"Decisions\s+4\s+wait for you", owner.get("/settings").soup.get_text(" "))


def test_nothing_waits(there: Door) -> None:
    assert "Nothing waits for you." in there.site.owner().get("/settings/decisions").text


def test_what_the_owner_agrees_to_is_carried_out(there: Door) -> None:
    made = put(there)
    assert decide(there.site.owner(), made.id, "approve").status == 303
    assert (state_of(there, made.id).state, kinds(there)) == (State.ASKED, [EventKind.CANCEL_ASKED])
    there.carry_out()
    assert state_of(there, made.id).state is State.DONE
    assert there.site.house.woo.books(there.order_id).units == {there.sku: 1}
    assert {"amendment_approved", "amendment_done"} <= journal(there)


def test_what_the_owner_decides_against_is_told_to_the_shopper_in_the_owners_words(there: Door) -> None:
    made = put(there)
    decide(there.site.owner(), made.id, "decline", words="It has <b>left</b> today.")
    assert (state_of(there, made.id).state, kinds(there)) == (State.DROPPED, [])
    ((kind, values),) = said(there)
    assert (kind, values["why"], values["said"]) == (MessageKind.NOT_DONE, "declined", "It has <b>left</b> today.")
    assert (
        "The shop decided against what you asked for: It has <b>left</b> today." in there.shopper().get(there.path).text
    )


@pytest.mark.parametrize("state", [State.OWNER, State.REFUSED])
def test_what_the_owner_did_by_hand_is_done(there: Door, state: State) -> None:
    made = put(there, state)
    decide(there.site.owner(), made.id, "done", sum="24.00 EUR")
    assert state_of(there, made.id).state is State.DONE
    assert kinds(there) == [EventKind.CANCELLED, EventKind.REFUNDED]
    ((kind, values),) = said(there)
    assert (kind, values["refund"]["amount"]) == (MessageKind.CANCELLED, "24.00 EUR")
    assert "amendment_done_by_hand" in journal(there)


def test_money_that_was_sent_by_hand_ends_the_clock_for_it(there: Door) -> None:
    made = put(there, State.BY_HAND)
    decide(there.site.owner(), made.id, "sent", sum="24.00 EUR")
    assert (state_of(there, made.id).state, kinds(there)) == (State.DONE, [EventKind.REFUNDED])
    ((kind, values),) = said(there)
    assert (kind, values["refund"]["amount"]) == (MessageKind.REFUNDED, "24.00 EUR")


def test_what_the_shop_refused_can_be_put_away_and_nobody_is_told(there: Door) -> None:
    made = put(there, State.REFUSED)
    decide(there.site.owner(), made.id, "away")
    assert (state_of(there, made.id).state, said(there)) == (State.DROPPED, [])


@pytest.mark.parametrize("what", ["approve", "decline", "done"])
def test_a_decision_is_taken_once(there: Door, what: str) -> None:
    made = put(there)
    owner, action = there.site.owner(), f"/settings/decisions/{made.id}"
    form = {**form_of(owner.get("/settings/decisions"), action), "do": what}
    owner.post(action, form)
    assert "not done twice" in owner.follow(owner.post(action, form)).text
    assert "decided meanwhile" in owner.follow(owner.post(action, {**form, "form": "another"})).text
    assert len(said(there)) <= 1


@pytest.mark.parametrize(
    ("state", "what"), [(State.ASKED, "approve"), (State.DONE, "done"), (State.OWNER, "sent"), (State.OWNER, "away")]
)
def test_what_does_not_fit_changes_nothing(there: Door, state: State, what: str) -> None:
    made = put(there, state)
    there.site.owner().post(f"/settings/decisions/{made.id}", {"do": what, "form": "x"})
    assert state_of(there, made.id).state is state


@pytest.mark.parametrize("number", ["0", "99", str(2**63 - 1), str(2**63), "x"])
@pytest.mark.parametrize("do", ["approve", "steal", ""])
def test_a_number_or_a_decision_that_nobody_knows_is_no_error_of_ours(there: Door, number: str, do: str) -> None:
    owner = there.site.owner()
    assert owner.post(f"/settings/decisions/{number}", {"do": do, "form": ""}).status in {303, 404}
    assert owner.post(f"/settings/decisions/messages/{number}", {"do": do, "form": ""}).status in {303, 404}


def test_a_withdrawal_of_what_has_left_cannot_be_carried_out_at_the_shop(there: Door) -> None:
    made = put(there, kind=AmendmentKind.WITHDRAW, said="sent")
    owner = there.site.owner()
    seen = owner.get("/settings/decisions")
    assert "These units have left" in seen.text
    assert "Agree" not in seen.text
    decide(owner, made.id, "approve")
    assert state_of(there, made.id).state is State.OWNER


def test_a_message_that_reached_nobody_is_tried_again_or_put_away(there: Door) -> None:
    parked, bounced = park(there), park(there, MessageState.BOUNCED)
    owner = there.site.owner()
    for number, what in ((parked, "again"), (bounced, "again"), (bounced, "away")):
        action = f"/settings/decisions/messages/{number}"
        owner.post(action, {**form_of(owner.get("/settings/decisions"), action), "do": what})
    with there.site.house.service.work(read_only=True) as uow:
        again, away = uow.messages.get(there.store, parked), uow.messages.get(there.store, bounced)
    assert again is not None
    assert away is not None
    assert (again.state, again.tried, away.state) == (MessageState.PENDING, {}, MessageState.DROPPED)
    assert {"message_tried_again", "message_put_away"} <= journal(there)


def test_a_long_list_goes_on_and_ends(there: Door) -> None:
    made = [put(there, units=1, reference=f"S-long-{number}") for number in range(30)]
    owner = there.site.owner()
    seen = owner.get("/settings/decisions")
    found = [str(one["id"]) for one in seen.soup.select("h2[id^=decision-]")]
    following = seen.soup.select_one("a[rel=next]")
    assert following is not None
    rest = owner.get(str(following["href"]))
    found += [str(one["id"]) for one in rest.soup.select("h2[id^=decision-]")]
    assert found == [f"decision-{one.id}" for one in reversed(made)]
    assert rest.soup.select_one("a[rel=next]") is None


@pytest.mark.parametrize("before", ["x", "-1", "9" * 19, "9" * 400, "²", "1e9"])
def test_a_place_that_is_none_shows_the_beginning_or_the_end(there: Door, before: str) -> None:
    assert there.site.owner().get("/settings/decisions", query_string={"before": before}).status == 200


def test_a_fee_is_the_owners_to_settle_from_the_page_to_the_shop(there: Door) -> None:
    shopper = there.shopper()
    shopper.send(shopper.get(f"{there.path}/{there.line_id()}/cancel?units=1"), "/cancel")
    (made,) = there.amendments()
    owner = there.site.owner()
    assert "5 EUR" in owner.get("/settings/decisions").text
    decide(owner, made.id, "approve")
    there.carry_out()
    assert "1 unit was cancelled" in shopper.get(there.path).text


# The page of an order


def test_the_page_of_an_order_tells_what_was_promised_asked_for_and_said(there: Door) -> None:
    put(there, State.REFUSED, said="Not editable.")
    park(there)
    seen = there.site.owner().get(f"/settings/backorders/orders/{there.order_id}")
    for words in (
        "Shown when ordering",
        "refused by the shop",
        "Not editable.",
        "Wait or cancel?",
        "no channel took it",
    ):
        assert words in seen.text


def test_old_links_can_be_made_void_and_the_new_one_opens(there: Door) -> None:
    owner, shopper, old = there.site.owner(), there.shopper(), there.path
    page = f"/settings/backorders/orders/{there.order_id}"
    seen = owner.get(page)
    link = seen.soup.select_one("#link")
    assert link is not None
    assert str(link["value"]).endswith(old)
    action = f"{page}/links"
    form = form_of(seen, action)
    assert owner.post(action, form).status == 303
    owner.post(action, form)  # a double click
    assert shopper.get(old).status == 404
    renewed = owner.get(page).soup.select_one("#link")
    assert renewed is not None
    assert shopper.get(str(renewed["value"]).partition("8000")[2]).status == 200
    assert "links_voided" in journal(there)
    with there.site.house.service.work(read_only=True) as uow:
        assert uow.promises.terms(there.store, [there.order_id])[there.order_id].link == 1


def test_the_links_of_an_order_of_another_store_are_left_alone(there: Door) -> None:
    tents = there.site.owner("tents")
    tents.post(f"/settings/backorders/orders/{there.order_id}/links", {"form": "x"})
    assert there.shopper().get(there.path).status == 200
