"""What a delivery means: topics, orders and their refunds."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from adapters.woocommerce import platform
from connector.domain.facts import Demand, OrderSeen, Reread, Thing, Translation
from connector.ports.failures import Unreadable

Json = dict[str, object]


def meta(**values: object) -> list[Json]:
    return [{"id": place, "key": key, "value": value} for place, (key, value) in enumerate(values.items())]


def line(**changed: object) -> Json:
    base = {"id": 6, "name": "Chair", "product_id": 38, "variation_id": 0, "quantity": 5, "sku": "C"}
    return {**base, "meta_data": meta(_reduced_stock="5"), **changed}


def refund(units: object, of: object = "6") -> Json:
    return {"id": 40, "total": "-10.00", "line_items": [{"quantity": units, "meta_data": meta(_refunded_item_id=of)}]}


def order(*lines: Json, **changed: object) -> Json:
    return {
        "id": 39,
        "number": "WEB-39",
        "status": "processing",
        "date_created_gmt": "2026-11-20T08:00:00",
        "date_modified_gmt": "2026-11-21T20:31:40",
        "date_paid_gmt": "2026-11-20T09:30:00",
        "payment_method": "stripe",
        "meta_data": [],
        "line_items": list(lines),
        "refunds": [],
        **changed,
    }


def translate(topic: str, body: object) -> Translation:
    return platform().translate(topic, json.dumps(body).encode())


def seen(body: Json) -> OrderSeen:
    (fact,) = translate("order.updated", body).facts
    assert isinstance(fact, OrderSeen)
    return fact


def wanted(body: Json) -> list[int]:
    return [one.wanted for one in seen(body).lines]


@pytest.mark.parametrize(
    ("status", "demand"),
    [
        ("checkout-draft", Demand.NONE),
        ("pending", Demand.NONE),
        ("on-hold", Demand.UNPAID),
        ("processing", Demand.OPEN),
        ("completed", Demand.DONE),
        ("cancelled", Demand.VOID),
        ("failed", Demand.VOID),
        ("refunded", Demand.VOID),
        ("trash", Demand.VOID),
        ("awaiting-shipment", Demand.UNKNOWN),
    ],
)
def test_a_status_says_what_an_order_asks_and_is_kept_as_it_stands(status: str, demand: Demand) -> None:
    found = seen(order(status=status))
    assert (demand, status) == (found.demand, found.status)


@pytest.mark.parametrize("topic", ["order.created", "order.updated", "order.restored"])
def test_every_order_topic_has_the_same_body(topic: str) -> None:
    assert translate("order.updated", order(line())) == translate(topic, order(line()))


@pytest.mark.parametrize(
    ("method", "paid", "taken"),
    [
        ("stripe", "2026-11-20T09:30:00", datetime(2026, 11, 20, 9, 30, tzinfo=UTC)),
        ("stripe", None, datetime(2026, 11, 20, 8, 0, tzinfo=UTC)),
        ("bacs", "2026-11-20T09:30:00", datetime(2026, 11, 20, 8, 0, tzinfo=UTC)),
        ("cheque", "2026-11-20T09:30:00", datetime(2026, 11, 20, 8, 0, tzinfo=UTC)),
        ("cod", "2026-11-20T09:30:00", datetime(2026, 11, 20, 8, 0, tzinfo=UTC)),
        ("", "2026-11-20T09:30:00", datetime(2026, 11, 20, 9, 30, tzinfo=UTC)),
    ],
)
def test_the_queue_is_joined_when_the_stock_is_taken(method: str, paid: str | None, taken: datetime) -> None:
    assert taken == seen(order(payment_method=method, date_paid_gmt=paid)).taken_at


@pytest.mark.parametrize(
    ("reduced", "units"), [("5", 5), ("5.0", 5), ("5.", 5), (5, 5), (5.0, 5), ("0", 0), ("", 0), (None, 0), ("-2", 0)]
)
def test_a_line_wants_what_the_shop_took_for_it(reduced: object, units: int) -> None:
    assert [units] == wanted(order(line(meta_data=meta(_reduced_stock=reduced))))


def test_a_line_the_shop_took_nothing_for_wants_nothing() -> None:
    assert wanted(order(line(meta_data=meta(engraving="Ünïcode")))) == [0]


@pytest.mark.parametrize("reduced", ["1.5", "five", "1e3", "٣", True, [], {}, 0.5])
def test_half_a_unit_is_refused_with_its_path(reduced: object) -> None:
    with pytest.raises(Unreadable) as refused:
        seen(order(line(), line(meta_data=meta(_reduced_stock=reduced))))
    assert refused.value.path == "$.line_items[1].meta_data[0].value"


@pytest.mark.parametrize(
    ("line_meta", "refunds", "units"),
    [
        pytest.param({"_reduced_stock": "3", "_restock_refunded_items": "2"}, [refund(-2)], 3, id="restocked"),
        pytest.param({"_reduced_stock": "5"}, [refund(-2)], 3, id="kept back"),
        pytest.param(
            {"_reduced_stock": "4", "_restock_refunded_items": "1"},
            [refund(-1), refund(-2)],
            2,
            id="one restocked, two not",
        ),
        pytest.param({"_reduced_stock": "5"}, [refund(-9)], 0, id="more than was taken"),
        pytest.param({"_reduced_stock": "3", "_restock_refunded_items": "2"}, [], 3, id="a restocking refund deleted"),
        pytest.param({"_reduced_stock": "5"}, [refund(-2, of="7")], 5, id="of another line"),
        pytest.param({"_reduced_stock": "5"}, [{"id": 41, "line_items": []}], 5, id="of money alone"),
        pytest.param(
            {"_reduced_stock": "5"}, [{"id": 41, "line_items": [{"quantity": -1, "meta_data": []}]}], 5, id="of no line"
        ),
    ],
)
def test_refunded_units_leave_the_line_once(line_meta: dict[str, object], refunds: list[Json], units: int) -> None:
    assert [units] == wanted(order(line(meta_data=meta(**line_meta)), refunds=refunds))


BARE = [{"id": 40, "reason": "", "total": "-10.00"}]


@pytest.mark.parametrize(
    ("status", "refunds", "rereads"),
    [
        pytest.param("processing", BARE, (Reread(Thing.ORDER, "39"),), id="waits"),
        pytest.param("on-hold", BARE, (Reread(Thing.ORDER, "39"),), id="awaits payment"),
        pytest.param("bespoke", BARE, (Reread(Thing.ORDER, "39"),), id="nobody knows"),
        pytest.param("processing", [refund(-1), *BARE], (Reread(Thing.ORDER, "39"),), id="one of two is whole"),
        pytest.param("completed", BARE, (), id="done"),
        pytest.param("refunded", BARE, (), id="void"),
        pytest.param("processing", [refund(-1)], (), id="whole"),
        pytest.param("processing", [], (), id="none"),
    ],
)
def test_an_order_that_waits_is_read_again_for_its_refunds(
    status: str, refunds: list[Json], rereads: tuple[Reread, ...]
) -> None:
    assert rereads == translate("order.updated", order(line(), status=status, refunds=refunds)).rereads


@pytest.mark.parametrize(
    ("product", "variation", "variant_id", "product_id"),
    [(38, 0, "38", "38"), (25, 26, "26", "25"), (0, 0, None, ""), (0, 26, "26", "")],
)
def test_a_line_names_the_variation_or_else_the_product(
    product: int, variation: int, variant_id: str | None, product_id: str
) -> None:
    (one,) = seen(order(line(product_id=product, variation_id=variation))).lines
    assert (variant_id, product_id) == (one.variant_id, one.product_id)


def test_names_are_read_as_people_see_them() -> None:
    (one,) = seen(order(line(name="Caf&eacute; &amp; <b>x</b> &#8211; &quot;Q&quot;", sku=None))).lines
    assert (one.title, one.sku) == ('Café & <b>x</b> \N{EN DASH} "Q"', "")


@pytest.mark.parametrize(
    ("entries", "language"),
    [
        (meta(wpml_language="de"), "de"),
        (meta(_wpml_language="fr"), "fr"),
        (meta(pll_language="nl_NL"), "nl_NL"),
        (meta(wpml_language="", trp_language="it_IT"), "it_IT"),
        (meta(wpml_language=["de"]), ""),
        (meta(is_vat_exempt="no"), ""),
        ([], ""),
    ],
)
def test_the_language_is_what_a_plugin_left_in_the_order(entries: list[Json], language: str) -> None:
    assert language == seen(order(meta_data=entries)).language


GONE = {"code": "woocommerce_rest_shop_order_invalid_id", "message": "Invalid ID.", "data": {"status": 404}}


@pytest.mark.parametrize(
    "topic", ["order.created", "order.updated", "order.restored", "product.updated", "product.restored"]
)
@pytest.mark.parametrize("status", [404, 410])
def test_a_thing_that_went_before_delivery_is_no_news(topic: str, status: int) -> None:
    assert Translation(note="gone before it was delivered") == translate(topic, {**GONE, "data": {"status": status}})


def test_another_error_in_place_of_a_body_is_shown_to_a_person() -> None:
    body = {"code": "woocommerce_rest_cannot_view", "message": "Sorry.", "data": {"status": 401}}
    with pytest.raises(Unreadable) as refused:
        translate("order.updated", body)
    assert refused.value.path == "$.data.status"
    assert "woocommerce_rest_cannot_view" in refused.value.problem


@pytest.mark.parametrize(
    ("topic", "body", "rereads"),
    [
        ("order.deleted", {"id": 53}, (Reread(Thing.ORDER, "53", only_known=True),)),
        (
            "product.deleted",
            {"id": 186},
            (Reread(Thing.PRODUCT, "186", only_known=True), Reread(Thing.ORDER, "186", only_known=True)),
        ),
        ("action.woocommerce_product_set_stock_status", {"action": "x", "arg": 32}, (Reread(Thing.PRODUCT, "32"),)),
        ("action.woocommerce_variation_set_stock_status", {"action": "x", "arg": 26}, (Reread(Thing.PRODUCT, "26"),)),
    ],
)
def test_a_bare_id_is_read_again(topic: str, body: Json, rereads: tuple[Reread, ...]) -> None:
    assert Translation(rereads=rereads) == translate(topic, body)


@pytest.mark.parametrize(
    ("topic", "body", "note"),
    [
        ("coupon.updated", {"id": 1}, "a topic we do not use"),
        ("action.woocommerce_no_stock", {"action": "x", "arg": []}, "a topic we do not use"),
        ("", {"id": 1}, "a topic we do not use"),
        ("action.woocommerce_product_set_stock_status", {"arg": []}, "a hook that names no product"),
    ],
)
def test_what_is_none_of_our_business_says_so(topic: str, body: Json, note: str) -> None:
    assert Translation(note=note) == translate(topic, body)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (order(line(quantity="many")), "$.line_items[0].quantity"),
        (order(id=None), "$.id"),
        (order(date_modified_gmt=None), "$.date_modified_gmt"),
        (order(line_items={"1": {}}), "$.line_items"),
        (order(line(meta_data=["x"])), "$.line_items[0].meta_data[0]"),
        ([], "$.status"),
        ("text", "$"),
        (order(refunds=[{"id": 1, "line_items": [{"quantity": "x", "meta_data": meta(_refunded_item_id=6)}]}]), None),
    ],
)
def test_a_body_of_the_wrong_shape_is_refused_with_its_path(body: object, path: str | None) -> None:
    with pytest.raises(Unreadable) as refused:
        translate("order.updated", body)
    assert (path or "$.refunds[0].line_items[0].quantity") == refused.value.path


def test_bytes_that_are_no_json_are_refused() -> None:
    with pytest.raises(Unreadable):
        platform().translate("order.updated", b"<html>502</html>")
