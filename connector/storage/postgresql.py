"""How we connect to PostgreSQL: what must hold when a machine, a network or the server itself goes away."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from connector.ports.failures import OwnerMustAct

CONNECTIONS = 15
"""How many a process keeps at most, where nothing says how many it needs."""
MORE = 5
"""What a process may take beyond that for a moment."""
POOL_SECONDS = 30.0
"""How long a thread waits for one of them before it fails."""
IDLE_SECONDS = 60
"""A transaction in which nothing happens for so long belongs to a process that was paused or cut off.  Our own do
nothing but talk to the database, so it is undone, and its locks are given to those who wait for them.
"""
GONE: dict[str, int] = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""libpq's: a server that vanished without a word is noticed after half a minute, not after the system's two hours."""


def arguments(url: URL) -> dict[str, Any]:
    """What stands in the address keeps its say."""
    return {name: value for name, value in GONE.items() if name not in url.query}


def postgresql_engine(url: URL, connections: int) -> Engine:
    """``connections``: how many are kept at most; they are made as they are needed."""
    try:
        engine = create_engine(
            url,
            hide_parameters=True,  # an error that quotes them would put orders and bodies into the log
            pool_pre_ping=True,
            pool_size=connections,
            max_overflow=MORE,
            pool_timeout=POOL_SECONDS,
            connect_args=arguments(url),
        )
    except ImportError:
        fix = "Install it: pip install 'backorder-connector[postgresql]'."
        raise OwnerMustAct("database", "The driver for PostgreSQL is missing.", fix) from None
    event.listen(engine, "connect", _configure)
    return engine


def driver_arguments(engine: Engine) -> dict[str, Any]:
    """What the driver itself is to be called with to connect to the same database, under the same rules."""
    _, given = engine.dialect.create_connect_args(engine.url)
    given.pop("context", None)  # SQLAlchemy's own ways with types
    idle = f"-c idle_in_transaction_session_timeout={IDLE_SECONDS}s"
    return {**arguments(engine.url), **given, "options": f"{idle} {given.get('options', '')}".strip()}


def _configure(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute(f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'")
    cursor.close()
    connection.commit()
