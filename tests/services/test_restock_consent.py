"""Whatever happens in whatever order: no advertising without consent, nobody invited twice, never more than there is.

The real sender sends the messages, to a channel that only takes note; the real database is asked who had agreed.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from databases import address_in
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from restock_stage import KEY, TEXT, Stage

from connector.ports.failures import Refused, TryLater
from connector.ports.promising import MessageKind, Outgoing
from connector.ports.restocking import ListState
from connector.secret_key import FernetVault
from connector.services.invite import restock_turn
from connector.services.messages import send_messages
from connector.services.page_links import StoreLinks, Tokens
from connector.services.restock import Agreed, Asked, ask, confirm, stop
from connector.services.restock_privacy import erase
from connector.storage.engine import Database, open_database

PEOPLE = ("anna@example.com", "bert@example.com", "carla@example.com", "dora@example.com")
VARIANTS = ("chair", "table")
people, variants = st.sampled_from(PEOPLE), st.sampled_from(["chair", "chair", *VARIANTS])


def linked(stage: Stage) -> Stage:
    tokens = Tokens.of(FernetVault(["a key for the links in these tests"]))
    stage.store = replace(stage.store, links=StoreLinks(tokens, KEY, "https://b.example.com", 400, 7))
    return stage


class Lists(RuleBasedStateMachine):
    @initialize(factor=st.sampled_from([1.0, 1.5, 3.0]), claim=st.sampled_from([1.0, 24.0]))
    def open(self, factor: float, claim: float) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.database: Database = open_database(address_in(Path(self.folder.name)))
        self.stage = linked(Stage(self.database.work, factor=factor, claim_hours=claim))
        self.stage.console.send = self.take  # type: ignore[method-assign]  # the channel takes note
        self.factor = Decimal(str(factor))
        for variant in VARIANTS:
            self.stage.shelf(variant)
        self.agreed: dict[tuple[str, str], int] = {}
        self.told: list[int] = []
        self.failure: Exception | None = None
        for email in PEOPLE[:3]:
            self.joins(email, "chair")

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()

    def take(self, outgoing: Outgoing) -> None:
        if self.failure is not None:
            raise self.failure
        if outgoing.kind is MessageKind.OPT_IN:
            assert outgoing.unsubscribe == ""
            return
        assert outgoing.kind is MessageKind.RESTOCK
        message = next(one for one in self.stage.messages(outgoing.kind) if one.reference == outgoing.reference)
        variant = message.values["variant"]
        assert self.agreed.get((outgoing.email, variant)) == message.subscription, "nobody agreed to this"
        assert outgoing.unsubscribe.startswith("https://b.example.com/r/")
        assert (self.stage.shop.numbers[f"pool of {variant}"] or 0) > 0, "it is not back"
        assert message.subscription not in self.told, "told already"
        self.told.append(message.subscription)

    @rule(email=people, variant=variants, units=st.integers(1, 4))
    def asks(self, email: str, variant: str, units: int) -> None:
        ask(self.stage.store, Asked(variant, email, "", "en", units, "form"))

    @rule(email=people, variant=variants)
    def confirms(self, email: str, variant: str) -> None:
        for one in self.stage.of(email):
            became = confirm(self.stage.store, one.id, Agreed(TEXT, "en", "")) if one.variant_id == variant else None
            if became is ListState.WAITING:
                self.agreed[email, variant] = one.id

    @rule(email=people, variant=variants)
    def joins(self, email: str, variant: str) -> None:
        self.asks(email, variant, 1)
        self.works()
        self.confirms(email, variant)

    @rule(variant=variants, units=st.integers(1, 3))
    def comes_back(self, variant: str, units: int) -> None:
        self.the_stock_moves(variant, units)
        self.works()

    @rule(email=people, variant=variants)
    def stops(self, email: str, variant: str) -> None:
        for one in self.stage.of(email):
            if one.variant_id == variant and one.state is not ListState.ASKED:
                stop(self.stage.store, one.id)
                self.agreed.pop((email, variant), None)

    @rule(email=people)
    def has_everything_erased(self, email: str) -> None:
        erase(self.stage.store, email, by="operator")
        for variant in VARIANTS:
            self.agreed.pop((email, variant), None)

    @rule(email=people, variant=variants)
    def buys(self, email: str, variant: str) -> None:
        self.stage.buys(email, variant, order_id=f"{email} {variant}")

    @rule(variant=variants, units=st.integers(-8, 6))
    def the_stock_moves(self, variant: str, units: int) -> None:
        self.stage.stock(units, f"pool of {variant}")

    @rule(variant=variants, units=st.integers(-8, 6))
    def the_stock_moves_unseen(self, variant: str, units: int) -> None:
        pool = f"pool of {variant}"
        if units > 0 or (self.stage.shop.numbers[pool] or 0) <= 0:  # a sale that we cannot know of is not our word
            self.stage.shop.numbers[pool] = units

    @rule(minutes=st.sampled_from([1, 30, 61, 60 * 13, 60 * 25, 60 * 24 * 8]))
    def time_passes(self, minutes: int) -> None:
        self.stage.now += timedelta(minutes=minutes)

    @rule(failure=st.sampled_from([TryLater("away"), Refused("address", "never")]))
    def works_while_the_channel_fails(self, failure: Exception) -> None:
        self.failure = failure
        self.works()
        self.failure = None

    @rule()
    def works(self) -> None:
        restock_turn(self.stage.store)
        send_messages(self.stage.store)

    @precondition(lambda self: hasattr(self, "stage"))
    @invariant()
    def no_more_is_kept_than_a_wave_may(self) -> None:
        with self.stage.work(read_only=True) as uow:
            journal = [link.entry for link in uow.journal.read(KEY) if link.entry.kind == "invited"]
        for entry in journal:
            offered = entry.facts["kept"] + entry.facts["units"]
            assert offered <= self.factor * entry.facts["available"]

    @precondition(lambda self: hasattr(self, "stage"))
    @invariant()
    def an_address_is_kept_only_while_it_is_of_use(self) -> None:
        for email in PEOPLE:
            for one in self.stage.of(email):
                assert bool(one.contact) == (one.state.is_open or one.state is ListState.ASKED)


Lists.TestCase.settings = settings(
    max_examples=15, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestWhateverHappens = Lists.TestCase


def test_the_first_invitation_leaves_within_a_minute_of_the_confirmed_plan(database: Database) -> None:
    """With the periods that the service has: every five seconds somebody looks."""
    stage = linked(Stage(database.work))
    stage.shelf()
    for number in range(50):
        stage.joins(f"p{number}@example.com")
    stage.stock(20)
    confirmed_at, left = stage.now, list[datetime]()
    while not left and stage.now < confirmed_at + timedelta(minutes=5):
        stage.wait(seconds=5)
        restock_turn(stage.store)
        send_messages(stage.store)
        left = [one.sent_at for one in stage.messages(MessageKind.RESTOCK) if one.sent_at is not None]
    assert left
    assert min(left) - confirmed_at <= timedelta(seconds=60)


def test_a_stop_between_the_decision_and_the_mail_is_heard(database: Database) -> None:
    stage = linked(Stage(database.work))
    stage.shelf()
    number = stage.joins("anna@example.com")
    stage.stock(1)
    restock_turn(stage.store)
    stop(stage.store, number)
    send_messages(stage.store)
    assert [one.kind for one in stage.console.sent] == []
