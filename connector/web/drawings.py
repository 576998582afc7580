"""Charts as SVG: one picture that loads nothing, runs nothing, and says in words what it shows.

Drawn small, so that the letters can still be read where a phone makes the whole picture narrower.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pygal
from pygal.style import Style

# For plug-ins that we have none of, it puts a finder of a kind that Python has given up in everybody's way.
sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)]

WIDTH, HEIGHT = 520, 340
ROW_HEIGHT = 30
LONGEST_LABEL = 18
TICKS = 4
INK, GRID = "#212529", "#ced4da"
COLOURS = ("#0a58ca", "#b35c00")
"""Apart from each other in lightness too, for those who do not see their hue."""

SVG = "http://www.w3.org/2000/svg"


@dataclass(frozen=True, slots=True)
class Caption:
    """``title`` and ``summary`` stand inside the picture, for those who have it read to them."""

    title: str
    summary: str
    language: str = "en"


def line(points: Sequence[tuple[datetime, int]], caption: Caption, day: Callable[[datetime], str]) -> bytes:
    """A number over time; ``day`` writes a moment under the axis."""
    chart = pygal.XY(**_settings(opacity=".35"), show_legend=False, show_dots=False, fill=True, include_x_axis=True)
    chart.margin_right = 40  # the last label stands on both sides of its tick
    chart.x_value_formatter = lambda seconds: day(datetime.fromtimestamp(seconds, UTC))
    if points:
        first, last = points[0][0].timestamp(), points[-1][0].timestamp()
        chart.x_labels = [first + (last - first) * step / TICKS for step in range(TICKS + 1)]
        if first == last:
            chart.x_labels = [first]
    chart.add("", [(at.timestamp(), units) for at, units in points])
    return _picture(chart, caption)


def columns(labels: Sequence[str], below: str, series: Sequence[tuple[str, Sequence[int]]], caption: Caption) -> bytes:
    """Groups of upright bars, one colour for each series; ``below``: what the labels are of."""
    chart = pygal.Bar(**_settings(), legend_at_bottom=True, legend_at_bottom_columns=1, x_title=_text(below))
    chart.x_labels = [_text(one) for one in labels]
    for name, numbers in series:
        chart.add(_text(name), list(numbers))
    return _picture(chart, caption)


def bars(rows: Sequence[tuple[str, int]], caption: Caption) -> bytes:
    """Lying bars, the first row on top, each with its number."""
    settings = {**_settings(), "height": 20 + ROW_HEIGHT * max(1, len(rows))}
    chart = pygal.HorizontalBar(**settings, show_legend=False, show_x_labels=False, show_y_guides=False)
    chart.truncate_label = -1
    chart.x_labels = [f"{_short(label)}: {number:,}" for label, number in reversed(rows)]
    chart.add("", [number for _, number in reversed(rows)])
    return _picture(chart, caption)


def thinned(points: Sequence[tuple[datetime, int]], most: int) -> list[tuple[datetime, int]]:
    """At most ``most`` of these (at least two), which are in order of time: of each stretch of it the last one."""
    if len(points) <= most:
        return list(points)
    began, whole = points[0][0], points[-1][0] - points[0][0]
    if not whole:
        return [points[-1]]
    stretches = [int((at - began) / whole * (most - 1)) for at, _ in points]
    ends = [point for point, (one, following) in zip(points, pairwise(stretches), strict=False) if one != following]
    return [*ends, points[-1]]


def _settings(opacity: str = ".9") -> dict[str, Any]:
    style = Style(
        background="transparent",
        plot_background="transparent",
        foreground=INK,
        foreground_strong=INK,
        foreground_subtle=GRID,
        opacity=opacity,
        guide_stroke_color=GRID,
        major_guide_stroke_color=GRID,
        guide_stroke_dasharray="0",
        major_guide_stroke_dasharray="0",
        colors=COLOURS,
        font_family="system-ui, sans-serif",
        label_font_size=15,
        major_label_font_size=15,
        title_font_size=15,
        legend_font_size=15,
        no_data_font_size=18,
    )
    return {
        "style": style,
        "width": WIDTH,
        "height": HEIGHT,
        "js": [],
        "explicit_size": False,
        "margin": 8,
        "order_min": 0,  # no steps below one unit
        "max_scale": 6,
        "value_formatter": lambda number: f"{number:,.0f}",
        "no_data_text": "\N{EN DASH}",
    }


def _picture(chart: Any, caption: Caption) -> bytes:  # noqa: ANN401 -- the library has no types
    """Take out what a picture of ours has no use for, and put in what it says."""
    root = ET.fromstring(chart.render())  # noqa: S314 -- made a moment ago, by the library, of text that it escaped
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in {f"{{{SVG}}}script", f"{{{SVG}}}title"}:
                parent.remove(child)
    title, summary = ET.Element(f"{{{SVG}}}title", id="title"), ET.Element(f"{{{SVG}}}desc", id="summary")
    title.text, summary.text = _text(caption.title), _text(caption.summary)
    root[:0] = [title, summary]
    root.attrib.update({"role": "img", "aria-labelledby": "title summary", "lang": caption.language})
    ET.register_namespace("", SVG)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _short(label: str) -> str:
    text = _text(label)
    return text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 1]}…"


def _text(text: str) -> str:
    """Without the characters that XML cannot hold; somebody may have typed them into the name of a product."""
    return "".join(one if one.isprintable() else " " for one in text)
