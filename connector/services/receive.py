"""Receiving webhooks: judge the signature, keep what is genuine, read nothing else (design, section 4).

Reading a delivery is the digest's work.  The sender waits for this answer, and WooCommerce sends a shop's webhooks
strictly one after the other, so whatever is done here is done to every one of them.
"""

from __future__ import annotations

import json
import secrets as randomness
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import structlog

from connector.ports import tracing
from connector.ports.clock import Clock
from connector.ports.counting import DELIVERIES, OTHER, count
from connector.ports.records import NewDelivery
from connector.ports.storefront import Envelope, Platform, Verdict
from connector.ports.unit_of_work import Inbox

log = structlog.get_logger()

Headers = Mapping[str, str]
SecretsOf = Callable[[str, str], Sequence[str] | None]
"""Platform and store key -> the secrets that are live now; None: there is no such store on this platform."""

LookAgain = Callable[[], bool]
"""Finds out, at most now and then, whether stores or secrets are known now that were not; whether there are."""

# Real topics and ids stay below 80 characters, but Shopify signs neither and both are part of an index.
LONGEST_NAME = 200


class Answer(Enum):
    KEPT = "kept"
    KNOWN = "known"  # the same delivery was kept before
    PING = "ping"
    FORGED = "forged"
    UNKNOWN = "unknown"  # no such platform, or no such store on it
    NOT_OURS = "not ours"  # genuine, and about a shop of which nothing is kept here


class NotKept(Exception):  # noqa: N818 -- it says what happened to the delivery, which may be nobody's error
    """A genuine delivery could not be stored; the platform must be told to send it again.  The cause is chained."""


class ReceiveDelivery:
    """Receive one request at the address of one store.

    A store key in a webhook address is no secret: WooCommerce shows it to every shop manager, and anybody can try keys
    and tell FORGED from UNKNOWN.  Neither answer carries anything else: not why, not what the store is, and, because
    an unknown store costs a signature check too, nothing by the time it took.
    """

    def __init__(
        self,
        platforms: Mapping[str, Platform],
        secrets: SecretsOf,
        inbox: Inbox,
        clock: Clock,
        look_again: LookAgain = lambda: False,
    ) -> None:
        self._platforms = platforms
        self._secrets = secrets
        self._inbox = inbox
        self._clock = clock
        self._look_again = look_again
        # Signs for stores that do not exist and for stores without a secret.  Nobody knows it, so nothing passes.
        self._nobody = (randomness.token_urlsafe(),)

    def __call__(self, platform: str, store_key: str, headers: Headers, body: bytes) -> Answer:
        """Raises ``NotKept`` where a genuine delivery could not be stored."""
        known = self._platforms.get(platform)
        if known is None:
            count(DELIVERIES, OTHER, OTHER, Answer.UNKNOWN.value)
            return Answer.UNKNOWN
        envelope = known.envelope(headers)
        return _counted(known, envelope.topic, lambda: self._judged(known, store_key, headers, body, envelope))

    def _judged(self, known: Platform, store_key: str, headers: Headers, body: bytes, envelope: Envelope) -> Answer:
        platform = known.name
        live = self._secrets(platform, store_key)
        verdict = known.authenticate(headers, body, live or self._nobody)
        if (live is None or verdict is Verdict.FORGED) and self._look_again():
            # A store that was connected, or a secret that was changed, a moment ago.
            live = self._secrets(platform, store_key)
            verdict = known.authenticate(headers, body, live or self._nobody)
        if live is None:
            return Answer.UNKNOWN
        match verdict:
            case Verdict.GENUINE:
                return keep(self._inbox, _delivery(known, store_key, envelope, body, self._clock))
            case Verdict.PING:
                self._inbox.count(store_key, "ping")
                return Answer.PING
            case Verdict.FORGED:
                self._inbox.count(store_key, "forged")
                return Answer.FORGED


@dataclass(frozen=True, slots=True)
class AppSigns:
    """What an app that many stores have in common signs with.  ``secrets``: of a platform's app in this installation;
    ``is_of_app``: whether a store, by its key, is connected by it.
    """

    secrets: Callable[[str], Sequence[str]]
    is_of_app: Callable[[str], bool]
    look_again: LookAgain = lambda: False


NO_APP = AppSigns(lambda _: (), lambda _: False)


