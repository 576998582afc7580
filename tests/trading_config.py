"""The config of two shops that trade for a while: orders ahead of stock, mails, the law, restock lists."""

from __future__ import annotations

from house import CONFIG

MAIL = """
[mail]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "The shop <shop@example.com>"
"""
STORE = """
timezone = "UTC"
channels = ["email"]
notices = ["waiting", "changed", "ready"]
[stores.policy]
mode = "always"
lead_days = 21
[[stores.rules]]
sku = "*-RARE"
mode = "never"
[stores.law]
seller = "{seller}"
cancel = "by_itself"
[stores.mail]
address = "The shop, 1 High Street, Springfield"
{owner}
[stores.restock]
claim_hours = 24
"""


def trading_config(mail_port: int, *, woo_seller: str = "US", shopify_seller: str = "US", owner: str = "") -> str:
    """With the places of ``house.CONFIG`` left open.  ``owner``: the address that owners are written to, if any."""
    head, woo, shopify = CONFIG.split("[[stores]]")
    owned = f'owner = "{owner}"' if owner else ""
    return "[[stores]]".join(
        (
            head + MAIL.replace("{port}", str(mail_port)),
            woo.rstrip() + STORE.replace("{seller}", woo_seller).replace("{owner}", owned),
            shopify.rstrip() + STORE.replace("{seller}", shopify_seller).replace("{owner}", owned),
        )
    )
