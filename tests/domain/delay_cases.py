"""Dated cases under 16 CFR 435, up to the first notice: what is promised, what happens, and what must be done by when.

Each is reviewed against the rule's text.  Unless it says otherwise: ordered on Monday 2 November 2026 in New York, one
unit, to leave by 30 November (T; T + 30 days is 30 December), planned for 25 November.
"""

from __future__ import annotations

from dataclasses import dataclass

from delay_play import Happening, arrive, end, mail, notice_sent, plan, ship, wait


@dataclass(frozen=True)
class Dated:
    """``promises``: the days of the texts shown before ordering, of which the last counts; None: one without a day."""

    id: str
    happens: tuple[tuple[str, Happening], ...]
    due: tuple[str, ...] = ()
    promises: tuple[str | None, ...] = ("2026-11-30",)
    planned: str | None = "2026-11-25"
    ordered: str = "2026-11-02T07:00-05:00"
    units: int = 1
    seller: str = "US"
    destination: str = "US"
    on_the_way: int = 0
    essential: bool = False
    cancellable: bool = True
    packs: str = "us eu uk"
    remind_days: int = 3


OPTION = "option 16 CFR 435.2(b)(1) by"
REFUND = "refund 16 CFR 435.1(b)(1) by"

FIRST_NOTICE = (
    Dated("goods in time: nothing is due", (("2026-11-25", arrive), ("2026-11-25", ship()), ("2027-01-31", end))),
    Dated(
        "a miss is told as soon as it is known; silence consents to a day within 30 days",
        (("2026-11-10", plan("2026-12-20")), ("2026-12-18", ship())),
        (f"2026-11-10 {OPTION} 2026-11-30, offers 2026-12-20, silence consents 2026-12-20",),
    ),
    Dated(
        "the thirtieth day after T is still within 30 days",
        (("2026-11-10", plan("2026-12-30")), ("2026-12-30", ship())),
        (f"2026-11-10 {OPTION} 2026-11-30, offers 2026-12-30, silence consents 2026-12-30",),
    ),
    Dated(
        "the day after that is not: nobody answers, the order is cancelled and refunded",
        (("2026-11-10", plan("2026-12-31")), ("2027-01-20", end)),
        (
            f"2026-11-10 {OPTION} 2026-11-30, offers 2026-12-31, silence cancels 2026-12-30",
            "2026-12-27 remind 16 CFR 435.2(b)(1) by 2026-12-30, offers 2026-12-31, silence cancels 2026-12-30",
            "2026-12-31 cancel 16 CFR 435.2(c)(2) by 2027-01-11",
            f"2026-12-31 {REFUND} 2027-01-11",
        ),
    ),
    Dated(
        "a long delay that the buyer consents to",
        (("2026-11-10", plan("2027-01-15")), ("2026-12-20", wait("2027-01-15")), ("2027-01-15", ship())),
        (f"2026-11-10 {OPTION} 2026-11-30, offers 2027-01-15, silence cancels 2026-12-30",),
    ),
    Dated(
        "a long delay, no answer, but the goods leave within 30 days of T",
        (("2026-11-10", plan("2027-01-15")), ("2026-12-20", plan("2026-12-29")), ("2026-12-29", ship())),
        (f"2026-11-10 {OPTION} 2026-11-30, offers 2027-01-15, silence cancels 2026-12-30",),
    ),
    Dated(
        "no day can be given: asked a week before T, cancelled 30 days after it",
        (("2026-11-10", plan(None)), ("2027-01-20", end)),
        (
            f"2026-11-23 {OPTION} 2026-11-30, offers no day, silence cancels 2026-12-30",
            "2026-12-27 remind 16 CFR 435.2(b)(1) by 2026-12-30, offers no day, silence cancels 2026-12-30",
            "2026-12-31 cancel 16 CFR 435.2(c)(2) by 2027-01-11",
            f"2026-12-31 {REFUND} 2027-01-11",
        ),
    ),
    Dated(
        "a day that has passed is no day: the supply of 10 November never came",
        (("2026-11-05", plan("2026-11-10")), ("2026-11-28", plan("2026-12-04")), ("2026-12-04", ship())),
        (f"2026-11-23 {OPTION} 2026-11-30, offers no day, silence cancels 2026-12-30",),
    ),
    Dated(
        "a day is believed to its end: the supply of the 25th has not come by the 26th",
        (("2026-12-01", plan("2026-12-20")), ("2026-12-20", ship())),
        (f"2026-11-26 {OPTION} 2026-11-30, offers no day, silence cancels 2026-12-30",),
    ),
    Dated(
        "a promise of three days and no supply: asked at once",
        (("2026-12-01", ship()),),
        (f"2026-11-02 {OPTION} 2026-11-05, offers no day, silence cancels 2026-12-05",),
        promises=("2026-11-05",),
        planned=None,
    ),
    Dated(
        "no day was stated: 30 days from the properly completed order",
        (("2026-12-10", ship()),),
        (f"2026-11-02 {OPTION} 2026-12-02, offers 2026-12-10, silence consents 2026-12-10",),
        promises=(None,),
        planned="2026-12-10",
    ),
    Dated(
        "no day was stated and none ever comes",
        (("2027-01-20", end),),
        (
            f"2026-11-25 {OPTION} 2026-12-02, offers no day, silence cancels 2027-01-01",
            "2026-12-29 remind 16 CFR 435.2(b)(1) by 2027-01-01, offers no day, silence cancels 2027-01-01",
            "2027-01-02 cancel 16 CFR 435.2(c)(2) by 2027-01-12",
            f"2027-01-02 {REFUND} 2027-01-12",
        ),
        promises=(None,),
        planned=None,
    ),
    Dated(
        "days are those of the shop's own clock: ordered on the evening of the 1st",
        (("2026-12-20", ship()),),
        (f"2026-11-02 {OPTION} 2026-12-01, offers 2026-12-20, silence consents 2026-12-20",),
        promises=(None,),
        planned="2026-12-20",
        ordered="2026-11-02T02:30+00:00",
    ),
    Dated(
        "of a range the last day counts, of what is promised and of what is offered",
        (("2026-11-10", plan("2026-11-28..2026-12-01")), ("2026-12-01", ship())),
        (f"2026-11-10 {OPTION} 2026-11-30, offers 2026-11-28..2026-12-01, silence consents 2026-12-01",),
        promises=("2026-11-20..2026-11-30",),
    ),
    Dated(
        "a range that ends on T is no miss",
        (("2026-11-10", plan("2026-11-28..2026-11-30")), ("2026-11-29", ship())),
        promises=("2026-11-20..2026-11-30",),
    ),
    Dated(
        "the last text before ordering wins",
        (("2026-11-25", ship()),),
        promises=("2026-11-10", "2026-11-30"),
    ),
    Dated(
        "a text whose day had passed when the buyer ordered states no time",
        (("2026-12-10", ship()),),
        (f"2026-11-02 {OPTION} 2026-12-02, offers 2026-12-10, silence consents 2026-12-10",),
        promises=("2026-10-20",),
        planned="2026-12-10",
    ),
    Dated(
        "known on T itself, told on T itself",
        (("2026-11-30", plan("2026-12-05")), ("2026-12-05", ship())),
        (f"2026-11-30 {OPTION} 2026-11-30, offers 2026-12-05, silence consents 2026-12-05",),
        planned="2026-11-30",
    ),
    Dated(
        "what was to come on T has not come by the evening",
        (("2026-12-02", arrive), ("2026-12-02", ship())),
        (f"2026-11-30 {OPTION} 2026-11-30, offers no day, silence cancels 2026-12-30",),
        planned="2026-11-30",
    ),
    Dated(
        "goods that are there and have not left by the evening of T: five working days are offered",
        (("2026-11-24", arrive), ("2026-12-01", ship())),
        (f"2026-11-30 {OPTION} 2026-11-30, offers 2026-12-07, silence consents 2026-12-07",),
    ),
    Dated(
        "a buyer who is told days of delivery: three days on the way count back to the day of shipment",
        (("2026-11-10", plan("2026-11-28")), ("2026-11-28", ship())),
        (f"2026-11-10 {OPTION} 2026-11-27, offers 2026-12-01, silence consents 2026-11-28",),
        on_the_way=3,
    ),
    Dated(
        "a promise of delivery so soon that it had to leave on the day of the order",
        (("2026-11-06", ship()),),
        (f"2026-11-02 {OPTION} 2026-11-02, offers 2026-11-11, silence consents 2026-11-06",),
        promises=("2026-11-04",),
        planned="2026-11-06",
        on_the_way=5,
    ),
    Dated(
        "a text that nobody could mean is still a day",
        (("2026-11-10", plan("9999-12-31")), ("2026-11-20", end)),
        (),
        promises=("9999-12-31",),
    ),
)

