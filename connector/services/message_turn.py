"""When messages may be sent: not for a store that is paused, only planned, or has newer settings."""

from __future__ import annotations

import structlog

from connector.ports.failures import Failure
from connector.ports.promising import MessageKind
from connector.services.context import StoreContext
from connector.services.messages import anything_unsent, send_messages
from connector.services.turn import MESSAGES, act, may

log = structlog.get_logger()

ALWAYS = frozenset({MessageKind.SIGN_IN})
"""An owner must be able to come in, to let a paused store go on."""


def messages_turn(store: StoreContext) -> int:
    """``send_messages`` where it may be, each kind of failure given its due; how many went out."""
    if not anything_unsent(store):
        return 0  # having nothing to do shows of no shop that it answers again
    if may(store, MESSAGES):
        return act(store, MESSAGES, send_messages)
    try:
        return send_messages(store, only=ALWAYS)
    except Failure as failure:
        log.warning("messages.not_sent", store=store.key, why=str(failure))
        return 0
