"""What is said to people, in their language; the templates and the owner's own texts stand behind this."""

from __future__ import annotations

from typing import Protocol

from connector.domain.availability import Availability
from connector.domain.marks import NoticeKind, OrderMarks


class Wording(Protocol):
    """The texts of one store."""

    def message(self, availability: Availability, language: str = "") -> str:
        """What the storefront shows beside a variant; empty where there is nothing to say."""
        ...

    def note(self, kind: NoticeKind, number: str, marks: OrderMarks, language: str = "") -> str:
        """What the shopper is told about order ``number``; empty for kinds the owner does not send."""
        ...