NO_VALID_NOTICE = (
    Dated(
        "no notice got out by T: cancelled and refunded without being asked",
        (("2026-11-10", plan("2026-12-20")), ("2026-11-10", mail(works=False)), ("2026-12-01", mail(works=True))),
        (
            f"2026-11-10 {OPTION} 2026-11-30, offers 2026-12-20, silence consents 2026-12-20",
            "2026-12-01 cancel 16 CFR 435.2(c)(5) by 2026-12-09",
            f"2026-12-01 {REFUND} 2026-12-09",
        ),
    ),
    Dated(
        "a notice after T is no valid first notice",
        (
            ("2026-11-10", plan("2026-12-20")),
            ("2026-11-10", mail(works=False)),
            ("2026-12-01", notice_sent("2026-12-20")),
            ("2026-12-01", mail(works=True)),
        ),
        (
            f"2026-11-10 {OPTION} 2026-11-30, offers 2026-12-20, silence consents 2026-12-20",
            "2026-12-01 cancel 16 CFR 435.2(c)(5) by 2026-12-09",
            f"2026-12-01 {REFUND} 2026-12-09",
        ),
    ),
    Dated(
        "consent to a question that was never put is none",
        (("2026-11-05", wait(None)), ("2026-11-10", plan("2026-12-20")), ("2026-12-20", ship())),
        (f"2026-11-10 {OPTION} 2026-11-30, offers 2026-12-20, silence consents 2026-12-20",),
    ),
    Dated(
        "part has left, the rest has no valid notice",
        (("2026-11-10", mail(works=False)), ("2026-11-12", ship(1)), ("2026-12-01", mail(works=True))),
        (
            f"2026-11-30 {OPTION} 2026-11-30, offers no day, silence cancels 2026-12-30 x2",
            "2026-12-01 cancel 16 CFR 435.2(c)(5) by 2026-12-09 x2",
            f"2026-12-01 {REFUND} 2026-12-09 x2",
        ),
        units=3,
        planned="2026-11-30",
    ),
    Dated(
        "an order that cannot be changed any more is refunded all the same, once",
        (("2026-11-10", plan("2026-12-31")), ("2027-01-20", end)),
        (
            f"2026-11-10 {OPTION} 2026-11-30, offers 2026-12-31, silence cancels 2026-12-30",
            "2026-12-27 remind 16 CFR 435.2(b)(1) by 2026-12-30, offers 2026-12-31, silence cancels 2026-12-30",
            f"2026-12-31 {REFUND} 2027-01-11",
        ),
        cancellable=False,
    ),
)
