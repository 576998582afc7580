"""What the processes of this machine count, in the words of Prometheus."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from connector.ports.counting import FIGURES, Figure
from connector.seeing.slots import Slots

log = structlog.get_logger()

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where the library looks for the folder in which the processes of a machine count."""


class Counted:
    """``connector.ports.counting.Recorder``.  ``folder``: what all processes of this machine have in common; None, or
    where it cannot be written: this process counts for itself alone.
    """

    def __init__(self, folder: Path | None = None, figures: Iterable[Figure] = FIGURES) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second sample beside each, which nobody wants
        self._folder = self._shared(folder) if folder is not None else None
        self._own = CollectorRegistry()
        self._made = {one.name: self._make(one) for one in figures}
        self._children: dict[tuple[str, tuple[str, ...]], Counter | Histogram] = {}

    def count(self, figure: Figure, labels: tuple[str, ...], by: float) -> None:
        child = self._children.get((figure.name, labels)) or self._child(figure, labels)
        if isinstance(child, Counter):
            child.inc(by)

    def observe(self, figure: Figure, labels: tuple[str, ...], value: float) -> None:
        child = self._children.get((figure.name, labels)) or self._child(figure, labels)
        if isinstance(child, Histogram):
            child.observe(value)

    def text(self, more: Iterable[Collector] = ()) -> bytes:
        """All of this machine, and what ``more`` add; in the text format of Prometheus, version 0.0.4."""
        registry = CollectorRegistry()
        if self._folder is None:
            registry.register(self._own)
        else:
            MultiProcessCollector(registry, str(self._folder))  # type: ignore[no-untyped-call]
        for collector in more:
            registry.register(collector)
        return generate_latest(registry)

    def _shared(self, folder: Path) -> Path | None:
        try:
            slots = Slots(folder)
        except OSError as error:
            log.warning("metrics.not_shared", folder=str(folder), why=error.strerror)
            return None
        os.environ[FOLDER] = str(folder)
        values.ValueClass = values.MultiProcessValue(slots)  # type: ignore[no-untyped-call]
        return folder

    def _make(self, figure: Figure) -> Counter | Histogram:
        if figure.buckets:
            return Histogram(figure.name, figure.says, figure.labels, buckets=figure.buckets, registry=self._own)
        return Counter(figure.name, figure.says, figure.labels, registry=self._own)

    def _child(self, figure: Figure, labels: tuple[str, ...]) -> Counter | Histogram:
        child = self._made[figure.name].labels(*labels)
        self._children[figure.name, labels] = child
        return child