class ReceiveCompliance:
    """Receive one request at the address that an app has for all its stores, for the privacy topics of Shopify
    (``customers/data_request``, ``customers/redact``, ``shop/redact``).

    The address names no store, the body does: ``shop_domain``.  So here, and only here, a verified body is looked into.
    The store it names gets the delivery if one of that store's own secrets signed it, or that of the app by which it is
    connected; the owner of one store must not be able to have the data of another erased.  A request for a shop that is
    not (or no longer) ours is kept with the store whose own secret signed it, because the law asks that it be answered
    all the same.  If only the app's did, no owner here may see it, and nothing is kept that it could be about.
    """

    def __init__(
        self,
        platforms: Mapping[str, Platform],
        stores: Callable[[str], Sequence[tuple[str, Sequence[str]]]],
        store_of_shop: Callable[[str, str], str | None],
        inbox: Inbox,
        clock: Clock,
        app: AppSigns = NO_APP,
    ) -> None:
        """``stores``: platform -> key and own live secrets of each; ``store_of_shop``: platform, domain -> key."""
        self._platforms = platforms
        self._stores = stores
        self._store_of_shop = store_of_shop
        self._inbox = inbox
        self._clock = clock
        self._app = app
        self._nobody = (randomness.token_urlsafe(),)

    def __call__(self, platform: str, headers: Headers, body: bytes) -> Answer:
        """Raises ``NotKept`` where a genuine delivery could not be stored."""
        known = self._platforms.get(platform)
        if known is None:
            count(DELIVERIES, OTHER, OTHER, Answer.UNKNOWN.value)
            return Answer.UNKNOWN
        envelope = known.envelope(headers)
        return _counted(known, envelope.topic, lambda: self._judged(known, headers, body, envelope))

    def _judged(self, known: Platform, headers: Headers, body: bytes, envelope: Envelope) -> Answer:
        platform = known.name

        def signed(live: Sequence[str]) -> bool:
            return known.authenticate(headers, body, live or self._nobody) is Verdict.GENUINE

        stores = self._stores(platform)
        signers = [key for key, live in stores if signed(live)]
        by_app = signed(self._app.secrets(platform))
        if not signers and not by_app:
            # It names no store that could be believed, so it is counted where each owner will see it.
            for key, _ in stores:
                self._inbox.count(key, "forged")
            return Answer.FORGED
        named = self._named(platform, body, by_app=by_app)
        if named is not None and (named in signers or (by_app and self._app.is_of_app(named))):
            return keep(self._inbox, _delivery(known, named, envelope, body, self._clock))
        if signers:
            return keep(self._inbox, _delivery(known, signers[0], envelope, body, self._clock))
        log.info("compliance.not_ours", platform=platform)
        return Answer.NOT_OURS

    def _named(self, platform: str, body: bytes, *, by_app: bool) -> str | None:
        shop = _shop_domain(body)
        if not shop:
            return None
        named = self._store_of_shop(platform, shop)
        if named is None and by_app and self._app.look_again():
            named = self._store_of_shop(platform, shop)
        return named


def _counted(platform: Platform, topic: str, judge: Callable[[], Answer]) -> Answer:
    """By its topic, where that is one of those we ask for: the sender of a forged one chooses it."""
    topic = topic if topic in platform.topics else OTHER
    try:
        answer = judge()
    except NotKept:
        count(DELIVERIES, platform.name, topic, "not kept")
        raise
    count(DELIVERIES, platform.name, topic, answer.value)
    return answer


def keep(inbox: Inbox, delivery: NewDelivery) -> Answer:
    """In a trace that begins here, and whose number follows from the delivery.  Whatever trace the sender says it is in
    counts for nothing: anybody could make his requests part of another's.
    """
    if not tracing.on():
        return _keep(inbox, delivery)
    trace = tracing.trace_of(delivery.store, delivery.topic, delivery.external_id, delivery.body)
    with tracing.span("webhook", begins=trace, store=delivery.store, platform=delivery.platform) as span:
        answer = _keep(inbox, delivery)
        span.tell(verdict=answer.value)
        return answer


def _keep(inbox: Inbox, delivery: NewDelivery) -> Answer:
    try:
        new = inbox.keep(delivery)
    except Exception as error:
        # A full disk, a locked file, a database that is away: whatever it was, it must not become a 200.
        raise NotKept from error
    return Answer.KEPT if new else Answer.KNOWN


def _delivery(platform: Platform, store_key: str, envelope: Envelope, body: bytes, clock: Clock) -> NewDelivery:
    return NewDelivery(
        store=store_key,
        platform=platform.name,
        topic=envelope.topic[:LONGEST_NAME],
        external_id=envelope.external_id[:LONGEST_NAME],
        body=body,
        received_at=clock(),
        triggered_at=envelope.triggered_at,
    )


def _shop_domain(body: bytes) -> str:
    """The shop a compliance request is about; empty where the body does not say (the digest will park it)."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    shop = message.get("shop_domain") if isinstance(message, dict) else None
    return shop.lower() if isinstance(shop, str) else ""
