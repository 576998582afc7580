"""Mail addresses and telephone numbers as shops hand them over: read strictly, for a header stands on them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parseaddr

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumberFormat

LONGEST_ADDRESS = 254
LONGEST_PHONE = 40
_ADDRESS_IN_TEXT = re.compile(r"[^\s<>@\"'(),;:]+@[^\s<>@\"'(),;:]+")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """``domain`` in the letters of ASCII, as the wire wants it; ``local`` may hold others (SMTPUTF8)."""

    local: str
    domain: str
    name: str = ""

    @property
    def address(self) -> str:
        return f"{self.local}@{self.domain}"


def mailbox(text: str) -> Mailbox | None:
    """The one address that the text is; None where it is none, or more than that."""
    if not text or len(text) > LONGEST_ADDRESS:
        return None
    try:
        found = validate_email(text, check_deliverability=False, test_environment=True)
    except (EmailNotValidError, ValueError):
        return None
    return Mailbox(found.local_part, found.ascii_domain or found.domain)


def sender(text: str) -> Mailbox | None:
    """An address of the settings, with or without a name before it."""
    name, address = parseaddr(" ".join(text.split()))
    found = mailbox(address)
    return None if found is None else Mailbox(found.local, found.domain, name)


def e164(phone: str, country: str) -> str:
    """The number as providers want it, ``+4930123456``; empty for what is none that can be called.

    ``country`` is that of a number which does not name its own.
    """
    if not phone or len(phone) > LONGEST_PHONE:
        return ""
    try:
        number = phonenumbers.parse(phone, country or None)
    except NumberParseException:
        return ""
    if number.extension or not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def without_addresses(text: str) -> str:
    """What a server said, without the addresses it repeats: it is written down and shown."""
    return _ADDRESS_IN_TEXT.sub("(address)", " ".join(text.split()))[:300]
