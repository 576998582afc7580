"""One shop's Admin API: GraphQL over one kept-alive connection, inside the shop's cost budget."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from adapters.http import LONGEST_WAIT, Answer, Channel
from adapters.reader import Reader
from adapters.shopify.answered import Answered, WrongRequestError, errors_in, throttled, throttled_for, turned_away
from adapters.shopify.operations import document
from adapters.shopify.tokens import Tokens
from connector.ports.counting import API_THROTTLES, count

FIRST_COST = 50.0  # points, for an operation whose cost the shop has not told us yet
THROTTLED_TRIES = 4
UNAUTHORIZED = 401


class Admin:
    """Reads may be sent again by the connection; writes are sent once, and again only where the shop did not run them.

    ``answered_version`` and ``answered_at``: what the newest answer said of its API version and of the shop's clock.
    """

    def __init__(
        self, channel: Channel, tokens: Tokens, version: str, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.version = version
        self.answered_version = ""
        self.answered_at: datetime | None = None
        self._channel = channel
        self._tokens = tokens
        self._sleep = sleep
        self._costs: dict[str, float] = {}

    def read(self, name: str, variables: Mapping[str, object] | None = None, *, act: str = "read") -> Answered:
        """Run the query ``name`` of ``operations.graphql``."""
        return self._run(name, document(name), variables or {}, act, write=False)

    def write(self, name: str, variables: Mapping[str, object], *, act: str) -> Answered:
        """Run the mutation ``name`` of ``operations.graphql``."""
        return self._run(name, document(name), variables, act, write=True)

    def write_together(self, name: str, text: str, variables: Mapping[str, object], *, act: str) -> Answered:
        """Run a document made by ``operations.together``."""
        return self._run(name, text, variables, act, write=True)

    def _run(self, name: str, text: str, variables: Mapping[str, object], act: str, *, write: bool) -> Answered:
        body = {"query": text, "operationName": name, "variables": dict(variables)}
        for attempt in range(1, THROTTLED_TRIES + 1):
            answer = self._send(name, body, act, write=write)
            reader = answer.read()
            errors = errors_in(reader)
            self._learn(name, reader)
            seconds = throttled_for(reader, errors)
            if seconds is None:
                return _answered(answer, reader, Answered(reader["data"], errors, act))
            count(API_THROTTLES, "shopify", "shop")  # answered with 200, so nobody else has noticed
            if seconds > LONGEST_WAIT or attempt == THROTTLED_TRIES:
                raise throttled(name, seconds)
            self._sleep(seconds)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _send(self, name: str, body: Mapping[str, object], act: str, *, write: bool) -> Answer:
        answer, token = self._post(name, body, write=write)
        if answer.status == UNAUTHORIZED and self._tokens.renew(token):
            answer, _ = self._post(name, body, write=write)
        if failure := turned_away(answer.status, act):
            raise failure
        self.answered_version = answer.headers.get("X-Shopify-API-Version", "")
        self.answered_at = _date(answer.headers.get("Date", ""))
        return answer

    def _post(self, name: str, body: Mapping[str, object], *, write: bool) -> tuple[Answer, str]:
        token = self._tokens.current()
        post = self._channel.write if write else self._channel.read
        answer = post(
            "POST",
            f"admin/api/{self.version}/graphql.json",
            body=body,
            headers={"X-Shopify-Access-Token": token},
            cost=self._costs.get(name, FIRST_COST),
        )
        return answer, token

    def _learn(self, name: str, body: Reader) -> None:
        """Believe what the shop says of its budget; an answer without it is as good as any other."""
        cost = body.get("extensions").get("cost")
        status = cost.get("throttleStatus")
        if cost.is_null or status.is_null or self._channel.budget is None:
            return
        took, actual = self._costs.get(name, FIRST_COST), cost.get("actualQueryCost")
        self._costs[name] = cost["requestedQueryCost"].number()
        self._channel.budget.learn(
            status["currentlyAvailable"].number(),
            status["maximumAvailable"].number(),
            status["restoreRate"].number(),
            unused=took - (0.0 if actual.is_null else actual.number()),
        )


def _answered(answer: Answer, body: Reader, answered: Answered) -> Answered:
    """Refuse an answer that holds no data at all; what is wrong with a part of it, only its reader can say."""
    if not body["data"].is_null:
        return answered
    answered.refuse()
    raise WrongRequestError(f"{answer.call} answered {answer.status} without data")


def _date(header: str) -> datetime | None:
    try:
        return parsedate_to_datetime(header)
    except (ValueError, TypeError):
        return None
