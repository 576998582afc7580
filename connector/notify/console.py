"""Messages on the screen of whoever is trying things out; nobody is reached."""

from __future__ import annotations

import sys
from collections.abc import Callable

from connector.ports.promising import Outgoing


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


class ConsoleChannel:
    """A ``ports.promising.Channel``."""

    name = "console"

    def __init__(self, say: Callable[[str], None] = _print) -> None:
        self._say = say

    def reaches(self, outgoing: Outgoing) -> bool:
        del outgoing
        return True

    def send(self, outgoing: Outgoing) -> None:
        about = f"order {outgoing.order_id}" if outgoing.order_id else "no order"
        self._say(
            f"--- {outgoing.kind.value} ({about}), {outgoing.reference}\n{outgoing.subject}\n\n{outgoing.text}\n---\n"
        )

    def rest(self) -> None:
        """It holds nothing."""
