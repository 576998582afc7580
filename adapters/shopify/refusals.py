"""User errors: what the shop understood and will not do."""

from __future__ import annotations

from adapters.reader import Reader
from connector.ports.failures import Refused


def refuse_errors(payload: Reader, code: str = "") -> None:
    """Raise the first user error.  ``code``: what it is called where the shop gives it none."""
    for error in payload["userErrors"]:
        raise Refused(error.get("code").text_or("") or code or "REFUSED", error["message"].text())
