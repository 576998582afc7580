"""A message as a mail: what stands in its head, and both of its parts."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from urllib.parse import quote, unquote

from connector.notify.addresses import Mailbox
from connector.notify.languages import spelled
from connector.ports.promising import Outgoing

_NEVER_FOLDED = frozenset({"message-id", "list-unsubscribe", "list-unsubscribe-post"})
_ID = re.compile(r"<?([A-Za-z0-9%_.~-]{1,400})\.([a-z0-9][a-z0-9_-]{0,62})\.([0-9a-f]{16})@[^\s<>@]{1,255}>?", re.ASCII)


class _Policy(EmailPolicy):
    """Python breaks a long word of a header into encoded words, which no program reads in an address or an id."""

    def fold(self, name: str, value: str) -> str:
        return f"{name}: {value}{self.linesep}" if name.lower() in _NEVER_FOLDED else super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() in _NEVER_FOLDED:
            return self.fold(name, value).encode("ascii", "surrogateescape")
        return super().fold_binary(name, value)


POLICY = _Policy(linesep="\r\n")


@dataclass(frozen=True, slots=True)
class MessageIds:
    """Message-IDs that follow from a message's reference, so that the same message is the same to every mailbox.

    They bear a mark that only the key gives: what claims to have come back from us can be told from what never left.
    """

    key: bytes
    store: str

    def of(self, reference: str, host: str) -> str:
        plain = quote(reference, safe="").replace(".", "%2E")
        return f"<{plain}.{self.store}.{_mark(self.key, self.store, reference)}@{host}>"


@dataclass(frozen=True, slots=True)
class Envelope:
    """Whom a store's mails are from.  ``bounces``: the envelope's own sender."""

    sender: Mailbox
    bounces: Mailbox
    reply_to: Mailbox | None = None


def read_message_id(text: str, key: bytes) -> tuple[str, str] | None:
    """Store and reference of a Message-ID of ours; None for any other."""
    found = _ID.fullmatch(text.strip())
    if found is None:
        return None
    reference, store = unquote(found[1], errors="replace"), found[2]
    return (store, reference) if hmac.compare_digest(found[3], _mark(key, store, reference)) else None


def as_mail(outgoing: Outgoing, to: Mailbox, envelope: Envelope, message_id: str, now: datetime) -> EmailMessage:
    mail = EmailMessage(policy=POLICY)
    mail["From"] = _written(envelope.sender)
    mail["To"] = _written(to)
    if envelope.reply_to is not None:
        mail["Reply-To"] = _written(envelope.reply_to)
    mail["Subject"] = outgoing.subject
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id
    # Answers of machines ("I am on holiday") stay away from us.
    mail["Auto-Submitted"] = "auto-generated"
    if outgoing.unsubscribe and outgoing.kind.is_marketing:
        mail["List-Unsubscribe"] = f"<{outgoing.unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    # Seven bits a letter pass every server that there is.
    mail.set_content(outgoing.text, cte="quoted-printable")
    if outgoing.html:
        mail.add_alternative(outgoing.html, subtype="html", cte="quoted-printable")
    # Set before, it would have become that of the first part.
    mail["Content-Language"] = spelled(outgoing.language) or "en"
    return mail


def _written(one: Mailbox) -> Address:
    return Address(one.name, one.local, one.domain)


def _mark(key: bytes, store: str, reference: str) -> str:
    said = f"{store}\0{reference}".encode("utf-8", "surrogatepass")
    return hmac.new(key, said, hashlib.sha256).hexdigest()[:16]
