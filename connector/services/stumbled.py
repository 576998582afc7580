"""What could not be done for a reason that is ours: how it is named wherever it is shown."""

from __future__ import annotations

from connector.ports.sentence import Sentence

OURS = "a fault of ours:"
"""How such a reason begins."""


def named(error: Exception) -> str:
    """Never its text, which may quote what people wrote."""
    return Sentence("a fault of ours: %(error)s", error=type(error).__name__)
