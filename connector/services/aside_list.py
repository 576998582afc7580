"""What is set aside, in words: for the owner's page and for the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connector.ports.aside import AsideRecord, Task
from connector.ports.unit_of_work import UnitOfWork
from connector.services.sentences import ENGLISH, N_, Say, voice

MANY = 100
"""Shown at once, the oldest first."""
MOST_NAMES = 3
WORDS: Mapping[Task, str] = {
    Task.ORDER: N_("order %(name)s could not be taken over from the shop"),
    Task.PRODUCT: N_("product %(name)s could not be taken over from the shop"),
    Task.POOL: N_("the stock of %(name)s could not be taken over from the shop"),
    Task.CATALOGUE: N_("the list of all products could not be read"),
    Task.TELL: N_("the news of order %(name)s could not be written down"),
    Task.INVITE: N_("the restock list of %(name)s could not be gone on with"),
    Task.LISTED: N_("an entry of a restock list could not be dealt with"),
    Task.PRIVACY: N_("privacy request %(name)s could not be answered"),
}
"""Order and product by what their owner calls them."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """``attempts``: how often it failed; ``next_at``: when it is tried again by itself."""

    what: str
    why: str
    attempts: int
    since: datetime
    next_at: datetime


def set_aside_list(uow: UnitOfWork, store: str, say: Say = ENGLISH, limit: int = MANY) -> list[SetAside]:
    speak = voice(say)
    rows = uow.aside.find(store, limit)
    names = _names(uow, store, rows)
    return [
        SetAside(
            speak(WORDS[one.task], name=names.get((one.task, one.id), one.id)),
            speak.again(one.why),
            one.attempts,
            one.since,
            one.next_at,
        )
        for one in rows
    ]


def _names(uow: UnitOfWork, store: str, rows: Sequence[AsideRecord]) -> dict[tuple[Task, str], str]:
    """What people know them by, as far as that is known."""
    orders = uow.orders.get(store, [one.id for one in rows if one.task in {Task.ORDER, Task.TELL}])
    products = uow.catalogue.of_products(store, [one.id for one in rows if one.task is Task.PRODUCT])
    drawing = uow.catalogue.of_pools(store, [one.id for one in rows if one.task in {Task.POOL, Task.INVITE}])
    names: dict[tuple[Task, str], str] = {}
    for one in rows:
        if one.task in {Task.ORDER, Task.TELL} and one.id in orders:
            names[one.task, one.id] = orders[one.id].number
        of_product = [variant for variant in products if one.task is Task.PRODUCT and variant.product_id == one.id]
        of_pool = [variant for variant in drawing if one.task in {Task.POOL, Task.INVITE} and variant.pool_id == one.id]
        known = [variant.sku or variant.title for variant in [*of_product, *of_pool]]
        if any(known):
            names[one.task, one.id] = ", ".join(list(dict.fromkeys(filter(None, known)))[:MOST_NAMES])
    return names
