"""Text messages by Twilio.

Its API knows no idempotency key.  Where nobody knows whether a message went out, the newest ones to the same number are
looked at first; one that was accepted and is not listed yet goes out twice: at least once, not at most once.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import requests
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from connector.notify.addresses import e164, without_addresses
from connector.ports.clock import Clock
from connector.ports.failures import Failure, OwnerMustAct, Refused, TryLater
from connector.ports.promising import Outgoing
from connector.ports.sentence import Sentence
from connector.settings.promise import SmsSettings

ACT = "sms"
LOOK = Sentence("Look at [sms] in the config file, and at the account on twilio.com.")
TIMEOUT = (5.0, 20.0)
LOOKED_AT = 20
LARGEST_ANSWER = 200_000
LONGEST_AGO = timedelta(days=2)
"""How far back one that may have gone out is looked for."""
NOT_SENT = frozenset({"failed", "undelivered", "canceled"})
# Faults of the account or of its sender (https://www.twilio.com/docs/api/errors), not of the one who is written to.
OWNERS = frozenset({20003, 20005, 21212, 21603, 21606, 21607, 21608, 21659, 21660, 21661, 30002, 30005, 30034})


class SmsChannel:
    """A ``ports.promising.Channel``."""

    name = "sms"

    def __init__(self, settings: SmsSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._session: requests.Session | None = None
        self._away: Failure | None = None

    def reaches(self, outgoing: Outgoing) -> bool:
        return bool(e164(outgoing.phone, outgoing.country))

    def send(self, outgoing: Outgoing) -> None:
        if self._away is not None:
            raise self._away
        to = e164(outgoing.phone, outgoing.country)
        if not to:
            raise Refused("number", Sentence("that is no telephone number"))
        if outgoing.again and self._went_out(to, outgoing.text):
            return
        self._call("POST", {"To": to, "From": self._settings.sender, "Body": outgoing.text})

    def rest(self) -> None:
        self._away = None
        held, self._session = self._session, None
        if held is not None:
            held.close()

    def _went_out(self, to: str, text: str) -> bool:
        answer = self._call("GET", {"To": to, "PageSize": str(LOOKED_AT)})
        listed = answer.get("messages")
        return any(self._is_this(one, text) for one in (listed if isinstance(listed, list) else []))

    def _is_this(self, one: object, text: str) -> bool:
        if not isinstance(one, dict) or one.get("body") != text or one.get("status") in NOT_SENT:
            return False
        made = _moment(one.get("date_created"))
        return made is None or self._clock() - made <= LONGEST_AGO

    def _call(self, method: str, fields: dict[str, str]) -> dict[str, Any]:
        """Raises what each answer means.  No failure holds a number: neither ours nor theirs is quoted."""
        account = quote(self._settings.account, safe="")
        address = f"{self._settings.url}/2010-04-01/Accounts/{account}/Messages.json"
        asked, said = (fields, None) if method == "GET" else (None, fields)
        try:
            with self._connected().request(
                method, address, params=asked, data=said, timeout=TIMEOUT, allow_redirects=False, stream=True
            ) as response:
                body = response.raw.read(LARGEST_ANSWER, decode_content=True)
                status = response.status_code
        except (RequestException, HTTPError) as error:
            self._away = TryLater(
                Sentence("the provider of text messages could not be reached: %(error)s", error=type(error).__name__)
            )
            raise self._away from None
        answer = _read(body)
        if not 200 <= status < 300:  # noqa: PLR2004 -- what HTTP calls success
            raise self._failure(status, answer)
        return answer

    def _failure(self, status: int, answer: dict[str, Any]) -> Failure:
        code = answer.get("code")
        code = code if isinstance(code, int) else 0
        said = f"{status} {code} {_without_numbers(str(answer.get('message', '')))}".strip()
        if status == 429 or status >= 500:  # noqa: PLR2004 -- too many, and their own fault
            return TryLater(Sentence("the provider of text messages takes none just now: %(said)s", said=said))
        if status in {401, 403, 404} or code in OWNERS:
            self._away = OwnerMustAct(
                ACT,
                Sentence("The provider of text messages refuses the account or its sender: %(said)s.", said=said),
                LOOK,
            )
            return self._away
        return Refused(str(code or status), said)

    def _connected(self) -> requests.Session:
        if self._session is None:
            self._session = requests.Session()
            self._session.trust_env = False
            token = self._settings.token
            self._session.auth = (self._settings.account, token.get_secret_value() if token else "")
        return self._session


def _read(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _moment(text: object) -> datetime | None:
    try:
        made = parsedate_to_datetime(str(text))
    except (ValueError, TypeError):
        return None
    return made if made.tzinfo is not None else None


def _without_numbers(text: str) -> str:
    words = ("(number)" if sum(letter.isdigit() for letter in word) > 5 else word for word in text.split())  # noqa: PLR2004 -- no code is as long
    return without_addresses(" ".join(words))
