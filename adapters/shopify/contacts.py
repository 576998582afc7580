"""How the buyer of an order can be reached.

All of it but the language is protected customer data (level 2): to an app without Shopify's approval it is null, with
errors beside it.  That is no failure: whoever asks gets what there is.
"""

from __future__ import annotations

from adapters.reader import Reader
from adapters.shopify.admin import Admin
from adapters.shopify.answered import Answered, RightMissing
from adapters.shopify.ids import gid
from connector.ports.acting import Contact
from connector.ports.failures import TryLater

NOTIFY = "notify"


def contact(admin: Admin, order_id: str) -> Contact:
    """Empty where the shop does not say, also for an order that is gone."""
    try:
        answered = admin.read("ContactOfOrder", {"id": gid("Order", order_id)}, act=NOTIFY)
    except RightMissing:
        return Contact()
    order = answered.data["order"]
    if order.is_null:
        _demand_passing(answered)
        return Contact()
    address = order["shippingAddress"]
    email = _said(order["email"])
    if not email:
        _demand_passing(answered)
    return Contact(
        email=email,
        phone=_said(order["phone"]) or _said(address.get("phone")),
        name=_said(address.get("name")),
        language=_said(order["customerLocale"]),
        country=_said(address.get("countryCodeV2")),
    )


def _said(value: Reader) -> str:
    return value.text_or("").strip()


def _demand_passing(answered: Answered) -> None:
    """What is missing because the shop stumbled may be there in a moment; what we may not see never will be."""
    for error in answered.errors:
        failure = error.failure(answered.act)
        if isinstance(failure, TryLater):
            raise failure
