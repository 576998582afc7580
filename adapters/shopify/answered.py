"""What the Admin API answered: data and errors side by side, and what each error means for us.

GraphQL answers in part: a field that we may not read is null and explained among the errors, and all else is there.
So the data counts, and an error matters only where what it took away is needed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from adapters.reader import Reader
from connector.ports.failures import Failure, OwnerMustAct, TryLater
from connector.ports.sentence import N_, Sentence, quoted

_SCOPE = re.compile(r"\b(?:read|write)_[a-z_]+\b")
PASSING = frozenset({"INTERNAL_SERVER_ERROR", "TIMEOUT", "SHOP_UNAVAILABLE", "THROTTLED"})
# What is stopped, as what the app may not do.
ACTS = {act: act for act in (N_("read"), N_("push"), N_("notify"), N_("webhooks"), N_("amend"))}
DEFAULT_WAIT = 2.0  # seconds, where a throttled answer does not say how much is missing


class WrongRequestError(Exception):
    """The Admin API calls our request wrong: an error in this program or in the version it asks for."""


class TokenRefused(OwnerMustAct):
    """The shop does not know the access token, or no longer."""


class RightMissing(OwnerMustAct):
    """The shop answers, and does not let this app see or do one thing."""


class NoShop(OwnerMustAct):
    """Nothing that answers as an Admin API stands at the address."""


@dataclass(frozen=True, slots=True)
class ApiError:
    """One entry of ``errors``.  ``path`` leads to what is null because of it; empty: everything."""

    message: str
    code: str
    path: tuple[str, ...]
    scope: str  # the missing right, where the error names one

    def failure(self, act: str) -> Failure | WrongRequestError:
        if self.code == "ACCESS_DENIED":
            return access_denied(act, self.scope)
        if self.code in PASSING:
            return TryLater(
                Sentence("Shopify answered %(code)s: %(words)s", code=self.code, words=quoted(self.message))
            )
        return WrongRequestError(f"{self.code or 'error'} at {'.'.join(self.path) or 'the request'}: {self.message}")


@dataclass(frozen=True, slots=True)
class Answered:
    """``data`` with the paths of the whole answer; ``act``: what is paused where a right is missing."""

    data: Reader
    errors: tuple[ApiError, ...]
    act: str

    def need(self, *path: str) -> Reader:
        """The value at ``path``.  Raises the error that took it away; without one, null is what the shop means."""
        value = self.data
        for key in path:
            value = value.get(key)
        if value.is_null:
            self.refuse(*path)
        return value

    def refuse(self, *path: str) -> None:
        """Raise the error that took away what is at ``path``, if there is one.  Indexes count as text."""
        for error in self.errors:
            shorter = min(len(error.path), len(path))
            if error.path[:shorter] == path[:shorter]:
                raise error.failure(self.act)


def errors_in(body: Reader) -> tuple[ApiError, ...]:
    """The errors of an answer.  Shopify gives a list; where the request never reached GraphQL, one sentence."""
    errors = body["errors"]
    if errors.is_null:
        return ()
    if isinstance(errors.raw, str):
        return (ApiError(errors.text(), "", (), ""),)
    return tuple(_error(error) for error in errors)


def _error(error: Reader) -> ApiError:
    message = error["message"].text_or("")
    extensions = error.get("extensions")
    path = error["path"]
    required = extensions.get("requiredAccess").text_or("")
    scope = _SCOPE.search(required) or _SCOPE.search(message)
    return ApiError(
        message=message,
        code=extensions.get("code").text_or(""),
        path=() if path.is_null else tuple(str(step.raw) for step in path),
        scope=scope.group() if scope else "",
    )


def throttled_for(body: Reader, errors: tuple[ApiError, ...]) -> float | None:
    """Seconds until the same request would go through; None where it was not throttled."""
    if not any(error.code == "THROTTLED" for error in errors):
        return None
    cost = body.get("extensions").get("cost")
    status = cost.get("throttleStatus")
    asked = cost.get("requestedQueryCost")
    if asked.is_null or status.is_null:
        return DEFAULT_WAIT
    restore = max(status["restoreRate"].number(), 1.0)
    return max(0.0, asked.number() - status["currentlyAvailable"].number()) / restore


def throttled(call: str, seconds: float) -> TryLater:
    return TryLater(Sentence("Shopify throttled %(call)s", call=call), timedelta(seconds=seconds))


def access_denied(act: str, scope: str) -> RightMissing:
    return RightMissing(act, *_denied(act, scope))


def _denied(act: str, scope: str) -> tuple[str, str]:
    """The problem and what to do about it."""
    fix = Sentence(
        "Grant the app %(rights)s in the Dev Dashboard, release a new version of it, and accept the new rights in the "
        "shop's admin.",
        rights=scope or Sentence("the rights named in the guide"),
    )
    what = Sentence(ACTS[act]) if act in ACTS else act
    if not scope:
        return Sentence("Shopify does not let this app %(act)s.", act=what), fix
    return Sentence(
        "Shopify does not let this app %(act)s: the right %(scope)s is missing.", act=what, scope=scope
    ), fix


def turned_away(status: int, act: str) -> OwnerMustAct | None:
    """What a status says that no answer of GraphQL stands behind; None: read the body."""
    match status:
        case 401:
            return TokenRefused(
                act,
                Sentence("The shop no longer accepts the access token of this app."),
                Sentence("Install the app again, or enter its new token."),
            )
        case 402 | 423:
            return OwnerMustAct(
                act,
                Sentence("The shop is frozen or locked by Shopify."),
                Sentence("Settle what Shopify asks for in the shop's admin; then resume the store here."),
            )
        case 403:
            return OwnerMustAct(act, *_denied(act, ""))
        case 404:
            return NoShop(
                act,
                Sentence("There is no Admin API at this address."),
                Sentence("Check the shop's address (example.myshopify.com), and admin_url if it is set."),
            )
    return None
