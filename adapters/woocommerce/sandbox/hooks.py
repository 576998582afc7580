"""The webhooks a shop has, and the deliveries that wait for WP-Cron."""

from __future__ import annotations

from adapters.woocommerce.sandbox.records import Webhook

TOPIC_HOOKS = {
    "coupon.created": ["woocommerce_process_shop_coupon_meta", "woocommerce_new_coupon"],
    "coupon.updated": ["woocommerce_process_shop_coupon_meta", "woocommerce_update_coupon"],
    "coupon.deleted": ["wp_trash_post"],
    "coupon.restored": ["untrashed_post"],
    "customer.created": ["user_register", "woocommerce_created_customer", "woocommerce_new_customer"],
    "customer.updated": ["profile_update", "woocommerce_update_customer"],
    "customer.deleted": ["delete_user"],
    "order.created": ["woocommerce_new_order"],
    "order.updated": ["woocommerce_update_order", "woocommerce_order_refunded"],
    "order.deleted": ["wp_trash_post", "woocommerce_trash_order"],
    "order.restored": ["untrashed_post", "woocommerce_untrash_order"],
    "product.created": [
        "woocommerce_process_product_meta",
        "woocommerce_new_product",
        "woocommerce_new_product_variation",
    ],
    "product.updated": [
        "woocommerce_process_product_meta",
        "woocommerce_update_product",
        "woocommerce_update_product_variation",
    ],
    "product.deleted": ["wp_trash_post"],
    "product.restored": ["untrashed_post"],
}


def hooks_of(webhook: Webhook) -> list[str]:
    return [webhook.event] if webhook.resource == "action" else TOPIC_HOOKS[webhook.topic]


def is_topic(topic: object) -> bool:
    """Whether WooCommerce would take it: one of the known pairs, or any hook by name (``action.woocommerce_...``)."""
    return isinstance(topic, str) and (topic in TOPIC_HOOKS or (topic.startswith("action.") and topic != "action."))


class Hooks:
    """One delivery waits per (webhook, resource): later changes before the queue runs collapse into it."""

    def __init__(self) -> None:
        self.rows: dict[int, Webhook] = {}
        self._pending: dict[tuple[int, int], None] = {}

    def happened(self, topic: str, resource_id: int) -> None:
        """Queue an event for every active webhook of its topic; what a paused or disabled one misses is lost."""
        for webhook in self.rows.values():
            if webhook.topic == topic and webhook.status == "active":
                self._pending.setdefault((webhook.id, resource_id))

    def pending(self) -> list[tuple[int, int]]:
        return list(self._pending)

    def take(self, webhook_id: int, resource_id: int) -> Webhook | None:
        """Take one delivery off the queue; None where it is gone, or its webhook is gone or no longer active."""
        if (webhook_id, resource_id) not in self._pending:
            return None
        del self._pending[webhook_id, resource_id]
        webhook = self.rows.get(webhook_id)
        return webhook if webhook is not None and webhook.status == "active" else None
