"""The shop's state behind its one lock: tables, settings, clock, and the queue of webhooks."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal

from adapters.woocommerce.sandbox.hooks import Hooks
from adapters.woocommerce.sandbox.records import Mail, Order, Product
from adapters.woocommerce.sandbox.tables import Ids, Table
from connector.ports.clock import Clock

VERSION = "10.5.0"
WORDPRESS = "6.9.1"
CENT = Decimal("0.01")
OUR_STATUS = "backordered"
STATUSES = (
    "auto-draft", "pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "checkout-draft",
)  # fmt: skip


class Core:
    """Everything that acts or answers works on this, holding ``lock``; nothing is ever sent while it is held."""

    def __init__(self, clock: Clock, *, zone: tzinfo, source: str) -> None:
        self.lock = threading.RLock()
        self.zone = zone
        self.source = source
        self.products: Table[Product] = Table()
        self.orders: Table[Order] = Table()
        self.skus: dict[str, int] = {}
        self.hooks = Hooks()
        self.mails: list[Mail] = []
        self.ids = Ids()
        self.settings = {
            "woocommerce_manage_stock": "yes",
            "woocommerce_hold_stock_minutes": "60",
            "woocommerce_notify_low_stock_amount": "2",
            "woocommerce_notify_no_stock_amount": "0",
            "woocommerce_currency": "USD",
        }
        self.has_our_plugin = False
        self.taxes: dict[str, Decimal] = {}  # percent by tax class; the standard class is the empty text
        self.prices_include_tax = False
        self.gateway_says: list[str] = []  # why the gateway sends no money back, for the next refunds
        self._clock = clock

    def now(self) -> datetime:
        """The shop's time has a grain of one second."""
        return self._clock().astimezone(UTC).replace(microsecond=0)

    def local(self, moment: datetime | None) -> str | None:
        """As WooCommerce writes a date in the site's own zone, without saying which."""
        return None if moment is None else moment.astimezone(self.zone).replace(tzinfo=None).isoformat()

    @property
    def api(self) -> str:
        return f"{self.source}wp-json/wc/v3"

    @property
    def statuses(self) -> tuple[str, ...]:
        """Of orders; our plugin registers one more."""
        return (*STATUSES, OUR_STATUS) if self.has_our_plugin else STATUSES

    def tax_on(self, net: Decimal, tax_class: str = "") -> Decimal:
        """Rounded line by line, which is how a new shop has it."""
        return (net * self.taxes.get(tax_class, Decimal(0)) / 100).quantize(CENT, ROUND_HALF_UP)

    def net_of(self, price: Decimal, tax_class: str = "") -> Decimal:
        """What is left of a price as it is entered."""
        if not self.prices_include_tax:
            return price
        return (price / (1 + self.taxes.get(tax_class, Decimal(0)) / 100)).quantize(CENT, ROUND_HALF_UP)

    @property
    def manages_stock(self) -> bool:
        return self.settings["woocommerce_manage_stock"] == "yes"

    @property
    def out_of_stock_at(self) -> int:
        """The quantity at and below which a product counts as sold out."""
        return int(self.settings["woocommerce_notify_no_stock_amount"] or 0)


def gmt(moment: datetime | None) -> str | None:
    return None if moment is None else moment.replace(tzinfo=None).isoformat()
