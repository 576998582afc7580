"""The calls to one WooCommerce shop; the only file that imports the vendor's library.

Of the library only the signing is used.  Its requests are not: they wait five seconds, open a connection each, follow
a redirect of a write as a read and report that as success, and send every parameter twice over plain http.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from html import unescape
from urllib.parse import urlsplit

from requests import PreparedRequest
from requests.auth import AuthBase, HTTPBasicAuth
from woocommerce.oauth import OAuth

from adapters.http import Channel
from adapters.reader import Reader
from adapters.woocommerce import doctor, outbound
from adapters.woocommerce.acting import cancel
from adapters.woocommerce.orders import BACKORDERED, DEMAND_BY_STATUS
from adapters.woocommerce.paging import Walk, all_pages
from adapters.woocommerce.products import shown_fields
from adapters.woocommerce.reading import (
    ORDER_FIELDS,
    PRODUCT_FIELDS,
    known_statuses,
    order_items,
    product_items,
    read_orders,
    read_products,
)
from adapters.woocommerce.relating import alternatives
from adapters.woocommerce.rest import Rest
from adapters.woocommerce.swapping import swap
from adapters.woocommerce.telling import contact, say, tell
from connector.domain.facts import Fact
from connector.ports.acting import Alternative, Cancelling, Contact, Done, Swapping
from connector.ports.failures import Failure, OwnerMustAct, Refused, TryLater, Unreadable
from connector.ports.sentence import Sentence, quoted, together
from connector.ports.storefront import Change, Finding, Page, Pushed, Subscription, Telling

API = "wp-json/wc/v3"
CONNECT_SECONDS = 5.0
SERVER_ERRORS = range(500, 600)


class SignedByQuery(AuthBase):
    """OAuth 1.0a, which is what WooCommerce takes over plain http.  Signs each attempt anew: a nonce counts once."""

    def __init__(self, key: str, secret: str) -> None:
        self._key = key
        self._secret = secret

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        signed = OAuth(
            url=request.url,
            consumer_key=self._key,
            consumer_secret=self._secret,
            version="wc/v3",
            method=request.method,
        )
        request.url = signed.get_oauth_url()
        return request


def channel_to(url: str, key: str, secret: str, *, timeout: float, allow_private: bool) -> Channel:
    """Over https the keys go in the Authorization header; over http WooCommerce ignores them there."""
    is_https = urlsplit(url).scheme == "https"
    return Channel(
        f"{url.rstrip('/')}/{API}",
        allow_private=allow_private,
        auth=HTTPBasicAuth(key, secret) if is_https else SignedByQuery(key, secret),
        timeout=(CONNECT_SECONDS, timeout),
        platform="woocommerce",
    )


class WooStorefront:
    """A ``Storefront``."""

    def __init__(self, channel: Channel, *, order_status: bool = False) -> None:
        """``order_status``: orders that wait are given the status our WordPress plugin registers."""
        self._rest = Rest(channel)
        self._order_status = order_status

    def orders_changed(self, since: datetime | None, *, only_open: bool = False) -> Iterator[Page]:
        """Changed orders, those in the bin first.

        Without ``since``, or ``only_open``: the orders in a status that may wait for stock, which are few; the shop's
        whole past would be read for nothing.  A status that a plugin added may wait, so the shop is asked which it has.
        """
        whole = since is not None and not only_open
        statuses = ("trash", "any") if whole else (",".join(self._waiting_statuses()),)
        for status in statuses:
            walk = Walk(self._rest, "orders", {"status": status, "_fields": ORDER_FIELDS}, since)
            for part in walk:
                # Until the bin and the rest are both read, nothing is read up to anywhere.
                read_to = since if status == "trash" else part.read_to
                yield Page(tuple(order_items(self._rest, part.items)), read_to, part.total)

    def products_changed(self, since: datetime | None) -> Iterator[Page]:
        """Changed products; a change of a variation moves its parent's date."""
        for part in Walk(self._rest, "products", {"_fields": PRODUCT_FIELDS}, since):
            yield Page(tuple(product_items(self._rest, part.items)), part.read_to, part.total)

    def read_orders(self, ids: Sequence[str]) -> Iterator[Fact]:
        return read_orders(self._rest, ids)

    def read_products(self, ids: Sequence[str]) -> Iterator[Fact]:
        return read_products(self._rest, ids)

    def read_pools(self, ids: Sequence[str]) -> Iterator[Fact]:
        """A pool is the product or the variation that keeps the number, and those that draw from it are its own."""
        return read_products(self._rest, ids)

    def push(self, changes: Sequence[Change]) -> Iterator[Pushed]:
        objections = {id(change): outbound.objection(change) for change in changes}
        for change in changes:
            if objections[id(change)]:
                yield Pushed(change.variant_id, refused=objections[id(change)])
        for batch in outbound.batches(change for change in changes if not objections[id(change)]):
            yield from self._push(batch)

    def tell(self, telling: Telling) -> None:
        tell(self._rest, telling, order_status=self._order_status)

    def contact(self, order_id: str) -> Contact:
        return contact(self._rest, order_id)

    def say(self, order_id: str, text: str, reference: str, *, again: bool) -> None:
        say(self._rest, order_id, text, reference, again=again)

    def cancel(self, cancelling: Cancelling) -> Done:
        return cancel(self._rest, cancelling)

    def alternatives(self, order_id: str, line_id: str, limit: int) -> Sequence[Alternative]:
        return alternatives(self._rest, order_id, line_id, limit)

    def swap(self, swapping: Swapping) -> Done:
        return swap(self._rest, swapping)

    def subscriptions(self) -> Iterable[Subscription]:
        return [_subscription(one) for one in all_pages(self._rest, "webhooks", {}, act="webhooks")]

    def subscribe(self, topic: str, address: str, secret: str) -> Subscription:
        """WooCommerce sends its ping to ``address`` before this returns: it must be answered meanwhile."""
        body = {"name": f"Backorder Connector: {topic}", "topic": topic, "delivery_url": address, "secret": secret}
        try:
            return _subscription(self._rest.post("webhooks", body, act="webhooks"))
        except Refused as refused:
            raise OwnerMustAct(
                "webhooks",
                Sentence(
                    "The shop refuses a webhook for %(topic)s to %(address)s: %(words)s",
                    topic=topic,
                    address=address,
                    words=refused.said,
                ),
                Sentence("Check public_url under [server]: the shop must be able to call it from the internet."),
            ) from None

    def mend(self, subscription: Subscription, address: str, secret: str) -> None:
        """Replace the webhook.  Set to active it would keep its count of failures, and the next one would disable it.

        Deleted first: if the second half fails, the next look finds one missing and makes it.
        """
        self.unsubscribe(subscription)
        self.subscribe(subscription.topic, address, secret)

    def sign_anew(self, subscription: Subscription, secret: str) -> None:
        """``ports.storefront.SignsAnew``.  In place: WooCommerce signs when it sends, so what waits in its queue is
        signed with the new secret, and a webhook that is replaced would take its queue along.
        """
        self._rest.put(f"webhooks/{subscription.id}", {"secret": secret}, act="webhooks")

    def unsubscribe(self, subscription: Subscription) -> None:
        self._rest.delete(f"webhooks/{subscription.id}", act="webhooks")

    def check(self, now: datetime) -> Iterator[Finding]:
        return doctor.check(self._rest, now, order_status=self._order_status)

    def _push(self, batch: outbound.Batch) -> Iterator[Pushed]:
        try:
            entries = self._rest.post(batch.path, batch.body, act="push")["update"].items()
        except Refused as refused:
            entries = ()
            yield from (Pushed(change.variant_id, refused=refused) for change in batch.changes)
        else:
            if len(entries) != len(batch.changes):
                raise Unreadable(
                    "$.update",
                    Sentence(
                        "has %(entries)s entries for %(changes)s changes",
                        entries=len(entries),
                        changes=len(batch.changes),
                    ),
                )
        for change, entry in zip(batch.changes, entries, strict=False):
            yield _pushed(change, entry)

    def _waiting_statuses(self) -> list[str]:
        """A list that is asked for a status the shop has not is refused whole: ours is only there with our plugin."""
        waiting = [status for status, demand in DEMAND_BY_STATUS.items() if demand.waits]
        try:
            known = known_statuses(self._rest)
        except (OwnerMustAct, Refused, Unreadable):  # a right less, or a version without it: no reason to stop
            return [status for status in waiting if status != BACKORDERED]
        others = [status for status in known if status not in DEMAND_BY_STATUS]
        return [status for status in waiting if status in {*known, "processing", "on-hold"}] + others


