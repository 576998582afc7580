"""Dated cases under Directive 2011/83, art. 18, the Consumer Rights Act 2015, s. 28, and several rules at once.

Ordered on Monday 2 November 2026 in Berlin, to be delivered by 30 November, planned for 25 November.  Silence is no
answer there: the buyer alone sets a period or ends the contract.
"""

from __future__ import annotations

from functools import partial

from delay_cases import Dated
from delay_play import arrive, cancel, carried_out, end, mail, plan, ship, term, wait, withdraw

from connector.domain.promises import Actor

German = partial(Dated, seller="DE", destination="DE", ordered="2026-11-02T07:00+01:00")
British = partial(Dated, seller="GB", destination="GB", ordered="2026-11-02T07:00+00:00")

OPTION = "option Directive 2011/83, art. 18(2) by"
RENEWED = "renewed Directive 2011/83, art. 18(2) by"
REFUND = "refund Directive 2011/83, art. 18(3) by"
UK = "Consumer Rights Act 2015, s. 28 by"

EUROPE = (
    German("delivered as agreed", (("2026-11-25", arrive), ("2026-11-25", ship()), ("2027-01-31", end))),
    German(
        "a late delivery is told as soon as it is known; silence cancels nothing",
        (("2026-11-10", plan("2027-02-20")), ("2027-02-15", ship())),
        (f"2026-11-10 {OPTION} 2026-11-30, offers 2027-02-20",),
    ),
    German(
        "nothing was agreed: delivery within 30 days of the contract",
        (("2026-12-10", ship()),),
        (f"2026-11-02 {OPTION} 2026-12-02, offers 2026-12-10",),
        promises=(None,),
        planned="2026-12-10",
    ),
    German(
        "the thirty days are of delivery: three days on the way are part of them",
        (("2026-11-30", ship()),),
        (f"2026-11-02 {OPTION} 2026-12-02, offers 2026-12-03",),
        promises=(None,),
        planned="2026-11-30",
        on_the_way=3,
    ),
    German(
        "what is there but has not left when it must, to be delivered in time",
        (("2026-11-20", arrive), ("2026-12-01", ship())),
        (f"2026-11-27 {OPTION} 2026-11-30, offers 2026-12-07",),
        on_the_way=3,
    ),
    German(
        "no day can be given: told a week before, and no more until the buyer sets a period",
        (("2026-11-10", plan(None)), ("2027-03-01", end)),
        (f"2026-11-23 {OPTION} 2026-11-30, offers no day",),
    ),
    German(
        "the day that was told passes as well: told again, and nothing is cancelled",
        (("2026-11-10", plan("2026-12-20")), ("2027-02-01", end)),
        (
            f"2026-11-10 {OPTION} 2026-11-30, offers 2026-12-20",
            f"2026-12-20 {RENEWED} 2026-12-20, offers no day",
        ),
    ),
    German(
        "an additional period within which the goods come",
        (("2026-11-10", plan("2026-12-20")), ("2026-12-01", term("2026-12-24")), ("2026-12-20", ship())),
        (f"2026-11-10 {OPTION} 2026-11-30, offers 2026-12-20",),
    ),
    German(
        "an additional period that will be missed: the buyer may end the contract, and does",
        (
            ("2026-11-10", plan("2026-12-20")),
            ("2026-12-01", term("2026-12-15")),
            ("2026-12-16", cancel()),
            ("2026-12-17", carried_out()),
        ),
        (
            f"2026-11-10 {OPTION} 2026-11-30, offers 2026-12-20",
            f"2026-12-01 {RENEWED} 2026-12-15, offers 2026-12-20, may end",
            f"2026-12-17 {REFUND} 2026-12-30",
        ),
    ),
    German(
        "an additional period that the supply slips over",
        (
            ("2026-11-10", plan("2026-12-10")),
            ("2026-12-01", term("2026-12-15")),
            ("2026-12-05", plan("2026-12-18")),
            ("2026-12-18", ship()),
        ),
        (
            f"2026-11-10 {OPTION} 2026-11-30, offers 2026-12-10",
            f"2026-12-05 {RENEWED} 2026-12-15, offers 2026-12-18, may end",
        ),
    ),
    German(
        "a period of two days where three are needed: it will be missed, and its own last day is the deadline",
        (("2026-11-10", plan("2026-12-20")), ("2026-12-10", term("2026-12-12")), ("2026-12-20", ship())),
        (
            f"2026-11-10 {OPTION} 2026-11-30, offers 2026-12-23",
            f"2026-12-10 {RENEWED} 2026-12-12, offers 2026-12-23, may end",
        ),
        on_the_way=3,
    ),
    German(
        "a period that is over when it is set is none",
        (("2026-11-10", plan("2026-12-20")), ("2026-12-10", term("2026-12-09")), ("2026-12-20", ship())),
        (f"2026-11-10 {OPTION} 2026-11-30, offers 2026-12-20",),
    ),
    German(
        "the day was essential: the buyer may end the contract at once",
        (("2026-11-10", plan("2026-12-05")), ("2026-11-11", cancel()), ("2026-11-11", carried_out())),
        (
            f"2026-11-10 {OPTION} 2026-11-30, offers 2026-12-05, may end",
            f"2026-11-11 {REFUND} 2026-11-25",
        ),
        essential=True,
    ),
    German(
        "a notice that got out late is still owed, and cancels nothing",
        (
            ("2026-11-10", plan("2026-12-20")),
            ("2026-11-10", mail(works=False)),
            ("2026-12-05", mail(works=True)),
            ("2026-12-20", ship()),
        ),
        (
            f"2026-11-10 {OPTION} 2026-11-30, offers 2026-12-20",
            f"2026-12-05 {OPTION} 2026-11-30, offers 2026-12-20",
        ),
    ),
    German(
        "who waits without a day may still set a period",
        (
            ("2026-11-10", plan("2026-12-20")),
            ("2026-11-12", wait(None)),
            ("2026-11-20", plan("2027-01-20")),
            ("2026-12-10", term("2027-01-10")),
            ("2027-01-20", ship()),
        ),
        (
            f"2026-11-10 {OPTION} 2026-11-30, offers 2026-12-20",
            f"2026-12-10 {RENEWED} 2027-01-10, offers 2027-01-20, may end",
        ),
    ),
    German(
        "a day agreed with the buyer counts as the promise did",
        (
            ("2026-11-10", plan("2026-12-20")),
            ("2026-11-12", wait("2026-12-20")),
            ("2026-12-02", plan("2026-12-30")),
            ("2026-12-29", ship()),
        ),
        (
            f"2026-11-10 {OPTION} 2026-11-30, offers 2026-12-20",
            f"2026-12-02 {RENEWED} 2026-12-20, offers 2026-12-30, may end",
        ),
    ),
    German(
        "a withdrawal: the money within 14 days of it",
        (("2026-11-10", withdraw()), ("2026-11-12", carried_out())),
        ("2026-11-12 refund Directive 2011/83, art. 13(1) by 2026-11-24",),
    ),
    German(
        "the seller refuses to deliver",
        (("2026-11-10", cancel(by=Actor.OWNER)), ("2026-11-10", carried_out())),
        (f"2026-11-10 {REFUND} 2026-11-24",),
    ),
)

