"""Units taken off an order, and their money sent back.

What is done follows from the order as it stands: all of an order that has not begun to ship is cancelled as Shopify
cancels orders; units of one that nobody has paid are edited away; everything else is a refund.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from adapters.reader import Reader
from adapters.shopify import notes, refunding
from adapters.shopify.admin import Admin
from adapters.shopify.answered import RightMissing
from adapters.shopify.editing import Edit, edit, was_committed
from adapters.shopify.ids import gid
from adapters.shopify.order_now import AMEND, OrderNow, order_now
from connector.ports.acting import Cancelling, Done
from connector.ports.failures import Refused, TryLater
from connector.ports.sentence import Sentence, together

PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0, 6.0)
"""Seconds before each look at a cancellation, which Shopify carries out in its own time; after them the row waits."""
THE_WAY_IT_CAME = {"originalPaymentMethodsRefund": True}
REASON = "INVENTORY"
"""What every line that this service acts on has in common: the goods were not there."""


def cancel(admin: Admin, wanted: Cancelling, sleep: Callable[[float], None] = time.sleep) -> Done:
    order = order_now(admin, wanted.order_id, wanted.reference)
    if (done := _done_before(admin, order, wanted.reference)) is not None:
        return done
    if order.cancelled_at is not None:
        raise Refused("cancelled", Sentence("The order has already been cancelled."))
    order.demand(wanted.units)
    if wanted.whole and order.is_unshipped and order.open_units == dict(wanted.units):
        return _cancel_whole(admin, order, wanted, sleep)
    if not order.received and not order.why_not_editable:
        try:
            edit(admin, order, Edit(wanted.reference, wanted.reason, wanted.units))
        except RightMissing:
            pass  # A refund of no money takes units off too; in the admin it only reads oddly.
        else:
            return Done(at=order.changed_at)
    return _refund_units(admin, order, wanted)


def _done_before(admin: Admin, order: OrderNow, reference: str) -> Done | None:
    """What an earlier try of the same act came to; None where it came to nothing, or not to an end."""
    if order.cancelled_at is not None and notes.is_signed(order.staff_note, reference):
        return _after_cancellation(admin, order)
    if was_committed(order):
        return Done(at=order.changed_at)
    note = order.noted or notes.Note()
    refund_id = order.refund_of(reference)
    # Before a whole order that is partly paid by hand is cancelled, the rest of its money goes back by itself.
    if refund_id is None or note.whole:
        return None
    return refunding.made_by(admin, [refund_id], note.by_hand)


def _refund_units(admin: Admin, order: OrderNow, wanted: Cancelling) -> Done:
    suggestion = refunding.suggested(admin, order.id, wanted.units)
    if suggestion.by_hand:
        notes.write(admin, order.id, wanted.reference, notes.Note(by_hand=suggestion.by_hand), AMEND)
    return refunding.refund(
        admin,
        order.id,
        key=wanted.key,
        note=notes.signed(wanted.reason, wanted.reference),
        units=wanted.units,
        suggestion=suggestion,
    )


def _cancel_whole(admin: Admin, order: OrderNow, wanted: Cancelling, sleep: Callable[[float], None]) -> Done:
    """Through ``orderCancel``, which also gives back the shipping and releases what was only authorised.

    Shopify "refunds" a payment that it cannot move by writing down that it did.  Where a part was paid so, what can go
    back by itself goes first, and the order is cancelled without a refund.
    """
    suggestion = refunding.suggested(admin, order.id, None) if order.received else refunding.NOTHING
    note = order.noted if order.noted is not None and order.noted.whole else None
    if note is None:
        note = notes.Note(whole=True, refunds=tuple(order.refunds), by_hand=suggestion.by_hand)
        notes.write(admin, order.id, wanted.reference, note, AMEND)
    signed = notes.signed(wanted.reason, wanted.reference)
    sent = order.refund_of(wanted.reference) is not None
    if note.by_hand and suggestion.sendable and not sent:
        refunding.refund(admin, order.id, key=wanted.key, note=signed, units={}, suggestion=suggestion)
        sent = True
    variables = {
        "id": gid("Order", order.id),
        "reason": REASON,
        "method": None if note.by_hand else THE_WAY_IT_CAME,
        "note": signed,
    }
    payload = admin.write("OrderCancel", variables, act=AMEND).need("orderCancel")
    refused = _refusal(payload)
    if refused is None:
        refused = _followed(admin, order.id, payload["job"], sleep)
    after = order_now(admin, order.id, wanted.reference)
    if after.cancelled_at is not None and notes.is_signed(after.staff_note, wanted.reference):
        return _after_cancellation(admin, after)
    return _not_cancelled(admin, after, refused, sent=sent)


def _not_cancelled(admin: Admin, order: OrderNow, refused: Refused | None, *, sent: bool) -> Done:
    problem = refused or Refused("not_cancelled", Sentence("Shopify did not cancel the order and does not say why."))
    if not sent:
        raise problem
    # Money is on its way, so this can no longer be said to have been refused.
    done = _after_cancellation(admin, order)
    order_too = Sentence("The order itself is to be cancelled by hand: %(why)s", why=problem.said)
    return replace(done, by_hand=together(done.by_hand, order_too))


def _refusal(payload: Reader) -> Refused | None:
    for error in payload["orderCancelUserErrors"]:
        return Refused(error["code"].text_or("") or "REFUSED", error["message"].text())
    return None


def _followed(admin: Admin, order_id: str, job: Reader, sleep: Callable[[float], None]) -> Refused | None:
    """Wait for the end of the job; a refusal where it ended and the order is not cancelled."""
    if job.is_null:
        return None
    ended = False
    for pause in PAUSES:
        sleep(pause)
        variables = {"job": job["id"].text(), "order": gid("Order", order_id)}
        state = admin.read("CancelState", variables, act=AMEND)
        if state.need("order")["cancelledAt"].utc_or_none() is not None:
            return None
        if ended:
            return Refused("not_cancelled", Sentence("Shopify tried to cancel the order, and it is not cancelled."))
        ended = state.data["job"].get("done").raw is True if not state.data["job"].is_null else True
    raise TryLater(Sentence("Shopify has not yet cancelled the order"))


def _after_cancellation(admin: Admin, order: OrderNow) -> Done:
    note = order.noted or notes.Note()
    done = refunding.made_by(admin, [one for one in order.refunds if one not in note.refunds], note.by_hand)
    return replace(done, at=order.cancelled_at or done.at)
