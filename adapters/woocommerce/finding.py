"""Where a shop's REST API is, found from the address its owner typed, by what anybody may ask it.

Redirects are followed here, one by one: each address on the way is checked like the one that was typed.  What is said
of a failure names a status and what it means, never a word of what was answered.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from urllib.parse import urljoin

from adapters.addresses import PrivateAddress
from adapters.answers import Answer
from adapters.http import NO_RETRIES, Channel
from adapters.woocommerce import address, judging
from adapters.woocommerce.address import QUESTION, Address
from connector.ports.failures import OwnerMustAct, TryLater, Unreadable
from connector.ports.installing import Mistyped
from connector.ports.sentence import Sentence

Look = Callable[[Address], Answer]

PLAIN = "?rest_route=/"
FIELDS = "_fields=namespaces"  # the whole index of a shop with many plugins is some megabytes
MOST_HOPS = 3
MOST_CALLS = 16
LONGEST_SEARCH = 45.0  # seconds; the owner looks at a page that loads
TIMEOUT = (5.0, 10.0)  # seconds to connect, and between two packets
ENDS_AT = Sentence("Open the shop in a browser and enter the address that it ends at.")


def find(typed: str, *, allow_private: bool, look: Look | None = None) -> str:
    """The shop's address as it is kept: where its WordPress stands, after redirects, without a slash at the end.

    Raises ``Mistyped`` for everything that stands in the way, as each of it is cured by the address or at the shop.
    """
    search = _Search(look or looker(allow_private=allow_private), allow_private=allow_private)
    waiting = deque(address.read(typed, allow_private=allow_private).roots())
    tried: list[str] = []
    while waiting:
        root = waiting.popleft()
        if root in tried:
            continue
        tried.append(root)
        at, answer = search.ask(f"{root}{judging.INDEX}/?{FIELDS}")
        names = judging.namespaces(answer)
        if names is not None:
            return judging.shop_at(at, names)
        judging.refuse(at, answer)
        if not f"{at.url}/".startswith(f"{root}/"):
            # A host that forwards everything to the front page of another: the shop is asked there.
            waiting.extendleft(reversed([one for one in at.roots() if one not in tried]))
    at, answer = search.ask(f"{tried[-1]}/{PLAIN}&{FIELDS}")
    if judging.namespaces(answer) is not None:
        raise judging.plain_permalinks(at)
    judging.refuse(at, answer)
    raise judging.nothing(at, answer)


def looker(*, allow_private: bool) -> Look:
    """Ask over the network."""

    def look(at: Address) -> Answer:
        channel = Channel(
            at.origin, allow_private=allow_private, timeout=TIMEOUT, retries=NO_RETRIES, platform="woocommerce"
        )
        try:
            return channel.look(at.behind_origin)
        finally:
            channel.close()

    return look


class _Search:
    """The calls of one search, which has an end however the hosts on its way behave."""

    def __init__(self, look: Look, *, allow_private: bool) -> None:
        self._look = look
        self._allow_private = allow_private
        self._left = MOST_CALLS
        self._until = time.monotonic() + LONGEST_SEARCH

    def ask(self, url: str) -> tuple[Address, Answer]:
        """The answer and where it came from, after at most three redirects."""
        at = address.read(url, allow_private=self._allow_private)
        for _ in range(MOST_HOPS + 1):
            answer = self._call(at)
            target = answer.headers.get("Location", "")
            if not 300 <= answer.status < 400 or not target:  # noqa: PLR2004 -- HTTP's redirects
                return at, answer
            at = self._next(at, target)
        raise Mistyped(
            QUESTION,
            Sentence("The shop sends us on more than %(count)s times.", count=MOST_HOPS),
            ENDS_AT,
        )

    def _next(self, at: Address, target: str) -> Address:
        try:
            return address.read(urljoin(f"{at.origin}{at.behind_origin}", target), allow_private=self._allow_private)
        except (Mistyped, ValueError) as wrong:
            said = wrong.problem if isinstance(wrong, Mistyped) else Sentence("This is no web address.")
            raise Mistyped(
                QUESTION,
                Sentence(
                    "%(origin)s sends us on to an address that cannot be used. %(said)s", origin=at.origin, said=said
                ),
                ENDS_AT,
            ) from None

    def _call(self, at: Address) -> Answer:
        self._left -= 1
        if self._left < 0 or time.monotonic() > self._until:
            raise Mistyped(QUESTION, Sentence("The search for the shop takes too long."), ENDS_AT)
        try:
            return self._look(at)
        except PrivateAddress:
            raise address.inside() from None
        except OwnerMustAct as failure:
            raise Mistyped(QUESTION, failure.problem, failure.fix) from None
        except (TryLater, Unreadable):
            raise Mistyped(
                QUESTION,
                Sentence("No shop answers at %(origin)s.", origin=at.origin),
                Sentence("Check the spelling; if the shop opens in your browser, wait a few minutes and try again."),
            ) from None
