"""Which stores there are, kept up to date at the price of one small question a second."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import structlog

from connector.domain.journal import Entry
from connector.known_stores.keyless import KEYS
from connector.known_stores.making import MISSING, SEALED, SETTINGS, UNFIT, Made, Rows, StoreMaker
from connector.ports.records import Origin, StoreRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext
from connector.settings import StoreSettings

log = structlog.get_logger()

LOOK_SECONDS = 1.0
"""How old what is known may be for those who work on stores."""
INTAKE_SECONDS = 60.0
"""How old it may be for the intake of deliveries, which also looks again when something does not fit."""
OUR_WORDS = frozenset({MISSING.said, SEALED.said, UNFIT.said})


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """``all``: those that are listed and worked on; ``tended``: also those of which only the inbox is read."""

    made: Mapping[str, Made] = field(default_factory=dict)
    revisions: Mapping[str, int] = field(default_factory=dict)
    all: Mapping[str, StoreContext] = field(default_factory=dict)
    tended: Mapping[str, StoreContext] = field(default_factory=dict)


class KnownStores:
    """All stores, of the config file and of the database, made anew where the revision of one has changed.

    What did not change stays the very same object.  Safe for many threads; each process has its own.
    """

    def __init__(self, maker: StoreMaker, ticks: Callable[[], float] = time.monotonic) -> None:
        self._maker = maker
        self._ticks = ticks
        self._lock = threading.Lock()
        self._looked_at: float | None = None
        self._blind = False
        self._now = _Snapshot()

    def all(self) -> Mapping[str, StoreContext]:
        """Every store that is connected.  One that cannot be worked on is among them, and its record says why
        (``stopped``); one that was disconnected and has no keys any more is not.
        """
        self._keep_up(LOOK_SECONDS)
        return self._now.all

    def tended(self) -> Mapping[str, StoreContext]:
        """The same and those that are disconnected: their shops still send privacy requests, which must be read."""
        self._keep_up(LOOK_SECONDS)
        return self._now.tended

    def settings(self, key: str) -> StoreSettings:
        """As they act now: the file's or the connection's, with the owner's choices above them.  KeyError."""
        self._keep_up(LOOK_SECONDS)
        return self._now.made[key].settings

    def from_file(self, key: str) -> StoreSettings | None:
        """As the config file has them; None for a store that is not in it."""
        return self._maker.from_file(key)

    def context(self, key: str, settings: StoreSettings) -> StoreContext:
        """The store as it would be with other settings, for a preview.  KeyError."""
        held = self._now.made[key].context
        return self._maker.context(settings, held.storefront, revision=held.revision, title=held.title)

    def secrets(self, platform: str, key: str) -> Sequence[str] | None:
        """What may sign deliveries of a store; None where there is no such store on the platform."""
        of_file = self._maker.from_file(key)
        if of_file is not None:
            return of_file.secrets() if of_file.platform == platform else None
        self._keep_up(INTAKE_SECONDS)
        if key not in self._now.made:
            self.look_again()
        made = self._now.made.get(key)
        if made is None or made.settings.platform != platform:
            return None
        return (*made.own_secrets, *self.app_secrets(platform))

    def app_secrets(self, platform: str) -> Sequence[str]:
        """What the platform's app of this installation signs with, for every store that is connected by it."""
        return self._maker.app_secrets(platform)

    def own_secrets(self, platform: str) -> Sequence[tuple[str, Sequence[str]]]:
        """Every store of a platform with what signs for it alone."""
        self._keep_up(INTAKE_SECONDS)
        return [(key, one.own_secrets) for key, one in self._now.made.items() if one.settings.platform == platform]

    def store_of_shop(self, platform: str, shop: str) -> str | None:
        """The store that is this shop, one that was disconnected where there is no other."""
        self._keep_up(INTAKE_SECONDS)
        found = [
            (one.gone, key)
            for key, one in self._now.made.items()
            if one.settings.platform == platform and one.shop == shop
        ]
        return min(found)[1] if found else None

    def is_of_app(self, key: str) -> bool:
        """Whether its owner connected it on a page."""
        made = self._now.made.get(key)
        return made is not None and made.app

    def refresh(self) -> None:
        """Look at once: something was changed just now.  Raises what the database does."""
        with self._lock:
            self._refresh()

    def look_again(self) -> bool:
        """Look at most once a second; whether anything is known now that was not before.  Never raises."""
        before = self._now
        self._keep_up(LOOK_SECONDS)
        return self._now is not before

    def _keep_up(self, seconds: float) -> None:
        """Look if the last look is so long ago.  A database that is away leaves us with what we know."""
        if self._looked_at is None:
            with self._lock:
                # Whoever waited here finds it done.
                if self._looked_at is None:
                    self._refresh()
            return
        if self._ticks() - self._looked_at < seconds or not self._lock.acquire(blocking=False):
            return
        try:
            self._refresh()
            self._blind = False
        except Exception:
            # Said once, not at every look.
            if not self._blind:
                log.exception("stores.not_read")
            self._blind = True
            self._looked_at = self._ticks()
        finally:
            self._lock.release()

    def _refresh(self) -> None:
        before = self._now
        with self._maker.work(read_only=True) as uow:
            revisions = self._revisions(uow)
            changed = [key for key, revision in revisions.items() if before.revisions.get(key) != revision]
            rows = [Rows.read(uow, key) or self._unwritten(key) for key in changed]
        made = {key: one for key, one in before.made.items() if key in revisions}
        for one in rows:
            key = one.record.key
            made.pop(key, None)
            fresh = self._made(one, before.made.get(key)) if self._concerns_us(one.record) else None
            if fresh is not None:
                made[key] = fresh
        if rows or len(revisions) != len(before.revisions):
            self._now = _snapshot({key: made[key] for key in revisions if key in made}, revisions)
        self._looked_at = self._ticks()
        for one in rows:
            if one.record.key in made:
                self._note(one.record, made[one.record.key])

    def _made(self, rows: Rows, before: Made | None) -> Made | None:
        """A row that nobody can make a store of is said and left out; a fault in the config file is raised."""
        try:
            return self._maker.make(rows, before)
        except Exception:
            if rows.record.origin is Origin.CONFIG:
                raise
            log.exception("store.not_made", store=rows.record.key)
            return None

    def _revisions(self, uow: UnitOfWork) -> dict[str, int]:
        """Of every store: those of the file in its order, then the others."""
        held = uow.stores.revisions()
        in_file = [store.key for store in self._maker.whole.stores]
        return {key: held.get(key, 0) for key in [*in_file, *(key for key in held if key not in in_file)]}

    def _unwritten(self, key: str) -> Rows:
        """A store of the file that the database does not know (yet)."""
        store = self._maker.from_file(key)
        return Rows(StoreRecord(key, store.platform if store else ""))

    def _concerns_us(self, record: StoreRecord) -> bool:
        """Not a store that was taken out of the config file, nor one whose platform is no part of the program."""
        return record.platform in self._maker.platforms and (
            record.origin is Origin.APP or self._maker.from_file(record.key) is not None
        )

    def _note(self, record: StoreRecord, made: Made) -> None:
        """Write down what the owner has to do, once, and that it is done."""
        if _stops(record, made) == record.stopped:
            return
        try:
            self._write_down(made)
        except Exception:
            log.exception("store.trouble_not_noted", store=record.key)

    def _write_down(self, made: Made) -> None:
        key, now = made.context.key, self._maker.clock()
        with self._maker.work() as uow:
            record = uow.stores.get(key)
            if record is None:
                return
            news = {act: said for act, said in made.trouble.items() if record.stopped.get(act) != said}
            facts = [{"act": act, "said": said} for act, said in news.items()]
            uow.journal.append(key, [Entry(now, "owner_must_act", facts=one) for one in facts])
            record.stopped = _stops(record, made)
            uow.stores.save(record)
            uow.commit()
        for act, said in news.items():
            log.error("store.stopped", store=key, act=act, problem=said)


def _snapshot(made: Mapping[str, Made], revisions: Mapping[str, int]) -> _Snapshot:
    return _Snapshot(
        made,
        revisions,
        MappingProxyType({key: one.context for key, one in made.items() if not one.gone}),
        MappingProxyType({key: one.context for key, one in made.items()}),
    )


def _stops(record: StoreRecord, made: Made) -> dict[str, str]:
    """What stops the store, with what is found now in place of what was found before; others have their say too."""
    others = {
        act: said for act, said in record.stopped.items() if act != SETTINGS and not (act == KEYS and said in OUR_WORDS)
    }
    return others | dict(made.trouble)
