"""One decision of a shopper: a transaction in which its form is used up, and the order as it stands in it.

Every act looks at the order in the very transaction that writes: of two at once about the same units one is taken, and
the other is told so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import uuid4

from connector.domain.journal import Entry
from connector.domain.promises import UNKNOWN_DAY, Actor, EventKind, PromiseEvent
from connector.ports.promising import AmendmentKind, AmendmentRecord, AmendmentState
from connector.ports.unit_of_work import UnitOfWork
from connector.services.amended import Outcome, end_of, facts_of
from connector.services.context import StoreContext
from connector.services.delays import look_again
from connector.services.passes import digest
from connector.services.sent_once import claim
from connector.services.shopper import LineView, OrderView, view
from connector.services.shopper_law import refund_day

WHERE = "own page"


class Why(Enum):
    CLOSED = "closed"  # the link is void
    GONE = "gone"  # the units have left, were cancelled, or somebody was faster
    CHOICE = "choice"  # what was sent is none of the choices


class NotPossible(Exception):  # noqa: N818 -- it says what happened
    """Nothing was done."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True)
class Page:
    """Whose page it is, as its token says; ``form``: what the form bore, by which it acts once."""

    order_id: str
    generation: int
    form: str


@dataclass(slots=True)
class Act:
    """One form's doing.  ``reference`` follows from the form, so that a second writing of it would be seen."""

    store: StoreContext
    uow: UnitOfWork
    view: OrderView
    now: datetime
    reference: str
    made: int = 0

    def line(self, line_id: str) -> LineView:
        found = self.view.line(line_id)
        if found is None:
            raise NotPossible(Why.GONE)
        return found

    def asked(self, line_id: str, kind: EventKind, units: int, amendment: AmendmentRecord) -> None:
        event = PromiseEvent(
            self.now,
            kind,
            Actor.SHOPPER,
            units,
            UNKNOWN_DAY,
            where=WHERE,
            rule=amendment.rule,
            reference=amendment.reference,
        )
        self.uow.promises.append(self.store.key, self.view.order.id, line_id, [event])
        look_again(self.uow, self.store, self.view.order.id, self.now)

    def amendment(
        self,
        kind: AmendmentKind,
        line_id: str,
        units: int,
        *,
        reason: str,
        variant_id: str = "",
        rule: str = "",
        state: AmendmentState = AmendmentState.ASKED,
        deadline: datetime | None = None,
    ) -> AmendmentRecord:
        self.made += 1
        made = AmendmentRecord(
            id=0,
            order_id=self.view.order.id,
            line_id=line_id,
            kind=kind,
            units=units,
            variant_id=variant_id,
            by=Actor.SHOPPER,
            reason=reason,
            rule=rule,
            reference=f"{self.reference}-{self.made}",
            key=str(uuid4()),
            created_at=self.now,
            deadline=deadline,
            state=state,
        )
        made.id = self.uow.amendments.add(self.store.key, made)
        facts = facts_of(made, self.view.order)
        entry = Entry(self.now, "amendment_asked", order_id=made.order_id, facts=facts)
        self.uow.journal.append(self.store.key, [entry])
        return made

    def to_owner(self, made: AmendmentRecord, units: Mapping[str, int]) -> None:
        """It waits for the owner: say so, if there is an address to say it to."""
        Outcome(self.store, self.uow, made, self.view.order).for_owner(units)

    def refund_by(self) -> datetime:
        return end_of(self.store, refund_day(self.store, self.view.terms, self.now))


@contextmanager
def acting(store: StoreContext, page: Page) -> Iterator[Act]:
    """A transaction in which the form is used up.  Raises ``SentBefore`` and ``NotPossible``."""
    now = store.clock()
    with store.work() as uow:
        claim(store, uow, page.form)
        seen = view(store, uow, page.order_id, page.generation, now)
        if seen is None:
            raise NotPossible(Why.CLOSED)
        yield Act(store, uow, seen, now, f"S-{page.order_id}-{digest(page.form)[:8]}")
        uow.commit()
