"""Whether the service does its work, told apart by whose business it is.

A load balancer asks one thing: should this web process be sent requests?  It should as long as it can keep what the
shops send: the database is there and has the tables this program expects.  That nobody works on what is kept, or too
slowly, is worse for the shops, but taking the web processes away for it would lose webhooks on top, and WooCommerce
switches a webhook off at the seventh failure in a row.  So these are told as troubles, which an alert rings for, and
keep no request away.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta

from connector.ports.clock import Clock
from connector.ports.unit_of_work import Work

Check = Callable[[], str | None]
"""None: all is well.  Otherwise what is wrong, in words that may be shown to anybody."""

WORKING_ROLES = ("serve", "worker", "scheduler")
ENOUGH: Mapping[bool, Sequence[frozenset[str]]] = {
    False: (frozenset({"serve"}), frozenset({"scheduler"})),
    True: (frozenset({"serve"}), frozenset({"scheduler", "worker"})),
}
"""Who together does all the work; on a database of one machine, and on one of many."""


def database_answers(work: Work) -> Check:
    def check() -> str | None:
        with work(read_only=True) as uow:
            uow.processes.all()
        return None

    return check


def somebody_works(work: Work, clock: Clock, silent: timedelta, *, is_shared: bool) -> Check:
    """Whether enough processes gave a sign of life within ``silent``."""

    def check() -> str | None:
        with work(read_only=True) as uow:
            every = uow.processes.all()
        beats = {role: max((one.beat_at for one in every if one.role == role), default=None) for role in WORKING_ROLES}
        wanted = "`backorder scheduler`" + (" and `backorder worker`" if is_shared else "")
        if all(at is None for at in beats.values()):
            return f"nothing works on what comes in: start `backorder serve`, or {wanted}"
        oldest = clock() - silent
        alive = {role for role, at in beats.items() if at is not None and at >= oldest}
        if any(enough <= alive for enough in ENOUGH[is_shared]):
            return None
        missing = sorted(ENOUGH[is_shared][-1] - alive)
        return f"no {' and no '.join(missing)} gave a sign of life for {silent.total_seconds():.0f} seconds"

    return check


def inbox_keeps_up(work: Work, clock: Clock, late: timedelta, tended: Callable[[], Collection[str]]) -> Check:
    """Stores that are paused, or wait for their shop, are not held against us."""

    def check() -> str | None:
        now = clock()
        with work(read_only=True) as uow:
            since = uow.figures.inbox(now, tended()).ours_since
        if since is None or now - since <= late:
            return None
        return f"the oldest webhook has waited for {(now - since).total_seconds():.0f} seconds"

    return check
