"""Spans by OpenTelemetry (``connector.ports.tracing.Tracer``); imported only where somebody configured it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision, ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from connector.ports.tracing import Attribute, Trace

NAME = "backorder-connector"
_begins: ContextVar[Trace | None] = ContextVar("begins", default=None)


class Spans:
    """``to``: where finished spans go; ``sample``: which part of the traces is drawn, the same ones everywhere: whether
    one is follows from its number.
    """

    def __init__(self, to: SpanProcessor, sample: float = 1.0, **resource: str) -> None:
        self._sampler = TraceIdRatioBased(sample)
        self._provider = TracerProvider(
            sampler=ParentBased(self._sampler),
            resource=Resource.create({"service.name": NAME, **resource}),
            id_generator=_Ids(),
        )
        self._provider.add_span_processor(to)
        self._tracer = self._provider.get_tracer(NAME)

    @contextmanager
    def span(
        self,
        name: str,
        attributes: Mapping[str, Attribute],
        *,
        begins: Trace | None,
        under: Trace | None,
        links: Iterable[Trace],
    ) -> Iterator[_Told]:
        token = _begins.set(begins)
        try:
            started = self._tracer.start_as_current_span(
                name,
                context=self._context(begins, under),
                attributes=_named(attributes),
                links=[Link(self._of(one)) for one in links],
                record_exception=False,  # its words, and the traceback's, may hold anything
                set_status_on_exception=False,
            )
            with started as span:
                _begins.set(None)
                try:
                    yield _Told(span)
                except BaseException as error:
                    span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                    raise
        finally:
            _begins.reset(token)

    def close(self) -> None:
        """Send what waits; a few seconds at most."""
        self._provider.shutdown()

    def _context(self, begins: Trace | None, under: Trace | None) -> Context | None:
        """None: below the span that this thread is in."""
        if begins is not None:
            return Context()
        return set_span_in_context(NonRecordingSpan(self._of(under))) if under is not None else None

    def _of(self, trace: Trace) -> SpanContext:
        number = int(trace.trace_id, 16)
        drawn = self._sampler.should_sample(None, number, "").decision is Decision.RECORD_AND_SAMPLE
        flags = TraceFlags(TraceFlags.SAMPLED if drawn else TraceFlags.DEFAULT)
        return SpanContext(number, int(trace.span_id, 16), is_remote=True, trace_flags=flags)


class _Told:
    def __init__(self, span: Span) -> None:
        self._span = span

    def tell(self, **attributes: Attribute) -> None:
        self._span.set_attributes(_named(attributes))


class _Ids(RandomIdGenerator):
    """Random, but for the first span of a trace whose number is known."""

    def generate_trace_id(self) -> int:
        begins = _begins.get()
        return int(begins.trace_id, 16) if begins is not None else super().generate_trace_id()

    def generate_span_id(self) -> int:
        begins = _begins.get()
        return int(begins.span_id, 16) if begins is not None else super().generate_span_id()


def sent_to(endpoint: str, sample: float, **resource: str) -> Spans:
    """Collected and sent every few seconds from a thread of its own; where the collector is away, spans are lost."""
    return Spans(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces")), sample, **resource)


def _named(attributes: Mapping[str, Attribute]) -> dict[str, Attribute]:
    return {f"backorder.{name}": value for name, value in attributes.items()}
