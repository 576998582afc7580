"""A store that writes to people over a real database; its shop and its channels are played, its clock is the test's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from mail_samples import samples

from connector.domain.rules import PolicyBook
from connector.notify.composer import TemplateComposer
from connector.ports.acting import Contact
from connector.ports.promising import Channel, MessageKind, MessageRecord, MessageState, Outgoing
from connector.ports.records import StoreRecord
from connector.ports.storefront import Platform, Storefront
from connector.ports.unit_of_work import Work
from connector.ports.wording import Wording
from connector.secret_key import FernetVault
from connector.services.connected import CONNECTED
from connector.services.context import Rules, StoreContext
from connector.services.message_times import not_before
from connector.services.messages import send_messages
from connector.services.page_links import StoreLinks, Tokens
from connector.settings.promise import QuietSettings, SenderSettings

KEY = "main"
NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
ADA = Contact("ada@example.org", "+49 30 123456", "Ada Lovelace", "de", "DE")
SETTLE = timedelta(seconds=20)
PUBLIC = "https://backorder.example.com"


@dataclass
class Played:
    """A channel whose ``troubles`` are raised by the next messages, one each; ``after``: they went out nevertheless."""

    name: str
    troubles: list[Exception] = field(default_factory=list)
    always: Exception | None = None
    after: bool = False
    reached: Callable[[Outgoing], bool] = lambda outgoing: bool(outgoing.email)
    tried: int = 0
    sent: list[Outgoing] = field(default_factory=list)
    rests: int = 0

    def reaches(self, outgoing: Outgoing) -> bool:
        return self.reached(outgoing)

    def send(self, outgoing: Outgoing) -> None:
        self.tried += 1
        trouble = self.always or (self.troubles.pop(0) if self.troubles else None)
        if trouble is None or self.after:
            self.sent.append(outgoing)
        if trouble is not None:
            raise trouble

    def rest(self) -> None:
        self.rests += 1


@dataclass
class Shop:
    """What the shop says of a buyer; ``troubles`` are raised by the next questions."""

    buyers: dict[str, Contact] = field(default_factory=dict)
    troubles: list[Exception] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def contact(self, order_id: str) -> Contact:
        self.asked.append(order_id)
        if self.troubles:
            raise self.troubles.pop(0)
        return self.buyers.get(order_id, ADA)


class MessageStage:
    """``email``, ``sms`` and ``note`` are its channels, in this order, where none are given."""

    def __init__(self, work: Work, channels: Sequence[Channel] | None = None, **rules: Any) -> None:
        self.now = NOON
        self.work = work
        self.shop = Shop()
        self.email, self.sms, self.note = Played("email"), Played("sms"), Played("note")
        self.sms.reached = lambda outgoing: bool(outgoing.phone)
        self.note.reached = lambda outgoing: bool(outgoing.order_id) and not outgoing.kind.is_marketing
        vault = FernetVault(["a key for the tests of messages"])
        zone = rules.pop("zone", ZoneInfo("Europe/Berlin"))
        mail = SenderSettings(owner=rules.pop("owner", "Me <owner@example.com>"), address="1 High Street")
        self.store = StoreContext(
            key=KEY,
            platform=cast("Platform", None),
            storefront=cast("Storefront", self.shop),
            work=work,
            clock=lambda: self.now,
            policies=PolicyBook(),
            wording=cast("Wording", None),
            zone=zone,
            settle=SETTLE,
            lease=timedelta(seconds=120),
            title="shop.example.com",
            rules=replace(Rules(), mail=mail, quiet=rules.pop("quiet", QuietSettings())),
            channels=channels if channels is not None else [self.email, self.sms, self.note],
            composer=TemplateComposer("en", {}, shop="shop.example.com", zone=zone),
            links=StoreLinks(Tokens.of(vault), KEY, PUBLIC, page_days=400, confirm_days=7),
            vault=vault,
        )
        with work() as uow:
            uow.stores.save(StoreRecord(KEY, "woocommerce", cursors={CONNECTED: NOON}))
            uow.commit()

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def add(self, name: str = "confirmed", order_id: str = "1", *, kind: MessageKind | None = None, **more: Any) -> int:
        """A message of a sample, made now; the id."""
        sort, values = samples()[name]
        plain = {key: value for key, value in values.items() if key not in {"link", "stop"}}
        record = MessageRecord(
            id=0,
            kind=kind or sort,
            order_id=order_id,
            subscription=0,
            language="",
            values=plain,
            reference=f"BO-{order_id}-{name}",
            created_at=self.now,
            not_before=not_before(self.store, kind or sort, self.now),
        )
        instead_of = more.pop("instead_of", ())
        for key, value in more.items():
            setattr(record, key, value)
        with self.work() as uow:
            made = uow.messages.add(KEY, record, instead_of=instead_of)
            uow.commit()
        return made

    def send(self) -> int:
        """Everything that is due once things have settled."""
        self.now += SETTLE
        return send_messages(self.store)

    def keep_trying(self, times: int) -> None:
        for _ in range(times):
            self.wait(hours=1, minutes=1)
            send_messages(self.store)

    def get(self, message_id: int) -> MessageRecord:
        with self.work(read_only=True) as uow:
            found = uow.messages.get(KEY, message_id)
        assert found is not None
        return found

    def state(self, message_id: int) -> MessageState:
        return self.get(message_id).state

    def journal(self) -> list[tuple[str, dict[str, Any]]]:
        with self.work(read_only=True) as uow:
            return [(link.entry.kind, dict(link.entry.facts)) for link in uow.journal.walk(KEY)]

    def everything(self) -> str:
        """All that the messages' rows and the journal hold."""
        with self.work(read_only=True) as uow:
            rows = uow.messages.find(KEY, list(MessageState), 1000)
        return f"{rows}{self.journal()}"
