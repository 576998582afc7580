"""Recorded deliveries spoiled in every way that JSON and bytes can be, for the fuzz tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

ADAPTERS = Path(__file__).parents[1] / "adapters"
TOPIC_HEADERS = {"woocommerce": "x-wc-webhook-topic", "shopify": "x-shopify-topic"}

Sample = tuple[str, bytes]
"""Topic and body."""


def samples(platform: str) -> list[Sample]:
    found = []
    for path in sorted((ADAPTERS / platform / "samples").glob("*.body")):
        headers = json.loads(path.with_suffix(".headers.json").read_text("utf-8"))
        topic = next((value for key, value in headers.items() if key.lower() == TOPIC_HEADERS[platform]), "")
        found.append((topic, path.read_bytes()))
    return found


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


EDGES = (2**31, 2**53 + 1, 2**63 - 1, 2**63, 10**12, 10**12 + 1, 10**18, 10**30)
ODD_NUMBERS = st.sampled_from([sign * edge for edge in EDGES for sign in (1, -1)]) | st.integers() | st.floats()
ODD_DATES = st.sampled_from(
    (
        "2999-12-31T23:59:59",
        "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00+14:00",
        "1970-01-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-11-23",
        "2026-W48-1",
    )
)
ODD_TEXTS = st.text(max_size=12) | st.sampled_from(
    ("", "\0", "\ud800", "x\0y", "9" * 20, "9" * 21, "-1", "1.5", "1e5", "parent", "trash", "null", "S" * 5000)
)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    ODD_NUMBERS,
    ODD_TEXTS,
    ODD_DATES,
    st.sampled_from(([], {}, [None], [[]], [{}], {"id": None}, nested(30), nested(250))),
)

Place = tuple[Any, Any]
"""A list or an object, and a key in it."""


def places(value: Any) -> Iterator[Place]:
    """Every place in a document at which something stands."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inside in list(entries):
        yield value, key
        yield from places(inside)


@st.composite
def spoiled(draw: st.DrawFn, body: bytes) -> bytes:
    """A body with one to five things wrong in it."""
    if draw(st.integers(0, 4)) == 0:
        return _flipped(draw, body)
    document = deepcopy(json.loads(body))
    for _ in range(draw(st.integers(1, 5))):
        at = list(places(document))
        if not at:
            break
        owner, key = draw(st.sampled_from(at))
        match draw(st.sampled_from(("drop", "odd", "odd", "double"))):
            case "drop":
                del owner[key]
            case "odd":
                owner[key] = deepcopy(draw(ODD))
            case _ if isinstance(owner, list):
                owner.append(deepcopy(owner[key]))
            case _:
                owner[f"{key}_"] = owner[key]
    return json.dumps(document).encode()


def _flipped(draw: st.DrawFn, body: bytes) -> bytes:
    spoilt = bytearray(body)
    for _ in range(draw(st.integers(1, 4))):
        spoilt[draw(st.integers(0, len(spoilt) - 1))] ^= 1 << draw(st.integers(0, 7))
    return bytes(spoilt[: draw(st.integers(0, len(spoilt)))]) if draw(st.booleans()) else bytes(spoilt)
