"""One shop with the service beside it, and the questions that the trap tests ask of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from house import CONFIG, SETTLE, House, house

from connector.ports.records import Delivery, NoticeRecord, OrderRecord, ShowingRecord
from connector.services.context import StoreContext
from connector.services.status import VariantStatus, variant_statuses
from connector.services.turn import reconcile_turn

SECTIONS = CONFIG.split("[[stores]]")
STORES = {"woocommerce": "chairs", "shopify": "tents"}
FLAG = {"woocommerce": "backorders", "shopify": "inventoryPolicy"}
OPEN = {"woocommerce": "notify", "shopify": "CONTINUE"}
CLOSED = {"woocommerce": "no", "shopify": "DENY"}
MESSAGE = {"woocommerce": "_backorder_message", "shopify": "message"}
WRITES = ("POST", "PUT", "DELETE", "Push", "Tell", "Bulk")

ALWAYS = '[stores.policy]\nmode = "always"\n'


def config(platform: str, more: str = "") -> str:
    """The house's config with the one store; ``more`` is added to its section."""
    section = SECTIONS[1 if platform == "woocommerce" else 2]
    return f"{SECTIONS[0]}[[stores]]{section}{more}"


class Trap:
    """Short words for one store of a house."""

    def __init__(self, there: House, platform: str) -> None:
        self.house = there
        self.platform = platform
        self.key = STORES[platform]
        self.shop: Any = there.shops[self.key]

    @property
    def store(self) -> StoreContext:
        return self.house.store(self.key)

    def settle(self, rounds: int = 2) -> None:
        self.house.settle(rounds)

    def wait(self, **time: float) -> None:
        self.house.clock.shift(timedelta(**time))

    def second(self) -> None:
        self.wait(seconds=1)

    def reconcile(self) -> None:
        """One pass, and what follows from it."""
        reconcile_turn(self.store)
        self.settle()

    def order(self, lines: dict[str, int], **how: Any) -> str:
        self.second()
        return str(self.shop.place_order(lines, **how))

    def supply(self, sku: str, units: int, days: int | None = 14) -> int:
        due = self.house.today() + timedelta(days=days) if days is not None else None
        from connector.services.supplies import add_supply  # noqa: PLC0415 -- the house wants a date, this may have none

        return add_supply(self.store, sku, units, due).id

    def flag(self, sku: str) -> str:
        return str(self.shop.shelf(sku).fields[FLAG[self.platform]])

    def says(self, sku: str) -> str:
        fields = self.shop.shelf(sku).fields
        return str(fields["_backorder_status" if self.platform == "woocommerce" else "status"])

    def variant(self, sku: str) -> VariantStatus:
        return next(one for one in self.variants() if one.sku == sku)

    def variants(self) -> Sequence[VariantStatus]:
        with self.house.service.work(read_only=True) as uow:
            return list(variant_statuses(uow, self.key))

    def showing(self, sku: str) -> ShowingRecord:
        with self.house.service.work(read_only=True) as uow:
            variant = uow.catalogue.by_sku(self.key, sku)[0]
            return uow.showings.get(self.key, [variant.id])[variant.id]

    def known(self, order_id: str) -> OrderRecord:
        with self.house.service.work(read_only=True) as uow:
            return uow.orders.get(self.key, [order_id])[order_id]

    def knows(self, order_id: str) -> bool:
        with self.house.service.work(read_only=True) as uow:
            return bool(uow.orders.get(self.key, [order_id]))

    def stands(self, order_id: str) -> tuple[int, int]:
        """Units there and units waited for, over all lines."""
        lines = self.known(order_id).lines.values()
        return sum(line.ready for line in lines), sum(line.waiting for line in lines)

    def bears(self, order_id: str) -> str:
        """Our mark on the order, as the shop has it."""
        told = self.shop.told(order_id)
        if self.platform == "woocommerce":
            return str(told.marks.get("_backorder_status", ""))
        ours = {"backordered": "waiting", "backorder-ready": "ready"}
        return next((ours[tag] for tag in told.tags if tag in ours), "")

    def words(self, order_id: str) -> str:
        """The text the shopper was given with the newest mark."""
        told = self.shop.told(order_id)
        if self.platform == "woocommerce":
            return str(told.notes[-1]) if told.notes else ""
        return str(told.marks.get("message", ""))

    def notices(self, order_id: str) -> Sequence[NoticeRecord]:
        with self.house.service.work(read_only=True) as uow:
            return uow.notices.of_order(self.key, order_id)

    def deliveries(self) -> Sequence[Delivery]:
        with self.house.service.work(read_only=True) as uow:
            return uow.deliveries.find(store=self.key, limit=1000)

    def record(self) -> Any:
        with self.house.service.work(read_only=True) as uow:
            return uow.stores.get(self.key)

    def journal(self, kind: str) -> list[Any]:
        with self.house.service.work(read_only=True) as uow:
            return [link.entry for link in uow.journal.read(self.key) if link.entry.kind == kind]

    def writes(self) -> list[str]:
        """Calls that changed something in the shop."""
        return [call for call in self.shop.calls if call.startswith(WRITES)]

    def is_right(self) -> None:
        """What we believe and what the shop shows agree with the shop itself."""
        for one in self.variants():
            shelf = self.shop.shelf(one.sku)
            assert (one.sku, one.available) == (one.sku, shelf.available)
            assert (one.sku, one.shows) == (one.sku, one.should_show)


@contextmanager
def trap(folder: Path, platform: str, more: str = "") -> Iterator[Trap]:
    with house(folder, config(platform, more)) as there:
        yield Trap(there, platform)


__all__ = ["ALWAYS", "CLOSED", "FLAG", "MESSAGE", "OPEN", "SETTLE", "Trap", "config", "trap"]
