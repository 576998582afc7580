"""Structured logs: what happened, for which store and delivery; never a body, a person or a secret."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog


def configure_logging(level: str, form: str) -> None:
    """``form``: ``console`` for people, ``json`` for machines.  Everything goes to standard error."""
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if form == "json":
        processors += [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
    else:
        processors += [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    # The scheduler says when it skips a tick because the last one is still going; that is meant.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
