"""The shop's own way of telling a buyer: a note that the platform sends or shows."""

from __future__ import annotations

from connector.ports.acting import Acting
from connector.ports.promising import MessageKind, Outgoing

_NOT_ABOUT_A_BUYERS_ORDER = frozenset({MessageKind.TO_OWNER, MessageKind.SIGN_IN, MessageKind.OPT_IN})


class NoteChannel:
    """A ``ports.promising.Channel``."""

    name = "note"

    def __init__(self, storefront: Acting) -> None:
        self._storefront = storefront

    def reaches(self, outgoing: Outgoing) -> bool:
        about_a_buyer = outgoing.kind not in _NOT_ABOUT_A_BUYERS_ORDER and not outgoing.kind.is_marketing
        return bool(outgoing.order_id) and about_a_buyer

    def send(self, outgoing: Outgoing) -> None:
        self._storefront.say(outgoing.order_id, outgoing.text, outgoing.reference, again=outgoing.again)

    def rest(self) -> None:
        """It holds nothing."""
