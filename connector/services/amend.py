"""Carry out what was asked to be changed about orders, each once under retries and crashes.

An amendment is claimed by a guarded update with a lease.  The order is read again first: what has shipped or was taken
off meanwhile is dropped.  Then it is written down that the shop is being asked, and only then the shop is asked.  If we
die in between, the next attempt says so (``again``): the adapter then looks for our reference before it acts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import structlog

from connector.domain.journal import Entry
from connector.domain.promises import Actor
from connector.ports.acting import Cancelling, Done, Swapping
from connector.ports.aside import Task
from connector.ports.failures import DatabaseAway, OwnerMustAct, Refused, TryLater, Unreadable
from connector.ports.promising import AmendmentKind, AmendmentRecord, AmendmentState, TermsRecord
from connector.ports.records import Leaving, OrderRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.services.amend_fit import Fitted, Overtaken, asked_for, fit
from connector.services.amended import Outcome, facts_of
from connector.services.context import StoreContext, is_outdated
from connector.services.holds import retell
from connector.services.patience import backoff
from connector.services.taking import NotRead, read_now
from connector.services.turn import act, may

AMEND = "amend"
log = structlog.get_logger()
BATCH = 20
ASKING = "The shop is being asked."
ASKING_WHOLE = "The shop is being asked to cancel the whole order."
"""Stand in ``said`` from before the shop is asked until it has answered: whoever finds them there does not know whether
it was, and must ask for the very same.
"""
UNDONE = (AmendmentState.ASKED, AmendmentState.DOING)
SHIPPING = {AmendmentKind.SHIP_NOW: False, AmendmentKind.SHIP_TOGETHER: True}
WAS_ASKED = {Actor.SHOPPER: "The shopper asked for it.", Actor.OWNER: "The shop's owner decided it."}
LONGEST_REASON = 300


def amend_turn(store: StoreContext) -> int:
    """``carry_out`` where it may be, each kind of failure given its due."""
    return act(store, AMEND, carry_out) if may(store, AMEND) else 0


def carry_out(store: StoreContext) -> int:
    """Carry out one batch of amendments; how many came to an end.  ``TryLater``, ``OwnerMustAct`` and ``Unreadable``
    end the batch and are raised on; their amendment waits.
    """
    settled = 0
    while settled < BATCH and (amendment := _claim(store)) is not None:
        try:
            _carry_out(store, amendment)
        except DatabaseAway:
            raise
        except (TryLater, OwnerMustAct, Unreadable) as failure:
            wait = failure.after if isinstance(failure, TryLater) else None
            _postpone(store, amendment, max(wait or timedelta(), backoff(amendment.attempts)))
            raise
        except Exception:
            # A fault of ours in one of them must not hold up the others; nobody knows how far it came, so it is tried
            # again, and stands on the owner's page until then.
            log.exception("amendment.bug", store=store.key, reference=amendment.reference)
            _postpone(store, amendment, backoff(amendment.attempts))
            continue
        settled += 1
    return settled


def _claim(store: StoreContext) -> AmendmentRecord | None:
    """One at a time: claimed in a batch, the last one's lease could end while the first is being done."""
    now = store.clock()
    with store.work(read_only=True) as uow:
        if not uow.amendments.find(store.key, UNDONE, 1):
            return None
    with store.work() as uow:
        if _is_held_back(store, uow):
            return None
        claimed = uow.amendments.claim(store.key, now, now + store.lease, 1)
        uow.commit()
    return claimed[0] if claimed else None


def _is_held_back(store: StoreContext, uow: UnitOfWork) -> bool:
    """Whether nothing may be done at this shop now, or not by us."""
    record = uow.stores.get(store.key)
    if record is None or record.gone_at is not None or record.leaving is not Leaving.NO:
        return True
    return record.paused or not store.push or is_outdated(store, record)


def _carry_out(store: StoreContext, amendment: AmendmentRecord) -> None:
    if amendment.kind in SHIPPING:
        _choose_shipping(store, amendment)
        return
    again = amendment.said in {ASKING, ASKING_WHOLE}
    if read_now(store, Task.ORDER, store.storefront.read_orders, [amendment.order_id]):
        raise NotRead(f"Order {amendment.order_id} could not be read, and may be another by now.")
    fitted = _begin(store, amendment, again=again)
    if fitted is None:
        return
    try:
        done = _ask(store, amendment, fitted, again=again)
    except Refused as refused:
        _settle(store, amendment, fitted, refused)
        return
    _settle(store, amendment, fitted, done)


