"""How an owner connects a store: the platform's part of it, and what it ends in.

An adapter makes one ``Installer`` for each installation of this service, from its ``[install.<platform>]`` settings.
It makes the calls and judges what comes back; pages, sessions and rows are the web part's and the services'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol

from connector.ports.failures import Failure
from connector.ports.sentence import together


class Way(Enum):
    """A way to connect or to sign in that a platform offers in this installation."""

    TYPED = "typed"  # the owner types an address here and is sent to the shop to say yes
    SIGNED_LINK = "signed link"  # the owner comes from the platform's own pages with a signed query
    PASTED = "pasted"  # the owner pastes keys
    EMBEDDED = "embedded"  # our pages stand inside the platform's admin; each request carries a session token


class NotOffered(Failure):
    """The platform has no such way, or this installation is not set up for it."""


class Mistyped(Failure):
    """Something the owner typed cannot be used.  ``key``: the question it answers; empty for the whole form."""

    def __init__(self, key: str, problem: str, fix: str = "") -> None:
        super().__init__(together(problem, fix))
        self.key = key
        self.problem = problem
        self.fix = fix


class Forged(Failure):
    """A link, callback or token that is not what it says it is: altered, expired, of another app, or played again.

    The text is for the log and names no secret; a stranger is told no more than that it was refused.
    """


@dataclass(frozen=True, slots=True)
class Question:
    """One field of a form; ``secret``: never shown again."""

    key: str
    label: str
    help: str = ""
    required: bool = True
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Begun:
    """The owner is to be sent to ``go_to``.  Whoever comes back must name ``attempt``, which is random, is used once,
    and is also bound to the browser that began; ``remember`` is kept beside it and handed to ``finish``.
    """

    go_to: str
    attempt: str
    remember: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Granted:
    """The keys of a store.

    ``shop``: what identifies it for good (``example.myshopify.com``, ``https://shop.example.com``); ``options``: what
    ``Platform.connect`` takes, secrets among them; ``webhook_secret``: signs its webhooks, empty where the platform
    signs with the app's own (see ``Installer.webhook_secrets``); ``secret_is_ours``: it was made up here just now, so
    one that is in use already may stay; ``missing``: rights that were wanted and not given.
    """

    shop: str
    title: str
    options: Mapping[str, object]
    webhook_secret: str = ""
    missing: tuple[str, ...] = ()
    secret_is_ours: bool = False


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who a verified session token speaks for."""

    shop: str
    user: str
    until: datetime


class Installer(Protocol):
    """All calls may raise ``NotOffered``; those that take what a person typed ``Mistyped``; those that take what came
    over the network ``Forged``; those that call the platform ``TryLater`` and ``OwnerMustAct``.
    """

    platform: str
    ways: frozenset[Way]
    posts_keys: bool  # the shop posts its keys to ``callback_url``; else the browser brings what ``finish`` takes
    questions: Sequence[Question]  # for Way.TYPED
    pasted_questions: Sequence[Question]  # for Way.PASTED

    def begin(self, typed: Mapping[str, str], *, return_url: str, callback_url: str, now: datetime) -> Begun:
        """Way.TYPED.  ``return_url``: where the browser comes back to; ``callback_url``: where keys may be posted."""
        ...

    def begin_signed(self, query: Sequence[tuple[str, str]], *, return_url: str, now: datetime) -> Begun:
        """Way.SIGNED_LINK.  The query as it came, in its order."""
        ...

    def finish(self, query: Sequence[tuple[str, str]], remember: Mapping[str, str], *, now: datetime) -> Granted:
        """The browser came back to ``return_url`` and brings what can be turned into keys.  The caller has checked that
        the attempt is known, not used, not late, and of this browser.
        """
        ...

    def attempt_in(self, query: Sequence[tuple[str, str]]) -> str:
        """The attempt that a query at ``return_url`` names; empty where it names none."""
        ...

    def was_refused(self, query: Sequence[tuple[str, str]]) -> bool:
        """Whether the query at ``return_url`` says that the owner said no."""
        ...

    def posted_attempt(self, body: bytes) -> str:
        """The attempt that keys posted to ``callback_url`` name.  Raises ``Forged`` for a body of another shape."""
        ...

    def posted(self, body: bytes, remember: Mapping[str, str]) -> Granted:
        """Keys that the shop posted; the caller has checked the attempt.

        Whoever began the attempt knows its word too and can post what they like, so nothing is believed before
        ``tried``.
        """
        ...

    def tried(self, granted: Granted) -> None:
        """Call the shop with posted keys; raises as ``pasted`` does where they are not keys of that very shop."""
        ...

    def pasted(self, typed: Mapping[str, str], *, now: datetime) -> Granted:
        """Way.PASTED.  The keys are tried before they are believed."""
        ...

    def visitor(self, token: str, *, now: datetime) -> Visitor:
        """Way.EMBEDDED: check a session token."""
        ...

    def exchange(self, token: str, *, now: datetime) -> Granted:
        """Way.EMBEDDED: a checked session token for keys that last."""
        ...

    def frame_ancestors(self, shop: str) -> Sequence[str]:
        """Way.EMBEDDED: the pages that ours may stand in.  Raises ``Forged`` for what is no shop's domain."""
        ...

    def client_id(self) -> str:
        """Way.EMBEDDED: the app's public id, which its pages must name."""
        ...

    def lapses(self, options: Mapping[str, object]) -> datetime | None:
        """When these keys stop working by themselves; None where they do not."""
        ...

    def renew(self, options: Mapping[str, object], *, now: datetime) -> Mapping[str, object]:
        """New options in place of those that lapse.  ``OwnerMustAct`` where only the owner can help."""
        ...

    def revoke(self, options: Mapping[str, object]) -> str:
        """Give the keys back.  What the owner has to do by hand, in a sentence; empty where nothing is left."""
        ...

    def webhook_secrets(self) -> tuple[str, ...]:
        """The secrets of this installation's app, any of which signs; none where each store has its own."""
        ...
