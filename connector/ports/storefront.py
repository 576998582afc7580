"""What the service asks of a platform: reading it, writing to it, and understanding what it sends.

An adapter gives two objects: a ``Platform`` (pure; one for all stores) and, made by it, a ``Storefront`` (the calls;
one for each store).  Every call may raise ``TryLater``, ``Unreadable`` or ``OwnerMustAct`` (see ``failures``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Protocol, runtime_checkable

from connector.domain.availability import Availability
from connector.domain.facts import Fact, Translation
from connector.domain.marks import NoticeKind, OrderMarks
from connector.ports.acting import Acting, Held
from connector.ports.budgets import BucketKeeper
from connector.ports.failures import Failure


class Verdict(Enum):
    """What the signature check says of a request."""

    GENUINE = "genuine"
    PING = "ping"  # WooCommerce's unsigned hello: answer 200, keep nothing
    FORGED = "forged"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the headers of a delivery say.  None of it is signed by Shopify: a hint, never a proof."""

    topic: str
    external_id: str  # the platform's id of this delivery; not unique at WooCommerce
    triggered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of changed things, with the moment up to which the platform has now been read."""

    facts: tuple[Fact, ...]
    read_to: datetime | None
    total: int | None = None  # how many things there are in all, where the platform says; for progress


@dataclass(frozen=True, slots=True)
class Change:
    """New values for some of the writable fields of one variant; only the fields that differ."""

    variant_id: str
    product_id: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of one change.  ``refused`` is None where the shop took it."""

    variant_id: str
    changed_at: datetime | None = None  # the platform's time of the write, where its answer says so
    refused: Failure | None = None


@dataclass(frozen=True, slots=True)
class Telling:
    """One notice to carry to the storefront: the marks the order must bear, and what to say to the shopper.

    ``reference`` is short and unique; an adapter that cannot write twice without harm writes it along and looks for it
    before a retry (``again`` is True).  An empty ``text`` means marks only.
    """

    reference: str
    order_id: str
    kind: NoticeKind
    marks: OrderMarks
    text: str
    again: bool = False
    held: Held = field(default_factory=Held)  # what must not leave yet; everything else of the order may


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of ``backorder doctor``.  ``fix`` is empty where all is well."""

    what: str
    ok: bool
    said: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A webhook as the platform has it."""

    id: str
    topic: str
    address: str
    active: bool


class Storefront(Acting, Protocol):
    """The calls to one store."""

    def orders_changed(self, since: datetime | None, *, only_open: bool = False) -> Iterator[Page]:
        """Every order changed after ``since`` (None: every order that may still be open), oldest change first.

        ``only_open``: going on with such a first reading, so that a shop's whole past is not read after all.
        """
        ...

    def products_changed(self, since: datetime | None) -> Iterator[Page]:
        """Every product with its variants, stock numbers and shown fields, oldest change first."""
        ...

    def read_orders(self, ids: Sequence[str]) -> Iterator[Fact]:
        """``OrderSeen`` or ``OrderGone`` for every id, in the platform's largest batches."""
        ...

    def read_products(self, ids: Sequence[str]) -> Iterator[Fact]:
        """``VariantSeen``, ``StockSeen`` and ``ShownSeen`` of every product, or ``ProductGone``."""
        ...

    def read_pools(self, ids: Sequence[str]) -> Iterator[Fact]:
        """The same for the variants that draw from these pools."""
        ...

    def push(self, changes: Sequence[Change]) -> Iterator[Pushed]:
        """Write fields.  Yields one ``Pushed`` a change as batches come back; what was not yielded was not tried."""
        ...

    def tell(self, telling: Telling) -> None:
        """Put the marks on the order and say the text; safe to call again with the same reference."""
        ...

    def subscriptions(self) -> Iterable[Subscription]: ...

    def subscribe(self, topic: str, address: str, secret: str) -> Subscription: ...

    def mend(self, subscription: Subscription, address: str, secret: str) -> None:
        """Switch a disabled webhook on again."""
        ...

    def unsubscribe(self, subscription: Subscription) -> None: ...

    def check(self, now: datetime) -> Iterator[Finding]:
        """Try each right that is needed, the versions and the shop's clock; never raises for what it finds."""
        ...


class Platform(Protocol):
    """One platform: what it sends understood, what it should show put in its words.  No I/O."""

    name: str
    topics: Sequence[str]  # what to subscribe to

    def authenticate(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> Verdict: ...

    def envelope(self, headers: Mapping[str, str]) -> Envelope: ...

    def translate(self, topic: str, body: bytes) -> Translation:
        """Read one delivery.  Raises ``Unreadable`` with the path of what is missing or of the wrong type."""
        ...

    def fields(self, availability: Availability, message: str, today: date) -> Mapping[str, str]:
        """Put what a variant should show into the platform's writable fields."""
        ...

    def problems(self, options: Mapping[str, object]) -> Iterable[tuple[str, str]]:
        """Check a store's own settings: pairs of key and what is wrong with it."""
        ...

    def shop(self, options: Mapping[str, object]) -> str:
        """What identifies the shop for good: the same for whatever keys it is reached with.  As ``Granted.shop``."""
        ...

    def connect(
        self, options: Mapping[str, object], *, allow_private: bool, budget: BucketKeeper | None = None
    ) -> Storefront:
        """``budget``: who keeps what may still be called, where the platform says so; None: this storefront alone."""
        ...


@runtime_checkable
class PassesVisitorsOn(Protocol):
    """A platform on whose shops' own pages we can have an address (Shopify: the app proxy).  Not every platform is one:
    ask with ``isinstance``.
    """

    def storefront_visitor(self, query: Sequence[tuple[str, str]], secrets: Sequence[str], now: datetime) -> str | None:
        """The shop (as ``Platform.shop``) that passed this request on; None unless it is signed, all of it, just now.

        ``query``: the pairs as they came.  Nothing else in them is the platform's word: the visitor chose it.
        """
        ...


@runtime_checkable
class SignsAnew(Protocol):
    """A storefront whose webhooks each bear a secret of ours (WooCommerce), which can be changed; elsewhere it is the
    platform that gives out what it signs with.  Ask with ``isinstance``.
    """

    def sign_anew(self, subscription: Subscription, secret: str) -> None:
        """From the next delivery on it is signed with this secret; whatever waits to be sent is not lost."""
        ...
