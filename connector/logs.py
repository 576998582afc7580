"""Structured logs: what happened, for which store and delivery; never a body, a person or a secret."""

from __future__ import annotations

import logging
import sys
from typing import Any, TextIO, cast

import stamina.instrumentation
import structlog

log = structlog.get_logger()


class _StandardError:
    """Standard error as it is when something is said, not as it was when the logs were set up."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def configure_logging(level: str, form: str) -> None:
    """``form``: ``console`` for people, ``json`` for machines.  Everything goes to standard error."""
    stream = cast("TextIO", _StandardError())
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    # Tracebacks without the values of variables: in them stand bodies, persons and secrets.
    if form == "json":
        where = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        processors += [structlog.processors.ExceptionRenderer(where), structlog.processors.JSONRenderer()]
    else:
        trace = structlog.dev.plain_traceback
        processors += [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=trace)]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=stream, format="%(levelname)s %(name)s %(message)s")
    # The scheduler says when it skips a tick because the last one is still going; that is meant.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    # What is tried again at once is no news; what fails in the end is said by whoever asked for it.
    stamina.instrumentation.set_on_retry_hooks([_retried])


def _retried(details: stamina.instrumentation.RetryDetails) -> None:
    log.debug("shop.tried_again", why=str(details.caused_by), tries=details.retry_num, seconds=details.wait_for)
