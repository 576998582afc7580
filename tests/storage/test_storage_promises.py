"""Promises, amendments and messages in both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from threading import Barrier, Thread
from typing import Any

import pytest
from storage_rows import NOON, OTHER, SHOP, a_message, after, an_amendment

from connector.domain.promises import Actor, EventKind, Expected, PromiseEvent
from connector.ports.promising import (
    AmendmentRecord,
    AmendmentState,
    MessageKind,
    MessageRecord,
    MessageState,
    ShownRecord,
    TermsRecord,
)
from connector.storage.engine import Database

LEASE = after(300)
CHRISTMAS = date(2026, 12, 24)
PENDING, SENDING, SENT, DROPPED = (
    MessageState.PENDING,
    MessageState.SENDING,
    MessageState.SENT,
    MessageState.DROPPED,
)
ASKED, DOING = AmendmentState.ASKED, AmendmentState.DOING


def event(kind: EventKind = EventKind.PROMISED, seconds: float = 0, **more: Any) -> PromiseEvent:
    return replace(PromiseEvent(after(seconds), kind, Actor.SERVICE), **more)


def shown(seconds: float, text: str, variant_id: str = "v1") -> ShownRecord:
    expected = Expected(date(2026, 12, 1), CHRISTMAS)
    return ShownRecord(variant_id, after(seconds), "backorder", expected, text, "supply 1")


# Promises.


def test_events_are_read_back_as_they_were_written_in_that_order(database: Database) -> None:
    first = event(
        units=2,
        expected=Expected(date(2026, 12, 1), CHRISTMAS),
        text="Bis Weihnachten, Ünïcode",
        where="cart",
        basis="supply 1 (PO-7)",
        rule="16 CFR 435.2(b)(1)",
        reference="BO-1",
    )
    second, third = event(EventKind.REVISED, 5), event(EventKind.OPTION, 1, actor=Actor.OWNER)
    with database.work() as work:
        work.promises.append(SHOP, "o1", "1", [first])
        work.promises.append(SHOP, "o1", "1", [second, third])
        work.promises.append(SHOP, "o1", "2", [second])
        work.promises.append(SHOP, "o2", "1", [])
        work.commit()
    with database.work(read_only=True) as work:
        assert work.promises.events(SHOP, ["o1", "o2", "o9"]) == {
            "o1": {"1": [first, second, third], "2": [second]},
        }
        assert work.promises.events(OTHER, ["o1"]) == {}


def test_terms_are_kept_by_order(database: Database) -> None:
    whole = TermsRecord("o1", "DE", NOON, "digest", 3, together=False, essential=True, look_at=after(9))
    with database.work() as work:
        work.promises.save_terms(SHOP, [whole, TermsRecord("o2")])
        work.promises.save_terms(SHOP, [replace(whole, link=4, together=None)])
        work.promises.save_terms(SHOP, [])
        assert work.promises.terms(SHOP, ["o1", "o2", "o9"]) == {
            "o1": replace(whole, link=4, together=None),
            "o2": TermsRecord("o2"),
        }
        assert work.promises.terms(OTHER, ["o1"]) == {}


def test_orders_are_judged_when_their_time_has_come_the_longest_due_first(database: Database) -> None:
    with database.work() as work:
        times = {"o1": after(5), "o2": after(1), "o3": None, "o4": after(99)}
        work.promises.save_terms(SHOP, [TermsRecord(one, look_at=at) for one, at in times.items()])
        work.promises.save_terms(OTHER, [TermsRecord("o9", look_at=NOON)])
        assert work.promises.to_judge(SHOP, after(5), 9) == ["o2", "o1"]
        assert work.promises.to_judge(SHOP, after(5), 1) == ["o2"]
        assert work.promises.to_judge(SHOP, NOON, 9) == []


def test_the_orders_of_a_buyer_are_found_and_nobody_is_everybody(database: Database) -> None:
    with database.work() as work:
        whose = {"o1": "anna", "o2": "", "o3": "anna", "o4": "bob", "o5": ""}
        work.promises.save_terms(SHOP, [TermsRecord(one, buyer=buyer) for one, buyer in whose.items()])
        assert work.promises.orders_of(SHOP, "anna") == ["o1", "o3"]
        assert work.promises.orders_of(SHOP, "") == []
        assert work.promises.orders_of(OTHER, "anna") == []


def test_what_was_shown_at_a_moment_is_the_newest_from_before_it(database: Database) -> None:
    with database.work() as work:
        work.promises.showed(SHOP, [shown(0, "first"), shown(0, "other", "v2")])
        work.promises.showed(SHOP, [shown(10, "second")])
        work.promises.showed(SHOP, [])
        found = [work.promises.shown_at(SHOP, "v1", after(seconds)) for seconds in (-1, 0, 9, 10, 99)]
        assert [one.text if one else None for one in found] == [None, "first", "first", "second", "second"]
        assert found[3] == shown(10, "second")
        assert work.promises.shown_at(OTHER, "v1", after(1)) is None


def test_what_is_shown_twice_at_one_moment_is_what_came_last(database: Database) -> None:
    with database.work() as work:
        work.promises.showed(SHOP, [shown(0, "first")])
        work.promises.showed(SHOP, [shown(0, "second")])
        found = work.promises.shown_at(SHOP, "v1", after(1))
        assert found is not None
        assert found.text == "second"


def test_only_what_is_shown_no_more_is_forgotten(database: Database) -> None:
    with database.work() as work:
        for second in range(4):
            work.promises.showed(SHOP, [shown(second, f"{second}")])
        work.promises.showed(OTHER, [shown(0, "theirs"), shown(1, "theirs too")])
        assert work.promises.purge_shown(SHOP, after(3), 1) == 1
        assert work.promises.purge_shown(SHOP, after(3), 9) == 1  # the one that ended at 3 is not before 3
        assert work.promises.purge_shown(SHOP, after(99), 9) == 1
        assert work.promises.purge_shown(SHOP, after(99), 9) == 0
        left = work.promises.shown_at(SHOP, "v1", after(99))
        assert left is not None
        assert left.text == "3"


# Amendments.


def test_an_amendment_is_read_back_as_it_was_made(database: Database) -> None:
    amendment = an_amendment(
        units=2, variant_id="v9", reason="schön", rule="r", deadline=after(9), state=AmendmentState.OWNER, said="x"
    )
    with database.work() as work:
        id_ = work.amendments.add(SHOP, amendment)
        assert work.amendments.get(SHOP, id_) == replace(amendment, id=id_)
        assert work.amendments.get(OTHER, id_) is None
        assert work.amendments.of_order(OTHER, "o1") == []


def test_one_of_the_same_reference_is_not_added_twice(database: Database) -> None:
    with database.work() as work:
        first = work.amendments.add(SHOP, an_amendment(units=1))
        assert work.amendments.add(SHOP, an_amendment(units=5)) == first
        assert work.amendments.add(OTHER, an_amendment()) != first
        assert [one.units for one in work.amendments.of_order(SHOP, "o1")] == [1]


def test_the_amendments_of_an_order_go_one_after_the_other(database: Database) -> None:
    with database.work() as work:
        for order, reference in (("o1", "a1"), ("o1", "a2"), ("o2", "a3")):
            work.amendments.add(SHOP, an_amendment(order, reference))
        claimed = work.amendments.claim(SHOP, NOON, LEASE, 9)
        assert [one.reference for one in claimed] == ["a1", "a3"]
        assert [(one.state, one.attempts, one.next_at) for one in claimed] == [(DOING, 1, LEASE)] * 2
        assert work.amendments.claim(SHOP, NOON, LEASE, 9) == []
        work.amendments.save(SHOP, replace(claimed[0], state=AmendmentState.DONE, next_at=None))
        assert [one.reference for one in work.amendments.claim(SHOP, NOON, LEASE, 9)] == ["a2"]


def test_an_amendment_whose_lease_has_ended_is_claimed_again(database: Database) -> None:
    with database.work() as work:
        work.amendments.add(SHOP, an_amendment())
        work.amendments.claim(SHOP, NOON, LEASE, 9)
        assert work.amendments.claim(SHOP, after(299), after(600), 9) == []
        (again,) = work.amendments.claim(SHOP, LEASE, after(600), 9)
        assert (again.attempts, again.next_at) == (2, after(600))


@pytest.mark.parametrize("state", [one for one in AmendmentState if one not in {ASKED, DOING}])
def test_only_what_is_asked_for_is_carried_out(database: Database, state: AmendmentState) -> None:
    with database.work() as work:
        work.amendments.add(SHOP, an_amendment(state=state))
        work.amendments.add(SHOP, an_amendment("o1", "a2", next_at=after(60)))
        assert work.amendments.claim(SHOP, NOON, LEASE, 9) == []
        assert [one.reference for one in work.amendments.claim(SHOP, after(60), LEASE, 9)] == ["a2"]


def test_amendments_are_listed_by_state_newest_first(database: Database) -> None:
    with database.work() as work:
        ids = [work.amendments.add(SHOP, an_amendment("o1", f"a{number}")) for number in range(4)]
        work.amendments.add(SHOP, an_amendment("o1", "done", state=AmendmentState.DONE))
        assert [one.id for one in work.amendments.find(SHOP, {ASKED}, 2)] == ids[:1:-1]
        assert [one.id for one in work.amendments.find(SHOP, {ASKED}, 9, before=ids[2])] == ids[1::-1]
        with pytest.raises(LookupError):
            work.amendments.save(OTHER, replace(an_amendment(), id=ids[0]))


# Messages.


def test_a_message_is_read_back_as_it_was_made(database: Database) -> None:
    message = a_message(
        kind=MessageKind.OPTION,
        values={"order": "1", "lines": [{"line": "1", "units": 2, "expected_until": None}]},
        line_ids=("1", "2"),
        rule="16 CFR 435.2(b)(1)",
        deadline=after(60),
        to=b"\x00sealed",
        tried={"email": 2},
    )
    with database.work() as work:
        id_ = work.messages.add(SHOP, message)
        assert work.messages.get(SHOP, id_) == replace(message, id=id_)
        assert work.messages.by_reference(SHOP, "m1") == replace(message, id=id_)
        assert (work.messages.get(OTHER, id_), work.messages.by_reference(OTHER, "m1")) == (None, None)


def test_a_message_of_the_same_reference_is_not_added_twice_and_drops_nothing(database: Database) -> None:
    with database.work() as work:
        first = work.messages.add(SHOP, a_message())
        assert work.messages.add(SHOP, a_message(), instead_of=[MessageKind.CONFIRMED]) == first
        assert [one.state for one in work.messages.of_order(SHOP, "o1")] == [PENDING]


def test_a_newer_message_takes_the_place_of_pending_ones_of_its_sort_about_the_same_order(database: Database) -> None:
    with database.work() as work:
        work.messages.add(SHOP, a_message("o1", "on its way"))
        work.messages.claim(SHOP, NOON, LEASE, 9)
        for order, reference, kind in (
            ("o1", "older", MessageKind.LATER),
            ("o1", "of another sort", MessageKind.REFUNDED),
            ("o2", "of another order", MessageKind.LATER),
        ):
            work.messages.add(SHOP, a_message(order, reference, kind=kind))
        sorts = [MessageKind.LATER, MessageKind.CONFIRMED]
        work.messages.add(SHOP, a_message("o1", "newer", kind=MessageKind.EARLIER), instead_of=sorts)
        states = {one.reference: one.state for one in work.messages.find(SHOP, set(MessageState), 9)}
        assert states == {
            "on its way": SENDING,
            "older": DROPPED,
            "of another sort": PENDING,
            "of another order": PENDING,
            "newer": PENDING,
        }


def test_messages_without_an_order_never_drop_each_other(database: Database) -> None:
    with database.work() as work:
        work.messages.add(SHOP, a_message("", "r1", kind=MessageKind.RESTOCK))
        work.messages.add(SHOP, a_message("", "r2", kind=MessageKind.RESTOCK), instead_of=[MessageKind.RESTOCK])
        assert len(work.messages.claim(SHOP, NOON, LEASE, 9)) == 2


def test_what_is_said_of_an_order_is_said_in_the_order_in_which_it_came_about(database: Database) -> None:
    with database.work() as work:
        for order, reference in (("o1", "m1"), ("o1", "m2"), ("o2", "m3")):
            work.messages.add(SHOP, a_message(order, reference))
        claimed = work.messages.claim(SHOP, NOON, LEASE, 9)
        assert [one.reference for one in claimed] == ["m1", "m3"]
        work.messages.save(SHOP, replace(claimed[0], state=SENT, sent_at=NOON, next_at=None))
        assert [one.reference for one in work.messages.claim(SHOP, NOON, LEASE, 9)] == ["m2"]


def test_one_that_must_still_settle_holds_up_no_other(database: Database) -> None:
    with database.work() as work:
        work.messages.add(SHOP, a_message("o1", "settles", not_before=after(20)))
        work.messages.add(SHOP, a_message("o1", "legal", kind=MessageKind.REFUNDED))
        assert [one.reference for one in work.messages.claim(SHOP, NOON, LEASE, 9)] == ["legal"]


def test_word_to_the_owner_and_word_to_the_buyer_do_not_wait_for_each_other(database: Database) -> None:
    with database.work() as work:
        for reference, kind in (
            ("owner", MessageKind.TO_OWNER),
            ("option", MessageKind.OPTION),
            ("owner again", MessageKind.TO_OWNER),
            ("later", MessageKind.LATER),
        ):
            work.messages.add(SHOP, a_message("o1", reference, kind=kind))
        assert [one.reference for one in work.messages.claim(SHOP, NOON, LEASE, 9)] == ["owner", "option"]


def test_what_the_law_wants_said_does_not_wait_behind_what_cannot_be_sent(database: Database) -> None:
    with database.work() as work:
        for reference, kind in (
            ("fails", MessageKind.CONFIRMED),
            ("option", MessageKind.OPTION),
            ("ready", MessageKind.READY),
            ("refunded", MessageKind.REFUNDED),
        ):
            tried = after(3600) if reference == "fails" else None
            work.messages.add(SHOP, a_message("o1", reference, kind=kind, next_at=tried))
        (first,) = work.messages.claim(SHOP, NOON, LEASE, 9)
        assert first.reference == "option"
        work.messages.save(SHOP, replace(first, state=SENT, sent_at=NOON, next_at=None))
        assert [one.reference for one in work.messages.claim(SHOP, NOON, LEASE, 9)] == ["refunded"]


def test_a_message_waits_until_it_may_leave_and_after_a_failure_until_the_next_attempt(database: Database) -> None:
    with database.work() as work:
        work.messages.add(SHOP, a_message("o1", "m1", not_before=after(20)))
        work.messages.add(SHOP, a_message("o2", "m2", next_at=after(40)))
        found = [[one.reference for one in work.messages.claim(SHOP, after(at), LEASE, 9)] for at in (19, 20, 39, 40)]
        assert found == [[], ["m1"], [], ["m2"]]


def test_only_the_kinds_that_are_asked_for_are_claimed(database: Database) -> None:
    with database.work() as work:
        work.messages.add(SHOP, a_message("o1", "m1"))
        work.messages.add(SHOP, a_message("", "m2", kind=MessageKind.SIGN_IN))
        claimed = work.messages.claim(SHOP, NOON, LEASE, 9, {MessageKind.SIGN_IN})
        assert [one.reference for one in claimed] == ["m2"]


def test_only_what_is_over_is_forgotten(database: Database) -> None:
    with database.work() as work:
        for state in MessageState:
            work.messages.add(SHOP, a_message(f"of {state.value}", state.value, state=state))
        assert work.messages.purge(SHOP, NOON, 9) == 0
        assert work.messages.purge(SHOP, after(1), 2) == 2
        assert work.messages.purge(SHOP, after(1), 9) == 1
        left = {one.state for one in work.messages.find(SHOP, set(MessageState), 9)}
        assert left == {PENDING, SENDING, MessageState.PARKED}


# Of several that claim at once one gets it.


def claimed_together(database: Database, kind: str) -> list[str]:
    """What two claimers at the same moment get in all."""
    got: list[str] = []
    at_once = Barrier(2)

    def claim() -> None:
        at_once.wait()
        with database.work() as work:
            found = (
                work.messages.claim(SHOP, NOON, LEASE, 9)
                if kind == "messages"
                else work.amendments.claim(SHOP, NOON, LEASE, 9)
            )
            work.commit()
        got.extend(one.reference for one in found)

    threads = [Thread(target=claim) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(got)


@pytest.mark.parametrize("kind", ["messages", "amendments"])
def test_two_claimers_never_get_the_same(database: Database, kind: str) -> None:
    with database.work() as work:
        for number in range(5):
            message: MessageRecord = a_message(f"o{number}", f"r{number}")
            amendment: AmendmentRecord = an_amendment(f"o{number}", f"r{number}")
            work.messages.add(SHOP, message)
            work.amendments.add(SHOP, amendment)
        work.commit()
    assert claimed_together(database, kind) == [f"r{number}" for number in range(5)]
