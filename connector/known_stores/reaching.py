"""The ways to reach people that a store has, and who puts messages into words for it."""

from __future__ import annotations

import structlog

from connector.notify.addresses import Mailbox, sender
from connector.notify.composer import TemplateComposer
from connector.notify.console import ConsoleChannel
from connector.notify.email import EmailChannel
from connector.notify.email_message import Envelope, MessageIds
from connector.notify.note import NoteChannel
from connector.notify.sms import SmsChannel
from connector.ports.acting import Acting
from connector.ports.clock import Clock
from connector.ports.promising import Channel
from connector.ports.vault import Vault
from connector.settings import Settings, StoreSettings

log = structlog.get_logger()

MESSAGE_IDS = "message ids"
"""What the key is derived for that tells our Message-IDs from invented ones."""


def channels(store: StoreSettings, whole: Settings, storefront: Acting, vault: Vault, clock: Clock) -> list[Channel]:
    """In the order the store has them; without one that nothing was set up for."""
    made: list[Channel] = []
    for name in dict.fromkeys(store.channels):
        match name:
            case "email":
                envelope = envelope_of(store, whole) if whole.mail.host else None
                if envelope is not None:
                    ids = MessageIds(vault.derive(MESSAGE_IDS), store.key)
                    made.append(EmailChannel(whole.mail, envelope, ids, clock))
            case "sms":
                made += [SmsChannel(whole.sms, clock)] if whole.sms.account else []
            case "note":
                made.append(NoteChannel(storefront))
            case "console":
                made.append(ConsoleChannel())
    return made


def envelope_of(store: StoreSettings, whole: Settings) -> Envelope | None:
    """Whom its mails are from.  None where the settings name nobody that a mail could be from."""
    own = sender(store.mail.sender) or sender(whole.mail.sender)
    if own is None:
        log.error("mail.no_sender", store=store.key, fix="Write [mail] sender as orders@example.com.")
        return None
    bounces = sender(whole.mail.bounces) or Mailbox(own.local, own.domain)
    return Envelope(own, bounces, sender(store.mail.reply_to))


def composer(store: StoreSettings, title: str) -> TemplateComposer:
    return TemplateComposer(
        store.language,
        {language: texts.model_dump() for language, texts in store.messages.items()},
        shop=title or store.key,
        address=store.mail.address,
        zone=store.zone,
    )