UNITED_KINGDOM = (
    British(
        "the like rules hold in the United Kingdom",
        (
            ("2026-11-10", plan("2026-12-20")),
            ("2026-12-01", term("2026-12-15")),
            ("2026-12-16", cancel()),
            ("2026-12-17", carried_out()),
        ),
        (
            f"2026-11-10 option {UK} 2026-11-30, offers 2026-12-20",
            f"2026-12-01 renewed {UK} 2026-12-15, offers 2026-12-20, may end",
            f"2026-12-17 refund {UK} 2026-12-30",
        ),
    ),
    British(
        "thirty days where nothing was agreed",
        (("2026-12-10", ship()),),
        (f"2026-11-25 option {UK} 2026-12-02, offers no day",),
        promises=(None,),
        planned=None,
    ),
)

SEVERAL = (
    Dated(
        "nobody knows where it goes: all rules hold, so silence does not consent",
        (("2026-11-10", plan("2026-12-20")), ("2026-12-18", ship())),
        ("2026-11-10 option 16 CFR 435.2(b)(1) by 2026-11-30, offers 2026-12-20",),
        destination="",
    ),
    Dated(
        "nobody knows where it goes: silence to a long delay cancels, as one of the rules says",
        (("2026-11-10", plan("2027-01-15")), ("2027-01-05", end)),
        (
            "2026-11-10 option 16 CFR 435.2(b)(1) by 2026-11-30, offers 2027-01-15, silence cancels 2026-12-30",
            "2026-12-27 remind 16 CFR 435.2(b)(1) by 2026-12-30, offers 2027-01-15, silence cancels 2026-12-30",
            "2026-12-31 cancel 16 CFR 435.2(c)(2) by 2027-01-11",
            "2026-12-31 refund 16 CFR 435.1(b)(1) by 2027-01-11",
        ),
        destination="",
    ),
    Dated(
        "a seller in the States, a buyer in Germany: both rules, the earlier deadline for the refund",
        (("2026-11-10", cancel()), ("2026-11-12", carried_out())),
        ("2026-11-12 refund 16 CFR 435.1(b)(1) by 2026-11-20",),
        destination="DE",
    ),
    Dated(
        "the notice that one rule asks for is heard under the other, and says what silence means there",
        (("2026-12-20", end),),
        ("2026-11-21 option 16 CFR 435.2(b)(1) by 2026-12-02, offers no day, silence cancels 2027-01-01",),
        promises=(None,),
        planned=None,
        destination="DE",
        on_the_way=4,
    ),
    Dated(
        "a period that the buyer sets is consent to wait so long, and no longer",
        (("2026-11-10", plan("2027-01-15")), ("2026-11-12", term("2026-12-15")), ("2026-12-20", end)),
        (
            "2026-11-10 option 16 CFR 435.2(b)(1) by 2026-11-30, offers 2027-01-15, silence cancels 2026-12-30",
            "2026-11-12 renewed 16 CFR 435.2(b)(2) by 2026-12-15, offers 2027-01-15, silence cancels 2026-12-15",
            "2026-12-12 remind 16 CFR 435.2(b)(2) by 2026-12-15, offers 2027-01-15, silence cancels 2026-12-15",
            "2026-12-16 cancel 16 CFR 435.2(c)(3) by 2026-12-24",
            "2026-12-16 refund 16 CFR 435.1(b)(1) by 2026-12-24",
        ),
        destination="DE",
    ),
    Dated(
        "a pack that is switched off asks for nothing",
        (("2026-11-10", plan("2027-01-15")), ("2027-02-01", end)),
        packs="eu uk",
    ),
    Dated(
        "goods for Switzerland from a German shop: its own rules",
        (("2026-11-10", plan("2026-12-20")), ("2026-12-20", ship())),
        ("2026-11-10 option Directive 2011/83, art. 18(2) by 2026-11-30, offers 2026-12-20",),
        seller="DE",
        destination="CH",
    ),
)
