"""Whom a message goes to, found at the moment of sending and kept nowhere, and the links that are theirs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from connector.ports.accounts import PassKind
from connector.ports.failures import Refused
from connector.ports.promising import MessageKind, MessageRecord, TermsRecord
from connector.ports.restocking import ListState
from connector.ports.sentence import Sentence
from connector.ports.vault import Unopenable
from connector.services.context import StoreContext
from connector.services.passes import LINK_LASTS, new_pass
from connector.services.restock import contact_of

OWNERS = frozenset({MessageKind.TO_OWNER, MessageKind.SIGN_IN})
OF_A_LIST = frozenset({MessageKind.OPT_IN, MessageKind.RESTOCK})

# A link leads to whoever has it, so of what was sent it is the one thing that is not written down.
PLACEHOLDER = "(link)"


class Unwanted(Exception):  # noqa: N818 -- it says what happened
    """Nobody is to be told any more."""


@dataclass(frozen=True, slots=True)
class Person:
    """``places``: what stands in the text for this person alone, all of it links; ``stated``: what they said of
    themselves, which is said back to them; ``unsubscribe``: the way off the list by one click.
    """

    email: str = ""
    phone: str = ""
    country: str = ""
    language: str = ""
    places: Mapping[str, str] = field(default_factory=dict)
    unsubscribe: str = ""
    stated: Mapping[str, str] = field(default_factory=dict)

    @property
    def hidden(self) -> Mapping[str, str]:
        """What is written down in place of what they stated."""
        return {name: f"({name})" if value else "" for name, value in self.stated.items()}

    def without_links(self, text: str) -> str:
        for link in self.places.values():
            text = text.replace(link, PLACEHOLDER)
        return text


def person_for(store: StoreContext, message: MessageRecord) -> Person:
    """Raises ``Unwanted``, ``Refused`` where there is nobody, and what the shop raises when it is asked."""
    if message.kind in OWNERS:
        return _owner(store, message)
    if message.kind in OF_A_LIST:
        return _of_a_list(store, message)
    return _buyer(store, message)


def _owner(store: StoreContext, message: MessageRecord) -> Person:
    address = store.rules.mail.owner
    if not address:
        raise Refused("owner", Sentence("nobody is named under [stores.mail] owner"))
    places = {}
    if message.kind is MessageKind.SIGN_IN:
        if store.clock() - message.created_at > LINK_LASTS:
            raise Unwanted(Sentence("whoever asked for it has long gone"))
        door = str(message.values["door"])
        # Made only now: before it is sent, no link that opens anything lies anywhere.
        token = new_pass(store.work, PassKind.LINK, now=store.clock(), lasts=LINK_LASTS, store=store.key)
        places = {"link": f"{door}{token}"}
    return Person(email=_plain(address), language=store.language, places=places)


def _of_a_list(store: StoreContext, message: MessageRecord) -> Person:
    """Only what G1 and G2 allow: an invitation to who has confirmed, a question to who has not, and nothing else."""
    now = store.clock()
    with store.work(read_only=True) as uow:
        held = uow.restock.get(store.key, message.subscription)
        email, phone = contact_of(store, uow, message.subscription)
    invited = held is not None and held.state is ListState.INVITED and held.confirmed_at is not None
    asked = held is not None and held.state is ListState.UNCONFIRMED
    wanted = invited if message.kind is MessageKind.RESTOCK else asked
    if not wanted or not (email or phone):
        raise Unwanted(Sentence("the person is not on the list, or there is nothing to tell any more"))
    if store.links is None:
        raise Refused("links", Sentence("there is no way to put a link off the list into it"))
    if message.kind is MessageKind.OPT_IN:
        return Person(email, phone, places={"link": store.links.restock(message.subscription, "confirm", now)})
    places = {
        "link": store.links.restock(message.subscription, "claim", now),
        "stop": store.links.restock(message.subscription, "stop", now),
    }
    return Person(email, phone, places=places, unsubscribe=places["stop"])


def _buyer(store: StoreContext, message: MessageRecord) -> Person:
    contact = store.storefront.contact(message.order_id)
    with store.work(read_only=True) as uow:
        terms = uow.promises.terms(store.key, [message.order_id]).get(message.order_id) or TermsRecord(message.order_id)
    places = {}
    # Who is asked something must be able to answer, whether or not the store has the page for everything else.
    asks = message.kind in {MessageKind.OPTION, MessageKind.REMINDER}
    if store.links is not None and (store.rules.shopper.page or asks):
        places = {"link": store.links.page(message.order_id, terms.link, store.clock())}
    said = stated(store, message.to)
    return Person(contact.email, contact.phone, contact.country, contact.language, places, stated=said)


def seal_stated(store: StoreContext, said: Mapping[str, str]) -> bytes:
    """RuntimeError for a store that was made without a vault."""
    if store.vault is None:
        raise RuntimeError(f"Store {store.key} has no vault to keep names in.")
    return store.vault.seal(json.dumps(dict(said)).encode())


def stated(store: StoreContext, to: bytes) -> dict[str, str]:
    """What the person of a message said of themselves; empty where that is nothing, was erased, or was sealed with a
    key that nobody has any more.
    """
    if not to or store.vault is None:
        return {}
    try:
        held: dict[str, str] = json.loads(store.vault.open(to))
    except Unopenable:
        return {}
    return held


def _plain(address: str) -> str:
    """The address of ``My shop <me@example.com>``."""
    return address.rpartition("<")[2].rstrip("> ")


def is_late(message: MessageRecord, store: StoreContext) -> bool:
    return message.deadline is not None and store.clock() >= message.deadline


def is_pressing(message: MessageRecord, store: StoreContext, near: timedelta) -> bool:
    return message.deadline is not None and message.deadline - store.clock() <= near
