"""Puts messages into words: the owner's texts, else ours, in the language asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, tzinfo
from typing import Any

from connector.notify import drafts, drafts_other, drafts_settled
from connector.notify.letter import Draft, Letter
from connector.notify.speaking import Speaker
from connector.ports.promising import MessageKind, Written

DRAFTS: Mapping[MessageKind, Callable[[Letter], Draft]] = {
    MessageKind.CONFIRMED: drafts.confirmed,
    MessageKind.EARLIER: drafts.earlier,
    MessageKind.LATER: drafts.later,
    MessageKind.OPTION: drafts.option,
    MessageKind.REMINDER: drafts.reminder,
    MessageKind.READY: drafts.ready,
    MessageKind.CANCELLED: drafts_settled.cancelled,
    MessageKind.REFUND_DUE: drafts_settled.refund_due,
    MessageKind.REFUNDED: drafts_settled.refunded,
    MessageKind.WITHDRAWAL: drafts_settled.withdrawal,
    MessageKind.NOT_DONE: drafts_settled.not_done,
    MessageKind.OPT_IN: drafts_other.opt_in,
    MessageKind.RESTOCK: drafts_other.restock,
    MessageKind.SIGN_IN: drafts_other.sign_in,
    MessageKind.TO_OWNER: drafts_other.to_owner,
}


class TemplateComposer:
    """A ``ports.promising.Composer``.

    ``language`` is the store's own and ``zone`` its clock's, ``overrides`` the owner's texts by language and key,
    ``shop`` what the store is called, ``address`` the postal address at the end of what goes to shoppers.
    """

    def __init__(
        self,
        language: str,
        overrides: Mapping[str, Mapping[str, str]],
        *,
        shop: str,
        address: str = "",
        zone: tzinfo = UTC,
    ) -> None:
        self._speaker = Speaker(language, overrides)
        self._shop = shop
        self._address = address
        self._zone = zone

    def write(self, kind: MessageKind, language: str, values: Mapping[str, Any]) -> Written:
        letter = Letter(self._speaker, language, values, shop=self._shop, zone=self._zone, address=self._address)
        draft = DRAFTS[kind](letter)
        content = draft.content if draft.bare else letter.closed(draft.content)
        return letter.written(draft.subject, content, draft.short)

    def text(self, key: str, language: str = "") -> str:
        """The text of a key as it was written, its places not filled in."""
        return self._speaker.speak(key, language)[0]
