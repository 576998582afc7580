"""Who decides what runs when, among all processes on one database.

The leader holds a lock of PostgreSQL that belongs to a connection: the server gives it to another the moment that
connection ends, however it ends.  A leader that is paused says nothing, so the server ends its connection after
``SILENT_SECONDS``; one that finds its connection gone leads no more.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    import psycopg

log = structlog.get_logger()

LOOK_SECONDS = 1.0
"""How often the leader says that it is there, and the others ask whether it still is."""
SILENT_SECONDS = 10
SURE_SECONDS = 3.0
"""A leader that has not heard from the server for so long, was paused itself perhaps: it asks first."""
NAME = "backorder: who leads"
"""No key of a store is written so: their locks lie beside this one."""
_OLDEST_WITH_IDLE_TIMEOUT = 140_000


class NotLeading(Exception):  # noqa: N818 -- it says what is the case
    """Another process leads, or the database is away."""


class Leadership:
    """Tries to lead from ``start`` to ``stop``, in a thread of its own.

    ``arguments``: the driver's own, to connect with; ``on_lead`` is called in that thread with the connection each time
    this process begins to lead.
    """

    def __init__(
        self,
        arguments: Mapping[str, Any],
        *,
        on_lead: Callable[[psycopg.Connection[Any]], None] = lambda _connection: None,
        every: float = LOOK_SECONDS,
    ) -> None:
        self._arguments = dict(arguments)
        self._on_lead = on_lead
        self._every = every
        self._connection: psycopg.Connection[Any] | None = None
        self._leads = False
        self._sure_at = 0.0
        self._blind = False
        self._stopped = threading.Event()
        self._looked = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="leadership", daemon=True)

    @property
    def leads(self) -> bool:
        return self._leads and time.monotonic() - self._sure_at < SURE_SECONDS

    def connection(self) -> psycopg.Connection[Any]:
        """The one that makes us lead: what is done on it is done by the leader, or fails.  Raises ``NotLeading``."""
        connection = self._connection
        if connection is None or not self.leads:
            raise NotLeading
        return connection

    def start(self) -> None:
        """Return once it is known whether we lead."""
        self._thread.start()
        self._looked.wait()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(SILENT_SECONDS)
        self._end()

    def _go_on(self) -> None:
        while not self._stopped.is_set():
            self._look()
            self._looked.set()
            self._stopped.wait(self._every)

    def _look(self) -> None:
        import psycopg  # noqa: PLC0415 -- not there where the database is a file

        try:
            connection = self._connection or self._connect()
            # The server begins to count our silence no sooner than here, however long its answer then lies unread.
            asked_at = time.monotonic()
            if self._leads:
                connection.execute("SELECT 1")
            elif self._take(connection):
                self._on_lead(connection)
                self._leads = True
                log.info("leadership.taken")
            self._sure_at = asked_at
            self._blind = False
        except psycopg.Error as error:
            if self._leads:
                log.warning("leadership.lost", cause=type(error).__name__)
            elif not self._blind:
                log.warning("leadership.database_away", cause=type(error).__name__)
            self._blind = True
            self._end()

    def _connect(self) -> psycopg.Connection[Any]:
        import psycopg  # noqa: PLC0415 -- as above

        # Short, so that the next one can lead soon: for us, and for the server's own end of the connection.
        soon = {"connect_timeout": 5, "keepalives_idle": 5, "keepalives_interval": 2, "tcp_user_timeout": 8000}
        connection = psycopg.connect(**{**self._arguments, **soon}, autocommit=True)
        self._connection = connection
        settings = {"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "2"}
        if connection.info.server_version >= _OLDEST_WITH_IDLE_TIMEOUT:
            settings["idle_session_timeout"] = f"{SILENT_SECONDS}s"
        for name, value in settings.items():
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))
        return connection

    def _take(self, connection: psycopg.Connection[Any]) -> bool:
        row = connection.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (NAME,)).fetchone()
        return row is not None and bool(row[0])

    def _end(self) -> None:
        connection, self._connection, self._leads = self._connection, None, False
        if connection is not None:
            connection.close()
