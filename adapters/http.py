"""Calls to a shop's API: one kept-alive connection, and the failures of the network told apart (design, section 8)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import version

import requests
import stamina
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from adapters.addresses import PublicAdapter
from adapters.answers import Answer, network_failure, refuse, whole
from adapters.budget import Budget
from adapters.seen import calling
from connector.ports.clock import Clock, system_clock
from connector.ports.counting import API_RETRIES, API_THROTTLES, OTHER, count
from connector.ports.failures import OwnerMustAct, TryLater
from connector.ports.sentence import Sentence

__all__ = ["NO_RETRIES", "Answer", "Budget", "Channel", "Retries"]

LONGEST_WAIT = 10.0  # seconds we sleep for a budget or a Retry-After; beyond that the row waits, not the thread


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a read is tried in one go, within how many seconds in all."""

    attempts: int = 3
    seconds: float = 20.0
    first_wait: float = 0.5


NO_RETRIES = Retries(attempts=1)


class Channel:
    """The connection to one shop.

    ``allow_private``: also plain http and addresses on loopback or in private networks, for sandbox shops.
    ``auth``: as requests takes it; called for every attempt, so that a nonce is never used twice.
    ``timeout``: seconds to connect, and between two packets.
    ``platform``: under which the calls are counted.
    Proxies, ``.netrc`` and other settings of the environment are not used: a proxy would hide the address called.
    """

    def __init__(
        self,
        base_url: str,
        *,
        allow_private: bool,
        headers: Mapping[str, str] | None = None,
        auth: AuthBase | Callable[[requests.PreparedRequest], requests.PreparedRequest] | tuple[str, str] | None = None,
        timeout: tuple[float, float] = (5.0, 30.0),
        retries: Retries | None = None,
        budget: Budget | None = None,
        clock: Clock = system_clock,
        sleep: Callable[[float], None] = time.sleep,
        platform: str = OTHER,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.budget = budget
        self._allow_private = allow_private
        self._timeout = timeout
        self._retries = retries or Retries()
        self._clock = clock
        self._sleep = sleep
        self._platform = platform
        self._session = _session(allow_private=allow_private)
        self._session.headers.update(headers or {})
        self._session.auth = auth

    def read(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        cost: float = 1.0,
    ) -> Answer:
        """A call that changes nothing, tried again where the failure passes (GraphQL reads are POSTs)."""
        call = _Call(method, path, params, body, headers or {}, cost)
        for attempt in stamina.retry_context(
            on=_when_again,
            attempts=self._retries.attempts,
            timeout=self._retries.seconds,
            wait_initial=self._retries.first_wait,
            wait_jitter=self._retries.first_wait,
            wait_max=LONGEST_WAIT,
        ):
            if attempt.num > 1:
                count(API_RETRIES, self._platform)
            with attempt:
                return self._send(call)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def write(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        cost: float = 1.0,
        accept: Collection[int] = (),
    ) -> Answer:
        """A call that may change something: tried once.  After ``TryLater`` nobody knows whether it was carried out.

        ``accept``: statuses of a server's failure that mean something to the caller, and are given back.
        """
        answer = self._ask(_Call(method, path, params, body, headers or {}, cost))
        if answer.status not in accept:
            refuse(answer, self._clock())
        return answer

    def look(self, path: str) -> Answer:
        """One GET, given back as it was answered, redirects and a server's failures included; never tried again."""
        return self._ask(_Call("GET", path, None, None, {}, 1.0))

    def close(self) -> None:
        self._session.close()

    def _send(self, call: _Call) -> Answer:
        answer = self._ask(call)
        refuse(answer, self._clock())
        return answer

    def _ask(self, call: _Call) -> Answer:
        """One attempt.  Errors name method and path only: the query, and requests' own messages, may hold secrets."""
        self._refuse_plain_http()
        self._wait(call)
        with calling(self._platform, call.method, call.path) as called:
            answer = self._answered(call)
            called.status = answer.status
        return answer

    def _answered(self, call: _Call) -> Answer:
        try:
            with self._session.request(
                call.method,
                f"{self.base_url}/{call.path.lstrip('/')}" if call.path else self.base_url,
                params=call.params,
                data=call.payload,
                headers=call.all_headers,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                return Answer(response.status_code, response.headers, whole(response, call.name), call.name)
        except (RequestException, HTTPError) as error:
            raise network_failure(error, call.name) from None

    def _refuse_plain_http(self) -> None:
        if not self._allow_private and not self.base_url.lower().startswith("https://"):
            raise OwnerMustAct(
                "read",
                Sentence("The shop's address does not begin with https://, so keys would travel in the open."),
                Sentence("Enter the shop's https:// address."),
            )

    def _wait(self, call: _Call) -> None:
        if self.budget is None:
            return
        seconds = self.budget.wait_for(call.cost)
        if seconds:
            count(API_THROTTLES, self._platform, "us")
        if seconds > LONGEST_WAIT:
            self.budget.give_back(call.cost)
            raise TryLater(
                Sentence("%(call)s would go beyond the platform's rate limit", call=call.name),
                timedelta(seconds=seconds),
            )
        if seconds:
            self._sleep(seconds)


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    path: str
    params: Mapping[str, str] | None
    body: object
    headers: Mapping[str, str]
    cost: float

    @property
    def name(self) -> str:
        return f"{self.method} {self.path.partition('?')[0]}"

    @property
    def payload(self) -> bytes | None:
        """Bytes go as they are (a file store takes forms, not JSON)."""
        if self.body is None or isinstance(self.body, bytes):
            return self.body
        return json.dumps(self.body, allow_nan=False).encode()

    @property
    def all_headers(self) -> dict[str, str]:
        return {**({} if self.body is None else {"Content-Type": "application/json"}), **self.headers}


def _session(*, allow_private: bool) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    # A shop's login or cart cookie would make later answers depend on earlier ones.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = HTTPAdapter() if allow_private else PublicAdapter()
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.headers.update(
        {"User-Agent": f"backorder-connector/{version('backorder-connector')}", "Accept": "application/json"}
    )
    return session


def _when_again(error: Exception) -> bool | float:
    """Whether to try again at once, and after how many seconds where the platform said so."""
    if not isinstance(error, TryLater):
        return False
    if error.after is None:
        return True
    seconds = error.after.total_seconds()
    return seconds if seconds <= LONGEST_WAIT else False
