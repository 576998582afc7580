"""A store that cannot be reached because there are no keys to reach it with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from connector.domain.facts import Fact
from connector.ports.acting import Alternative, Cancelling, Contact, Done, Swapping
from connector.ports.failures import OwnerMustAct
from connector.ports.sentence import together
from connector.ports.storefront import Change, Finding, Page, Pushed, Subscription, Telling

KEYS = "keys"


@dataclass(frozen=True, slots=True)
class Keyless:
    """A ``Storefront`` of which every call raises the same ``OwnerMustAct``, so that nothing goes on in silence."""

    problem: str
    fix: str

    @property
    def said(self) -> str:
        """The whole sentence, as a store that is stopped keeps it."""
        return together(self.problem, self.fix)

    def orders_changed(self, since: datetime | None, *, only_open: bool = False) -> Iterator[Page]:
        del since, only_open
        self._refuse()

    def products_changed(self, since: datetime | None) -> Iterator[Page]:
        del since
        self._refuse()

    def read_orders(self, ids: Sequence[str]) -> Iterator[Fact]:
        del ids
        self._refuse()

    def read_products(self, ids: Sequence[str]) -> Iterator[Fact]:
        del ids
        self._refuse()

    def read_pools(self, ids: Sequence[str]) -> Iterator[Fact]:
        del ids
        self._refuse()

    def push(self, changes: Sequence[Change]) -> Iterator[Pushed]:
        del changes
        self._refuse()

    def tell(self, telling: Telling) -> None:
        del telling
        self._refuse()

    def subscriptions(self) -> Iterable[Subscription]:
        self._refuse()

    def subscribe(self, topic: str, address: str, secret: str) -> Subscription:
        del topic, address, secret
        self._refuse()

    def mend(self, subscription: Subscription, address: str, secret: str) -> None:
        del subscription, address, secret
        self._refuse()

    def unsubscribe(self, subscription: Subscription) -> None:
        del subscription
        self._refuse()

    def check(self, now: datetime) -> Iterator[Finding]:
        del now
        yield Finding(KEYS, ok=False, said=self.problem, fix=self.fix)

    def contact(self, order_id: str) -> Contact:
        del order_id
        self._refuse()

    def say(self, order_id: str, text: str, reference: str, *, again: bool) -> None:
        del order_id, text, reference, again
        self._refuse()

    def cancel(self, cancelling: Cancelling) -> Done:
        del cancelling
        self._refuse()

    def alternatives(self, order_id: str, line_id: str, limit: int) -> Sequence[Alternative]:
        del order_id, line_id, limit
        self._refuse()

    def swap(self, swapping: Swapping) -> Done:
        del swapping
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise OwnerMustAct(KEYS, self.problem, self.fix)
