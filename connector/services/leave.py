"""A store is disconnected: the flags are put back where that was asked for, our webhooks are taken away, the keys are
given back and forgotten, and its owner is signed out.

Each step may be cut off and is then done again; what a step cannot do is written down for the owner to do by hand, so
that a shop which does not answer, or keys which are dead already, keep nobody from leaving.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from connector.domain.journal import Entry
from connector.ports.failures import Failure, TryLater, Unreadable
from connector.ports.records import Leaving, StoreRecord
from connector.ports.sentence import N_, Sentence, in_a_row
from connector.ports.unit_of_work import Work
from connector.ports.vault import Unopenable, Vault
from connector.services.context import StoreContext
from connector.services.keys import Keys, read_keys
from connector.services.put_back import FLAGS, put_back
from connector.services.sentences import kept

log = structlog.get_logger()

GIVE_UP = timedelta(hours=24)
"""How long a shop that does not answer is asked again before its owner is left to do the rest by hand."""

ASKED = "leave asked"
"""The beat that says since when the store is being disconnected."""
WEBHOOKS = "webhooks"
BY_HAND = {
    "leave flags": N_("Not every flag could be put back as it was found: %(why)s Look at them at the shop."),
    "leave webhooks": N_("Our webhooks could not be taken away: %(why)s Delete them at the shop."),
    "leave keys": "%(why)s",
}
"""What is left to be done, among the ``stopped`` of a store, by step."""
IN_THE_CONFIG = Sentence(
    "Its keys stand in the config file: take its [[stores]] table out, and delete the keys at the shop."
)
SEALED = Sentence("The keys could not be opened to give them back: delete them at the shop.")
NO_ANSWER = N_("the shop did not answer for a day (%(why)s).")

RemoveWebhooks = Callable[[], int]
Revoke = Callable[[Mapping[str, Any]], str]


def ask_to_leave(work: Work, store_key: str, *, put_back: bool, by: str, now: datetime) -> None:
    """Have a store disconnected; the scheduler does it.  ``put_back``: the flags are made what they were before us.

    From now on nothing else is planned, pushed or told there.  KeyError for an unknown store.
    """
    with work() as uow:
        record = uow.stores.get(store_key)
        if record is None:
            raise KeyError(store_key)
        wanted = Leaving.PUT_BACK if put_back else Leaving.KEEP
        if record.gone_at is not None or record.leaving is wanted:
            return
        record.leaving = wanted
        record.beats.setdefault(ASKED, now)
        record.wait_until, record.failures = None, 0
        uow.stores.save(record)
        uow.journal.append(store_key, [Entry(now, "leaving", facts={"by": by, "put_back": put_back})])
        uow.commit()


def leave(store: StoreContext, *, remove_webhooks: RemoveWebhooks, revoke: Revoke, vault: Vault) -> int:
    """Do what is left to do; how many things were done.  Raises ``TryLater`` or ``Unreadable`` where it must wait.

    ``revoke`` is given the options that the keys are, and answers with what the owner has to do by hand.
    """
    done = 0
    if _is_left(store, Leaving.PUT_BACK):
        done += _step(store, "leave flags", lambda: put_back(store))
    if _is_left(store) and WEBHOOKS not in _record(store).progress:
        done += _step(store, "leave webhooks", lambda: _remove_webhooks(store, remove_webhooks))
    if _is_left(store):
        _step(store, "leave keys", lambda: _revoke(store, revoke, vault))
        done += _end(store)
    return done


def _is_left(store: StoreContext, how: Leaving | None = None) -> bool:
    """Asked before each step: an owner who connects the store again in the middle keeps it."""
    leaving = _record(store).leaving
    return leaving is not Leaving.NO if how is None else leaving is how


def _record(store: StoreContext) -> StoreRecord:
    with store.work(read_only=True) as uow:
        return uow.stores.get(store.key) or StoreRecord(store.key, store.platform.name)


def _step(store: StoreContext, name: str, step: Callable[[], int]) -> int:
    """Do a step, or note what it leaves to be done by hand."""
    _note(store, name, "")
    try:
        return step()
    except (TryLater, Unreadable) as failure:
        asked_at = _record(store).beats.get(ASKED, store.clock())
        if store.clock() - asked_at < GIVE_UP:
            raise
        _note(store, name, Sentence(NO_ANSWER, why=failure.said))
    except Failure as failure:
        _note(store, name, failure.said)
    return 0


def _note(store: StoreContext, name: str, why: str) -> None:
    """What is left of a step to be done by hand; ``why`` is empty where that is nothing (yet)."""
    if not why and name not in _record(store).stopped:
        return
    with store.work() as uow:
        record = uow.stores.get(store.key)
        if record is not None:
            record.stopped.pop(name, None)
            if why:
                record.stopped[name] = Sentence(BY_HAND[name], why=why)
                log.warning("store.left_by_hand", store=store.key, step=name, why=why)
            uow.stores.save(record)
            uow.commit()


def _remove_webhooks(store: StoreContext, remove: RemoveWebhooks) -> int:
    removed = remove()
    with store.work() as uow:
        record = uow.stores.get(store.key)
        if record is not None:
            record.progress = {**record.progress, WEBHOOKS: {"seen": removed}}
            uow.stores.save(record)
            uow.commit()
    return removed


def _revoke(store: StoreContext, revoke: Revoke, vault: Vault) -> int:
    keys, trouble = _keys(store, vault)
    said = revoke(keys.options) if keys is not None else trouble
    if said:
        _note(store, "leave keys", said)
    return 0


def _keys(store: StoreContext, vault: Vault) -> tuple[Keys | None, str]:
    """The keys, or what the owner has to do because we cannot give them back."""
    with store.work(read_only=True) as uow:
        record = uow.stores.get(store.key)
        if record is None or record.leaving is Leaving.NO:
            return None, ""  # connected again in this very moment: these are other keys
        try:
            keys = read_keys(uow, vault, store.key)
        except Unopenable:
            return None, SEALED
    return keys, IN_THE_CONFIG if keys is None else ""


def _end(store: StoreContext) -> int:
    """Forget the keys, and be gone."""
    now = store.clock()
    with store.work() as uow:
        record = uow.stores.get(store.key)
        if record is None or record.leaving is Leaving.NO:
            return 0
        flags = record.progress.get(FLAGS, {})
        facts = {
            "asked": record.leaving is Leaving.PUT_BACK,
            "put_back": flags.get("seen", 0),
            "not_put_back": flags.get("refused", 0),
            "webhooks": record.progress.get(WEBHOOKS, {}).get("seen", 0),
            **kept("by_hand", in_a_row(record.stopped[name] for name in BY_HAND if name in record.stopped)),
        }
        uow.credentials.forget(store.key)
        uow.sessions.end_all(store.key)
        record.gone_at, record.leaving = now, Leaving.NO
        record.revision += 1
        # Nothing is called any more, so nothing else is the owner's to mend.
        record.stopped = {name: said for name, said in record.stopped.items() if name in BY_HAND}
        record.wait_until, record.failures = None, 0
        uow.stores.save(record)
        uow.journal.append(store.key, [Entry(now, "left", facts=facts)])
        uow.commit()
    log.info("store.left", store=store.key, by_hand=facts["by_hand"])
    return 1
