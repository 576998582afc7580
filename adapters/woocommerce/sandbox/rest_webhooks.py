"""``/webhooks``: whoever creates one is greeted at his address before he gets his answer."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from adapters.woocommerce.sandbox import rules
from adapters.woocommerce.sandbox.bodies import links
from adapters.woocommerce.sandbox.call import Answer, Call, batch, created
from adapters.woocommerce.sandbox.core import Core, gmt
from adapters.woocommerce.sandbox.errors import RestError, invalid_id, no_trash
from adapters.woocommerce.sandbox.hooks import hooks_of, is_topic
from adapters.woocommerce.sandbox.listing import ids, number
from adapters.woocommerce.sandbox.records import Body, Webhook
from adapters.woocommerce.sandbox.rules import check


def webhook_body(core: Core, webhook: Webhook) -> Body:
    """Neither the secret nor the failure counter is ever shown."""
    home = f"{core.api}/webhooks"
    return {
        "id": webhook.id,
        "name": webhook.name,
        "status": webhook.status,
        "topic": webhook.topic,
        "resource": webhook.resource,
        "event": webhook.event,
        "hooks": hooks_of(webhook),
        "delivery_url": webhook.delivery_url,
        "date_created": core.local(webhook.created),
        "date_created_gmt": gmt(webhook.created),
        "date_modified": core.local(webhook.modified),
        "date_modified_gmt": gmt(webhook.modified),
        "_links": links(f"{home}/{webhook.id}", home),
    }


def list_webhooks(call: Call) -> Answer:
    status = rules.Rule("string", one_of=("all", "active", "paused", "disabled"))
    check(call.query, {**rules.PAGING, "status": status})
    wanted, included = call.query.get("status", "all"), ids(call.query.get("include"))
    rows = [
        row
        for row in call.core.hooks.rows.values()
        if wanted in {"all", row.status} and (not included or row.id in included)
    ]
    if call.query.get("order", "desc") == "desc":
        rows.reverse()
    page, per_page = number(call.query, "page", 1), number(call.query, "per_page", 10)
    shown = rows[(page - 1) * per_page : page * per_page]
    headers = {"X-WP-Total": str(len(rows)), "X-WP-TotalPages": str(-(-len(rows) // per_page))}
    return Answer([webhook_body(call.core, row) for row in shown], headers=headers)


def get_webhook(call: Call, webhook_id: int) -> Answer:
    return Answer(webhook_body(call.core, _webhook(call.core, webhook_id, 404)))


def post_webhook(call: Call) -> Answer:
    check(call.fields, rules.WEBHOOK)
    webhook = _create(call.core, call.fields)
    answer = created(webhook_body(call.core, webhook))
    return Answer(answer.body, answer.status, answer.headers, pings=(webhook.id,))


def put_webhook(call: Call, webhook_id: int) -> Answer:
    check(call.fields, rules.WEBHOOK)
    webhook = _update(call.core, {**call.fields, "id": webhook_id})
    return Answer(webhook_body(call.core, webhook), pings=_owed(webhook))


def delete_webhook(call: Call, webhook_id: int) -> Answer:
    webhook = _webhook(call.core, webhook_id, 404)
    if not call.force:
        raise no_trash("Webhooks")
    del call.core.hooks.rows[webhook_id]
    return Answer(webhook_body(call.core, webhook))


def batch_webhooks(call: Call) -> Answer:
    core = call.core
    pings: list[int] = []

    def saved(make: Callable[[Core, Body], Webhook]) -> Callable[[Body], Body]:
        def save(fields: Body) -> Body:
            webhook = make(core, fields)
            pings.extend(_owed(webhook))
            return webhook_body(core, webhook)

        return save

    def delete(webhook_id: int) -> Body:
        webhook = _webhook(core, webhook_id, 404)
        del core.hooks.rows[webhook_id]
        return webhook_body(core, webhook)

    answer = batch(call, saved(_create), saved(_update), delete)
    return Answer(answer.body, pings=tuple(pings))


def _create(core: Core, fields: Body) -> Webhook:
    """Always active, whatever ``status`` was sent; without a secret it gets one that nobody can read."""
    topic, address = _topic(fields.get("topic")), _address(fields.get("delivery_url"))
    now = core.now()
    name = str(fields.get("name") or f"Webhook created on {now:%b %d, %Y @ %I:%M %p}")
    secret = str(fields.get("secret") or secrets.token_urlsafe(50)[:50])
    webhook = Webhook(next(core.ids.webhooks), name, topic, address, secret, now)
    core.hooks.rows[webhook.id] = webhook
    return webhook


def _update(core: Core, fields: Body) -> Webhook:
    """Switching it on again leaves the failures counted; a new address is greeted again."""
    webhook = _webhook(core, fields.get("id"), 400)
    if "topic" in fields:
        webhook.topic = _topic(fields["topic"])
    if "delivery_url" in fields:
        address = _address(fields["delivery_url"])
        webhook.pending_delivery = webhook.pending_delivery or address != webhook.delivery_url
        webhook.delivery_url = address
    for name in ("name", "secret", "status"):
        if fields.get(name):
            setattr(webhook, name, str(fields[name]))
    webhook.modified = core.now()
    return webhook


def _owed(webhook: Webhook) -> tuple[int, ...]:
    return (webhook.id,) if webhook.pending_delivery and webhook.status == "active" else ()


def _topic(topic: object) -> str:
    if not is_topic(topic):
        message = "Webhook topic is required and must be valid."
        raise RestError(400, "woocommerce_rest_shop_webhook_invalid_topic", message)
    return str(topic)


def _address(address: object) -> str:
    if not str(address).startswith(("http://", "https://")):
        message = "Webhook delivery URL must be a valid URL starting with http:// or https://."
        raise RestError(400, "woocommerce_rest_shop_webhook_invalid_delivery_url", message)
    return str(address)


def _webhook(core: Core, webhook_id: object, status: int) -> Webhook:
    webhook = core.hooks.rows.get(webhook_id) if isinstance(webhook_id, int) else None
    if webhook is None:
        raise invalid_id("shop_webhook", status)
    return webhook
