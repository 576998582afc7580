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
    """Work waits until the next request, or until the webhooks are sent."""

    def __init__(self) -> None:
        self._waiting: list[Callable[[], None]] = []

    def later(self, work: Callable[[], None]) -> None:
        self._waiting.append(work)

    def settle(self) -> None:
        waiting, self._waiting = self._waiting, []
        for work in waiting:
            work()
