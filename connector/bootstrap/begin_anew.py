"""What a start has to do anew.  Everything was planned before, so only what plans follow from is asked for: a restart
with the same settings plans nothing, however many variants there are.

What time alone changes is no matter of a start: each pool names the day on which it is to be planned again
(``PoolRecord.replan_on``), and days that passed while nobody worked are found as any other.  What the shop says is
neither: it marks what it concerns in its own transaction.  What is remembered of the settings lies beside the plans
that were made with them, so a database that was restored remembers those of its own plans.  Only a clock that was wrong
leaves plans that wait for the wrong day.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Mapping
from datetime import datetime
from importlib.metadata import version

import adapters
from connector.bootstrap.service import VERSION, Service
from connector.jobs.schedule import is_set_back
from connector.ports.unit_of_work import UnitOfWork
from connector.ports.vault import Vault
from connector.services.plan import PLANNING
from connector.services.steer import plan_again
from connector.settings import StoreSettings

SERVED = "served settings"
HOLIDAYS = version("holidays")
MIXED = ""
"""In place of the digests: nobody knows with which settings the plans of a store were made, so the next start plans."""


def begin_anew(
    service: Service, came: Collection[str], changed: Collection[str] = (), *, anyway: bool = False
) -> Collection[str]:
    """``connector.jobs.schedule.Begun``."""
    with service.work(read_only=True) as uow:
        served = uow.served.all()
        anyway = anyway or _was_ahead(uow, service.clock())
    others: list[str] = []
    for key in came:
        before, now = served.get(key, MIXED), _digests(service, key)
        if anyway or before != now:
            with service.work() as uow:
                if anyway or _of_plans(before) != _of_plans(now):
                    plan_again(uow, key, service.clock())
                uow.served.save(key, now)
                uow.commit()
        others += [key] * (before != now)
    _remember(service, {key: served[key] for key in changed if served.get(key, MIXED) != MIXED})
    return others


def _was_ahead(uow: UnitOfWork, now: datetime) -> bool:
    """Whether a process of ours says that it was there at a time that is still to come: what was planned by that clock
    waits for days that are further away than they should be.
    """
    return any(is_set_back(now, process.beat_at) for process in uow.processes.all())


def _remember(service: Service, served: Mapping[str, str]) -> None:
    """Whoever changed settings while they were served marked in the same transaction what that concerns (``steer``)."""
    for key, before in served.items():
        now = _digests(service, key)
        if before != now:
            with service.work() as uow:
                uow.served.save(key, now)
                uow.commit()


def plan_aside(service: Service, key: str) -> None:
    """To be called before anybody plans a store who does not serve it: a command may have been given another config."""
    with service.work() as uow:
        before = uow.served.all().get(key, MIXED)
        if before != MIXED and _of_plans(before) != _of_plans(_digests(service, key)):
            uow.served.save(key, MIXED)
            uow.commit()


def digests_of(settings: StoreSettings, vault: Vault) -> str:
    """Two words: one tells every setting and key from others, and one version of the program from the next; the other
    only what plans follow from.  Keys that are renewed every hour must not have a million variants planned again.

    The settings themselves, keys among them, cannot be read from it.
    """
    plain, public = repr(settings.model_dump(exclude={"options", "webhook_secrets"})), _public_options(settings)
    secret = repr((settings.secrets(), sorted(settings.plain_options().items())))
    everything = hmac.digest(vault.derive(SERVED), repr((VERSION, plain, secret)).encode(), "sha256").hex()
    plans = hashlib.sha256(repr((VERSION, PLANNING, HOLIDAYS, plain, public)).encode()).hexdigest()
    return f"{everything} {plans}"


def _digests(service: Service, key: str) -> str:
    return digests_of(service.known.settings(key), service.vault)


def _public_options(settings: StoreSettings) -> list[tuple[str, object]]:
    """The platform's own settings as far as they are its owner's, and no keys."""
    options, fields = settings.plain_options(), adapters.manifest(settings.platform).settings
    return [(one.key, options.get(one.key)) for one in fields if one.kind != "secret"]


def _of_plans(digests: str) -> str:
    return digests.partition(" ")[2]
