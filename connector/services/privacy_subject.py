"""Whom a privacy request is about, and how what is held shows that it speaks of them.

What is written of a person is found by any of the ways a shop names one: mail address, telephone number, its own number
of the customer, the orders.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass

from connector.ports.vault import Unopenable
from connector.services.context import StoreContext

_NUMBER = re.compile(r"\+?[0-9][0-9 ()./-]{5,}[0-9]", re.ASCII)
_TAIL = 9
"""Digits at the end of a telephone number that are alike however its country and area are written."""
_SHORTEST = 7
LONGEST = 320
"""Characters that a mail address may have; longer texts are searched, not compared."""


@dataclass(frozen=True, slots=True)
class Subject:
    """``customers``: the platform's own ids of the person; ``order_ids``: the orders that were named."""

    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    order_ids: tuple[str, ...] = ()

    @property
    def is_nobody(self) -> bool:
        return not (self.emails or self.phones or self.customers or self.order_ids)


def seal(store: StoreContext, subject: Subject) -> bytes:
    """RuntimeError for a store that was made without a vault."""
    if store.vault is None:
        raise RuntimeError(f"Store {store.key} has no vault to keep a request in.")
    return store.vault.seal(json.dumps(asdict(subject)).encode())


def unseal(store: StoreContext, sealed: bytes, order_ids: tuple[str, ...]) -> Subject:
    """With these orders as well.  Raises ``Unopenable``."""
    if not sealed:
        return Subject(order_ids=order_ids)
    if store.vault is None:
        raise Unopenable("there is no vault")
    held = json.loads(store.vault.open(sealed))
    emails, phones, customers = (tuple(map(str, held.get(name, ()))) for name in ("emails", "phones", "customers"))
    return Subject(emails, phones, customers, order_ids)


class Matcher:
    """Tells whether a text speaks of a subject."""

    def __init__(self, subject: Subject, buyer_of: Callable[[str], str]) -> None:
        self._buyer_of = buyer_of
        self._emails = tuple(one.strip().casefold() for one in subject.emails)
        self._phones = frozenset(filter(None, map(_tail, subject.phones)))
        self._customers = frozenset(subject.customers)
        self.buyers = frozenset(filter(None, map(buyer_of, (*subject.emails, *subject.phones))))

    def speaks(self, body: bytes) -> bool:
        """Whether the body of a delivery names the person; one that is no JSON is read as text."""
        text = body.decode("utf-8", errors="replace")
        try:
            read = json.loads(text)
        except (ValueError, RecursionError):
            return self._names(text)
        return any(self._names(value) for value in _texts(read)) or self._has_customer(read)

    def _names(self, text: str) -> bool:
        low = text.casefold()
        if any(email in low for email in self._emails):
            return True
        if "@" in text and len(text) <= LONGEST and self._buyer_of(text) in self.buyers:
            return True
        return bool(self._phones) and any(_tail(found) in self._phones for found in _NUMBER.findall(text))

    def _has_customer(self, read: object) -> bool:
        if not self._customers or not isinstance(read, dict):
            return False
        customer = read.get("customer")
        ids = (read.get("customer_id"), customer.get("id") if isinstance(customer, dict) else None)
        return any(str(one) in self._customers for one in ids if one)


def orders_named(body: bytes, topic: str) -> set[str]:
    """The ids of orders in a body that cannot be translated, as both platforms write them."""
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return set()
    of_order = {str(read["id"])} if isinstance(read, dict) and topic.startswith("order") and "id" in read else set()
    return of_order | {str(value) for key, value in _pairs(read) if key == "order_id" and isinstance(value, str | int)}


def _tail(number: str) -> str:
    digits = "".join(one for one in number if one.isdecimal())
    return digits[-_TAIL:] if len(digits) >= _SHORTEST else ""


def _texts(read: object) -> Iterator[str]:
    """Every text in it, however deep: without recursion, for a body may nest as deep as it likes."""
    waiting = [read]
    while waiting:
        match waiting.pop():
            case str() as text:
                yield text
            case list() as items:
                waiting += items
            case dict() as pairs:
                waiting += [*pairs.keys(), *pairs.values()]


def _pairs(read: object) -> Iterator[tuple[str, object]]:
    waiting = [read]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            yield from one.items()
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
