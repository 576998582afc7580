"""Units taken off an order.

WooCommerce knows no key that makes a request count once.  What we did stands in the order itself, written in the same
request: in the reason of a refund, else in the order's metadata.  Every act looks there first.
"""

from __future__ import annotations

from html import escape

from adapters.woocommerce.money import share, written
from adapters.woocommerce.outbound import mark
from adapters.woocommerce.refunding import cancel_paid, made_before
from adapters.woocommerce.rest import Rest
from adapters.woocommerce.standing import ACT, Standing, look, open_for_edits
from adapters.woocommerce.telling import has_note
from adapters.woocommerce.values import ACT_KEY
from connector.ports.acting import Cancelling, Done
from connector.ports.failures import Refused
from connector.ports.sentence import Sentence


def cancel(rest: Rest, wanted: Cancelling) -> Done:
    """Take units off an order.

    Money is sent back where the shop has noted a payment.  Where it has none (a bank transfer awaited, cash on
    delivery), the order itself is made smaller, or cancelled when nothing is left of it.
    """
    order = look(rest, wanted.order_id)
    made = order.refund_of(wanted.reference)
    if made is not None:
        return made_before(order, made)
    if wanted.reference in order.acts:
        note_act(rest, order, wanted.reason, wanted.reference, again=True)
        return order.done()
    order.refuse_unless_open()
    if not (wanted.units or wanted.whole):
        raise Refused("nothing", Sentence("Nothing was named to be cancelled."))
    if order.is_paid:
        return cancel_paid(rest, order, wanted)
    return _cancel_unpaid(rest, order, wanted)


def note_act(rest: Rest, order: Standing, reason: str, reference: str, *, again: bool) -> None:
    """Tell the merchant why the order changed.  A private note is mailed to nobody.

    ``again``: it may be there already.
    """
    if not (again and has_note(rest, order.path, reference, kind="internal")):
        # WooCommerce shows notes as HTML; ours is plain text.
        body = {"note": escape(f"{reason} {mark(reference)}".strip(), quote=False), "customer_note": False}
        rest.post(f"{order.path}/notes", body, act=ACT)


def _cancel_unpaid(rest: Rest, order: Standing, wanted: Cancelling) -> Done:
    gone = {} if wanted.whole else {order.take(line, count).id: count for line, count in wanted.units.items()}
    is_rest = all(gone.get(row.id, 0) == row.units for row in order.lines.values())
    body: dict[str, object] = {"meta_data": [{"key": ACT_KEY + wanted.reference, "value": wanted.reason or "done"}]}
    if wanted.whole or is_rest:
        body["status"] = "cancelled"
    else:
        open_for_edits(rest, order)
        body["line_items"] = [less(order, line_id, count) for line_id, count in gone.items()]
    changed = rest.put(order.path, body, act=ACT)
    note_act(rest, order, wanted.reason, wanted.reference, again=False)
    return Done(at=changed["date_modified_gmt"].gmt(), currency=order.currency)


def less(order: Standing, line_id: str, count: int) -> dict[str, object]:
    """The edit that takes units off a line.  WooCommerce works out the tax anew, and leaves a total it is not told."""
    row = order.lines[line_id]
    remaining = row.ordered - count
    if not remaining:
        return {"id": int(line_id), "quantity": 0}
    total = row.total - row.left.share(count, row.units, order.grain).net
    subtotal = row.subtotal - share(row.subtotal, count, row.ordered, order.grain)
    return {
        "id": int(line_id),
        "quantity": remaining,
        "total": written(total, order.grain),
        "subtotal": written(max(subtotal, total), order.grain),
    }
