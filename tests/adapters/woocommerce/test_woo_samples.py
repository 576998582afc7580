"""Recorded deliveries and what they mean; then every recording there is, which must at least be understood."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path

import pytest

from adapters.woocommerce.authenticate import authenticate, envelope
from adapters.woocommerce.inbound import translate
from connector.domain.facts import Translation
from connector.ports.failures import Unreadable
from connector.ports.storefront import Verdict

HERE = Path(__file__)
SAMPLES = HERE.parents[3] / "adapters/woocommerce/samples"
RECORDINGS = HERE.parents[4] / "shared/payloads/woocommerce"


WRONG: tuple[object, ...] = (None, [], {"x": []}, [[]], "?", 1.5, True)


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


def headers_of(body: Path) -> dict[str, str]:
    headers: dict[str, str] = json.loads(body.with_suffix(".headers.json").read_text("utf-8"))
    return headers


def secrets_of(topic: str) -> list[str]:
    return [f"secret-{topic}", "secret-order.updated-é&<\"'#1"]


def understood_or_where(topic: str, body: Mapping[str, object]) -> str:
    try:
        translate(topic, json.dumps(body).encode())
    except Unreadable as error:
        return error.path
    return "$"


def names(folder: Path, pattern: str) -> list[str]:
    return sorted(path.stem for path in folder.glob(pattern))


@pytest.mark.parametrize("name", names(SAMPLES, "*.body"))
def test_a_sample_is_genuine_and_says_what_is_expected(name: str) -> None:
    sample = SAMPLES / f"{name}.body"
    body, headers = sample.read_bytes(), headers_of(sample)
    topic = envelope(headers).topic
    expected = json.loads(sample.with_suffix(".expected.json").read_text("utf-8"))

    assert authenticate(headers, body, secrets_of(topic)) is Verdict.GENUINE
    assert expected == plain(translate(topic, body))


def test_there_are_samples_of_every_topic_we_subscribe_to() -> None:
    topics = {envelope(headers_of(sample)).topic for sample in SAMPLES.glob("*.body")}
    assert {
        "order.created",
        "order.updated",
        "order.deleted",
        "order.restored",
        "product.created",
        "product.updated",
        "product.deleted",
        "product.restored",
    } <= topics


recorded = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not beside this repository")


@recorded
@pytest.mark.parametrize("name", names(RECORDINGS, "wh_*.body"))
def test_a_recorded_delivery_is_genuine_and_understood(name: str) -> None:
    body = (RECORDINGS / f"{name}.body").read_bytes()
    headers = headers_of(RECORDINGS / f"{name}.body")
    topic = envelope(headers).topic

    assert authenticate(headers, body, secrets_of(topic)) is Verdict.GENUINE
    assert authenticate(headers, body + b" ", secrets_of(topic)) is Verdict.FORGED
    told = translate(topic, body)
    assert told.facts or told.rereads or told.note


@recorded
@pytest.mark.parametrize("name", names(RECORDINGS, "wh_*.body"))
def test_a_recorded_delivery_with_any_member_missing_is_understood_or_refused_with_a_path(name: str) -> None:
    body = json.loads((RECORDINGS / f"{name}.body").read_bytes())
    topic = envelope(headers_of(RECORDINGS / f"{name}.body")).topic

    for key in body:
        rest = {name: value for name, value in body.items() if name != key}
        assert understood_or_where(topic, rest).startswith("$")
        for wrong in WRONG:
            assert understood_or_where(topic, {**body, key: wrong}).startswith("$")


@recorded
@pytest.mark.parametrize("name", names(RECORDINGS, "ping_*.body"))
def test_a_recorded_ping_is_a_ping(name: str) -> None:
    ping = RECORDINGS / f"{name}.body"
    assert authenticate(headers_of(ping), ping.read_bytes(), ["any"]) is Verdict.PING


@recorded
def test_the_callback_of_app_authorisation_is_no_delivery() -> None:
    callback = RECORDINGS / "wcauth_callback.body"
    assert authenticate(headers_of(callback), callback.read_bytes(), ["any"]) is Verdict.FORGED
