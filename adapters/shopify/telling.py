"""Putting a notice on an order: tags for the merchant, metafields for the shop's pages, holds for the warehouse."""

from __future__ import annotations

from adapters.shopify import holding
from adapters.shopify.admin import Admin
from adapters.shopify.ids import gid
from adapters.shopify.operations import METAFIELDS_DELETE, METAFIELDS_SET, TAGS_ADD, TAGS_REMOVE, Step, together
from adapters.shopify.outbound import order_bears
from adapters.shopify.refusals import refuse_errors
from connector.ports.failures import Refused
from connector.ports.sentence import Sentence
from connector.ports.storefront import Telling


def tell(admin: Admin, telling: Telling) -> None:
    """Every part states how things should be: telling again changes nothing.  Raises ``Refused`` for a lost order."""
    text, variables = together("Tell", _steps(telling))
    answered = admin.write_together("Tell", text, variables, act="notify")
    for index in range(len(_steps(telling))):
        refuse_errors(answered.need(f"m{index}"))
    holding.hold(admin, telling.order_id, telling.held, dated=telling.marks.expected_on is not None)


def say() -> None:
    """Shopify mails nobody for a tag or a metafield, and no call of its Admin API writes to the buyer of an order."""
    raise Refused("says_nothing", Sentence("Shopify tells the buyer nothing on our behalf."))


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
