"""What whoever runs the service sees of it: figures for Prometheus, spans for OpenTelemetry, readiness."""
