"""One transaction, and everything that can be done in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from types import TracebackType
from typing import Self

from sqlalchemy import Engine

from connector.ports import accounts, aside, backlog, figures, history, operating, promising, restocking, tracing
from connector.ports import unit_of_work as ports
from connector.storage.amendments import SqlAmendments
from connector.storage.aside import SqlAside
from connector.storage.backlog import SqlBacklog
from connector.storage.bodies import PLAIN, Bodies
from connector.storage.catalogue import SqlCatalogue
from connector.storage.credentials import SqlCredentials
from connector.storage.deliveries import SqlDeliveries
from connector.storage.due import read_due
from connector.storage.figures import SqlFigures
from connector.storage.history import SqlHistory
from connector.storage.job_runs import SqlJobRuns
from connector.storage.journal import SqlJournal
from connector.storage.messages import SqlMessages
from connector.storage.notices import SqlNotices
from connector.storage.operating import SqlBuckets, SqlLimits, SqlProcesses, SqlServed, SqlTurns
from connector.storage.orders import SqlOrders
from connector.storage.passes import SqlPasses
from connector.storage.pools import SqlPools
from connector.storage.privacy import SqlPrivacy
from connector.storage.promises import SqlPromises
from connector.storage.repository import Scope
from connector.storage.rereads import SqlRereads
from connector.storage.restock import SqlRestock
from connector.storage.sessions import SqlSessions
from connector.storage.showings import SqlShowings
from connector.storage.steering import SqlSteering
from connector.storage.stores import SqlStores
from connector.storage.supplies import SqlSupplies
from connector.storage.traces import SqlTraces


class SqlUnitOfWork:
    """``ports.unit_of_work.UnitOfWork`` on a database; made by ``Database.work``.

    The transaction begins with the first query.  After a ``commit`` the next query begins another one.
    """

    deliveries: ports.Deliveries
    rereads: ports.Rereads
    aside: aside.Aside
    orders: ports.Orders
    catalogue: ports.Catalogue
    pools: ports.Pools
    supplies: ports.Supplies
    showings: ports.Showings
    notices: ports.Notices
    journal: ports.Journal
    stores: ports.Stores
    credentials: accounts.Credentials
    steering: accounts.Steering
    sessions: accounts.Sessions
    passes: accounts.Passes
    job_runs: history.JobRuns
    history: history.History
    backlog: backlog.Backlog
    promises: promising.Promises
    amendments: promising.Amendments
    messages: promising.Messages
    restock: restocking.Restock
    turns: operating.Turns
    served: operating.Served
    buckets: operating.Buckets
    limits: operating.Limits
    processes: operating.Processes
    privacy: operating.Privacy
    traces: tracing.Traces
    figures: figures.Figures

    def __init__(self, engine: Engine, *, writes: bool = True, bodies: Bodies = PLAIN) -> None:
        self._engine = engine
        self._bodies = bodies
        self._writes = writes

    def __enter__(self) -> Self:
        self._scope = scope = Scope(self._engine.connect(), writes=self._writes)
        self.deliveries = SqlDeliveries(scope, self._bodies)
        self.rereads = SqlRereads(scope)
        self.aside = SqlAside(scope)
        self.orders = SqlOrders(scope)
        self.catalogue = SqlCatalogue(scope)
        self.pools = SqlPools(scope)
        self.supplies = SqlSupplies(scope)
        self.showings = SqlShowings(scope)
        self.notices = SqlNotices(scope)
        self.journal = SqlJournal(scope)
        self.stores = SqlStores(scope)
        self.credentials = SqlCredentials(scope)
        self.steering = SqlSteering(scope)
        self.sessions = SqlSessions(scope)
        self.passes = SqlPasses(scope)
        self.job_runs = SqlJobRuns(scope)
        self.history = SqlHistory(scope)
        self.backlog = SqlBacklog(scope)
        self.promises = SqlPromises(scope)
        self.amendments = SqlAmendments(scope)
        self.messages = SqlMessages(scope)
        self.restock = SqlRestock(scope)
        self.turns = SqlTurns(scope)
        self.served = SqlServed(scope)
        self.buckets = SqlBuckets(scope)
        self.limits = SqlLimits(scope)
        self.processes = SqlProcesses(scope)
        self.privacy = SqlPrivacy(scope)
        self.traces = SqlTraces(scope)
        self.figures = SqlFigures(scope)
        return self

    def due(self, now: datetime, *, settle: timedelta, today: Callable[[str], date]) -> Sequence[ports.Due]:
        return read_due(self._scope.connection, now, settle, today)

    def commit(self) -> None:
        self._scope.commit()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and not self._writes:
            # The same for the database; but after a rollback PostgreSQL's driver prepares every statement anew.
            self._scope.connection.commit()
        self._scope.connection.close()  # undoes what was not committed
