"""An owner's choices on the pages: rows that stand above the config file (``uow.steering``).

A choice, the new revision, its journal entry and what must be planned again are one transaction.  Whoever still works
with the settings of an older revision plans and pushes nothing with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connector.domain.impersonal import impersonal_values
from connector.domain.journal import Entry
from connector.ports.accounts import Steered
from connector.ports.records import StoreRecord
from connector.ports.unit_of_work import UnitOfWork, Work

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "policy": ("policy", "rules"),
    "texts": ("messages",),
    "shop": ("push", "timezone", "language", "notices"),
    "promise": ("dates", "suppliers", "law", "shopper", "channels", "quiet", "mail", "restock", "origins"),
}
"""What each section decides, by the keys of ``StoreSettings``."""

BY_KEY = frozenset({"shop"})
"""Sections that decide only the keys they name; the others stand for all of theirs."""


class Outdated(Exception):  # noqa: N818 -- it says what happened
    """Somebody else saved meanwhile.  ``revision`` is the store's now."""

    def __init__(self, revision: int) -> None:
        super().__init__(f"The settings were changed meanwhile (revision {revision}).")
        self.revision = revision


def overlaid(table: Mapping[str, Any], steered: Mapping[str, Steered]) -> dict[str, Any]:
    """A store's table of the config with its owner's choices above it, for ``StoreSettings.model_validate``."""
    settings = dict(table)
    for section, keys in SECTIONS.items():
        if section not in steered:
            continue
        value = steered[section].value
        if section not in BY_KEY:
            for key in keys:
                settings.pop(key, None)
        settings.update({key: value[key] for key in keys if key in value})
    return settings


def steer(
    store_key: str,
    work: Work,
    section: str,
    value: Mapping[str, Any],
    *,
    by: str,
    now: datetime,
    replan: bool,
    expected_revision: int | None = None,
) -> int:
    """Save one section as ``value``, which the caller has validated; the revision that holds it.

    ``replan``: have every pool planned again, which is what a change of policy, texts, language, time zone or ``push``
    asks for.  ``expected_revision``: the one that the choice was made from; raises ``Outdated`` where it is not the
    newest.  A value that is the same as before changes nothing.  KeyError for an unknown section or store.
    """
    with work() as uow:
        record = _store(uow, store_key, section, expected_revision)
        before = uow.steering.get(store_key).get(section)
        if before is not None and dict(before.value) == dict(value):
            return record.revision
        uow.steering.save(store_key, Steered(section, value, now, by))
        return _changed(uow, record, section, before, value, by=by, now=now, replan=replan)


def unsteer(
    store_key: str,
    work: Work,
    section: str,
    *,
    by: str,
    now: datetime,
    replan: bool,
    expected_revision: int | None = None,
) -> int:
    """Drop a section, so that the config file (or what we ship) holds again; the revision that does so."""
    with work() as uow:
        record = _store(uow, store_key, section, expected_revision)
        before = uow.steering.get(store_key).get(section)
        if before is None:
            return record.revision
        uow.steering.drop(store_key, section)
        return _changed(uow, record, section, before, {}, by=by, now=now, replan=replan)


def plan_again(uow: UnitOfWork, store: str, now: datetime) -> None:
    """Have everything planned again: the settings may say something else than before.

    What comes out the same is written nowhere and pushed nowhere.  Where somebody waits it is confirmed again too:
    while a store was not to be written to (``push = false``), nobody was told anything.
    """
    uow.pools.redirty(store, None, now)
    waited_for = uow.catalogue.get(store, uow.orders.waiting_totals(store).keys())
    uow.pools.touch(store, sorted({variant.pool_id for variant in waited_for.values()}), now)


def _store(uow: UnitOfWork, store_key: str, section: str, expected: int | None) -> StoreRecord:
    if section not in SECTIONS:
        raise KeyError(section)
    record = uow.stores.get(store_key)
    if record is None:
        raise KeyError(store_key)
    if expected is not None and record.revision != expected:
        raise Outdated(record.revision)
    return record


def _changed(
    uow: UnitOfWork,
    record: StoreRecord,
    section: str,
    before: Steered | None,
    value: Mapping[str, Any],
    *,
    by: str,
    now: datetime,
    replan: bool,
) -> int:
    record.revision += 1
    uow.stores.save(record)
    # Kept as values: the journal's reader gets them in words, in a language of their own.
    was, becomes = (impersonal_values(dict(one)) for one in (before.value if before else {}, value))
    facts = {"section": section, "by": by, "was": was, "becomes": becomes}
    uow.journal.append(record.key, [Entry(now, "steered", facts=facts)])
    if replan:
        plan_again(uow, record.key, now)
    uow.commit()
    return record.revision
