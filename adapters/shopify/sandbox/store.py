"""The shop's memory: every record by its global id, the clock, and the act that gathers what an event tells."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from adapters.shopify.sandbox.records import (
    Bearer,
    Installation,
    Item,
    Location,
    MetafieldDefinition,
    Product,
    Record,
    Shop,
    Variant,
)
from adapters.shopify.sandbox.sales import Order
from connector.ports.clock import Clock

R = TypeVar("R", bound=Record)
Body = Callable[[], Mapping[str, Any]]
Publish = Callable[[str, Mapping[tuple[str, str], Body]], None]
FIRST_ID = 7_412_658_110_001
ID_STEP = 32_769  # as the real ids of one shop lie apart; a test that adds one to an id meets nothing


class BadGlobalId(ValueError):  # noqa: N818 -- named for what was given
    """Text where a global id of a known form should be."""


class Store:
    """Not safe by itself: whoever reads or writes holds ``lock``."""

    def __init__(self, clock: Clock, domain: str, scopes: frozenset[str]) -> None:
        self.clock = clock
        self.scopes = scopes
        self.approved = True  # whether the app may see protected customer data
        self.gateway_refuses = False  # every refund fails at the bank
        self.lock = threading.RLock()
        self.records: dict[str, Record] = {}
        self.products: dict[int, Product] = {}
        self.variants: dict[int, Variant] = {}
        self.items: dict[int, Item] = {}
        self.locations: dict[int, Location] = {}
        self.orders: dict[int, Order] = {}
        self.definitions: dict[tuple[str, str, str], MetafieldDefinition] = {}
        self.by_sku: dict[str, list[Variant]] = {}
        self.publish: Publish = lambda _event, _told: None
        self._ids = itertools.count(FIRST_ID, ID_STEP)
        self._uuids = itertools.count(1)
        self._order_numbers = itertools.count(1001)
        self._act: dict[tuple[str, str], Body] | None = None
        now = self.now()
        self.shop = self.keep(
            Shop(ref=self.new_id(), name="Sandbox", myshopify_domain=domain, created_at=now, updated_at=now)
        )
        self.installation = self.keep(Installation(ref=self.new_id()))
        self.online = self.add_location("Warehouse", online=True)
        self.counter = self.add_location("Shop counter", online=False)

    def now(self) -> datetime:
        """The platform keeps its times in whole seconds."""
        return self.clock().replace(microsecond=0)

    def new_id(self) -> int:
        return next(self._ids)

    def new_uuid(self) -> str:
        """Unique in this shop and the same in every run."""
        return str(UUID(int=(next(self._uuids) * 0x9E3779B97F4A7C15F39CC0605CEDC835) % (1 << 128), version=4))

    def new_order_number(self) -> int:
        return next(self._order_numbers)

    def keep(self, record: R) -> R:
        self.records[record.gid] = record
        return record

    def forget(self, record: Record) -> None:
        self.records.pop(record.gid, None)

    def find(self, gid: str, kind: type[R]) -> R | None:
        """The record of that id.  Raises ``BadGlobalId`` for text that is no global id at all."""
        if not gid.startswith("gid://shopify/"):
            raise BadGlobalId(f"Invalid global id '{gid}'")
        found = self.records.get(gid)
        return found if isinstance(found, kind) else None

    def bearer(self, gid: str) -> Bearer | None:
        return self.find(gid, Bearer)

    def add_location(self, name: str, *, online: bool) -> Location:
        now = self.now()
        place = Location(ref=self.new_id(), name=name, fulfills_online_orders=online, created_at=now, updated_at=now)
        self.locations[place.ref] = self.keep(place)
        return place

    def variant_of(self, sku: str) -> Variant:
        """The newest variant with that SKU, which need not be the only one."""
        bearers = self.by_sku.get(sku)
        if not bearers:
            raise KeyError(f"no variant has the SKU {sku!r}")
        return bearers[-1]

    @contextmanager
    def act(self, *, parted: bool = False) -> Iterator[None]:
        """One event of the shop: everything told inside is published together, once, as it stands at the end.

        ``parted``: many small events at once; what is told of one thing is still told once, each as its own event.
        """
        if self._act is not None:
            yield
            return
        self._act = {}
        try:
            yield
            told = self._act
        finally:
            self._act = None
        for event in [{about: body} for about, body in told.items()] if parted else [told]:
            self.publish(self.new_uuid(), event)

    def tell(self, topic: str, record: Record | str, body: Body) -> None:
        """Note, inside an act, that ``topic`` happened to ``record``; told twice, it is still one news."""
        if self._act is None:
            raise RuntimeError(f"{topic} was told outside an act")
        self._act[(topic, record if isinstance(record, str) else record.gid)] = body
