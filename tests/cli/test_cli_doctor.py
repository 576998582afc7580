"""``backorder doctor``: what is wrong is found, named, and comes with how to mend it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from faults import quiet_retries
from free_ports import free_port
from house import CONFIG, House, house

from adapters.woocommerce.sandbox.auth import Key
from connector.cli import backorder
from connector.ports.clock import system_clock
from connector.sandbox.serve import served

Wrong = dict[tuple[str, str], str]
"""What is wrong, by place and finding, with how to mend it."""


@contextmanager
def healthy(folder: Path) -> Iterator[House]:
    """Both shops and the service, all of it reachable and in order."""
    port = free_port()
    config = CONFIG.replace("http://127.0.0.1:8000", f"http://127.0.0.1:{port}")
    with house(folder, config) as there, served(there.app, port):
        there.woo.add_product("CHAIR-OAK", 3)
        there.shopify.add_product("TENT-2P", 2)
        there.connect()
        yield there


def doctor(folder: Path, *typed: str) -> Result:
    return CliRunner().invoke(backorder, ["doctor", *typed, "--config", str(folder / "config.toml")])


def wrong(folder: Path, *typed: str) -> Wrong:
    """What the doctor finds; that the exit code says the same is seen on the way."""
    done = doctor(folder, "--json", *typed)
    assert done.stderr == ""
    found = json.loads(done.stdout)
    ill = {(place, one["what"]): one["fix"] for place, all_ in found.items() for one in all_ if not one["ok"]}
    assert done.exit_code == (1 if ill else 0)
    assert all(ill.values()), "every finding says how to mend it"
    assert all(one["said"] for all_ in found.values() for one in all_)
    return ill


def test_where_all_is_well_nothing_is_wrong_and_the_exit_code_is_0(tmp_path: Path) -> None:
    with healthy(tmp_path):
        assert wrong(tmp_path) == {}
        done = doctor(tmp_path)
    assert done.exit_code == 0
    assert "WRONG" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 160


def wrong_key(there: House) -> None:
    there.woo.keys.clear()
    there.shopify.access_token = "another"


def read_only_key(there: House) -> None:
    (name, key), *_ = there.woo.keys.items()
    there.woo.keys[name] = Key(key.secret, "read")
    there.shopify.scopes = frozenset({"read_products", "read_inventory", "read_locations", "write_orders"})
    there.shopify.store.scopes = there.shopify.scopes


def webhooks_gone(there: House) -> None:
    for webhook in there.woo._core.hooks.rows.values():
        webhook.status = "disabled"
    there.shopify._outbox.subscriptions.clear()


def an_hour_off(there: House) -> None:
    there.woo._core._clock = lambda: system_clock() + timedelta(hours=1)
    there.shopify.store.clock = lambda: system_clock() + timedelta(hours=1)


def busy(there: House) -> None:
    there.woo.faults.answer_html = there.shopify.faults.answer_html = 1000


MEND: list[tuple[Callable[[House], None], dict[tuple[str, str], str]]] = [
    (
        wrong_key,
        {
            ("chairs", "read products"): "Make a key with the permission Read/Write",
            ("chairs", "webhooks"): "Make a key with the permission Read/Write",
            ("tents", "The shop answers"): "token",
            ("tents", "webhooks"): "token",
        },
    ),
    (
        read_only_key,
        {
            ("chairs", "write products"): "Set its permission to Read/Write",
            ("tents", "Right write_products"): "Grant write_products to the app",
        },
    ),
    (
        webhooks_gone,
        {
            ("chairs", "webhooks"): "`backorder serve` creates and mends them by itself",
            ("tents", "webhooks"): "`backorder serve` creates and mends them by itself",
        },
    ),
    (
        an_hour_off,
        {("chairs", "clocks"): "Set both by time servers", ("tents", "Clock"): "Set this machine's clock"},
    ),
    (
        busy,
        {
            ("chairs", "read products"): "Try again",
            ("chairs", "webhooks"): "Try again",
            ("tents", "The shop answers"): "Try again",
            ("tents", "webhooks"): "Try again",
        },
    ),
]


@pytest.mark.parametrize(("spoil", "expected"), MEND, ids=[spoil.__name__ for spoil, _ in MEND])
def test_each_illness_is_found_alone_and_has_its_cure(
    tmp_path: Path, spoil: Callable[[House], None], expected: dict[tuple[str, str], str]
) -> None:
    with healthy(tmp_path) as there, quiet_retries():
        spoil(there)
        found = wrong(tmp_path)
    assert found.keys() == expected.keys()
    assert {finding: cure for finding, cure in expected.items() if cure not in found[finding]} == {}


def test_an_address_that_nobody_answers_is_the_services_own_trouble(tmp_path: Path) -> None:
    config = CONFIG.replace("http://127.0.0.1:8000", f"http://127.0.0.1:{free_port()}")
    with house(tmp_path, config) as there:
        there.connect()
        found = wrong(tmp_path)
    assert list(found) == [("service", "public address")]
    assert "Is `backorder serve` running" in found["service", "public address"]


def test_an_address_that_something_else_answers_is_no_better(tmp_path: Path) -> None:
    with healthy(tmp_path) as there:
        port = free_port()
        config = tmp_path / "config.toml"
        config.write_text(
            config.read_text().replace(there.service.settings.server.public_url, f"http://127.0.0.1:{port}")
        )
        with served(there.woo.app, port):
            said = json.loads(doctor(tmp_path, "--json", "chairs").stdout)["service"][-1]
    assert said["ok"] is False
    assert said["said"] == f"http://127.0.0.1:{port}/healthz answers 404 instead of 200"


def test_a_store_that_was_never_read_and_one_that_is_paused_are_told_apart(tmp_path: Path) -> None:
    with healthy(tmp_path) as there:
        for key, change in (("chairs", "cursors"), ("tents", "paused")):
            with there.service.work() as uow:
                record = uow.stores.get(key)
                assert record is not None
                setattr(record, change, {} if change == "cursors" else True)
                uow.stores.save(record)
                uow.commit()
        found = wrong(tmp_path)
    assert found == {
        ("chairs", "import"): "Start `backorder serve`.",
        ("tents", "paused"): "`backorder store resume tents`",
    }


def test_the_doctor_changes_nothing_at_the_shop(tmp_path: Path) -> None:
    with healthy(tmp_path) as there:
        before = [shop.shelf(sku) for shop, sku in ((there.woo, "CHAIR-OAK"), (there.shopify, "TENT-2P"))]
        waiting = [shop.pending_webhooks() for shop in there.shops.values()]
        doctor(tmp_path)
        assert [shop.shelf(sku) for shop, sku in ((there.woo, "CHAIR-OAK"), (there.shopify, "TENT-2P"))] == before
        assert [shop.pending_webhooks() for shop in there.shops.values()] == waiting
