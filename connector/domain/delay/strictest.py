"""Several packs about one line: what each asks becomes one act that satisfies them all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from connector.domain.delay.cases import ActKind, DueAct, Silence
from connector.domain.promises import UNKNOWN_DAY, Expected

_SORTS = ({ActKind.CANCEL}, {ActKind.OPTION, ActKind.RENEWED}, {ActKind.REMIND}, {ActKind.REFUND})


def strictest(acts: Iterable[DueAct]) -> tuple[DueAct, ...]:
    """One act of each sort.  Its rule is the one with the earliest deadline; between equals, that of the first pack.

    Silence never consents where one of the packs would not let it, and cancels where one says so.
    """
    found = list(acts)
    alike = ([act for act in found if act.kind in sort] for sort in _SORTS)
    return tuple(_one(some) for some in alike if some)


def _one(acts: Sequence[DueAct]) -> DueAct:
    strict = min(acts, key=lambda act: act.deadline)
    silence, answer_by = _silence(acts)
    return replace(
        strict,
        silence=silence,
        answer_by=answer_by,
        units=max(act.units for act in acts),
        may_end=any(act.may_end for act in acts),
    )


def _silence(acts: Sequence[DueAct]) -> tuple[Silence | None, date | None]:
    cancelling = [act.answer_by for act in acts if act.silence is Silence.CANCELS and act.answer_by]
    if cancelling:
        return Silence.CANCELS, min(cancelling)
    meaning = {act.silence for act in acts}
    return (Silence.CONSENTS, acts[0].answer_by) if meaning == {Silence.CONSENTS} else (None, None)


def latest(days: Iterable[Expected]) -> Expected | None:
    """The day to offer where several are found: unknown is later than any.  None where there is none to offer."""
    found = list(days)
    if not found:
        return None
    if any(not one.is_known for one in found):
        return UNKNOWN_DAY
    return max(found, key=lambda one: one.latest or date.min)
