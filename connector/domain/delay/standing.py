"""What a line's events add up to under one pack: the day that binds, what was offered, when the buyer's right arises.

All days here are days to *leave*: those told to a buyer who is told days of delivery count back by the days on the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from connector.domain.delay.cases import Law, LineCase, Silence
from connector.domain.delay.days import day_of, later
from connector.domain.delay.packs import CONSENT_DAYS, DEFAULT_DAYS, Rules
from connector.domain.promises import EventKind, Expected, PromiseEvent


@dataclass(frozen=True, slots=True)
class Offer:
    """The newest notice.  ``day`` None: it said that we cannot give one.  ``told``: as the buyer was told."""

    on: date
    day: date | None
    told: Expected


@dataclass(slots=True)
class Standing:
    """``bound``: the last day to leave by what was promised, agreed to, or deemed agreed to; None: without a day.

    ``noticed``: a valid first notice went out.  ``offer``: what was offered since ``bound`` was set.  ``answer_by``: an
    open choice, which silence ends by cancelling.  ``first``: it is that of the first notice.  ``consented``: in so
    many words.  ``extended``: the buyer gave more time than was promised; ``term``: by setting an additional period.
    """

    rules: Rules
    case: LineCase
    law: Law
    promised: date
    bound: date | None
    noticed: bool = False
    offer: Offer | None = None
    answer_by: date | None = None
    first: bool = False
    reminded: bool = False
    consented: bool = False
    extended: bool = False
    term: bool = False

    @property
    def lapses_after(self) -> date | None:
        """The day at whose end the order is deemed cancelled if the goods have not left.  None where the law ends
        nothing by itself, and where the buyer waits without a day.
        """
        if self.rules.lapses is None:
            return None
        return self.answer_by or self.bound

    @property
    def reference(self) -> date | None:
        """The latest day the buyer knows of: only a later one is news.  None: the buyer knows that there is no day."""
        if self.bound is None or self.offer is None:
            return self.bound
        return None if self.offer.day is None else max(self.offer.day, self.bound)

    def is_too_late(self, day: date) -> bool:
        lapse = self.lapses_after
        return lapse is not None and day > lapse

    def take(self, event: PromiseEvent) -> None:
        match event.kind:
            case EventKind.OPTION:
                self._offered(event)
            case EventKind.REMINDED:
                self.reminded = True
            case EventKind.CONSENTED | EventKind.TERM_SET:
                self._given_time(event)
            case _:
                pass

    def silence_after(self, day: date | None) -> tuple[Silence | None, date | None]:
        """What silence would mean if a notice offered ``day`` now (None: no day), and from when on."""
        if self.rules.lapses is None or self.bound is None:
            return None, None
        if self.first:
            return Silence.CANCELS, self.answer_by  # Its days count from the promise, whatever was offered since.
        if self.noticed:
            return (None, None) if day is not None and day <= self.bound else (Silence.CANCELS, self.bound)
        last = later(self.promised, CONSENT_DAYS)
        if day is not None and day <= last:
            return Silence.CONSENTS, max(day, self.promised)
        return Silence.CANCELS, last

    def _offered(self, event: PromiseEvent) -> None:
        on, day = day_of(event.at, self.law.zone), leaves_by(event.expected, self.case)
        # Who waits without a day needs no further notice (435.2(b)(2)(iii)); one after the right arose mends nothing.
        if self.bound is None or self.is_too_late(on):
            return
        silence, until = self.silence_after(day)
        self.offer, self.reminded = Offer(on, day, event.expected), False
        if silence is Silence.CONSENTS:
            self.bound = until  # At once, with the right to cancel until then.
        elif silence is Silence.CANCELS:
            self.answer_by, self.first = until, self.first or not self.noticed
        self.noticed = True

    def _given_time(self, event: PromiseEvent) -> None:
        on, until = day_of(event.at, self.law.zone), event.expected.latest
        term = event.kind is EventKind.TERM_SET
        # An answer counts while the choice is open, and only to a question that was put.
        if self.rules.lapses and (not self.noticed or self.is_too_late(on)):
            return
        if until is None:
            if not term:
                self._bind(None, term=False)
        elif until >= on:
            self._given_until(later(until, -self.case.on_the_way), on, term=term)

    def _given_until(self, day: date, on: date, *, term: bool) -> None:
        if self.rules.lapses and day < on:
            return  # Too short to be kept by anything that leaves today: the question stays open.
        if self.bound is None:
            # Who waits without a day may still set a period where the law knows one.
            if term and not self.rules.lapses:
                self._bind(day, term=True)
        elif day > self.bound:
            self._bind(day, term=term)
        elif day == self.bound:
            self.consented = self.noticed

    def _bind(self, day: date | None, *, term: bool) -> None:
        self.bound, self.offer, self.answer_by, self.first = day, None, None, False
        self.consented, self.extended, self.term = True, True, term


def stand(case: LineCase, law: Law, rules: Rules) -> Standing:
    promised = promised_day(case, law, rules)
    standing = Standing(rules, case, law, promised, promised)
    for event in case.events:
        standing.take(event)
    return standing


def leaves_by(told: Expected, case: LineCase) -> date | None:
    """The last day to leave for what a buyer was told; of a range the last day counts."""
    return None if told.latest is None else later(told.latest, -case.on_the_way)


def promised_day(case: LineCase, law: Law, rules: Rules) -> date:
    """The last day to leave for what was promised, or for the law's own time where nothing was."""
    ordered, stated = day_of(case.ordered_at, law.zone), stated_promise(case, law)
    day = leaves_by(stated, case)
    if day is None:
        day = later(ordered, DEFAULT_DAYS if rules.from_shipment else DEFAULT_DAYS - case.on_the_way)
    return max(day, ordered)


def stated_promise(case: LineCase, law: Law) -> Expected:
    """What the buyer was shown last before ordering.  A day that had passed by then states no time at all."""
    shown = [event for event in case.events if event.kind is EventKind.PROMISED]
    before = [event for event in shown if event.at <= case.ordered_at]
    told = (before[-1] if before else shown[0]).expected if shown else Expected()
    stale = told.latest is not None and told.latest < day_of(case.ordered_at, law.zone)
    return Expected() if stale else told
