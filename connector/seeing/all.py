"""Everything that is to be seen of one process, put together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Protocol

import structlog

from connector.logs import log_what_nobody_caught
from connector.ports import counting, tracing
from connector.ports.clock import Clock
from connector.ports.unit_of_work import Work
from connector.seeing.counted import Counted
from connector.seeing.readiness import Check, database_answers, inbox_keeps_up, somebody_works
from connector.seeing.waiting import Waiting
from connector.seeing.window import Window
from connector.settings import Settings

log = structlog.get_logger()


class Database(Protocol):
    """What is to be known of the database.  ``folder``: where its file lies; None where it is a server's."""

    @property
    def work(self) -> Work: ...

    @property
    def folder(self) -> Path | None: ...

    @property
    def is_shared(self) -> bool: ...

    def version_problem(self) -> str | None: ...


@dataclass
class Seeing:
    """``tended``: the stores that are worked for."""

    settings: Settings
    database: Database
    clock: Clock
    tended: Callable[[], Collection[str]]
    version: str
    _ends: list[Callable[[], None]] = field(default_factory=list)
    _counted: Counted | None = None

    @property
    def counted(self) -> Counted:
        """What this process counts with; for itself alone until it has begun."""
        if self._counted is None:
            self._counted = Counted()
        return self._counted

    @cached_property
    def waiting(self) -> Waiting:
        return Waiting(self.database.work, self.clock, self.version, self.tended)

    @property
    def token(self) -> str | None:
        token = self.settings.metrics.token
        return token.get_secret_value() if token is not None else None

    def text(self) -> bytes:
        """The figures of this machine, in the words of Prometheus."""
        return self.counted.text([self.waiting])

    def begin(self, role: str, *, window: bool = False) -> None:
        """For a process that stays up, and counts together with the others of its machine.  ``window``: it has no
        pages, and shows its figures by itself where it is told to.
        """
        log_what_nobody_caught()
        self._counted = Counted((self.database.folder or self.settings.folder / "data") / "metrics")
        counting.use(self._counted)
        endpoint = self.settings.telemetry.endpoint
        if endpoint is not None:
            from connector.seeing.spans import sent_to  # noqa: PLC0415 -- not installed where nobody wants it

            spans = sent_to(
                endpoint,
                self.settings.telemetry.sample,
                **{"service.version": self.version, "service.instance.id": role},
            )
            tracing.use(spans)
            self._ends.append(spans.close)
        bind = self.settings.metrics.bind
        if window and bind is not None:
            self._open(Window(bind, self.text, self.token), bind)

    def _open(self, window: Window, bind: str) -> None:
        try:
            window.start()
        except OSError as error:
            # Another process of this machine has it, and shows what this one counts as well.
            log.warning("metrics.not_shown", bind=bind, why=error.strerror)
        else:
            self._ends.append(window.stop)

    def end(self) -> None:
        while self._ends:
            self._ends.pop()()

    def needed(self) -> Mapping[str, Check]:
        """Without these nothing can be taken in."""
        return {"database": database_answers(self.database.work), "migrations": self.database.version_problem}

    def troubles(self) -> Mapping[str, Check]:
        """What is wrong while everything can still be taken in."""
        metrics, work = self.settings.metrics, self.database.work
        silent, late = timedelta(seconds=metrics.silent), timedelta(seconds=metrics.late)
        return {
            "scheduler": somebody_works(work, self.clock, silent, is_shared=self.database.is_shared),
            "inbox": inbox_keeps_up(work, self.clock, late, self.tended),
        }
