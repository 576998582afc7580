"""One function for each row of "When it is read" in docs/bad-input.md, by the row's name."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from house import House
from signed import last_body, newest, post

from connector.domain.facts import Demand
from connector.ports.records import Delivery, OrderRecord
from connector.services.digest import digest
from connector.services.supplies import add_supply
from connector.services.supply_errors import SupplyError
from connector.services.turn import turn

SKUS = {"chairs": "CHAIR", "tents": "TENT"}
TOPICS = {
    "chairs": {"order": "order.updated", "product": "product.updated", "gone": "product.deleted"},
    "tents": {"order": "orders/updated", "product": "products/update", "gone": "products/delete"},
}
NEVER_SEEN = count(7_000_000_000)
Body = dict[str, Any]


@dataclass
class Case:
    """A store, what its shop last sent, and a hand that sends it again, spoiled and signed."""

    there: House
    store: str
    bodies: dict[str, Body] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shop = self.there.shops[self.store]
        shop.place_order({SKUS[self.store]: 1})
        shop.set_field(SKUS[self.store], *(("backorders", "yes") if self.woo else ("inventoryPolicy", "DENY")))
        self.there.deliver()
        self.bodies = {what: last_body(self.there, self.store, self.topic(what)) for what in ("order", "product")}

    @property
    def woo(self) -> bool:
        return self.store == "chairs"

    def topic(self, what: str) -> str:
        return TOPICS[self.store][what]

    def dated(self, moment: datetime) -> Body:
        if self.woo:
            return {"date_modified_gmt": moment.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat()}
        return {"updated_at": moment.isoformat()}

    def now(self) -> datetime:
        return self.there.service.clock()

    def order(self, **changed: Any) -> Body:
        """An order that nobody has heard of."""
        return {**deepcopy(self.bodies["order"]), **self.dated(self.now()), "id": next(NEVER_SEEN), **changed}

    def lines(self, **changed: Any) -> list[Body]:
        """The one line of an order, changed.  ``units``: in every place that says how many."""
        line = {**deepcopy(self.bodies["order"]["line_items"][0]), "id": next(NEVER_SEEN)}
        if "units" in changed:
            units = changed.pop("units")
            line |= {"quantity": units, "current_quantity": units, "fulfillable_quantity": units}
            line["meta_data"] = [{"id": 1, "key": "_reduced_stock", "value": str(units)}]
        return [{**line, **changed}]

    def product(self, **changed: Any) -> Body:
        self.there.clock.shift(timedelta(seconds=2))
        return {**deepcopy(self.bodies["product"]), **self.dated(self.now()), **changed}

    def sends(self, body: bytes | Body, topic: str | None = None) -> Delivery:
        """What became of a delivery."""
        assert post(self.there, self.store, self.topic("order") if topic is None else topic, body) == 200
        turn(self.there.store(self.store))
        return newest(self.there, self.store)

    def reason(self, body: bytes | Body, topic: str | None = None) -> str:
        return self.sends(body, topic).reason

    def held(self, body: Body) -> OrderRecord:
        with self.there.service.work(read_only=True) as uow:
            return uow.orders.get(self.store, [str(body["id"])])[str(body["id"])]


def empty(case: Case) -> None:
    assert case.reason(b"") == "$ is not JSON: Expecting value at line 1 column 1"


def not_json(case: Case) -> None:
    assert case.reason(b"<html>oops</html>") == "$ is not JSON: Expecting value at line 1 column 1"
    assert case.reason(b"\0\0\0\0") == "$ is not JSON: Expecting value at line 1 column 1"


def truncated(case: Case) -> None:
    body = json.dumps(case.order()).encode()
    assert case.reason(body[: len(body) // 2]).startswith("$ is not JSON: ")


def not_utf8(case: Case) -> None:
    assert case.reason(b'{"id": "\xe9"}') == "$ is not UTF-8 at byte 8"


def not_a_number(case: Case) -> None:
    assert case.reason(b'{"id": NaN}') == "$ holds NaN, which is no JSON"
    assert case.reason(b'{"id": 1e999}') == "$ holds a number that is out of range"
    assert case.reason(b'{"id": ' + b"9" * 5000 + b"}") == "$ holds a number of too many digits"


def wrong_shape(case: Case) -> None:
    assert case.reason(b'"order"').endswith("$ is not an object: 'order'")
    assert case.reason(b"[1]") == "$ is not an object: a list of 1"
    assert case.reason(b"[]") == ("$.status is missing" if case.woo else "$.line_items is missing")


def missing(case: Case) -> None:
    body = case.order()
    del body["line_items"]
    assert case.reason(body) == "$.line_items is missing"


def wrong_type(case: Case) -> None:
    wanted = "a whole number of units" if case.woo else "a whole number"
    assert case.reason(case.order(line_items=case.lines(quantity="two"))) == (
        f"$.line_items[0].quantity is not {wanted}: 'two'"
    )


def other_body(case: Case) -> None:
    wrong = "$.number is missing" if case.woo else "$.line_items is missing"
    assert case.reason(case.product()) == wrong


def deep(case: Case) -> None:
    body = b'{"id": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"
    assert case.reason(body) == "$ is nested deeper than 200 levels"


def nul(case: Case) -> None:
    body = case.order(line_items=case.lines(sku="CH\0AIR", name="\ud83d Oak\0"))
    assert case.reason(body) == ""
    (line,) = (one for one in case.held(body).lines.values() if one.wanted)
    assert (line.sku, line.title) == ("CHAIR", "\N{REPLACEMENT CHARACTER} Oak")


def byte_order_mark(case: Case) -> None:
    assert case.reason(b"\xef\xbb\xbf" + json.dumps(case.order()).encode()) == ""


def member_twice(case: Case) -> None:
    body = case.order()
    text = json.dumps(body)
    assert case.reason(f'{{"id": 1, {text[1:]}'.encode()) == ""
    assert case.held(body).lines


def long_text(case: Case) -> None:
    name = "number" if case.woo else "name"
    body = case.order(**{name: "N" * 100_000}, line_items=case.lines(sku="S" * 100_000, name="T" * 100_000))
    assert case.reason(body) == ""
    held = case.held(body)
    (line,) = held.lines.values()
    assert (len(held.number), len(line.sku), len(line.title)) == (255, 255, 100_000)


def large(case: Case) -> None:
    body = case.order(note="x" * 4_000_000, line_items=[line for _ in range(500) for line in case.lines()])
    assert case.reason(body) == ""
    assert len(case.held(body).lines) == 500


def unknown_topic(case: Case) -> None:
    assert case.reason(b"not read at all", "customer.created" if case.woo else "carts/update") == (
        "a topic we do not use" if case.woo else "carts/update says nothing about orders or stock."
    )


def no_topic(case: Case) -> None:
    expected = "a topic we do not use" if case.woo else " says nothing about orders or stock."
    assert case.reason(case.order(), "") == expected


def unknown_status(case: Case) -> None:
    body = case.order(**{"status" if case.woo else "financial_status": "awaiting-moonrise"})
    assert case.reason(body) == ""
    held = case.held(body)
    assert (held.demand, held.status) == (Demand.UNKNOWN, "awaiting-moonrise")
    assert sum(line.outstanding for line in held.lines.values()) == 1


def unknown_currency(case: Case) -> None:
    assert case.reason(case.order(currency="XXQ", total="-1.5e9", total_price=None)) == ""


def negative(case: Case) -> None:
    body = case.order(line_items=case.lines(units=-2))
    if case.woo:
        assert case.reason(body) == ""
        assert [line.outstanding for line in case.held(body).lines.values()] == [0]
    else:
        assert case.reason(body) == "$.line_items[0].quantity is less than 0: -2"


def fraction(case: Case) -> None:
    expected = (
        "$.line_items[0].quantity is not a whole number of units: '1.5'"
        if case.woo
        else "$.line_items[0].quantity is not a whole number: 1.5"
    )
    assert case.reason(case.order(line_items=case.lines(quantity="1.5" if case.woo else 1.5))) == expected


def too_many(case: Case) -> None:
    number = 10**12 + 1
    expected = f"$.line_items[0].quantity is out of range: {number}"
    assert case.reason(case.order(line_items=case.lines(quantity=number))) == expected
    assert case.reason(case.order(line_items=case.lines(units=10**12))) == ""


def big_id(case: Case) -> None:
    body = case.order(id=2**53 + 1, line_items=case.lines(id=2**63 + 1))
    assert case.reason(body) == ""
    held = case.held(body)
    assert (held.id, list(held.lines)) == ("9007199254740993", ["9223372036854775809"])


def bad_id(case: Case) -> None:
    for wrong in (-5, "abc", 1.5, True, 10**20, None, [1], ""):
        assert case.reason(case.order(id=wrong)).startswith("$.id is not an id: ")


def line_twice(case: Case) -> None:
    (line,) = case.lines()
    body = case.order(line_items=[line, line])
    assert case.reason(body) == ""
    assert len(case.held(body).lines) == 1


def sku_twice(case: Case) -> None:
    other = next(NEVER_SEEN)
    sku = SKUS[case.store]
    body = case.product(id=other)
    for variant in body.get("variants", ()):
        variant |= {"id": other, "inventory_item_id": other, "product_id": other}
    body["variant_gids"] = []
    assert post(case.there, case.store, case.topic("product"), body) == 200
    digest(case.there.store(case.store))
    with pytest.raises(SupplyError, match=f"The SKU '{sku}' is used 2 times: id:.*Name one of them by its id"):
        add_supply(case.there.store(case.store), sku, 1, None)
    with case.there.service.work() as uow:
        # The shop knows nothing of the second; for the rows that follow it is gone, as the next read would find.
        stranger = uow.catalogue.get(case.store, [str(other)])[str(other)]
        stranger.gone = True
        uow.catalogue.save(case.store, [stranger])
        uow.commit()


def deleted_product(case: Case) -> None:
    nothing: Body = {"product_id": 0, "variation_id": 0} if case.woo else {"product_id": None, "variant_id": None}
    first = case.order(line_items=case.lines())
    assert case.reason(first) == ""
    case.there.clock.shift(timedelta(seconds=2))
    later = {**first, **case.dated(case.now()), "line_items": [{**first["line_items"][0], **nothing}]}
    assert case.reason(later) == ""
    (line,) = case.held(first).lines.values()
    assert (line.variant_id != "", line.outstanding) == (True, 1)
    unheard = case.order(line_items=case.lines(**nothing))
    assert case.reason(unheard) == ""
    assert [line.outstanding for line in case.held(unheard).lines.values()] == [0]


def gone_when_sent(case: Case) -> None:
    body = {"code": "woocommerce_rest_shop_order_invalid_id", "message": "Invalid ID.", "data": {"status": 404}}
    assert case.reason(body) == "gone before it was delivered"


def error_as_body(case: Case) -> None:
    body = {"code": "woocommerce_rest_cannot_view", "message": "Sorry.", "data": {"status": 403}}
    assert case.reason(body) == "$.data.status is 403: the shop sent an error, woocommerce_rest_cannot_view"


def stranger_deleted(case: Case) -> None:
    assert case.reason({"id": next(NEVER_SEEN)}, case.topic("gone")) == "about something we do not have"


def older(case: Case) -> None:
    body = case.order()
    case.sends(body)
    late = {**body, **case.dated(case.now() - timedelta(hours=2)), "line_items": case.lines(units=9)}
    assert case.reason(late) == ""
    assert [line.wanted for line in case.held(body).lines.values()] == [1]


def future(case: Case) -> None:
    """Three things dated 2999: an order and a product that the shop has otherwise, and an order that it has not."""
    shop = case.there.shops[case.store]
    sku = SKUS[case.store]
    order_id = shop.place_order({sku: 2})
    case.there.deliver()
    never = case.dated(datetime(2999, 12, 30, tzinfo=UTC))
    told = "dated in the future, so the shop is asked how it is now"
    lie = {**last_body(case.there, case.store, case.topic("order")), **never, "line_items": case.lines(units=9)}
    assert case.reason(lie) == told
    assert [line.wanted for line in case.held(lie).lines.values() if line.wanted] == [2]
    assert case.reason(case.order(**never)) == told
    product = case.product(**never, stock_quantity=5, title="A lie", name="A lie")
    for variant in product.get("variants", ()):
        variant.update(never)
    assert case.reason(product, case.topic("product")) == told
    with case.there.service.work(read_only=True) as uow:
        assert uow.catalogue.by_sku(case.store, sku)[0].title != "A lie"
    # What comes after it is believed as ever.
    case.there.clock.shift(timedelta(seconds=2))
    shop.change_quantity(order_id, sku, 1)
    case.there.deliver()
    assert [line.wanted for line in case.held(lie).lines.values() if line.wanted] == [1]


def no_date(case: Case) -> None:
    key = "date_modified_gmt" if case.woo else "updated_at"
    for wrong in ("", "yesterday", "2026-02-30T00:00:00Z", 17):
        assert case.reason(case.order(**{key: wrong})).startswith(f"$.{key} is not a date and time: ")
    for wrong in ("0001-01-01T00:00:00+14:00", "1969-12-31T23:59:59Z", "3000-01-01T00:00:00Z"):
        assert case.reason(case.order(**{key: wrong})).startswith(f"$.{key} is out of range: ")


def markup(case: Case) -> None:
    body = case.order(line_items=case.lines(name="<b>Oak</b> & <script>x</script>"))
    assert case.reason(body) == ""
    assert [line.title for line in case.held(body).lines.values()] == ["<b>Oak</b> & <script>x</script>"]


def privacy_request(case: Case) -> None:
    body = {"shop_domain": "sandbox.myshopify.com", "orders_to_redact": [1, 2]}
    assert case.reason(body, "customers/redact").startswith("a privacy request, put down as number ")


def fault_of_ours(case: Case) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a fault")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(case.there.store(case.store).platform), "translate", broken)
        assert case.reason(case.order()).startswith("a fault of ours: Traceback")


READING: dict[str, Callable[[Case], None]] = {
    "empty": empty,
    "not-json": not_json,
    "truncated": truncated,
    "not-utf8": not_utf8,
    "not-a-number": not_a_number,
    "wrong-shape": wrong_shape,
    "missing": missing,
    "wrong-type": wrong_type,
    "other-body": other_body,
    "deep": deep,
    "nul": nul,
    "byte-order-mark": byte_order_mark,
    "member-twice": member_twice,
    "long-text": long_text,
    "large": large,
    "unknown-topic": unknown_topic,
    "no-topic": no_topic,
    "unknown-status": unknown_status,
    "unknown-currency": unknown_currency,
    "negative": negative,
    "fraction": fraction,
    "too-many": too_many,
    "big-id": big_id,
    "bad-id": bad_id,
    "line-twice": line_twice,
    "sku-twice": sku_twice,
    "deleted-product": deleted_product,
    "gone-when-sent": gone_when_sent,
    "error-as-body": error_as_body,
    "stranger-deleted": stranger_deleted,
    "older": older,
    "future": future,
    "no-date": no_date,
    "markup": markup,
    "privacy-request": privacy_request,
    "fault-of-ours": fault_of_ours,
}
