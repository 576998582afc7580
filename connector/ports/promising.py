"""Promises, amendments to orders, and messages to people: rows and what is asked of their storage."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Protocol

from connector.domain.promises import Actor, Expected, PromiseEvent


@dataclass(slots=True)
class TermsRecord:
    """What holds for an order beyond its place in the queue.

    ``country``: where it goes, empty where nobody has said; ``paid_at``: when it was properly completed; ``buyer``: a
    keyed digest of the buyer's address, never the address; ``link``: the generation of the links to its page, which a
    revocation counts up; ``together``: the shopper wants one parcel (None: as the store has it); ``essential``: the day
    was of the essence (Directive 2011/83, art. 18(2)); ``look_at``: when time alone next changes what is due for it.
    """

    order_id: str
    country: str = ""
    paid_at: datetime | None = None
    buyer: str = ""
    link: int = 0
    together: bool | None = None
    essential: bool = False
    look_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ShownRecord:
    """What the storefront showed for a variant from ``at`` on, as the shop confirmed it."""

    variant_id: str
    at: datetime
    status: str
    expected: Expected
    text: str
    basis: str = ""


class Promises(Protocol):
    def events(self, store: str, order_ids: Collection[str]) -> Mapping[str, Mapping[str, Sequence[PromiseEvent]]]:
        """By order id and line id, oldest first."""
        ...

    def append(self, store: str, order_id: str, line_id: str, events: Sequence[PromiseEvent]) -> None: ...

    def terms(self, store: str, order_ids: Collection[str]) -> dict[str, TermsRecord]:
        """Those that there are."""
        ...

    def save_terms(self, store: str, terms: Collection[TermsRecord]) -> None: ...

    def hush(self, store: str, order_ids: Collection[str]) -> int:
        """Empty the words in the events of these orders that a person may have typed: the owner's, and those that came
        on an order line; how many.  Days, rules and times stay.
        """
        ...

    def to_judge(self, store: str, now: datetime, limit: int) -> Sequence[str]:
        """Orders whose ``look_at`` has come, the longest due first."""
        ...

    def orders_of(self, store: str, buyer: str) -> Sequence[str]:
        """The orders of one buyer, by digest."""
        ...

    def showed(self, store: str, shown: Collection[ShownRecord]) -> None: ...

    def shown_at(self, store: str, variant_id: str, moment: datetime) -> ShownRecord | None:
        """What the storefront showed then."""
        ...

    def showed_between(self, store: str, variant_id: str, since: datetime, until: datetime) -> Sequence[ShownRecord]:
        """All that it showed at some time within, oldest first."""
        ...

    def purge_shown(self, store: str, before: datetime, limit: int) -> int:
        """Delete what was no longer shown before then; how many (at most ``limit``)."""
        ...


class AmendmentKind(Enum):
    CANCEL = "cancel"
    WITHDRAW = "withdraw"  # the same at the platform, another right
    SWAP = "swap"
    SHIP_NOW = "ship now"  # what is there leaves now
    SHIP_TOGETHER = "ship together"  # wait for all


class AmendmentState(Enum):
    OWNER = "owner"  # waits for the owner to decide
    ASKED = "asked"  # to be carried out
    DOING = "doing"  # claimed; a crash leaves it here until the lease ends
    DONE = "done"
    BY_HAND = "by hand"  # carried out but for the money, which a person must send
    REFUSED = "refused"  # the platform will not
    DROPPED = "dropped"  # decided against, or overtaken by what happened


@dataclass(slots=True)
class AmendmentRecord:
    """A change of an order that somebody asked for.  ``line_id`` empty: the whole order.

    ``rule`` and ``deadline``: by which provision it must be done, and until when; ``key``: the UUID that makes it
    happen once at the platform; ``said``: what became of it, for the owner.
    """

    id: int
    order_id: str
    line_id: str
    kind: AmendmentKind
    units: int
    variant_id: str
    by: Actor
    reason: str
    rule: str
    reference: str
    key: str
    created_at: datetime
    deadline: datetime | None = None
    state: AmendmentState = AmendmentState.ASKED
    attempts: int = 0
    next_at: datetime | None = None
    done_at: datetime | None = None
    refunded: str = ""
    currency: str = ""
    said: str = ""


class Amendments(Protocol):
    def add(self, store: str, amendment: AmendmentRecord) -> int:
        """The id given.  One of the same reference is not added twice; its id is given."""
        ...

    def claim(self, store: str, now: datetime, lease_until: datetime, limit: int) -> Sequence[AmendmentRecord]:
        """Take those ASKED that are due, and DOING ones whose lease has ended, by guarded update; ``attempts`` is
        counted up.  An order's amendments go one after the other.
        """
        ...

    def save(self, store: str, amendment: AmendmentRecord) -> None: ...

    def get(self, store: str, amendment_id: int) -> AmendmentRecord | None: ...

    def of_order(self, store: str, order_id: str) -> Sequence[AmendmentRecord]:
        """Oldest first."""
        ...

    def find(
        self, store: str, states: Collection[AmendmentState], limit: int, before: int | None = None
    ) -> Sequence[AmendmentRecord]:
        """Newest first; ``before``: only those with a smaller id."""
        ...


class MessageKind(Enum):
    CONFIRMED = "confirmed"  # part of the order is backordered
    EARLIER = "earlier"
    LATER = "later"
    OPTION = "option"  # wait or cancel: the notice the law asks for
    REMINDER = "reminder"  # of an open choice
    READY = "ready"
    CANCELLED = "cancelled"
    REFUND_DUE = "refund_due"
    REFUNDED = "refunded"
    NOT_DONE = "not_done"  # what the shopper asked for cannot be done, or was decided against
    WITHDRAWAL = "withdrawal"  # acknowledges a withdrawal, with its content, day and time (2011/83, art. 11a)
    OPT_IN = "opt_in"  # asks to confirm an address; never anything else in it
    RESTOCK = "restock"
    SIGN_IN = "sign_in"  # a link for a store's owner
    TO_OWNER = "to_owner"  # something waits for the owner, with a deadline

    @property
    def is_legal(self) -> bool:
        """Whether the law asks for it: goes out whatever the shopper wants of advertising, and at any hour."""
        return self in _LEGAL

    @property
    def is_marketing(self) -> bool:
        return self is MessageKind.RESTOCK


_LEGAL = frozenset(
    {
        MessageKind.OPTION,
        MessageKind.CANCELLED,
        MessageKind.REFUND_DUE,
        MessageKind.REFUNDED,
        MessageKind.WITHDRAWAL,
    }
)


NEVER_BY_IT = -1


class MessageState(Enum):
    PENDING = "pending"
    SENDING = "sending"  # claimed; a crash leaves it here until the lease ends
    SENT = "sent"
    PARKED = "parked"  # no channel took it: the owner must see to it
    DROPPED = "dropped"  # overtaken by a newer one, or no longer wanted
    BOUNCED = "bounced"  # it came back


@dataclass(slots=True)
class MessageRecord:
    """One message to one person.  About an order (``order_id``), a restock subscription (``subscription``) or neither
    (``to`` empty).  ``to``: what the person stated of themselves, sealed (``services.message_people``).

    ``values`` is what its text is filled with; ``subject`` and ``text`` are what was sent, word for word but for links,
    and empty before.  ``channel`` was tried last, or took it; ``tried``: failed attempts by channel, ``NEVER_BY_IT``
    for one that will never take it; ``reference`` becomes the Message-ID; ``not_before``: quiet hours, and the settle
    time within which a newer one takes its place; ``deadline``: after it the message is worth nothing (``rule``).
    """

    id: int
    kind: MessageKind
    order_id: str
    subscription: int
    language: str
    values: Mapping[str, Any]
    reference: str
    created_at: datetime
    not_before: datetime
    line_ids: tuple[str, ...] = ()
    to: bytes = b""
    rule: str = ""
    deadline: datetime | None = None
    channel: str = ""
    state: MessageState = MessageState.PENDING
    attempts: int = 0
    next_at: datetime | None = None
    sent_at: datetime | None = None
    subject: str = ""
    text: str = ""
    reason: str = ""
    tried: Mapping[str, int] = field(default_factory=dict)


class Messages(Protocol):
    def add(self, store: str, message: MessageRecord, *, instead_of: Collection[MessageKind] = ()) -> int:
        """The id given.  Pending ones of these kinds about the same order are DROPPED for it (one thing, one message).
        One of the same reference is not added twice; its id is given.
        """
        ...

    def claim(
        self,
        store: str,
        now: datetime,
        lease_until: datetime,
        limit: int,
        kinds: Collection[MessageKind] | None = None,
    ) -> Sequence[MessageRecord]:
        """Take those that are due (``not_before`` and ``next_at`` have come), and SENDING ones whose lease has ended,
        by guarded update; ``attempts`` is counted up.  About one order they go one after the other.  ``kinds``: only of
        these.
        """
        ...

    def save(self, store: str, message: MessageRecord) -> None: ...

    def get(self, store: str, message_id: int) -> MessageRecord | None: ...

    def by_reference(self, store: str, reference: str) -> MessageRecord | None: ...

    def of_order(self, store: str, order_id: str) -> Sequence[MessageRecord]: ...

    def of_people(self, store: str, subscriptions: Collection[int]) -> Sequence[MessageRecord]:
        """Those to people on restock lists, by their subscriptions; cost follows from all messages of the store."""
        ...

    def find(
        self, store: str, states: Collection[MessageState], limit: int, before: int | None = None
    ) -> Sequence[MessageRecord]:
        """Newest first."""
        ...

    def purge(self, store: str, before: datetime, limit: int) -> int:
        """Delete sent, dropped and bounced ones made before; how many (at most ``limit``)."""
        ...


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message as a channel gets it.  ``unsubscribe``: the one-click address, empty where it is none of marketing.

    ``country``: that of a telephone number which does not name its own; ``again``: it was tried before, and nobody
    knows whether it went out.
    """

    reference: str
    kind: MessageKind
    order_id: str
    email: str
    phone: str
    language: str
    subject: str
    text: str
    html: str
    unsubscribe: str = ""
    country: str = ""
    again: bool = False


