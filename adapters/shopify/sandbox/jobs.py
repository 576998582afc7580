"""What the platform carries out after it has answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from adapters.shopify.sandbox.records import Record
from adapters.shopify.sandbox.sales import Order


@dataclass(eq=False, kw_only=True)
class Job(Record):
    TYPE = "Job"
    uuid: str
    done: bool = False

    @property
    def gid(self) -> str:
        return f"gid://shopify/{self.TYPE}/{self.uuid}"


@dataclass(eq=False, kw_only=True)
class CancelResult(Job):
    TYPE = "OrderCancelJobResult"
    order: Order
    status: str = "STARTED"
    errors: list[dict[str, object]] = field(default_factory=list)


class Jobs:
    """Work waits until the next request, or until the webhooks are sent; ``slow``: for so many more of them."""

    def __init__(self) -> None:
        self.slow = 0
        self._waiting: list[tuple[int, Callable[[], None]]] = []

    def later(self, work: Callable[[], None]) -> None:
        self._waiting.append((self.slow, work))

    def settle(self) -> None:
        due = [work for left, work in self._waiting if left <= 0]
        self._waiting = [(left - 1, work) for left, work in self._waiting if left > 0]
        for work in due:
            work()
