"""Errors of the database itself, told from errors of what was asked of it."""

from __future__ import annotations

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import InterfaceError, OperationalError

from connector.ports.failures import DatabaseAway


class Away(DatabaseAway, OperationalError):  # noqa: N818 -- as above it
    """Also what SQLAlchemy would have raised."""


def name_failures(engine: Engine) -> None:
    """Have ``Away`` raised where the database is locked, full, going down or out of reach."""
    event.listen(engine, "handle_error", _named, retval=True)


def _named(context: ExceptionContext) -> BaseException | None:
    error = context.sqlalchemy_exception
    if not (isinstance(error, OperationalError | InterfaceError) or context.is_disconnect):
        return None
    if error is None or error.orig is None:
        return None
    away = Away(error.statement, error.params, error.orig, hide_parameters=True)
    away.connection_invalidated = context.is_disconnect
    return away