class Channel(Protocol):
    """A way to reach people.  Made by bootstrap for each store."""

    name: str  # email, sms, note, console

    def reaches(self, outgoing: Outgoing) -> bool:
        """Whether there is an address for it."""
        ...

    def send(self, outgoing: Outgoing) -> None:
        """Raises ``TryLater``, ``OwnerMustAct``, or ``Refused`` where it will never go this way."""
        ...

    def rest(self) -> None:
        """Nothing more is to be sent for now: connections are let go."""
        ...


@dataclass(frozen=True, slots=True)
class Written:
    """A message in words.  ``html`` says the same as ``text``."""

    subject: str
    text: str
    html: str
    short: str  # for a text message: about 300 characters, its links not counted


class Composer(Protocol):
    """Puts messages into words: the owner's texts, else ours, in the language asked for."""

    def write(self, kind: MessageKind, language: str, values: Mapping[str, Any]) -> Written: ...


class PageLinks(Protocol):
    """Makes the signed addresses of pages for one person of one store; they are written down nowhere."""

    def page(self, order_id: str, generation: int, now: datetime) -> str:
        """The shopper's page of an order (``/o/<token>``); ``generation`` is ``TermsRecord.link``."""
        ...

    def restock(self, subscription: int, purpose: str, now: datetime) -> str:
        """A page of a restock subscription (``/r/<token>``); ``purpose``: ``confirm``, ``stop`` or ``claim``."""
        ...
