"""What a process counts of its own doing: the names, and the one place where anything is counted.

Nothing is counted until a process that stays up says with what (``use``), so that the domain, the commands and the
tests need to know of no library.  What lies in the database is not counted here but asked for when somebody looks
(``connector.ports.figures``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

OTHER = "other"
"""The label of everything that is not among the few values that are known: strangers must not make labels."""


@dataclass(frozen=True, slots=True)
class Figure:
    """``name``: as it is exposed, units and ``_total`` included; ``buckets``: upper bounds, where it is a distribution.

    Labels hold words of ours, and never a store, a person or anything that a caller may choose.
    """

    name: str
    says: str
    labels: tuple[str, ...]
    buckets: tuple[float, ...] = ()


QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
PATIENT = (0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0)

DELIVERIES = Figure(
    "backorder_deliveries_total",
    "Webhook requests, by what became of them; forged are those whose signature is wrong.",
    ("platform", "topic", "verdict"),
)
API_CALLS = Figure(
    "backorder_api_calls_total",
    "Calls to shops, each attempt for itself, by how they were answered.",
    ("platform", "outcome"),
)
API_SECONDS = Figure("backorder_api_seconds", "How long shops took to answer a call.", ("platform",), QUICK)
API_RETRIES = Figure("backorder_api_retries_total", "Reads that were tried again at once.", ("platform",))
API_THROTTLES = Figure(
    "backorder_api_throttles_total",
    "Calls held back: by us, to stay within the platform's limit, or by the shop, which answered 429.",
    ("platform", "by"),
)
JOBS = Figure("backorder_job_runs_total", "Runs of jobs; one that failed is a fault of ours.", ("job", "outcome"))
JOB_SECONDS = Figure("backorder_job_seconds", "How long a run of a job took.", ("job",), (*QUICK, 60.0, 300.0))
PUSHES = Figure(
    "backorder_pushes_total", "Variants whose flag was sent to a shop, by what it made of it.", ("platform", "outcome")
)
FLAG_SECONDS = Figure(
    "backorder_flag_seconds",
    "From the webhook that told of a change to the moment the shop had taken the flag that follows from it.",
    ("platform",),
    PATIENT,
)
NOTICES = Figure(
    "backorder_notices_total", "Marks and notes on orders, by what became of them.", ("platform", "outcome")
)
MESSAGES = Figure("backorder_messages_total", "Messages handed to a channel, by what it did.", ("channel", "outcome"))
REQUESTS = Figure("backorder_web_requests_total", "Answers of the web part, by their kind.", ("part", "status"))

FIGURES = (
    DELIVERIES,
    API_CALLS,
    API_SECONDS,
    API_RETRIES,
    API_THROTTLES,
    JOBS,
    JOB_SECONDS,
    PUSHES,
    FLAG_SECONDS,
    NOTICES,
    MESSAGES,
    REQUESTS,
)


class Recorder(Protocol):
    """Takes a few microseconds and raises nothing: work never fails for being counted."""

    def count(self, figure: Figure, labels: tuple[str, ...], by: float) -> None: ...

    def observe(self, figure: Figure, labels: tuple[str, ...], value: float) -> None: ...


class _Nobody:
    def count(self, figure: Figure, labels: tuple[str, ...], by: float) -> None:
        pass

    def observe(self, figure: Figure, labels: tuple[str, ...], value: float) -> None:
        pass


_recorders: list[Recorder] = [_Nobody()]  # the last one counts


def count(figure: Figure, *labels: str, by: float = 1) -> None:
    """One more of these, or ``by`` more."""
    if by:
        _recorders[-1].count(figure, labels, by)


def observe(figure: Figure, value: float, *labels: str) -> None:
    """One of these took, or is, so much."""
    _recorders[-1].observe(figure, labels, value)


def use(recorder: Recorder) -> None:
    """From now on this process counts with ``recorder``."""
    _recorders[-1] = recorder


@contextmanager
def using(recorder: Recorder) -> Iterator[None]:
    """The same for a while."""
    _recorders.append(recorder)
    try:
        yield
    finally:
        _recorders.remove(recorder)


@contextmanager
def timed(figure: Figure, *labels: str) -> Iterator[None]:
    """Observe the seconds that the block takes, however it ends."""
    began = perf_counter()
    try:
        yield
    finally:
        observe(figure, perf_counter() - began, *labels)
