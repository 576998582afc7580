"""Deliveries for stores that come and go, and for those that have an app in common, at the real door."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from app_stores import APP, WOO_KEYS, enter, questions, service_of
from flask.testing import FlaskClient
from intake_parts import shopify, woo

from connector.bootstrap.service import Service
from connector.bootstrap.web import build_app
from connector.services.privacy import answer_requests
from connector.services.turn import turn

COMPLIANCE = "/webhooks/shopify/compliance"
LAMPS = "/webhooks/woocommerce/lamps"
APP_SECRET = "the-apps-own-secret"
BODY = b'{"id": 1}'


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with service_of(tmp_path, APP) as opened:
        yield opened


@pytest.fixture
def client(service: Service) -> Iterator[FlaskClient]:
    app = build_app(service)
    yield app.test_client()
    app.extensions["backorder.on_stop"]()


def connect(service: Service, key: str, *, gone: bool = False) -> None:
    """A Shopify store that is connected by the installation's app."""
    options = None if gone else {"shop": f"{key}.myshopify.com", "access_token": "shpat_x"}
    gone_at = service.clock() if gone else None
    shop = f"{key}.myshopify.com"
    enter(service, key, options, secret="", platform="shopify", shop=shop, gone_at=gone_at)


def redact(shop: str) -> bytes:
    return b'{"shop_domain":"%s"}' % shop.encode()


def kept(service: Service) -> list[tuple[str, str]]:
    with service.work(read_only=True) as uow:
        return [(one.store, one.topic) for one in uow.deliveries.find()]


def test_a_store_that_was_connected_a_moment_ago_gets_its_first_delivery(service: Service, client: FlaskClient) -> None:
    answer = client.post(LAMPS, data=BODY, headers=woo(BODY, "lamps-own-secret"))
    assert answer.status_code == 404
    service.known._looked_at = -1.0  # as if it were a second ago
    enter(service)
    assert client.post(LAMPS, data=BODY, headers=woo(BODY, "lamps-own-secret")).status_code == 200
    assert kept(service) == [("lamps", "order.updated")]


def test_a_secret_that_was_changed_a_moment_ago_signs(service: Service, client: FlaskClient) -> None:
    enter(service)
    assert client.post(LAMPS, data=BODY, headers=woo(BODY, "lamps-own-secret")).status_code == 200
    enter(service, secret="another-one")
    service.known._looked_at = -1.0
    assert client.post(LAMPS, data=BODY, headers=woo(BODY, "another-one", "d2")).status_code == 200
    assert client.post(LAMPS, data=BODY, headers=woo(BODY, "lamps-own-secret", "d3")).status_code == 401


def test_deliveries_cost_no_question_and_forged_and_lost_ones_at_most_one_a_second(
    service: Service, client: FlaskClient
) -> None:
    enter(service)
    client.post(LAMPS, data=BODY, headers=woo(BODY, "lamps-own-secret"))
    with questions(service) as asked:
        for number in range(20):
            client.post(LAMPS, data=BODY, headers=woo(BODY, "lamps-own-secret", f"d{number}"))
            client.post(LAMPS, data=BODY, headers=woo(BODY, "guessed", f"f{number}"))
            client.post("/webhooks/woocommerce/nobody", data=BODY, headers=woo(BODY))
    assert len(asked) <= 2


def test_an_apps_secret_signs_for_the_stores_that_are_connected_by_it_and_for_no_other(
    service: Service, client: FlaskClient
) -> None:
    connect(service, "beds")
    enter(service, "lamps", WOO_KEYS)
    for path, status in (("shopify/beds", 200), ("shopify/tents", 401), ("woocommerce/beds", 404)):
        assert client.post(f"/webhooks/{path}", data=BODY, headers=shopify(BODY, APP_SECRET)).status_code == status
    assert client.post(LAMPS, data=BODY, headers=woo(BODY, APP_SECRET)).status_code == 401
    assert kept(service) == [("beds", "orders/updated")]


@pytest.mark.parametrize(
    ("shop", "secret", "expected"),
    [
        ("beds.myshopify.com", APP_SECRET, ["beds"]),
        ("BEDS.myshopify.com", APP_SECRET, ["beds"]),
        ("gone.myshopify.com", APP_SECRET, ["gone"]),
        # Nobody but the shop that it is about may see it, and nothing of that shop is kept.
        ("stranger.myshopify.com", APP_SECRET, []),
        # A store of the config file has an app of its own, whose secret alone speaks for it.
        ("sandbox.myshopify.com", APP_SECRET, []),
        ("sandbox.myshopify.com", "shpss_sandbox", ["tents"]),
        ("beds.myshopify.com", "shpss_sandbox", ["tents"]),
    ],
)
def test_a_privacy_request_reaches_the_store_it_names_and_no_other(
    service: Service, client: FlaskClient, shop: str, secret: str, expected: list[str]
) -> None:
    connect(service, "beds")
    connect(service, "gone", gone=True)
    body = redact(shop)
    answer = client.post(COMPLIANCE, data=body, headers=shopify(body, secret, "shop/redact"))
    assert answer.status_code == 200
    assert [store for store, _ in kept(service)] == expected


def test_without_an_app_nothing_but_a_stores_own_secret_signs_a_privacy_request(tmp_path: Path) -> None:
    with service_of(tmp_path) as service:
        connect(service, "beds")
        app = build_app(service)
        body = redact("beds.myshopify.com")
        answer = app.test_client().post(COMPLIANCE, data=body, headers=shopify(body, "", "shop/redact"))
        app.extensions["backorder.on_stop"]()
        assert (answer.status_code, kept(service)) == (401, [])


def test_a_privacy_request_of_a_shop_that_left_is_put_down_and_its_body_let_go(
    service: Service, client: FlaskClient
) -> None:
    connect(service, "gone", gone=True)
    body = b'{"shop_id": 1, "shop_domain": "gone.myshopify.com"}'
    client.post(COMPLIANCE, data=body, headers=shopify(body, APP_SECRET, "shop/redact"))
    turn(service.known.tended()["gone"])
    with service.work(read_only=True) as uow:
        (delivery,) = uow.deliveries.find()
        (request,) = uow.privacy.find("gone", None, 9)
    said = f"a privacy request, put down as number {request.id}"
    assert (delivery.state.value, delivery.reason, delivery.body) == ("done", said, b"")
    answer_requests(service.known.tended()["gone"])
    with service.work(read_only=True) as uow:
        assert uow.stores.get("gone") is None
        assert [one.said for one in uow.privacy.find("", None, 9)] == ["gone"]


def test_what_is_asked_for_one_shop_is_not_done_to_another_whose_secret_signed_it(
    service: Service, client: FlaskClient
) -> None:
    body = redact("beds.myshopify.com")
    client.post(COMPLIANCE, data=body, headers=shopify(body, "shpss_sandbox", "shop/redact"))
    turn(service.known.tended()["tents"])
    with service.work(read_only=True) as uow:
        (delivery,) = uow.deliveries.find(store="tents")
        assert uow.privacy.find(None, None, 9) == []
    assert (delivery.state.value, delivery.body) == ("done", b"")
    assert delivery.reason.startswith("a privacy request about a shop that is not this one")
