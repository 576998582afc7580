"""WP-Cron's half: carries what waits, one after the other, and keeps the failure counters."""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
import threading
from collections.abc import Callable

from adapters.woocommerce.sandbox.bodies import product_body
from adapters.woocommerce.sandbox.core import VERSION, WORDPRESS, Core
from adapters.woocommerce.sandbox.errors import invalid_id, php_json
from adapters.woocommerce.sandbox.order_bodies import order_body
from adapters.woocommerce.sandbox.records import Body, Webhook
from connector.ports.sandbox import Faults, Send

AGENT = f"WooCommerce/{VERSION} Hookshot (WordPress/{WORDPRESS})"
GIVES_UP_AFTER = 5  # more failures than this in a row, and the next one disables: the seventh

# The characters WordPress turns into entities; it turns them back before it signs.
ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#039;", "'"), ("&#39;", "'"), ("&amp;", "&"))


def signature(secret: str, body: bytes) -> str:
    for entity, character in ENTITIES:
        secret = secret.replace(entity, character)
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode("ascii")


class Courier:
    """Sends outside the shop's lock: a receiver may call the API back before it answers."""

    def __init__(self, core: Core, send: Send, faults: Callable[[], Faults]) -> None:
        self._core = core
        self._send = send
        self._faults = faults
        self._dice = random.Random(0)  # noqa: S311 -- faults are to be repeatable, not secret
        self._seed = 0
        self._running = threading.Lock()

    def flush(self) -> int:
        """One run of the queue.  Gives how many requests were sent; a failed one is gone like any other."""
        with self._running:
            with self._core.lock:
                waiting = self._core.hooks.pending()
                if self._faults().shuffled:
                    self._rolls().shuffle(waiting)
            return sum(self._carry(webhook_id, resource_id) for webhook_id, resource_id in waiting)

    def ping(self, webhook_id: int) -> None:
        """The unsigned hello; only an answer of exactly 200 stops it from being sent with every save."""
        with self._core.lock:
            webhook = self._core.hooks.rows.get(webhook_id)
            address = webhook.delivery_url if webhook is not None else ""
        headers = {"User-Agent": AGENT, "Accept": "*/*", "Content-Type": "application/x-www-form-urlencoded"}
        answer = self._send(address, headers, f"webhook_id={webhook_id}".encode()) if address else None
        with self._core.lock:
            if webhook is not None and answer == 200:  # noqa: PLR2004 -- any other success does not count
                webhook.pending_delivery = False

    def _carry(self, webhook_id: int, resource_id: int) -> int:
        with self._core.lock:
            webhook = self._core.hooks.take(webhook_id, resource_id)
            times = self._times()
            if webhook is None or not times:
                return 0
            # What is sent is the state now, which may be much later than the event.
            body = php_json(self._payload(webhook, resource_id))
            address, headers = webhook.delivery_url, self._headers(webhook, body)
        for _ in range(times):
            answer = self._send(address, headers, body)
            with self._core.lock:
                again = self._note(webhook, answer)
            if again:
                self.ping(webhook_id)
        return times

    def _rolls(self) -> random.Random:
        """The dice, thrown afresh whenever the scenario chooses another seed."""
        if self._seed != self._faults().seed:
            self._seed = self._faults().seed
            self._dice.seed(self._seed)
        return self._dice

    def _times(self) -> int:
        faults, dice = self._faults(), self._rolls()
        if faults.lose_webhooks > 0:
            faults.lose_webhooks -= 1
            return 0
        if faults.lost and dice.random() < faults.lost:
            return 0
        return 2 if faults.doubled and dice.random() < faults.doubled else 1

    def _payload(self, webhook: Webhook, resource_id: int) -> Body:
        """What REST would answer now; for an object that is gone, its error, signed like anything else."""
        if webhook.event == "deleted":
            return {"id": resource_id}
        if webhook.resource == "action":
            return {"action": webhook.event, "arg": resource_id}
        if webhook.resource == "order":
            order = self._core.orders.get(resource_id)
            return invalid_id("shop_order", 404).body if order is None else order_body(self._core, order)
        product = self._core.products.get(resource_id)
        return invalid_id("product", 404).body if product is None else product_body(self._core, product)

    def _headers(self, webhook: Webhook, body: bytes) -> dict[str, str]:
        # The id is a hash of the webhook and the second: two deliveries of one second share it.
        moment = int(self._core.now().timestamp())
        delivery = hashlib.md5(f"{webhook.id}{moment}".encode(), usedforsecurity=False).hexdigest()
        return {
            "User-Agent": AGENT,
            "Accept": "*/*",
            "Content-Type": "application/json",
            "X-WC-Webhook-Source": self._core.source,
            "X-WC-Webhook-Topic": webhook.topic,
            "X-WC-Webhook-Resource": webhook.resource,
            "X-WC-Webhook-Event": webhook.event,
            "X-WC-Webhook-Signature": signature(webhook.secret, body),
            "X-WC-Webhook-ID": str(webhook.id),
            "X-WC-Webhook-Delivery-ID": delivery,
            "Connection": "close",
        }

    def _note(self, webhook: Webhook, answer: int | None) -> bool:
        """Count a failure or forget them all; gives whether the save that follows pings again."""
        # 301 and 302 count as success though nobody follows them: the event is lost and nothing shows it.
        if answer is not None and 200 <= answer < 303:  # noqa: PLR2004 -- WooCommerce's own bounds
            webhook.failure_count = 0
        elif webhook.failure_count > GIVES_UP_AFTER:
            webhook.status = "disabled"
        else:
            webhook.failure_count += 1
        webhook.modified = self._core.now()
        return webhook.pending_delivery and webhook.status == "active"
