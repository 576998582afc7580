"""Units of one line replaced by as many of another product, in one edit of the order.

Of a paid order the new line takes over what was paid for the old units, and the difference is refunded from it: so the
total of the order stays what was paid, and total less refunds is what the shopper has paid in the end.  A lower total
and a refund besides would count the difference twice.  (WooCommerce rounds the tax of both lines anew, which can move
its total by a cent; what is refunded follows from what was paid.)  Of an unpaid order the new line has its own price.
"""

from __future__ import annotations

from decimal import Decimal

from adapters.woocommerce.acting import less, note_act
from adapters.woocommerce.money import NOTHING, Money, written
from adapters.woocommerce.refunding import Return, made_before, refund
from adapters.woocommerce.relating import Offer, offer_of, paid_for, replaced, tax_kind
from adapters.woocommerce.rest import Rest
from adapters.woocommerce.standing import ACT, Row, Standing, look, open_for_edits
from adapters.woocommerce.values import BACK_KEY, SWAP_KEY
from connector.ports.acting import Done, Swapping
from connector.ports.failures import Refused
from connector.ports.sentence import Sentence


def swap(rest: Rest, wanted: Swapping) -> Done:
    """Edit, refund, note: each is looked for before it is done, so that a retry goes on where the first try stopped.

    What is due back is written on the new line by the edit: the price may be another by the time of a retry.
    """
    order = look(rest, wanted.order_id)
    made = order.refund_of(wanted.reference)
    if made is not None:
        return made_before(order, made)
    was_edited = order.line_of_swap(wanted.reference) is not None
    if not was_edited:
        order = _edit(rest, order, wanted)
    line = order.line_of_swap(wanted.reference)
    if line is None:
        raise Refused("not_swapped", Sentence("The shop took the edit and did not add the line."))
    back = line.left.part(Decimal(line.back or 0), order.grain)
    if back.gross > NOTHING:
        rows = [Return(line.id, 0, back)]
        return refund(rest, order, rows, back.gross, wanted.reason, wanted.reference, again=wanted.again)
    note_act(rest, order, wanted.reason, wanted.reference, again=was_edited)
    return order.done()


def _edit(rest: Rest, order: Standing, wanted: Swapping) -> Standing:
    """Put the new line in the place of the units; the order as it stands then."""
    order.refuse_unless_open()
    old = order.take(wanted.line_id, wanted.units)
    offer = offer_of(rest, wanted.variant_id)
    _refuse_unfit(rest, old, offer, wanted.units)
    taken = old.left.share(wanted.units, old.units, order.grain)
    over = paid_for(order, taken) - offer.price * wanted.units
    if over < 0:
        raise Refused("dearer", Sentence("It costs more than what was ordered."))
    open_for_edits(rest, order)
    rest.put(order.path, _body(order, wanted, offer, taken, over), act=ACT)
    return look(rest, order.id)


def _refuse_unfit(rest: Rest, old: Row, offer: Offer, count: int) -> None:
    if offer.id == old.variant_id:
        raise Refused("the_same", Sentence("It is what was ordered."))
    if not offer.has(count):
        raise Refused("sold_out", Sentence("There are not %(count)s of it left.", count=count))
    if offer.tax_kind != tax_kind(old, replaced(rest, old)):
        raise Refused(
            "other_tax", Sentence("It is taxed otherwise, so the difference cannot be told from what was paid.")
        )


def _body(order: Standing, wanted: Swapping, offer: Offer, taken: Money, over: Decimal) -> dict[str, object]:
    """``over``: what was paid beyond its price, in the way prices are entered."""
    meta = [{"key": SWAP_KEY, "value": wanted.reference}]
    new: dict[str, object] = {"product_id": int(offer.id), "quantity": wanted.units, "meta_data": meta}
    if order.is_paid:
        new["total"] = new["subtotal"] = written(taken.net, order.grain)
        paid = paid_for(order, taken)
        back = written(taken.gross * over / paid, order.grain) if paid else ""
        meta.append({"key": BACK_KEY, "value": back})
    return {"line_items": [less(order, wanted.line_id, wanted.units), new]}
