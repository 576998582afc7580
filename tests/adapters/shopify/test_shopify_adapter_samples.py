"""Deliveries in Shopify's own shape and what they mean; then every recording there is, which must be understood."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path

import pytest

from adapters.shopify import platform
from adapters.shopify.inbound import TOPICS
from connector.domain.facts import Translation
from connector.ports.failures import Unreadable
from connector.ports.storefront import Verdict

HERE = Path(__file__)
SAMPLES = HERE.parents[3] / "adapters/shopify/samples"
RECORDINGS = HERE.parents[4] / "shared/payloads/shopify"
PLATFORM = platform()
SECRET = "shpss_sample-secret-of-the-app"
WRONG: tuple[object, ...] = (None, [], {}, {"x": []}, "?", 1.5, True, [7], [[]], [{}])

# What the captured bodies are called after, and the topic that carries such a body.
CAPTURED_TOPICS = {
    "orders": "orders/updated",
    "products": "products/update",
    "refunds": "refunds/create",
    "fulfillments": "fulfillments/update",
    "inventory_items": "inventory_items/update",
    "inventory_levels": "inventory_levels/update",
    "locations": "locations/update",
    "shop": "app/uninstalled",
    "draft_orders": "draft_orders/update",
    "bulk_operations": "bulk_operations/finish",
}


def plain(value: object) -> object:
    """A fact as JSON: dataclasses as objects that name their kind, moments as text."""
    if is_dataclass(value) and not isinstance(value, type):
        members = {one.name: plain(getattr(value, one.name)) for one in fields(value)}
        return members if isinstance(value, Translation) else {"is": type(value).__name__, **members}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    return value


def headers_of(sample: Path) -> dict[str, str]:
    headers: dict[str, str] = json.loads(sample.with_suffix(".headers.json").read_text("utf-8"))
    return headers


@pytest.mark.parametrize("name", sorted(path.stem for path in SAMPLES.glob("*.body")))
def test_a_sample_is_genuine_and_says_what_is_expected(name: str) -> None:
    sample = SAMPLES / f"{name}.body"
    body, headers = sample.read_bytes(), headers_of(sample)
    expected = json.loads(sample.with_suffix(".expected.json").read_text("utf-8"))

    assert PLATFORM.authenticate(headers, body, ["another", SECRET]) is Verdict.GENUINE
    assert PLATFORM.authenticate(headers, body + b" ", [SECRET]) is Verdict.FORGED
    assert expected == plain(PLATFORM.translate(PLATFORM.envelope(headers).topic, body))


def test_there_is_a_sample_of_every_topic_we_subscribe_to() -> None:
    sampled = {PLATFORM.envelope(headers_of(sample)).topic for sample in SAMPLES.glob("*.body")}
    # The body of the first is that of inventory_levels/update, of the others that of locations/deactivate.
    unsampled = {"inventory_levels/connect", "locations/activate", "locations/update"}
    assert set(PLATFORM.topics) - sampled == unsampled


def recordings() -> list[tuple[str, Path]]:
    documented = [(path.stem.replace("__", "/"), path) for path in sorted(RECORDINGS.glob("documented/*.json"))]
    captured = [
        (CAPTURED_TOPICS[path.stem.partition("_")[2].rpartition("_")[0]], path)
        for path in sorted(RECORDINGS.glob("captured/*.json"))
    ]
    return documented + captured


recorded = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not beside this repository")


def refused_at(topic: str, body: bytes) -> str | None:
    """Where a body is unreadable; None where it is translated."""
    try:
        told = PLATFORM.translate(topic, body)
    except Unreadable as error:
        return error.path
    return None if told.facts or told.rereads or told.note else "silence"


@recorded
@pytest.mark.parametrize(("topic", "path"), recordings(), ids=lambda value: getattr(value, "stem", None))
def test_a_recorded_body_is_translated(topic: str, path: Path) -> None:
    # The documented shop has no dates at all, which no real one does.
    expected = "$.updated_at" if (topic, path.parent.name) == ("app/uninstalled", "documented") else None
    assert expected == refused_at(topic, path.read_bytes())


def of_each_kind() -> list[tuple[str, Path]]:
    """One recording for each way a body is read."""
    return list({TOPICS[topic]: (topic, path) for topic, path in reversed(recordings()) if topic in TOPICS}.values())


@recorded
@pytest.mark.parametrize(("topic", "path"), of_each_kind(), ids=lambda value: getattr(value, "stem", None))
def test_a_recorded_body_with_any_member_wrong_is_translated_or_refused_with_a_path(topic: str, path: Path) -> None:
    body = json.loads(path.read_bytes())
    inner = "line_items" if "line_items" in body else "variants"
    first = body.get(inner, [{}])[0]
    mangled = [{**body, key: wrong} for key in body for wrong in WRONG] + [
        {**body, inner: [{**first, key: wrong}]} for key in first for wrong in WRONG
    ]
    ends = {refused_at(topic, json.dumps(one).encode()) for one in mangled} - {None}
    assert {end for end in ends if end is None or not end.startswith("$")} == set()