def _pushed(change: Change, entry: Reader) -> Pushed:
    """What became of one change.  WooCommerce takes what it then ignores, so the answer is compared."""
    try:
        if not entry["error"].is_absent:
            return Pushed(change.variant_id, refused=_item_failure(entry["error"]))
        shown: Mapping[str, str] = shown_fields(entry)
        ignored = sorted(key for key, value in change.fields.items() if shown.get(key) != value)
        if ignored:
            said = Sentence(
                "the shop kept its own %(fields)s; its stock is managed elsewhere by now", fields=", ".join(ignored)
            )
            return Pushed(change.variant_id, refused=Refused("not_taken", said))
        return Pushed(change.variant_id, entry["date_modified_gmt"].gmt())
    except Unreadable as error:
        return Pushed(change.variant_id, refused=error)


def _item_failure(error: Reader) -> Failure:
    code, message = error["code"].text_or(""), unescape(error["message"].text_or(""))
    if error["data"].get("status").raw in SERVER_ERRORS:
        return TryLater(together(code, quoted(message), ": "))
    return Refused(code, message)


def _subscription(webhook: Reader) -> Subscription:
    return Subscription(
        id=webhook["id"].number_id(),
        topic=webhook["topic"].text(),
        address=webhook["delivery_url"].text(),
        active=webhook["status"].text() == "active",
    )
