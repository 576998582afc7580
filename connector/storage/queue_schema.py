"""The tables of the job queue, which are Procrastinate's own: made and kept up to date beside ours.

They lie in a PostgreSQL schema of their own, so that nothing that looks at our tables meets them.  ``pg_dump`` takes
both.

The minor version of Procrastinate is fixed in ``pyproject.toml``.  Raising it brings new files in its folder
``sql/migrations``, which the next start applies by itself, each once, in the order of their names.  Those named
``..._pre_...`` suit the old program and the new one; those named ``..._post_...`` only the new one.  So where a raise
brings a ``post`` file, the release must say that every worker and scheduler is to be stopped before the first new one
is started, or the raise must be made in two releases: the first with the ``pre`` files alone.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from connector.ports.failures import OwnerMustAct

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    import psycopg

SCHEMA = "procrastinate"
_TIDY = ", ".join(
    f"autovacuum_{work}_{name} = {value}"
    for work in ("vacuum", "analyze")
    for name, value in (("scale_factor", 0), ("threshold", 500))
)


def upgrade_queue(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Bring the queue's tables to what the installed Procrastinate expects, in the transaction that is going on."""
    scripts = _scripts()
    _make_schema(connection)
    connection.execute(f"SET LOCAL search_path TO {SCHEMA}")
    found = connection.execute("SELECT to_regclass('procrastinate_jobs')").fetchone()
    names = sorted(scripts)
    if found is None or found[0] is None:
        connection.execute(_text(files("procrastinate.sql") / "schema.sql"))
        connection.execute("CREATE TABLE applied_migrations (name text PRIMARY KEY)")
        # Whether a job may begin is asked by its lock, for each job that waits.
        connection.execute(
            "CREATE INDEX backorder_jobs_lock ON procrastinate_jobs (lock, priority, id) "
            "WHERE status IN ('todo', 'doing')"
        )
        for table in ("jobs", "events", "workers"):
            # Their rows live for seconds, so what the planner knows of them is soon wrong.
            connection.execute(f"ALTER TABLE procrastinate_{table} SET ({_TIDY})".encode())
    else:
        applied = {row[0] for row in connection.execute("SELECT name FROM applied_migrations")}
        names = [name for name in names if name not in applied]
        for name in names:
            connection.execute(_text(scripts[name]))
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO applied_migrations VALUES (%s)", [(name,) for name in names])
    connection.execute("SET LOCAL search_path TO DEFAULT")


def _make_schema(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    # Asked first: "if not exists" wants the right to create one even where there is nothing to create.
    found = connection.execute("SELECT to_regnamespace(%s), current_database(), current_user", (SCHEMA,)).fetchone()
    if found is None or found[0] is not None:
        return
    _, database, user = found
    may = connection.execute("SELECT has_database_privilege(current_database(), 'CREATE')").fetchone()
    if may is not None and not may[0]:
        fix = f'As its owner, run: GRANT CREATE ON DATABASE "{database}" TO "{user}"'
        raise OwnerMustAct("database", f"The user {user} may not create the schema of the job queue.", fix)
    connection.execute(f"CREATE SCHEMA {SCHEMA}")


def _scripts() -> dict[str, Traversable]:
    try:
        found = files("procrastinate.sql") / "migrations"
    except ImportError:
        fix = "Install it: pip install 'backorder-connector[postgresql]'."
        raise OwnerMustAct("database", "The job queue for PostgreSQL is missing.", fix) from None
    return {one.name: one for one in found.iterdir() if one.name.endswith(".sql")}


def _text(script: Traversable) -> bytes:
    """As bytes, which the driver takes as they are: several statements, and no parameters in them."""
    return script.read_bytes()
