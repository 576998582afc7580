"""Dated cases under 16 CFR 435, after the first notice: renewed delays, answers, and days that move.

Read as those in ``delay_cases``.
"""

from __future__ import annotations

from delay_cases import OPTION, REFUND, Dated
from delay_play import cancel, carried_out, end, plan, ship, wait

from connector.domain.promises import Actor

RENEWED = "renewed 16 CFR 435.2(b)(2) by"

AGREED_DAY_MISSED = (
    Dated(
        "a day that silence consented to passes without news: asked that evening, cancelled after it",
        (("2026-11-10", plan("2026-12-20")), ("2027-01-05", end)),
        (
            f"2026-11-10 {OPTION} 2026-11-30, offers 2026-12-20, silence consents 2026-12-20",
            f"2026-12-20 {RENEWED} 2026-12-20, offers no day, silence cancels 2026-12-20",
            "2026-12-21 cancel 16 CFR 435.2(c)(3) by 2026-12-30",
            f"2026-12-21 {REFUND} 2026-12-30",
        ),
    ),
    Dated(
        "a renewed notice that nobody answers: silence rejects",
        (("2026-11-10", plan("2026-12-20")), ("2026-12-05", plan("2026-12-28")), ("2027-01-05", end)),
        (
            f"2026-11-10 {OPTION} 2026-11-30, offers 2026-12-20, silence consents 2026-12-20",
            f"2026-12-05 {RENEWED} 2026-12-20, offers 2026-12-28, silence cancels 2026-12-20",
            "2026-12-17 remind 16 CFR 435.2(b)(2) by 2026-12-20, offers 2026-12-28, silence cancels 2026-12-20",
            "2026-12-21 cancel 16 CFR 435.2(c)(3) by 2026-12-30",
            f"2026-12-21 {REFUND} 2026-12-30",
        ),
    ),
    Dated(
        "a renewed notice, no answer, but the goods leave by the old day",
        (
            ("2026-11-10", plan("2026-12-20")),
            ("2026-12-05", plan("2026-12-28")),
            ("2026-12-16", plan("2026-12-19")),
            ("2026-12-19", ship()),
        ),
        (
            f"2026-11-10 {OPTION} 2026-11-30, offers 2026-12-20, silence consents 2026-12-20",
            f"2026-12-05 {RENEWED} 2026-12-20, offers 2026-12-28, silence cancels 2026-12-20",
        ),
    ),
    Dated(
        "a renewed notice that is consented to",
        (
            ("2026-11-10", plan("2026-12-20")),
            ("2026-12-05", plan("2026-12-28")),
            ("2026-12-10", wait("2026-12-28")),
            ("2026-12-27", ship()),
        ),
        (
            f"2026-11-10 {OPTION} 2026-11-30, offers 2026-12-20, silence consents 2026-12-20",
            f"2026-12-05 {RENEWED} 2026-12-20, offers 2026-12-28, silence cancels 2026-12-20",
        ),
    ),
    Dated(
        "who consents to wait without a day gets no further notices",
        (
            ("2026-11-10", plan("2026-12-20")),
            ("2026-12-05", plan("2026-12-28")),
            ("2026-12-10", wait(None)),
            ("2026-12-11", plan("2027-02-01")),
            ("2026-12-20", plan(None)),
            ("2027-03-30", ship()),
        ),
        (
            f"2026-11-10 {OPTION} 2026-11-30, offers 2026-12-20, silence consents 2026-12-20",
            f"2026-12-05 {RENEWED} 2026-12-20, offers 2026-12-28, silence cancels 2026-12-20",
        ),
    ),
    Dated(
        "consent beyond the day offered binds to that",
        (
            ("2026-11-10", plan("2026-12-20")),
            ("2026-11-12", wait("2027-01-31")),
            ("2026-12-01", plan("2027-01-20")),
            ("2026-12-10", plan("2027-02-10")),
            ("2026-12-12", wait("2027-02-10")),
            ("2027-02-10", ship()),
        ),
        (
            f"2026-11-10 {OPTION} 2026-11-30, offers 2026-12-20, silence consents 2026-12-20",
            f"2026-12-10 {RENEWED} 2027-01-31, offers 2027-02-10, silence cancels 2027-01-31",
        ),
    ),
    Dated(
        "consent to less than was offered: asked again before that day",
        (
            ("2026-11-10", plan("2027-01-15")),
            ("2026-11-12", wait("2026-12-31")),
            ("2026-11-20", wait("2027-01-15")),
            ("2027-01-15", ship()),
        ),
        (
            f"2026-11-10 {OPTION} 2026-11-30, offers 2027-01-15, silence cancels 2026-12-30",
            f"2026-11-12 {RENEWED} 2026-12-31, offers 2027-01-15, silence cancels 2026-12-31",
        ),
    ),
    Dated(
        "a day that was expressly consented to is missed",
        (
            ("2026-11-10", plan(None)),
            ("2026-12-01", plan("2027-01-20")),
            ("2026-12-05", wait("2027-01-20")),
            ("2026-12-20", plan("2027-02-10")),
            ("2027-02-10", end),
        ),
        (
            f"2026-11-23 {OPTION} 2026-11-30, offers no day, silence cancels 2026-12-30",
            f"2026-12-20 {RENEWED} 2027-01-20, offers 2027-02-10, silence cancels 2027-01-20",
            "2027-01-17 remind 16 CFR 435.2(b)(2) by 2027-01-20, offers 2027-02-10, silence cancels 2027-01-20",
            "2027-01-21 cancel 16 CFR 435.2(c)(3) by 2027-01-29",
            f"2027-01-21 {REFUND} 2027-01-29",
        ),
    ),
    Dated(
        "a renewed notice is renewed when the day moves on before an answer",
        (
            ("2026-11-10", plan("2026-12-20")),
            ("2026-12-05", plan("2026-12-28")),
            ("2026-12-08", plan("2027-01-08")),
            ("2026-12-09", wait("2027-01-08")),
            ("2027-01-08", ship()),
        ),
        (
            f"2026-11-10 {OPTION} 2026-11-30, offers 2026-12-20, silence consents 2026-12-20",
            f"2026-12-05 {RENEWED} 2026-12-20, offers 2026-12-28, silence cancels 2026-12-20",
            f"2026-12-08 {RENEWED} 2026-12-20, offers 2027-01-08, silence cancels 2026-12-20",
        ),
    ),
)

