"""What every resolver is handed, and the ways it refuses."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLError

from adapters.shopify.sandbox.bulk import Bulk
from adapters.shopify.sandbox.jobs import Jobs
from adapters.shopify.sandbox.store import Store
from adapters.shopify.sandbox.webhooks import Outbox

Args = dict[str, Any]
Payload = Mapping[str, Any]
UserErrors = list[dict[str, object]]
CURRENT = "2026-10"
SUPPORTED = ("2026-01", "2026-04", "2026-07", "2026-10", "2027-01", "unstable")
"""Versions served, oldest first; an older one falls forward to the oldest, as the platform does."""


@dataclass
class Call:
    """One request being carried out, with the shop around it."""

    store: Store
    outbox: Outbox
    jobs: Jobs
    bulk: Bulk
    version: str = CURRENT
    base_url: str = ""
    allow_http_webhooks: bool = False
    client_id: str = ""
    uninstall: Callable[[], None] = lambda: None  # the shop's own
    replays: dict[tuple[str, str], tuple[str, object]] = field(default_factory=dict)  # the shop's, by mutation and key
    searches: list[dict[str, object]] = field(default_factory=list)


Resolver = Callable[[Any, Args, Call], object]
Root = Callable[[Call, Args], object]


def user_error(path: Sequence[str] | None, message: str, code: str | None = None) -> dict[str, object]:
    return {"field": None if path is None else list(path), "message": message, "code": code}


def refused(*errors: dict[str, object], **rest: object) -> Payload:
    """A payload that did nothing and says why."""
    return {**rest, "userErrors": list(errors)}


def done(**rest: object) -> Payload:
    return {**rest, "userErrors": []}


def access_denied(what: str, scope: str) -> GraphQLError:
    wanted = f"`{scope}` access scope."
    return GraphQLError(
        f"Access denied for {what} field. Required access: {wanted}",
        extensions={
            "code": "ACCESS_DENIED",
            "documentation": "https://shopify.dev/api/usage/access-scopes",
            "requiredAccess": wanted,
        },
    )


def not_approved(name: str) -> GraphQLError:
    """Protected customer data, level 2, asked for by an app that Shopify has not approved for it."""
    return GraphQLError(
        f"This app is not approved to use the {name} field. See https://shopify.dev/docs/apps/launch/protected-customer-data"
        " for more details.",
        extensions={"code": "ACCESS_DENIED", "documentation": "https://shopify.dev/api/usage/access-scopes"},
    )


def granted(store: Store, scope: str) -> bool:
    """A right to write is a right to read."""
    return scope in store.scopes or scope.replace("read_", "write_", 1) in store.scopes


def only(given: Mapping[str, Any], known: Collection[str], what: str) -> None:
    """Refuse loudly an input this sandbox would otherwise ignore in silence."""
    foreign = sorted(key for key in given if key not in known and given[key] is not None)
    if foreign:
        raise GraphQLError(f"The sandbox does not play {what}.{foreign[0]}", extensions={"code": "NOT_IN_SANDBOX"})
