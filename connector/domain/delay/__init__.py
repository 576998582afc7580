"""What the law asks for when an order line is late: facts and the time in, acts that are due out.

The public names of the package.  This is no legal advice; every act names the provision it follows from.
"""

from connector.domain.delay.cases import (
    ActKind,
    DueAct,
    Judgement,
    Law,
    LineCase,
    Pack,
    Silence,
    Stage,
)
from connector.domain.delay.judging import judge
from connector.domain.delay.packs import applies, what_switching_off_means

__all__ = [
    "ActKind",
    "DueAct",
    "Judgement",
    "Law",
    "LineCase",
    "Pack",
    "Silence",
    "Stage",
    "applies",
    "judge",
    "what_switching_off_means",
]
