"""What an order bears for the merchant, and what is said to its buyer by the shop itself."""

from __future__ import annotations

import structlog

from adapters.reader import Reader
from adapters.woocommerce import outbound
from adapters.woocommerce.orders import BACKORDERED, country_of, language_of
from adapters.woocommerce.rest import Rest
from connector.domain.marks import OrderStatus
from connector.ports.acting import Contact
from connector.ports.failures import Refused
from connector.ports.sentence import Sentence
from connector.ports.storefront import Telling

log = structlog.get_logger(__name__)

CONTACT_FIELDS = (
    "id,meta_data,billing.email,billing.phone,billing.first_name,billing.last_name,billing.country,shipping.country"
)


def tell(rest: Rest, telling: Telling, *, order_status: bool) -> None:
    """Put the marks on the order and mail the text.  Raises ``Refused`` where the order is gone or the text too long.

    ``order_status``: the order is to be shown as waiting in the shop's own list of orders too.
    """
    note = outbound.note(telling.text, telling.reference) if telling.text else None
    path = f"orders/{_digits(telling.order_id)}"
    order = rest.put(path, outbound.order_meta(telling.marks, telling.held.units), act="notify")
    if order_status:
        _set_status(rest, path, order, waits=telling.marks.status is OrderStatus.WAITING)
    if note is None or (telling.again and has_note(rest, path, telling.reference, kind="customer")):
        return
    rest.post(f"{path}/notes", note, act="notify")


def contact(rest: Rest, order_id: str) -> Contact:
    """Raises ``Refused`` where the shop has no such order."""
    order = rest.get(f"orders/{_digits(order_id)}", {"_fields": CONTACT_FIELDS}, act="notify").read()
    billing = order["billing"]
    names = (billing.get(key).text_or("").strip() for key in ("first_name", "last_name"))
    return Contact(
        email=billing.get("email").text_or("").strip(),
        phone=billing.get("phone").text_or("").strip(),
        name=" ".join(filter(None, names)),
        language=language_of(order),
        country=country_of(order),
    )


def say(rest: Rest, order_id: str, text: str, reference: str, *, again: bool) -> None:
    """A note to the customer, which WooCommerce mails; without an address it would be mailed to nobody."""
    note = outbound.note(text, reference)
    path = f"orders/{_digits(order_id)}"
    order = rest.get(path, {"_fields": "id,billing.email"}, act="notify").read()
    if not order.get("billing").get("email").text_or("").strip():
        raise Refused(
            "says_nothing", Sentence("The order has no e-mail address, so WooCommerce would mail its note to nobody.")
        )
    if not (again and has_note(rest, path, reference, kind="customer")):
        rest.post(f"{path}/notes", note, act="notify")


def has_note(rest: Rest, path: str, reference: str, *, kind: str) -> bool:
    """``kind``: customer or internal."""
    notes = rest.get(f"{path}/notes", {"type": kind}, act="notify").read()
    return any(outbound.mark(reference) in note["note"].text() for note in notes)


def _set_status(rest: Rest, path: str, order: Reader, *, waits: bool) -> None:
    """Between ``processing`` and our own status, and no other.  A shop without our plugin refuses it: it is left as it
    was, and the doctor says so.
    """
    change = {("processing", True): BACKORDERED, (BACKORDERED, False): "processing"}.get(
        (order["status"].text(), waits)
    )
    if change is None:
        return
    try:
        rest.put(path, {"status": change}, act="notify")
    except Refused as refused:
        log.warning("the shop refuses the order status", path=path, status=change, said=refused.message)


def _digits(order_id: str) -> str:
    if not order_id.isdecimal():
        raise Refused("not_an_id", Sentence("%(order_id)s is no WooCommerce id", order_id=order_id))
    return order_id