REMINDERS = (
    Dated(
        "no reminder on the day of the question itself",
        (("2026-11-10", plan("2026-12-20")), ("2026-12-17", plan("2026-12-28")), ("2027-01-05", end)),
        (
            f"2026-11-10 {OPTION} 2026-11-30, offers 2026-12-20, silence consents 2026-12-20",
            f"2026-12-17 {RENEWED} 2026-12-20, offers 2026-12-28, silence cancels 2026-12-20",
            "2026-12-21 cancel 16 CFR 435.2(c)(3) by 2026-12-30",
            f"2026-12-21 {REFUND} 2026-12-30",
        ),
    ),
    Dated(
        "each question has a reminder of its own",
        (
            ("2026-11-10", plan("2027-01-15")),
            ("2026-12-28", wait("2027-01-15")),
            ("2026-12-29", plan("2027-02-10")),
            ("2027-02-01", end),
        ),
        (
            f"2026-11-10 {OPTION} 2026-11-30, offers 2027-01-15, silence cancels 2026-12-30",
            "2026-12-27 remind 16 CFR 435.2(b)(1) by 2026-12-30, offers 2027-01-15, silence cancels 2026-12-30",
            f"2026-12-29 {RENEWED} 2027-01-15, offers 2027-02-10, silence cancels 2027-01-15",
            "2027-01-12 remind 16 CFR 435.2(b)(2) by 2027-01-15, offers 2027-02-10, silence cancels 2027-01-15",
            "2027-01-16 cancel 16 CFR 435.2(c)(3) by 2027-01-27",
            f"2027-01-16 {REFUND} 2027-01-27",
        ),
    ),
)

