"""Money sent back by the way it came, where the shop's payment gateway can; else a person is told to send it.

WooCommerce makes a second refund of every request that is sent twice, so each bears our reference in its reason,
which WooCommerce stores before it asks the gateway.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from adapters.reader import Reader
from adapters.woocommerce.money import NOTHING, Money, together, written
from adapters.woocommerce.outbound import mark
from adapters.woocommerce.rest import NotRefunded, Rest
from adapters.woocommerce.standing import ACT, Refunded, Row, Standing
from connector.ports.acting import Cancelling, Done
from connector.ports.failures import Refused, TryLater
from connector.ports.sentence import N_, Sentence, quoted

# What WooCommerce says where a gateway never refunds; in a shop of another language it says so in its own.
NEVER = "does not support automatic refunds"
LONGEST_REASON = 200  # characters; WooCommerce shows it to the shopper beside the amount

NO_WAY = Sentence(
    "The refund is recorded in WooCommerce, but the payment method cannot send money back. Send the money yourself, "
    "by the way the shopper paid."
)
BY_HAND = N_(
    "The refund is recorded in WooCommerce, but the payment method did not send it back: %(words)s. Send the money "
    "yourself, by the way the shopper paid."
)
UNSAID = Sentence(
    "The refund is recorded in WooCommerce, which does not say that the money was sent. Look at the payment provider, "
    "and send it yourself if it was not."
)


@dataclass(frozen=True, slots=True)
class Return:
    """A part of a row that goes back; no units of shipping, of a fee, or of a mere difference in price."""

    row_id: str
    units: int
    money: Money


def cancel_paid(rest: Rest, order: Standing, wanted: Cancelling) -> Done:
    """Refund the units, put back on the shelf; of a whole order everything that was paid and is left of it."""
    taken = [(order.take(line_id, count), count) for line_id, count in wanted.units.items() if not wanted.whole]
    rows = [_part(order, row, count) for row, count in taken]
    total = together(row.money for row in rows).gross
    if wanted.whole or _nothing_left(order, wanted):
        # To the last cent of the order, which the rounding of several taxes may leave over.
        rows, total = _everything(order), order.left
    return refund(rest, order, rows, total, wanted.reason, wanted.reference, again=wanted.again)


def refund(
    rest: Rest, order: Standing, rows: Sequence[Return], total: Decimal, reason: str, reference: str, *, again: bool
) -> Done:
    """Make the refund; ``Refused`` where WooCommerce does not.

    Never more than is left of the order: earlier refunds of a mere amount name no line that they are taken from.
    A gateway that fails is tried once more, later, before a person is asked.
    """
    capped = max(NOTHING, min(total, order.left))
    body = _body(order, rows, capped, reason, reference)
    path, by_hand = f"{order.path}/refunds", ""
    if capped:
        try:
            return _done(order, rest.refund(path, body, act=ACT))
        except NotRefunded as failed:
            if NEVER not in failed.message and not again:
                raise TryLater(
                    Sentence("the payment gateway did not refund: %(words)s", words=quoted(failed.message))
                ) from None
            by_hand = NO_WAY if NEVER in failed.message else Sentence(BY_HAND, words=quoted(failed.message))
    try:
        made = _done(order, rest.refund(path, {**body, "api_refund": False}, act=ACT))
    except NotRefunded as failed:
        raise Refused("not_refunded", failed.message) from None
    return Done(made.at, made.refunded, made.currency, by_hand)


def made_before(order: Standing, made: Refunded) -> Done:
    """What a refund came to whose answer was lost."""
    money = written(Decimal(made.amount), order.grain)
    if not Decimal(money):
        return Done(made.at, "", order.currency)
    return Done(made.at, money, order.currency, "" if made.paid_back else UNSAID)


def _everything(order: Standing) -> list[Return]:
    """All units, shipping and fees that are left."""
    rows = [*order.lines.values(), *order.charges]
    back = [Return(row.id, row.units, row.left.rounded(order.grain)) for row in rows]
    return [one for one in back if one.units or one.money.gross]


def _part(order: Standing, row: Row, count: int) -> Return:
    return Return(row.id, count, row.left.share(count, row.units, order.grain))


def _nothing_left(order: Standing, wanted: Cancelling) -> bool:
    """Whether these are the last units, and nothing else was paid for."""
    is_rest = all(row.units == wanted.units.get(row.id, 0) for row in order.lines.values())
    return is_rest and not any(charge.left.gross for charge in order.charges)


def _done(order: Standing, made: Reader) -> Done:
    money = made["amount"].text()
    return Done(made["date_created_gmt"].gmt(), money if Decimal(money) else "", order.currency)


def _body(order: Standing, rows: Sequence[Return], total: Decimal, reason: str, reference: str) -> dict[str, object]:
    return {
        "amount": written(total, order.grain),
        "reason": f"{reason[:LONGEST_REASON]} {mark(reference)}".strip(),
        "api_refund": True,
        "api_restock": True,
        "line_items": [_item(order, row) for row in rows],
    }


def _item(order: Standing, row: Return) -> dict[str, object]:
    item: dict[str, object] = {
        "id": int(row.row_id),
        "quantity": row.units,
        "refund_total": written(row.money.net, order.grain),
    }
    if row.money.taxes:
        taxes = row.money.taxes.items()
        item["refund_tax"] = [{"id": int(rate), "refund_total": written(tax, order.grain)} for rate, tax in taxes]
    return item
