"""The forms of plugin and theme fit the service that takes them, with a script and without one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from bs4 import BeautifulSoup
from house import CONFIG, House, house
from node_stage import needs_node, product_page, rendered, run, variant
from php_stage import PLUGIN, needs_php, play, product

SERVICE = {"backorder_connector": {"address": "https://backorders.example", "store": "chairs"}}
THANKS = "Thank you. Please confirm with the link that we send you."


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Stores that can write to people: on the console."""
    config = CONFIG.replace("[[stores]]\n", '[[stores]]\nchannels = ["console"]\n')
    with house(tmp_path_factory.mktemp("forms"), config) as opened:
        for shop in opened.shops.values():
            shop.add_product("FIR", 0, title="Fir chair")
        opened.connect()
        yield opened


def sold_out(there: House, key: str) -> int:
    with there.service.work(read_only=True) as uow:
        return int(uow.catalogue.by_sku(key, "FIR")[0].id)


def plugin_form(number: int) -> str:
    thing = product(number, backorders="no")
    return str(play(products=[thing], options=SERVICE)["pages"][str(number)]["form"])


def fields_of(page: str) -> dict[str, str]:
    """As a browser would send it, after somebody typed an address and ticked the box."""
    form = BeautifulSoup(page, "html.parser").select_one("form")
    assert form is not None
    fields = {str(one["name"]): str(one.get("value", "")) for one in form.select("input[name]")}
    return {**fields, "email": "ann@example.com"}


@needs_php
@pytest.mark.parametrize(("accept", "status"), [("application/json", 202), ("text/html", 303)])
def test_the_plugins_form_is_taken(there: House, accept: str, status: int) -> None:
    fields = fields_of(plugin_form(sold_out(there, "chairs")))
    answer = there.app.test_client().post(
        "/storefront/v1/chairs/restock",
        data=urlencode(fields),
        content_type="application/x-www-form-urlencoded",
        headers={"Accept": accept},
    )
    assert answer.status_code == status, answer.get_data(as_text=True)


@needs_node
def test_the_theme_blocks_form_has_the_same_fields(there: House) -> None:
    number = sold_out(there, "tents")
    (page,) = rendered(product_page([variant(number, sells=False)], phone=True))
    fields = fields_of(page.partition("<form")[1] + page.partition("<form")[2])
    answer = there.app.test_client().post(
        "/storefront/v1/tents/restock", data={**fields, "phone": ""}, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 202, answer.get_data(as_text=True)
    assert fields["variant"] == str(number)


@needs_php
@needs_node
@pytest.mark.parametrize(
    ("answer", "said", "submitted"),
    [(202, THANKS, False), (422, "Tick the box.", False), (503, "", True), (None, "", True)],
)
def test_the_plugins_script_sends_the_form_and_says_what_came_of_it(
    answer: int | None, said: str, *, submitted: bool
) -> None:
    page = f"<html><body>{plugin_form(7)}</body></html>"
    seen: dict[str, Any] = run(
        "send.mjs", str(PLUGIN / "assets" / "restock.js"), given={"html": page, "answer": answer}
    )
    (sent,) = seen["sent"]
    assert (sent["address"], sent["accept"]) == (
        "https://backorders.example/storefront/v1/chairs/restock",
        "application/json",
    )
    assert sent["credentials"] == "omit"
    assert "email=ann%40example.com" in sent["body"]
    assert seen["said"] == said
    assert bool(seen["submitted"]) is submitted
