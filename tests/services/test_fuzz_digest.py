"""Whatever a signed delivery holds, it leaves the inbox, and the service goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from house import House, house
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import samples, spoiled
from signed import post, waiting
from structlog.testing import capture_logs

from connector.ports.records import StoreRecord
from connector.services.turn import confirm_and_notify, turn

BUGS = {"digest.bug", "digest.batch_failed", "web_request_failed"}
EXAMPLES = 1000 if settings().max_examples > 1000 else 40


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("house")) as opened:
        opened.woo.add_product("CHAIR", 3)
        opened.shopify.add_product("TENT", 3)
        opened.connect()
        yield opened


def begin_again(there: House, store: str) -> None:
    """What an earlier example made the service believe of the shop (that it removed us, say) is forgotten."""
    with there.service.work() as uow:
        uow.stores.save(
            replace(uow.stores.get(store) or StoreRecord(store, ""), gone_at=None, wait_until=None, stopped={})
        )
        uow.commit()


@pytest.mark.parametrize(("store", "platform"), [("chairs", "woocommerce"), ("tents", "shopify")])
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_spoiled_delivery_leaves_the_inbox_and_the_service_alive(
    there: House, store: str, platform: str, data: st.DataObject
) -> None:
    begin_again(there, store)
    several = data.draw(st.lists(st.sampled_from(samples(platform)), min_size=1, max_size=3))
    with capture_logs() as logs:
        for topic, body in several:
            assert post(there, store, topic, data.draw(spoiled(body))) == 200
        context = there.store(store)
        turn(context)
        confirm_and_notify(context)
        turn(context)
    assert waiting(there, store) == 0
    assert [line for line in logs if line["event"] in BUGS] == []
