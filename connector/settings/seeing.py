"""``[metrics]`` and ``[telemetry]``: what whoever runs the service sees of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from connector.settings.base import Frozen, LongSecret, Seconds, WebAddress, host_and_port


class MetricsSettings(Frozen):
    """``bind``: where a process without pages shows its figures (None: nowhere); ``token``: who reads figures from
    elsewhere must bear it.  ``late``: seconds a delivery may wait, and ``silent``: seconds without a sign of life of
    those who work, before ``/readyz`` says that something is wrong.
    """

    bind: Annotated[str, AfterValidator(host_and_port)] | None = None
    token: LongSecret | None = None
    late: Seconds = 300.0
    silent: Seconds = 60.0


class TelemetrySettings(Frozen):
    """``endpoint``: where spans are sent to (OTLP over HTTP; None: none are made); ``sample``: which part of them."""

    endpoint: WebAddress | None = None
    sample: float = Field(default=1.0, ge=0, le=1, allow_inf_nan=False)
