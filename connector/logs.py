"""Structured logs: what happened, for which store and delivery; never a body, a person or a secret."""

from __future__ import annotations

import logging
import os
import sys
import threading
from typing import TextIO, cast

import stamina.instrumentation
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from connector.domain.impersonal import impersonal_values
from connector.ports.discreet import told, trace_of

log = structlog.get_logger()

FORM = "BACKORDER_LOG_FORMAT"
"""The environment variable that tells a child process, which reads no config, in which form to log."""
QUIET = {
    # The scheduler says when it skips a tick because the last one is still going; that is meant.
    "apscheduler": logging.ERROR,
    # A queue that cannot be reached is said once by whoever uses it, not at each try and with a trace of its insides.
    "procrastinate": logging.CRITICAL,
    "psycopg.pool": logging.CRITICAL,
    # It names addresses with their query, in which keys are sent to shops that have no https.
    "urllib3": logging.CRITICAL,
}
PLAIN = frozenset({"event", "level", "timestamp", "logger", "exception", "store", "job", "delivery"})
"""Words and numbers of ours, or told discreetly already."""


class _StandardError:
    """Standard error as it is when something is said, not as it was when the logs were set up."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def configure_logging(level: str, form: str) -> None:
    """``form``: ``console`` for people, ``json`` for machines.  Everything goes to standard error."""
    os.environ[FORM] = form
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *_common(), _renderer(form)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _StandardError())),
        cache_logger_on_first_use=False,
    )
    # Never more than warnings of libraries, whatever our own level is: at debug they tell addresses, headers and rows.
    logging.basicConfig(level=logging.WARNING, handlers=[LibraryHandler(form)])
    for name, quiet in QUIET.items():
        logging.getLogger(name).setLevel(quiet)
    # What is tried again at once is no news; what fails in the end is said by whoever asked for it.
    stamina.instrumentation.set_on_retry_hooks([_retried])


class LibraryHandler(logging.StreamHandler[TextIO]):
    """What libraries say, in the same form as what we say."""

    def __init__(self, form: str = "") -> None:
        super().__init__(cast("TextIO", _StandardError()))
        form = form or os.environ.get(FORM, "console")
        self.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=[structlog.contextvars.merge_contextvars, structlog.stdlib.add_logger_name],
                processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_common(), _renderer(form)],
            )
        )


def log_what_nobody_caught() -> None:
    """In a process of our own: also what ends a thread or the process is told discreetly, in the same form."""

    def of_thread(uncaught: threading.ExceptHookArgs) -> None:
        if uncaught.exc_value is not None and not isinstance(uncaught.exc_value, SystemExit):
            log.error("thread.ended", thread=getattr(uncaught.thread, "name", ""), exc_info=uncaught.exc_value)

    def of_process(_kind: object, error: BaseException, _trace: object) -> None:
        if isinstance(error, KeyboardInterrupt):
            return
        log.error("process.ended", exc_info=error)

    threading.excepthook = of_thread
    sys.excepthook = of_process


def _common() -> list[Processor]:
    return [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _discreet,
        _impersonal,
    ]


def _renderer(form: str) -> Processor:
    if form == "json":
        return structlog.processors.JSONRenderer()
    trace = structlog.dev.plain_traceback  # it is a text already
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=trace)


def _discreet(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Where an exception arose, without the values of variables and without words that may quote them."""
    given = event.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else given[1] if isinstance(given, tuple) else sys.exc_info()[1]
    if given and error is not None:
        event["exception"] = trace_of(error)
    return event


def _impersonal(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Nobody means to log an address; what a mail server or a shop says may hold one all the same."""
    for name, value in event.items():
        if name not in PLAIN or (name == "event" and "logger" in event):
            event[name] = impersonal_values(value) if isinstance(value, str | list | tuple | dict) else value
    return event


def _retried(details: stamina.instrumentation.RetryDetails) -> None:
    why = told(details.caused_by)
    log.debug("shop.tried_again", why=why, tries=details.retry_num, seconds=details.wait_for)