def _begin(store: StoreContext, amendment: AmendmentRecord, *, again: bool) -> Fitted | None:
    """What to ask of the shop, written down before it is asked; None where nothing is left to be done.

    What was written down before is asked again as it stands: the order as it is now may already be what we made of it.
    """
    with store.work() as uow:
        held, order = _held(store, uow, amendment)
        if held is None:
            return None
        if order is None:
            held.state, held.said, held.done_at = AmendmentState.DROPPED, "unknown", store.clock()
            uow.amendments.save(store.key, held)
            uow.commit()
            return None
        events = uow.promises.events(store.key, [order.id]).get(order.id, {})
        asked = asked_for(held, order, events)
        if again:
            return Fitted(asked, amendment.said == ASKING_WHOLE)
        fitted = fit(asked, order)
        if isinstance(fitted, Overtaken):
            Outcome(store, uow, held, order).overtaken(asked, fitted)
            uow.commit()
            return None
        if held.kind is AmendmentKind.WITHDRAW:
            _leave_rest(store, uow, held, order, asked, fitted)
        held.said = amendment.said = ASKING_WHOLE if fitted.whole else ASKING
        if held.line_id:
            held.units = amendment.units = fitted.units[held.line_id]
        uow.amendments.save(store.key, held)
        uow.commit()
    return fitted


def _leave_rest(
    store: StoreContext,
    uow: UnitOfWork,
    amendment: AmendmentRecord,
    order: OrderRecord,
    asked: Mapping[str, int],
    fitted: Fitted,
) -> None:
    """Units withdrawn from that have left meanwhile: the owner takes them back."""
    for line_id, units in asked.items():
        rest = min(units - fitted.units.get(line_id, 0), order.lines[line_id].shipped if line_id in order.lines else 0)
        if rest > 0:
            reference = f"{amendment.reference}-left-{line_id}"
            left = replace(
                amendment, id=0, line_id=line_id, units=rest, reference=reference, key=str(uuid4()), attempts=0
            )
            left.id = uow.amendments.add(store.key, left)
            left.said = Overtaken.SHIPPED.value
            Outcome(store, uow, left, order).for_owner({line_id: rest})


def _ask(store: StoreContext, amendment: AmendmentRecord, fitted: Fitted, *, again: bool) -> Done:
    one, reason = amendment, _reason(amendment)
    if one.kind is AmendmentKind.SWAP:
        units = fitted.units[one.line_id]
        return store.storefront.swap(
            Swapping(one.reference, one.key, one.order_id, one.line_id, units, one.variant_id, reason, again=again)
        )
    return store.storefront.cancel(
        Cancelling(one.reference, one.key, one.order_id, fitted.units, fitted.whole, reason, again=again)
    )


def _settle(store: StoreContext, amendment: AmendmentRecord, fitted: Fitted, answer: Done | Refused) -> None:
    with store.work() as uow:
        held, order = _held(store, uow, amendment)
        if held is None or order is None:
            return
        outcome = Outcome(store, uow, held, order)
        if isinstance(answer, Refused):
            outcome.refused(fitted.units, answer.said)
        else:
            outcome.done(fitted.units, answer)
        uow.commit()


def _held(
    store: StoreContext, uow: UnitOfWork, amendment: AmendmentRecord
) -> tuple[AmendmentRecord | None, OrderRecord | None]:
    """The amendment, None where another took it up when our lease had ended; and its order."""
    order = uow.orders.get(store.key, [amendment.order_id]).get(amendment.order_id)
    held = uow.amendments.get(store.key, amendment.id)
    ours = held is not None and held.state is AmendmentState.DOING and held.attempts == amendment.attempts
    return held if ours else None, order


def _choose_shipping(store: StoreContext, amendment: AmendmentRecord) -> None:
    """Nothing is asked of the shop but that it hold or release what it is then told to."""
    with store.work() as uow:
        held, order = _held(store, uow, amendment)
        if held is None:
            return
        terms = uow.promises.terms(store.key, [held.order_id]).get(held.order_id) or TermsRecord(held.order_id)
        terms.together = SHIPPING[held.kind]
        uow.promises.save_terms(store.key, [terms])
        retell(store, uow, held.order_id)
        held.state, held.next_at, held.done_at = AmendmentState.DONE, None, store.clock()
        uow.amendments.save(store.key, held)
        if order is not None:
            facts = facts_of(held, order, why="")
            uow.journal.append(store.key, [Entry(store.clock(), "amendment_done", order_id=order.id, facts=facts)])
        uow.commit()


def _postpone(store: StoreContext, amendment: AmendmentRecord, wait: timedelta) -> None:
    with store.work() as uow:
        held, _ = _held(store, uow, amendment)
        if held is not None:
            held.state, held.next_at = AmendmentState.ASKED, store.clock() + wait
            uow.amendments.save(store.key, held)
            uow.commit()


def _reason(amendment: AmendmentRecord) -> str:
    """What stays with the order, for the merchant."""
    said = amendment.reason or WAS_ASKED.get(amendment.by, "")
    rule = f" ({amendment.rule})" if amendment.rule and amendment.rule not in said else ""
    return f"{said}{rule}"[:LONGEST_REASON]
