"""The words of the delay rules: what is known of an order line, which rules hold, and what they ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import Enum

from connector.domain.promises import Expected, PromiseEvent


class Pack(Enum):
    """The rules of one part of the world, strictest first."""

    US = "us"
    EU = "eu"
    UK = "uk"


@dataclass(frozen=True, slots=True)
class Law:
    """What a store acts on.  ``seller``: its own country, empty where nobody has said.

    ``remind_days``: how long before an open choice ends the buyer is reminded, 0 for never.  Days are those of
    ``zone``.  ``is_working``: the working days of the seller's calendar, which the refund clock counts.
    """

    packs: frozenset[Pack]
    seller: str
    remind_days: int
    zone: tzinfo
    is_working: Callable[[date], bool]


@dataclass(frozen=True, slots=True)
class LineCase:
    """One order line as it stands.

    ``ordered_at``: when the order was properly completed (payment or authorisation, and all data); ``destination``:
    ISO country, empty where nobody has said; ``units``: still outstanding, neither shipped nor cancelled; ``waiting``:
    those of them that are not there yet.  ``expected``: the day they leave, ``delivered``: the day they reach the
    buyer, both by the newest confirmed plan.  ``events``: oldest first; one about 0 units is about the whole line.
    ``essential``: the buyer said before ordering that the day was.  ``cancellable``: whether the platform still lets
    units be taken out of the order; where it does not, what the law cancels is refunded without that.
    ``on_the_way``: calendar days between leaving and delivery, at most, that are part of the days told to the buyer; 0
    where buyers are told the day goods leave.
    """

    ordered_at: datetime
    destination: str
    units: int
    waiting: int
    expected: Expected
    delivered: Expected
    events: tuple[PromiseEvent, ...]
    essential: bool = False
    cancellable: bool = True
    on_the_way: int = 0


class Stage(Enum):
    """Where the units stand that are still outstanding."""

    SERVED = "served"  # they are all there, and have only to leave
    PROMISED = "promised"
    NOTICE_DUE = "notice_due"
    WAIT_SILENCE_OK = "wait_silence_ok"  # asked; who says nothing waits until the day offered
    WAIT_CONSENT = "wait_consent"  # asked; who says nothing gets the money back
    TOLD = "told"  # told of the new day; silence means nothing (EU, UK)
    TERM_RUNS = "term_runs"  # within the additional period the buyer set (EU, UK)
    MAY_END = "may_end"  # the buyer may end the contract at once (EU, UK)
    CONSENTED_DATE = "consented_date"
    CONSENTED_OPEN = "consented_open"  # without a day; the buyer may cancel at any time before shipment
    CANCEL_DUE = "cancel_due"
    REFUND_DUE = "refund_due"
    DONE = "done"


class ActKind(Enum):
    OPTION = "option"  # the notice that asks "wait or cancel?"
    RENEWED = "renewed"  # the same, where a day that was agreed since cannot be kept either
    REMIND = "remind"
    CANCEL = "cancel"
    REFUND = "refund"


class Silence(Enum):
    """What it means where the buyer says nothing until ``DueAct.answer_by``."""

    CONSENTS = "consents"
    CANCELS = "cancels"


@dataclass(frozen=True, slots=True)
class DueAct:
    """Something the law asks for now.

    ``deadline``: the last second of the last day for it, in UTC.  ``revised``: the day to offer, unknown where we
    cannot give one.  ``silence`` None: it means nothing, the buyer keeps every right.  ``may_end``: whether the buyer
    may cancel at once, or must set an additional period first (EU and UK, unless the day was essential or such a period
    is missed).

    An OPTION or RENEWED is recorded as an OPTION event at the moment it was *sent*, a REMIND as REMINDED, a CANCEL as
    CANCEL_ASKED when it is asked for and as CANCELLED when it is carried out, a REFUND as REFUNDED.
    """

    kind: ActKind
    rule: str
    deadline: datetime
    revised: Expected
    silence: Silence | None
    answer_by: date | None
    units: int
    pack: Pack
    may_end: bool = True


@dataclass(frozen=True, slots=True)
class Judgement:
    """``promised``: the day that binds, the law's own where none was stated.  ``acts``: what is to be done now.

    ``look_at``: when time alone next changes something.  ``packs``: the rules that apply.  ``pending``: cancellations
    asked for and not yet carried out, to be watched: their deadline is that of the refund.
    """

    stage: Stage
    promised: Expected
    acts: tuple[DueAct, ...]
    look_at: datetime | None
    packs: tuple[Pack, ...]
    pending: tuple[DueAct, ...] = ()
