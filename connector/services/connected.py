"""Since when we have a word in what a store promises."""

CONNECTED = "connected"
"""The cursor that says when the first import ended: orders older than that were promised by somebody else."""
