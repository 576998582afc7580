"""Whatever a delivery holds, reading it gives facts or the path of what is wrong, and soon."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutations import samples, spoiled

import adapters
from connector.domain.facts import Translation
from connector.ports.failures import Unreadable

SECONDS = 2.0

PLATFORMS = ("woocommerce", "shopify")


def read(platform: str, topic: str, body: bytes) -> Translation | Unreadable:
    try:
        return adapters.platform(platform).translate(topic, body)
    except Unreadable as error:
        return error


@pytest.mark.parametrize("platform", PLATFORMS)
@given(data=st.data())
def test_a_spoiled_delivery_is_understood_or_unreadable(platform: str, data: st.DataObject) -> None:
    topic, body = data.draw(st.sampled_from(samples(platform)))
    spoilt = data.draw(spoiled(body))
    began = time.process_time()
    told = read(platform, topic, spoilt)
    assert time.process_time() - began < SECONDS
    assert isinstance(told, Translation) or told.path.startswith("$")


@pytest.mark.parametrize("platform", PLATFORMS)
@given(topic=st.text(max_size=30), body=st.binary(max_size=200))
def test_any_bytes_under_any_topic_are_understood_or_unreadable(platform: str, topic: str, body: bytes) -> None:
    assert isinstance(read(platform, topic, body), Translation | Unreadable)


@pytest.mark.parametrize("platform", PLATFORMS)
@given(data=st.data())
def test_a_body_under_the_topic_of_another_is_understood_or_unreadable(platform: str, data: st.DataObject) -> None:
    bodies = samples("woocommerce") + samples("shopify")
    topics = sorted({topic for topic, _ in samples(platform)})
    told = read(platform, data.draw(st.sampled_from(topics)), data.draw(st.sampled_from(bodies))[1])
    assert isinstance(told, Translation | Unreadable)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_five_million_bytes_of_brackets_are_refused_soon(platform: str) -> None:
    topic = {"woocommerce": "order.created", "shopify": "orders/create"}[platform]
    began = time.process_time()
    told = [
        read(platform, topic, body) for body in (b"[" * 5_000_000, b'{"a":' * 1_000_000, b"[],".join([b""] * 10**6))
    ]
    assert [str(one).partition(":")[0] for one in told] == [
        "$ is nested deeper than 200 levels",
        "$ is nested deeper than 200 levels",
        "$ is not JSON",
    ]
    assert time.process_time() - began < 3 * SECONDS
