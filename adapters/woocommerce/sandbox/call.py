"""One API call and its answer, as the handlers see them; no HTTP library here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from adapters.woocommerce.sandbox.core import Core
from adapters.woocommerce.sandbox.errors import RestError
from adapters.woocommerce.sandbox.listing import Listed
from adapters.woocommerce.sandbox.records import Body, Order, Product

BATCH_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Call:
    """``url`` is the address without its query; ``query`` and ``fields`` (the JSON body) stay apart."""

    core: Core
    method: str
    url: str
    query: Mapping[str, object]
    fields: Body

    @property
    def force(self) -> bool:
        """Whether a DELETE is meant for good."""
        return str({**self.query, **self.fields}.get("force", "")).lower() in {"true", "1"}


@dataclass(frozen=True, slots=True)
class Answer:
    """``pings``: webhooks to greet once the lock is free, before the caller gets his answer."""

    body: object
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    pings: tuple[int, ...] = ()


Handler = Callable[..., Answer]  # a Call, then the ids in the path


def created(body: Body) -> Answer:
    location = body["_links"]["self"][0]["href"]
    return Answer(body, 201, {"Location": location})


def paged(
    call: Call, found: Listed[Product] | Listed[Order], bodies: list[Body], *, total: int | None = None
) -> Answer:
    """A page with its counts; the next and previous addresses repeat the whole query, OAuth parameters and all."""
    said = found.total if total is None else total
    headers = {"X-WP-Total": str(said), "X-WP-TotalPages": str(-(-said // found.per_page))}
    links = []
    if found.page > 1 and found.pages:
        links.append(_link(call, min(found.page - 1, found.pages), "prev"))
    if found.page < found.pages:
        links.append(_link(call, found.page + 1, "next"))
    if links:
        headers["Link"] = ", ".join(links)
    return Answer(bodies, headers=headers)


def batch(
    call: Call,
    create: Callable[[Body], Body],
    update: Callable[[Body], Body],
    delete: Callable[[int], Body],
) -> Answer:
    """At most 100 items in all; each fails by itself, in its place, and the answer is 200 whatever becomes of them."""
    lists = {name: rows for name in ("create", "update", "delete") if isinstance(rows := call.fields.get(name), list)}
    if sum(len(rows) for rows in lists.values()) > BATCH_LIMIT:
        message = f"Unable to accept more than {BATCH_LIMIT} items for this request."
        raise RestError(413, "woocommerce_rest_request_entity_too_large", message)
    answer: dict[str, Sequence[object]] = {}
    if lists.get("create"):
        answer["create"] = [_try(create, _fields(one), 0) for one in lists["create"]]
    if lists.get("update"):
        answer["update"] = [_try(update, _fields(one), _fields(one).get("id")) for one in lists["update"]]
    if lists.get("delete"):
        answer["delete"] = [_try(delete, int(one), int(one)) for one in lists["delete"] if str(one).isdigit()]
    return Answer(answer or [])


def _try(act: Callable[..., Body], what: object, item_id: object) -> Body:
    try:
        return act(what)
    except RestError as error:
        return {"id": item_id, "error": error.body}


def _fields(one: object) -> Body:
    return one if isinstance(one, dict) else {}


def _link(call: Call, page: int, name: str) -> str:
    return f'<{call.url}?{urlencode({**call.query, "page": page})}>; rel="{name}"'
