"""Alembic runs this for every command; the connection, in a transaction and with its lock, comes from the caller."""

from __future__ import annotations

from alembic import context

from connector.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite undoes a failed CREATE TABLE as well; Alembic takes it for a database that cannot
)
with context.begin_transaction():
    context.run_migrations()
