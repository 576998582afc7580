"""What comes back from a shop's API, or instead of it: one whole answer, or a failure of a named kind."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema, SSLError, Timeout

from adapters.reader import Reader
from connector.ports.failures import OwnerMustAct, TryLater, Unreadable
from connector.ports.sentence import Sentence

LARGEST_ANSWER = 50_000_000  # bytes, unpacked; 100 WooCommerce products are about 0.2 MB
LONGEST_ANSWER = 120.0  # seconds for one whole answer, however slowly it drips
LONGEST_RETRY_AFTER = timedelta(days=1)
NOT_MODIFIED, TOO_MANY, SERVER_ERROR, NOT_IMPLEMENTED = 304, 429, 500, 501


@dataclass(frozen=True, slots=True)
class Answer:
    """What the platform answered, whole.  Statuses that are ``TryLater`` or a redirect never come this far."""

    status: int
    headers: Mapping[str, str]  # names in any case
    body: bytes
    call: str  # "GET products", for messages

    @property
    def ok(self) -> bool:
        return self.status < 400  # noqa: PLR2004 -- where HTTP's errors begin

    def read(self) -> Reader:
        """The body as JSON.  What is no JSON is a proxy's page or an answer cut off, and passes: ``TryLater``."""
        try:
            return Reader.of(self.body)
        except Unreadable as error:
            raise TryLater(
                Sentence(
                    "%(call)s answered %(status)s with a body that %(problem)s",
                    call=self.call,
                    status=self.status,
                    problem=error.problem,
                )
            ) from None


def whole(response: requests.Response, call: str) -> bytes:
    started = time.monotonic()
    body = bytearray()
    for chunk in response.iter_content(65_536):
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise Unreadable(
                "$", Sentence("is larger than %(size)s MB (%(call)s)", size=LARGEST_ANSWER // 1_000_000, call=call)
            )
        if time.monotonic() - started > LONGEST_ANSWER:
            raise TryLater(
                Sentence(
                    "%(call)s was still answering after %(seconds)s seconds",
                    call=call,
                    seconds=f"{LONGEST_ANSWER:.0f}",
                )
            )
    return bytes(body)


def refuse(answer: Answer, now: datetime) -> None:
    """Raise for a status that no caller can do anything with."""
    if 300 <= answer.status < 400 and answer.status != NOT_MODIFIED:  # noqa: PLR2004 -- HTTP's redirects
        raise _moved(answer)
    # 501 does not pass by waiting: WooCommerce answers it to a request it will never carry out.
    if answer.status == TOO_MANY or (answer.status >= SERVER_ERROR and answer.status != NOT_IMPLEMENTED):
        raise TryLater(
            Sentence("%(call)s answered %(status)s", call=answer.call, status=answer.status),
            _retry_after(answer.headers.get("Retry-After"), now),
        )


def network_failure(error: Exception, call: str) -> TryLater | OwnerMustAct:
    """Name what went wrong below HTTP.  The error's own text is left out: it holds the address with its query."""
    if isinstance(error, InvalidURL | InvalidSchema | MissingSchema):
        return OwnerMustAct(
            "read", Sentence("The shop's address is no web address."), Sentence("Enter it as https://shop.example.com.")
        )
    if isinstance(error, SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
        return OwnerMustAct(
            "read",
            Sentence("The shop's certificate is not valid, so nobody can tell whether it is the shop that answers."),
            Sentence("Have the host renew the certificate, or enter the address it was made for."),
        )
    if isinstance(error, Timeout):
        return TryLater(Sentence("%(call)s was not answered in time", call=call))
    return TryLater(Sentence("%(call)s failed on the way (%(error)s)", call=call, error=type(error).__name__))


def _moved(answer: Answer) -> OwnerMustAct:
    return OwnerMustAct(
        "read",
        Sentence(
            "The shop's address moved: %(call)s is sent on to %(address)s.",
            call=answer.call,
            address=_bare(answer.headers.get("Location", "")),
        ),
        Sentence("Enter the address the shop answers at; if it is a login or maintenance page, let the API through."),
    )


def _bare(address: str) -> str:
    """An address without what may be a key in it: the user before the host, and the query behind the path."""
    try:
        target = urlsplit(address)
    except ValueError:
        return Sentence("an address that cannot be read")
    host = target.netloc.rpartition("@")[2]
    return (f"{target.scheme or 'https'}://{host}{target.path}" if host else target.path) or Sentence("nowhere")


def _retry_after(header: str | None, now: datetime) -> timedelta | None:
    """Seconds or an HTTP date (RFC 9110, 10.2.3); None where it says neither."""
    if not header:
        return None
    try:
        asked = float(header)
    except ValueError:
        asked = _seconds_until(header, now)
    if math.isnan(asked):
        return None
    return timedelta(seconds=min(max(asked, 0.0), LONGEST_RETRY_AFTER.total_seconds()))


def _seconds_until(date: str, now: datetime) -> float:
    try:
        then = parsedate_to_datetime(date)
        return ((then if then.tzinfo else then.replace(tzinfo=UTC)) - now).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return math.nan  # The parser of the standard library fails in all these ways on what is no date.