ANSWERS_AND_MOVES = (
    Dated(
        "a question put three times is still the first one, and nobody answers it",
        (
            ("2026-11-10", plan("2027-01-15")),
            ("2026-11-20", plan("2027-02-01")),
            ("2026-11-25", plan("2027-02-15")),
            ("2027-01-20", end),
        ),
        (
            f"2026-11-10 {OPTION} 2026-11-30, offers 2027-01-15, silence cancels 2026-12-30",
            f"2026-11-20 {OPTION} 2026-11-30, offers 2027-02-01, silence cancels 2026-12-30",
            f"2026-11-25 {OPTION} 2026-11-30, offers 2027-02-15, silence cancels 2026-12-30",
            "2026-12-31 cancel 16 CFR 435.2(c)(2) by 2027-01-11",
            f"2026-12-31 {REFUND} 2027-01-11",
        ),
        remind_days=0,
    ),
    Dated(
        "consent to a day that nothing could meet any more leaves the question open",
        (
            ("2026-11-10", plan("2027-01-15")),
            ("2026-12-10", wait("2026-12-12")),
            ("2026-12-15", wait("2027-01-18")),
            ("2027-01-15", ship()),
        ),
        (f"2026-11-10 {OPTION} 2026-11-27, offers 2027-01-18, silence cancels 2026-12-27",),
        on_the_way=3,
    ),
    Dated(
        "consent on the last day counts",
        (("2026-11-10", plan(None)), ("2026-12-30", wait(None)), ("2027-02-20", ship())),
        (
            f"2026-11-23 {OPTION} 2026-11-30, offers no day, silence cancels 2026-12-30",
            "2026-12-27 remind 16 CFR 435.2(b)(1) by 2026-12-30, offers no day, silence cancels 2026-12-30",
        ),
    ),
    Dated(
        "consent a day later does not; without reminders there is none",
        (("2026-11-10", plan(None)), ("2026-12-31", wait(None)), ("2027-01-20", end)),
        (
            f"2026-11-23 {OPTION} 2026-11-30, offers no day, silence cancels 2026-12-30",
            "2026-12-31 cancel 16 CFR 435.2(c)(2) by 2027-01-11",
            f"2026-12-31 {REFUND} 2027-01-11",
        ),
        remind_days=0,
    ),
    Dated(
        "who waits without a day cancels after all: the money goes back within 7 working days of that",
        (
            ("2026-11-10", plan(None)),
            ("2026-12-05", wait(None)),
            ("2027-01-15", cancel()),
            ("2027-01-16", carried_out()),
        ),
        (
            f"2026-11-23 {OPTION} 2026-11-30, offers no day, silence cancels 2026-12-30",
            f"2027-01-16 {REFUND} 2027-01-27",
        ),
    ),
    Dated(
        "who was deemed to consent may still cancel before the day",
        (("2026-11-10", plan("2026-12-20")), ("2026-12-04", cancel()), ("2026-12-04", carried_out())),
        (
            f"2026-11-10 {OPTION} 2026-11-30, offers 2026-12-20, silence consents 2026-12-20",
            f"2026-12-04 {REFUND} 2026-12-15",
        ),
    ),
    Dated(
        "one of three units is cancelled, the law goes on for two",
        (
            ("2026-11-05", cancel(1)),
            ("2026-11-06", carried_out(1)),
            ("2026-11-10", plan("2026-12-20")),
            ("2026-12-20", ship()),
        ),
        (
            f"2026-11-06 {REFUND} 2026-11-17",
            f"2026-11-10 {OPTION} 2026-11-30, offers 2026-12-20, silence consents 2026-12-20 x2",
        ),
        units=3,
    ),
    Dated(
        "the seller says that it will not ship",
        (("2026-11-10", cancel(by=Actor.OWNER)), ("2026-11-12", carried_out())),
        (f"2026-11-12 {REFUND} 2026-11-20",),
    ),
    Dated(
        "a plan that turns good again cancels nothing that will ship in time",
        (("2026-11-10", plan("2027-01-15")), ("2026-11-20", plan("2026-11-28")), ("2026-11-28", ship())),
        (f"2026-11-10 {OPTION} 2026-11-30, offers 2027-01-15, silence cancels 2026-12-30",),
    ),
    Dated(
        "but an answered cancellation stands",
        (
            ("2026-11-10", plan("2027-01-15")),
            ("2026-11-15", cancel()),
            ("2026-11-20", plan("2026-11-28")),
            ("2026-11-21", carried_out()),
        ),
        (
            f"2026-11-10 {OPTION} 2026-11-30, offers 2027-01-15, silence cancels 2026-12-30",
            f"2026-11-21 {REFUND} 2026-11-24",
        ),
    ),
    Dated(
        "a day that moves within what was offered is no news",
        (
            ("2026-11-10", plan("2026-12-20")),
            ("2026-11-11", plan("2026-12-18")),
            ("2026-11-12", plan("2026-11-28")),
            ("2026-11-13", plan("2026-12-20")),
            ("2026-11-14", plan("2026-12-01")),
            ("2026-12-01", ship()),
        ),
        (f"2026-11-10 {OPTION} 2026-11-30, offers 2026-12-20, silence consents 2026-12-20",),
    ),
    Dated(
        "the first question is put anew when the day moves on before an answer; its end stays",
        (
            ("2026-11-10", plan("2027-01-15")),
            ("2026-11-20", plan("2027-02-01")),
            ("2026-12-01", wait("2027-02-01")),
            ("2027-02-01", ship()),
        ),
        (
            f"2026-11-10 {OPTION} 2026-11-30, offers 2027-01-15, silence cancels 2026-12-30",
            f"2026-11-20 {OPTION} 2026-11-30, offers 2027-02-01, silence cancels 2026-12-30",
        ),
    ),
    Dated(
        "the same after T: until the choice ends",
        (
            ("2026-11-10", plan("2027-01-15")),
            ("2026-12-10", plan("2027-02-15")),
            ("2026-12-12", wait("2027-02-15")),
            ("2027-02-12", ship()),
        ),
        (
            f"2026-11-10 {OPTION} 2026-11-30, offers 2027-01-15, silence cancels 2026-12-30",
            f"2026-12-10 {OPTION} 2026-12-30, offers 2027-02-15, silence cancels 2026-12-30",
        ),
    ),
)
