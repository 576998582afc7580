"""A shop of any size that keeps nothing: what it is asked for it makes up, a page at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, cast

from promise_desk import NEVER_FILLED

import adapters
from connector.domain.facts import (
    Demand,
    Fact,
    LineSeen,
    OrderSeen,
    PlatformStatus,
    ProductSeen,
    ShownSeen,
    StockSeen,
    VariantSeen,
)
from connector.notify.wording import TemplateWording
from connector.ports.storefront import Page, Storefront
from connector.ports.unit_of_work import Work
from connector.services.context import StoreContext

KEY = "large"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


@dataclass
class LargeShop:
    """``products`` of one variant each, and as many orders, every other of which is still open.

    ``queue``: so many more orders wait for product 0 alone; ``asked``: calls by name, and orders that were read by id.
    """

    products: int
    page: int = 100
    queue: int = 0
    units: int = 5
    asked: Counter[str] = field(default_factory=Counter)

    def products_changed(self, since: datetime | None) -> Iterator[Page]:
        for numbers in self._pages(range(self.products), since):
            self.asked["products"] += 1
            facts = tuple(fact for number in numbers for fact in self.product(number))
            yield Page(facts, _changed_at(numbers[-1]), self.products)

    def orders_changed(self, since: datetime | None, *, only_open: bool = False) -> Iterator[Page]:
        step = 2 if only_open or since is None else 1
        for numbers in self._pages(range(0, self.products, step), since):
            self.asked["orders"] += 1
            facts = tuple(self.order(number) for number in numbers)
            yield Page(facts, _changed_at(numbers[-1]))
        if since is None:
            for numbers in self._pages(range(self.products, self.products + self.queue), since):
                self.asked["orders"] += 1
                yield Page(tuple(self.order(number) for number in numbers), _changed_at(numbers[-1]))

    def read_orders(self, ids: Sequence[str]) -> Iterator[Fact]:
        self.asked["orders by id"] += len(ids)
        return (self.order(int(one)) for one in ids)

    def read_pools(self, ids: Sequence[str]) -> Iterator[Fact]:
        self.asked["pools by id"] += len(ids)
        return (fact for one in ids for fact in self.product(int(one)))

    def product(self, number: int) -> tuple[Fact, ...]:
        id_, at = str(number), _changed_at(number)
        available = self.units - self.queue if number == 0 else self.units
        return (
            VariantSeen(id_, id_, id_, f"SKU-{number}", f"A rather long name of product {number}", at),
            StockSeen(id_, available, PlatformStatus.IN_STOCK, at),
            ShownSeen(id_, {"backorders": "no", "_backorder_message": ""}, at),
            ProductSeen(id_, (id_,), at),
        )

    def order(self, number: int) -> OrderSeen:
        of = number if number < self.products else 0
        is_open = number % 2 == 0 or number >= self.products
        line = LineSeen("1", str(of), f"SKU-{of}", f"Product {of}", 1, 1, shipped=0 if is_open else 1)
        demand = Demand.OPEN if is_open else Demand.DONE
        at = _changed_at(number)
        return OrderSeen(str(number), str(number), demand, "processing", at, at, at, (line,), email="a@example.com")

    def _pages(self, numbers: range, since: datetime | None) -> Iterator[Sequence[int]]:
        left = (number for number in numbers if since is None or _changed_at(number) > since)
        while some := list(islice(left, self.page)):
            yield some

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"nobody asks this shop for {name}")


def _changed_at(number: int) -> datetime:
    return LONG_AGO + timedelta(seconds=number)


def large_store(work: Work, shop: object, now: datetime = NOW, **more: Any) -> StoreContext:
    given: dict[str, Any] = {"clock": lambda: now, **more}
    return StoreContext(
        key=KEY,
        platform=adapters.platform("woocommerce"),
        storefront=cast("Storefront", shop),
        work=work,
        policies=NEVER_FILLED,
        wording=TemplateWording("en", {}, ("waiting", "changed", "ready")),
        **given,
    )
