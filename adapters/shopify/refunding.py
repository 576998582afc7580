"""Money and units given back: what Shopify would refund, and the refund made once whatever answer is lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import NAMESPACE_OID, uuid5

from adapters.reader import Reader
from adapters.shopify.admin import Admin
from adapters.shopify.ids import gid, number_in
from adapters.shopify.order_now import AMEND, paid
from adapters.shopify.refusals import refuse_errors
from connector.ports.acting import Done
from connector.ports.failures import Refused, TryLater
from connector.ports.sentence import Sentence, in_a_row

MOST_KEYS = 8
NOT_SENT = frozenset({"FAILURE", "ERROR"})
"""Transactions by which nothing was sent back; one that is pending is on its way."""

# ``UserError`` has no field for the code, so what an idempotency error means is in its text alone.  These are the words
# of the published schema beside each code.
STILL_RUNNING = ("idempotency_concurrent_request", "currently in progress")
KEY_IS_SPENT = (
    "idempotency_key_parameter_mismatch",
    "different operation parameters",
    "idempotency_previous_attempt_failed",
    "idempotency key failed",
)


@dataclass(frozen=True, slots=True)
class Share:
    """What goes back by one payment of the buyer's, as ``refundCreate`` takes it."""

    gateway: str
    title: str
    parent_id: str | None
    amount: Decimal
    most: Decimal
    by_hand: bool  # the gateway moves no money: cash on delivery, a bank transfer


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``places``: where each line's units go back to, by line id."""

    shares: tuple[Share, ...]
    places: Mapping[str, str]
    currency: str

    @property
    def sendable(self) -> tuple[Share, ...]:
        return tuple(share for share in self.shares if share.amount > 0 and not share.by_hand)

    @property
    def by_hand(self) -> str:
        """Why a person must send money; Shopify would only write down that it was sent."""
        return in_a_row(
            Sentence(
                "%(gateway)s sends no money back by itself: send %(money)s by hand and note it as a refund of the "
                "order.",
                gateway=share.title,
                money=f"{share.amount} {self.currency}",
            )
            for share in self.shares
            if share.amount > 0 and share.by_hand
        )


NOTHING = Suggestion((), {}, "")


def suggested(admin: Admin, order_id: str, units: Mapping[str, int] | None) -> Suggestion:
    """What Shopify would refund for these units; None: for everything, shipping included."""
    lines = None if units is None else [_line(line, count, None) for line, count in units.items()]
    variables = {"id": gid("Order", order_id), "lines": lines, "full": units is None}
    found = admin.read("SuggestedRefund", variables, act=AMEND).need("order", "suggestedRefund")
    if found.is_null:
        raise Refused("not_refundable", Sentence("Shopify suggests no refund for this order."))
    shares = tuple(_share(one) for one in found["suggestedTransactions"])
    places = {
        number_in(line["lineItem"]["id"]): line["location"]["id"].text()
        for line in found["refundLineItems"]
        if not line["location"].is_null
    }
    currencies = [paid(one["amountSet"])[1] for one in found["suggestedTransactions"]]
    return Suggestion(shares, places, next(iter(currencies), ""))


def _share(one: Reader) -> Share:
    parent = one["parentTransaction"]
    gateway = one["gateway"].text_or("")
    value = paid(one["amountSet"])[0]
    return Share(
        gateway=gateway,
        title=one["formattedGateway"].text_or("") or gateway,
        parent_id=None if parent.is_null else parent["id"].text(),
        amount=value,
        most=value if one["maximumRefundableSet"].is_null else paid(one["maximumRefundableSet"])[0],
        by_hand=not parent.is_null and parent["manualPaymentGateway"].flag(),
    )


def portioned(whole: Suggestion, back: Decimal) -> Suggestion:
    """A suggestion that sends ``back`` and no more, by the payments that can still give something, in their order; by
    those that need a hand only what the others cannot.
    """
    shares: list[Share] = []
    for share in sorted(whole.shares, key=lambda share: share.by_hand):
        given = min(back, share.most)
        back -= given
        shares.append(replace(share, amount=given))
    return Suggestion(tuple(shares), {}, whole.currency)


def refund(
    admin: Admin, order_id: str, *, key: str, note: str, units: Mapping[str, int], suggestion: Suggestion
) -> Done:
    """Take units off the order and send back what goes by itself.  The caller has looked that ``note`` is on no refund.

    The same key with the same input gives the answer of the first call.  A key that is spent on another input, or on a
    call that failed, gives no refund, so the next one is made from it, always the same.
    """
    lines = [_line(line, count, suggestion.places.get(line)) for line, count in units.items()]
    given: dict[str, object] = {
        "orderId": gid("Order", order_id),
        "note": note,
        "notify": False,
        "refundLineItems": lines,
        "transactions": [_transaction(order_id, share) for share in suggestion.sendable],
    }
    if suggestion.currency:
        given["currency"] = suggestion.currency
    for attempt in range(MOST_KEYS):
        one = key if attempt == 0 else str(uuid5(NAMESPACE_OID, f"{key}/{attempt}"))
        payload = admin.write("RefundCreate", {"input": given, "key": one}, act=AMEND).need("refundCreate")
        words = " ".join(error["message"].text() for error in payload["userErrors"]).lower()
        if any(word in words for word in STILL_RUNNING):
            raise TryLater(Sentence("Shopify is still working on an earlier call for the same refund"))
        if not any(word in words for word in KEY_IS_SPENT):
            refuse_errors(payload, "not_refundable")
            return _summed([payload["refund"]], suggestion.by_hand)
    raise TryLater(Sentence("%(count)s idempotency keys of one refund are spent", count=MOST_KEYS))


def made_by(admin: Admin, refund_ids: Sequence[str], by_hand: str = "") -> Done:
    """What these refunds of the order came to."""
    if not refund_ids:
        return Done(by_hand=by_hand)
    nodes = admin.read("RefundsMade", {"ids": list(refund_ids)}, act=AMEND).need("nodes")
    return _summed([one for one in nodes if not one.is_null], by_hand)


def _summed(refunds: Iterable[Reader], by_hand: str) -> Done:
    at, sums, failed = None, [], [by_hand] if by_hand else []
    currency = ""
    for one in refunds:
        at = one["createdAt"].utc_or_none()
        for transaction in one["transactions"]["nodes"]:
            value, currency = paid(transaction["amountSet"])
            if transaction["status"].text() in NOT_SENT:
                gateway = transaction["formattedGateway"].text_or("") or transaction["gateway"].text_or("")
                failed.append(
                    Sentence(
                        "%(gateway)s did not take the refund of %(money)s: try it again in the shop's admin, or send "
                        "it by hand.",
                        gateway=gateway or Sentence("the gateway"),
                        money=f"{value} {currency}",
                    )
                )
            else:
                sums.append(value)
    total = sum(sums, Decimal(0))
    return Done(at, str(total) if total else "", currency if total else "", in_a_row(failed))


def _line(line_id: str, count: int, place: str | None) -> dict[str, object]:
    """CANCEL takes units off that have not left and puts them back on sale."""
    given = {"lineItemId": gid("LineItem", line_id), "quantity": count, "restockType": "CANCEL"}
    return given if place is None else {**given, "locationId": place}


def _transaction(order_id: str, share: Share) -> dict[str, object]:
    return {
        "orderId": gid("Order", order_id),
        "parentId": share.parent_id,
        "gateway": share.gateway,
        "kind": "REFUND",
        "amount": str(share.amount),
    }
