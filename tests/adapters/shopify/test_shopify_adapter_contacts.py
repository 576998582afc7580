"""How a buyer is reached: what the shop says, and never an error for what it does not."""

from __future__ import annotations

from typing import Any

import pytest
from shopify_adapter_stage import open_stage, scripted

from adapters.shopify.sandbox.trade import Checkout
from connector.ports.acting import Contact
from connector.ports.failures import OwnerMustAct, Refused, TryLater


def test_the_shop_says_how_the_buyer_is_reached_and_where_the_goods_go() -> None:
    with open_stage() as stage:
        stage.shop.add_product("A", 5)
        order = stage.shop.place_order({"A": 1}, language="fr-CA", how=Checkout(country="FR"))
        assert stage.client.contact(order) == Contact("jo@example.com", "+49 30 000000", "Jo Example", "fr-CA", "FR")


def test_an_app_without_the_approval_gets_the_language_alone_and_loses_nothing_else() -> None:
    with open_stage() as stage:
        stage.shop.disapprove()
        stage.shop.add_product("A", 5)
        order = stage.shop.place_order({"A": 1}, language="de")
        assert stage.client.contact(order) == Contact(language="de")
        (seen,) = stage.client.read_orders([order])
        assert [line.sku for line in seen.lines] == ["A"]  # type: ignore[union-attr]  # an OrderSeen


def test_of_an_order_that_is_gone_nothing_is_said() -> None:
    with open_stage() as stage:
        assert stage.client.contact("123") == Contact()


ORDER = {"customerLocale": None, "email": None, "phone": None, "shippingAddress": None}


def error(code: str, *path: str) -> dict[str, Any]:
    return {"message": code, "path": list(path), "extensions": {"code": code}}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param({"data": {"order": ORDER}}, Contact(), id="nothing is known"),
        pytest.param(
            {"data": {"order": {**ORDER, "shippingAddress": {"name": " ", "phone": "1", "countryCodeV2": "US"}}}},
            Contact(phone="1", country="US"),
            id="the telephone of the address",
        ),
        pytest.param(
            {"data": {"order": None}, "errors": [error("ACCESS_DENIED", "order")]}, Contact(), id="the whole is denied"
        ),
        pytest.param({"data": None, "errors": [error("ACCESS_DENIED")]}, Contact(), id="everything is denied"),
    ],
)
def test_what_is_not_said_is_empty(answer: dict[str, Any], expected: Contact) -> None:
    with scripted() as script:
        script.answers(answer)
        assert script.client.contact("1") == expected


@pytest.mark.parametrize("data", [None, {"order": None}, {"order": ORDER}])
def test_a_shop_that_stumbles_is_asked_again_later(data: object) -> None:
    with scripted() as script:
        script.answers({"data": data, "errors": [error("INTERNAL_SERVER_ERROR", "order", "email")]})
        with pytest.raises(TryLater):
            script.client.contact("1")


@pytest.mark.parametrize("status", [401, 402, 403, 404])
def test_a_shop_that_turns_us_away_is_the_owners_to_mend(status: int) -> None:
    with scripted() as script:
        script.answers({"errors": "no"}, status=status)
        with pytest.raises(OwnerMustAct):
            script.client.contact("1")


def test_shopify_says_nothing_to_a_buyer_and_we_do_not_pretend_it_does() -> None:
    with scripted() as script:
        script.answers({"data": {}})
        with pytest.raises(Refused) as refused:
            script.client.say("1", "Your lamp is late.", "BO-1-1", again=False)
        assert (refused.value.code, script.asked) == ("says_nothing", [])
