"""Mail that came back: read from what the mail server sends to the bounces address, by a program behind that address.

Anybody can write to that address.  What is read is a report of a failed delivery (RFC 3464) about a Message-ID of ours,
which bears a mark that only our key gives; everything else is no bounce, whatever it holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from itertools import islice

from connector.domain.journal import Entry
from connector.ports.promising import NEVER_BY_IT, MessageRecord, MessageState
from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext
from connector.services.delays import look_again
from connector.services.message_people import OF_A_LIST
from connector.services.message_values import OwnerMatter
from connector.services.owner_mail import tell_owner
from connector.services.restock import came_back

LARGEST = 1_000_000
"""Bytes that are looked at; what matters stands before any attachment."""
MOST_PARTS = 50
MOST_IDS = 20
LONGEST_ID = 1_000
EMAIL = "email"
_STATUS = re.compile(r"[45]\.[0-9]{1,3}\.[0-9]{1,3}", re.ASCII)
_ID = re.compile(r"<[^<>\s]{1,998}>", re.ASCII)


@dataclass(frozen=True, slots=True)
class Bounce:
    """``status``: the enhanced code (``5.1.1``); what the server wrote beside it names the address, so it is left out.

    ``message_ids``: those of the mail that came back, as far as it is enclosed.
    """

    message_ids: tuple[str, ...]
    status: str


def read_bounce(raw: bytes) -> Bounce | None:
    """None for whatever is no report of a delivery that has failed for good.  Never raises."""
    try:
        report = BytesParser(policy=compat32).parsebytes(raw[:LARGEST])
        if report.get_content_type() != "multipart/report":
            return None
        parts = list(islice(report.walk(), MOST_PARTS))
        status = next((found for part in parts for found in _failures(part)), "")
        ids = tuple(dict.fromkeys(islice((one for part in parts[1:] for one in _ids(part)), MOST_IDS)))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None  # the library fails in many ways on what was made to make it fail
    return Bounce(ids, status) if status and ids else None


def _failures(part: Message) -> Iterator[str]:
    """The status of each recipient to whom it failed for good; a delay is none yet."""
    if part.get_content_type() != "message/delivery-status":
        return
    content = part.get_payload()
    for fields in content if isinstance(content, list) else []:
        if isinstance(fields, Message) and str(fields.get("Action", "")).strip().lower() == "failed":
            found = _STATUS.search(str(fields.get("Status", ""))[:100])
            yield found[0] if found else "5.0.0"


def _ids(part: Message) -> Iterator[str]:
    """Message-IDs of an enclosed mail, whole or only its head."""
    if part.get_content_type() == "text/rfc822-headers":
        payload = part.get_payload(decode=True)
        head = (
            BytesParser(policy=compat32).parsebytes(payload, headersonly=True) if isinstance(payload, bytes) else part
        )
        yield from _ID.findall(str(head.get("Message-ID", ""))[:LONGEST_ID])
    elif part.get_content_type() != "multipart/report":
        yield from _ID.findall(str(part.get("Message-ID", ""))[:LONGEST_ID])


def came_back_to(store: StoreContext, reference: str, status: str) -> bool:
    """Write down that a message came back; whether there was one to come back.

    What the law asks for is tried by the next channel, or put before the owner where there is none; an address on a
    restock list at which there is nobody is forgotten.
    """
    now = store.clock()
    with store.work() as uow:
        message = uow.messages.by_reference(store.key, reference)
        if message is None or message.state is not MessageState.SENT or message.channel != EMAIL:
            return False
        message.state, message.reason = MessageState.BOUNCED, status
        message.tried = {**message.tried, EMAIL: NEVER_BY_IT}
        facts = {
            "reference": reference,
            "kind": message.kind.value,
            "channel": EMAIL,
            "rule": message.rule,
            "why": status,
        }
        uow.journal.append(store.key, [Entry(now, "came_back", order_id=message.order_id, facts=facts)])
        if message.kind.is_legal:
            _again(store, uow, message)
        elif message.kind in OF_A_LIST:
            came_back(store, uow, message.subscription)
        uow.messages.save(store.key, message)
        uow.commit()
    return True


def _again(store: StoreContext, uow: UnitOfWork, message: MessageRecord) -> None:
    if any(message.tried.get(one.name) != NEVER_BY_IT for one in store.channels):
        message.state, message.next_at = MessageState.PENDING, None
        return
    order = uow.orders.get(store.key, [message.order_id]).get(message.order_id)
    tell_owner(
        store,
        uow,
        OwnerMatter.UNSENT,
        f"{message.reference}-bounced",
        order=order,
        lines=message.values.get("lines", ()),
        rule=message.rule,
        deadline=message.deadline,
        said=message.reason,
    )
    look_again(uow, store, message.order_id, store.clock())
