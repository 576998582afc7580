"""One message of every kind, as the services hand it to who puts it into words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from connector.ports.promising import MessageKind
from connector.services.message_values import (
    LineValues,
    OwnerMatter,
    Reason,
    Silence,
    cancelled_values,
    iso,
    news_values,
    not_done_values,
    option_values,
    owner_values,
    refund_due_values,
    refund_values,
    refunded_values,
    withdrawal_values,
)

PROMISED, REVISED, ANSWER_BY = date(2026, 12, 10), date(2026, 12, 22), date(2027, 1, 9)
LINK = "https://backorder.example.com/o/WyJtYWluIiwiMTA0MiJd.signature-of-forty-three-characters-is-so-long"
STOP = "https://backorder.example.com/r/stop.signature-of-forty-three-characters-is-so-long"
RULE = "16 CFR 435.2(b)(1)"
ORDER = "1042"


def line(
    units: int = 2,
    until: date | None = REVISED,
    title: str = "Walnut chair",
    *,
    since: date | None = None,
    ready: int = 0,
) -> LineValues:
    return LineValues(
        line="1",
        sku="CHAIR-1",
        title=title,
        units=units,
        ready=ready,
        expected_from=iso(since or until),
        expected_until=iso(until),
        promised_from=iso(PROMISED),
        promised_until=iso(PROMISED),
    )


def option(
    lines: list[LineValues] | None = None,
    *,
    silence: Silence = "consents",
    laws: tuple[str, ...] = ("us",),
    reason: Reason = Reason.LATE,
    number: str = ORDER,
) -> dict[str, Any]:
    return option_values(
        number,
        lines if lines is not None else [line()],
        reason=reason,
        silence=silence,
        answer_by=ANSWER_BY,
        rule=RULE,
        laws=laws,
    )


def samples(units: int = 2) -> Mapping[str, tuple[MessageKind, dict[str, Any]]]:
    """By a name for a file: kind and values, with the links that are put in when a message is sent."""
    kind, one, open_line = MessageKind, line(units), line(units, None)
    refund = refund_values("129.90", "EUR", date(2026, 12, 21))
    found: dict[str, tuple[MessageKind, dict[str, Any]]] = {
        "confirmed": (kind.CONFIRMED, news_values(ORDER, [one])),
        "confirmed-open": (kind.CONFIRMED, news_values(ORDER, [open_line])),
        "earlier": (kind.EARLIER, news_values(ORDER, [one], reason=Reason.EARLY)),
        "later": (kind.LATER, news_values(ORDER, [one], reason=Reason.SHORT)),
        "option": (kind.OPTION, option([one], laws=("us", "eu"))),
        "option-open": (kind.OPTION, option([open_line], silence="cancels", reason=Reason.OVERDUE)),
        "option-uk": (kind.OPTION, option([one], silence="", laws=("uk",))),
        "reminder": (kind.REMINDER, option([one], silence="cancels")),
        "ready": (kind.READY, news_values(ORDER, [one], rest=units)),
        "refund-due": (kind.REFUND_DUE, refund_due_values(ORDER, [one], rule=RULE, refund=refund)),
        "refunded": (kind.REFUNDED, refunded_values(ORDER, [one], refund)),
        "withdrawal": (
            kind.WITHDRAWAL,
            {
                **withdrawal_values(ORDER, [one], at="2026-12-11T09:30:00+01:00", whole=False),
                "name": "Ada Lovelace",
                "contact": "ada@example.com",
            },
        ),
        "not-done": (kind.NOT_DONE, not_done_values(ORDER, [one], what="cancel", why="shipped", said="Sorry!")),
        "opt-in": (kind.OPT_IN, {"variant": "1", "sku": "CHAIR-1", "title": "Walnut chair", "units": units}),
        "restock": (
            kind.RESTOCK,
            {
                "variant": "1",
                "sku": "CHAIR-1",
                "title": "Walnut chair",
                "units": units,
                "claim_until": "2026-12-11T09:30:00+00:00",
                "stop": STOP,
            },
        ),
        "sign-in": (kind.SIGN_IN, {"door": "https://backorder.example.com/in/"}),
    }
    for why in ("shopper", "owner", "silence", "missed"):
        values = cancelled_values(ORDER, [one], why=why, rule=RULE, refund=refund)
        found[f"cancelled-{why}"] = (kind.CANCELLED, values)
    for matter in OwnerMatter:
        said = owner_values(
            ORDER, [one], matter, rule=RULE, deadline=date(2026, 12, 21), said="It is shipped.", refund=refund
        )
        found[f"owner-{matter.value}"] = (kind.TO_OWNER, said)
    return {name: (sort, {**values, "link": LINK}) for name, (sort, values) in found.items()}
