"""Events, changes of orders and messages in the owner's words."""

from __future__ import annotations

from collections.abc import Mapping

from connector.domain.promises import Actor, EventKind
from connector.ports.promising import AmendmentKind, AmendmentState, MessageKind, MessageState
from connector.web.words import N_, Later

EVENTS: Mapping[EventKind, Later] = {
    EventKind.PROMISED: N_("Shown when ordering"),
    EventKind.REVISED: N_("Another day expected"),
    EventKind.OPTION: N_("Asked: wait or cancel?"),
    EventKind.REMINDED: N_("Reminded of the question"),
    EventKind.CONSENTED: N_("Will wait"),
    EventKind.CANCEL_ASKED: N_("To be cancelled"),
    EventKind.CANCELLED: N_("Taken off the order"),
    EventKind.REFUNDED: N_("Money sent back"),
    EventKind.WITHDRAWN: N_("Withdrew from the contract"),
    EventKind.SHIPPED: N_("Sent"),
    EventKind.TERM_SET: N_("Set a last day"),
}
ACTORS: Mapping[Actor, Later] = {
    Actor.SHOPPER: N_("the shopper"),
    Actor.OWNER: N_("you"),
    Actor.SERVICE: N_("this service"),
    Actor.PLATFORM: N_("the shop"),
}
CHANGES: Mapping[AmendmentKind, Later] = {
    AmendmentKind.CANCEL: N_("Cancel"),
    AmendmentKind.WITHDRAW: N_("Withdrawal from the contract"),
    AmendmentKind.SWAP: N_("Exchange for something else"),
    AmendmentKind.SHIP_NOW: N_("Send now what is there"),
    AmendmentKind.SHIP_TOGETHER: N_("Send all of it together"),
}
STATES: Mapping[AmendmentState, Later] = {
    AmendmentState.OWNER: N_("waits for you"),
    AmendmentState.ASKED: N_("to be carried out"),
    AmendmentState.DOING: N_("being carried out"),
    AmendmentState.DONE: N_("done"),
    AmendmentState.BY_HAND: N_("done but for the money"),
    AmendmentState.REFUSED: N_("refused by the shop"),
    AmendmentState.DROPPED: N_("not done"),
}
MESSAGES: Mapping[MessageKind, Later] = {
    MessageKind.CONFIRMED: N_("Backorder confirmed"),
    MessageKind.EARLIER: N_("Comes earlier"),
    MessageKind.LATER: N_("Comes later"),
    MessageKind.OPTION: N_("Wait or cancel?"),
    MessageKind.REMINDER: N_("Reminder of the question"),
    MessageKind.READY: N_("Ready"),
    MessageKind.CANCELLED: N_("Cancelled"),
    MessageKind.REFUND_DUE: N_("Money is being sent back"),
    MessageKind.REFUNDED: N_("Money sent back"),
    MessageKind.NOT_DONE: N_("Could not be done"),
    MessageKind.WITHDRAWAL: N_("Acknowledgement of a withdrawal"),
    MessageKind.OPT_IN: N_("Confirm your address"),
    MessageKind.RESTOCK: N_("Back in stock"),
    MessageKind.SIGN_IN: N_("Sign-in link"),
    MessageKind.TO_OWNER: N_("To you"),
}
MESSAGE_STATES: Mapping[MessageState, Later] = {
    MessageState.PENDING: N_("to be sent"),
    MessageState.SENDING: N_("being sent"),
    MessageState.SENT: N_("sent"),
    MessageState.PARKED: N_("no channel took it"),
    MessageState.DROPPED: N_("not sent: no longer wanted"),
    MessageState.BOUNCED: N_("came back"),
}
SAID: Mapping[str, Later] = {
    "sent": N_("These units have left: take them back and send the money by hand."),
    "shipped": N_("These units had left by then."),
    "cancelled": N_("They had been cancelled at the shop by then."),
    "unknown": N_("The shop knows no such order."),
}
"""What an amendment says of itself in one word; anything else is somebody's own words."""
