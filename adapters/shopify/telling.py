"""Putting a notice on an order: tags for the merchant, metafields for the shop's pages, our holds released."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.reader import Reader
from adapters.shopify.admin import Admin
from adapters.shopify.ids import gid
from adapters.shopify.operations import METAFIELDS_DELETE, METAFIELDS_SET, TAGS_ADD, TAGS_REMOVE, Step, together
from adapters.shopify.outbound import order_bears
from connector.domain.marks import NoticeKind
from connector.ports.failures import OwnerMustAct, Refused
from connector.ports.storefront import Telling

HOLD_PREFIX = "backorder-"
"""How the handles of our fulfilment holds begin."""


def tell(admin: Admin, telling: Telling) -> None:
    """Every part states how things should be: telling again changes nothing.  Raises ``Refused`` for a lost order."""
    text, variables = together("Tell", _steps(telling))
    answered = admin.write_together("Tell", text, variables, act="notify")
    for index in range(len(_steps(telling))):
        refuse_errors(answered.need(f"m{index}"))
    if telling.kind in {NoticeKind.READY, NoticeKind.CLEARED}:
        _release_holds(admin, gid("Order", telling.order_id))


def _steps(telling: Telling) -> list[Step]:
    order = gid("Order", telling.order_id)
    bears = order_bears(telling)
    steps = [
        Step(TAGS_ADD, {"id": order, "tags": bears.tags}) if bears.tags else None,
        Step(TAGS_REMOVE, {"id": order, "tags": bears.no_tags}) if bears.no_tags else None,
        Step(METAFIELDS_SET, {"metafields": bears.metafields.set}) if bears.metafields.set else None,
        Step(METAFIELDS_DELETE, {"metafields": bears.metafields.delete}) if bears.metafields.delete else None,
    ]
    return [step for step in steps if step is not None]


def _release_holds(admin: Admin, order: str) -> None:
    """Release the holds that we placed, by their ids: without ids Shopify would release those of other apps too."""
    try:
        found = admin.read("HoldsOfOrder", {"id": order}, act="notify").need("order", "fulfillmentOrders", "nodes")
    except OwnerMustAct:
        return  # Without the right to see holds we can have placed none.
    for fulfilment_order in found:
        holds = list(_ours(fulfilment_order))
        if holds:
            released = admin.write(
                "ReleaseHolds", {"id": fulfilment_order["id"].text(), "holdIds": holds}, act="notify"
            )
            refuse_errors(released.need("fulfillmentOrderReleaseHold"))


def _ours(fulfilment_order: Reader) -> Iterator[str]:
    for hold in fulfilment_order["fulfillmentHolds"]:
        if hold["heldByRequestingApp"].flag() and hold["handle"].text_or("").startswith(HOLD_PREFIX):
            yield hold["id"].text()


def refuse_errors(payload: Reader) -> None:
    for error in payload["userErrors"]:
        raise Refused(error.get("code").text_or("") or "REFUSED", error["message"].text())
