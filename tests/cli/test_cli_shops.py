"""The commands that call the shops: ``doctor``, ``store reconcile`` and ``store remove``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import stamina
from cli_desk import Desk
from databases import beside_the_config
from house import CONFIG, House, house

from connector.bootstrap.begin_anew import begin_anew
from connector.bootstrap.store_jobs import heal_webhooks
from connector.sandbox.serve import served


class Connected(NamedTuple):
    house: House
    desk: Desk
    config: str

    def doctor(self, *stores: str) -> tuple[int, dict[str, list[dict[str, Any]]]]:
        result = self.desk.run("doctor", *stores, "--json")
        assert result.stderr == ""
        return result.exit_code, json.loads(result.stdout)

    def wrong(self, *stores: str) -> dict[str, dict[str, tuple[str, str]]]:
        """What is found wrong, and how to mend it; the exit code says the same."""
        code, found = self.doctor(*stores)
        wrong = {
            name: {one["what"]: (one["said"], one["fix"]) for one in findings if not one["ok"]}
            for name, findings in found.items()
        }
        assert code == int(any(wrong.values()))
        return {name: findings for name, findings in wrong.items() if findings}


@contextmanager
def connected(folder: Path) -> Iterator[Connected]:
    """Both shops and the service, each answering on loopback."""
    built: list[House] = []

    def answer(request: Any, start: Any) -> Any:
        return built[0].app(request, start)

    with (
        served(answer) as url,
        house(folder, CONFIG.replace("http://127.0.0.1:8000", url), database=beside_the_config(folder)) as there,
    ):
        built.append(there)
        there.woo.add_product("CHAIR-OAK", 3, title="Oak chair")
        there.shopify.add_product("TENT-2P", 2, title="Tent for two")
        desk = Desk(folder / "config.toml")
        yield Connected(there, desk, desk.config.read_text())


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connected]:
    with connected(tmp_path_factory.mktemp("connected")) as made:
        yield made


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Connected]:
    """For what holds only once."""
    with connected(tmp_path) as made:
        yield made


@pytest.fixture
def shops(opened: Connected) -> Connected:
    """As they are once the service ran: read, with webhooks."""
    opened.desk.config.write_text(opened.config)
    for store in opened.house.service.stores.values():
        heal_webhooks(opened.house.service, store)
    opened.desk.done("store", "reconcile")
    return opened


def test_before_the_first_start_the_doctor_says_what_start_will_mend(fresh: Connected) -> None:
    wrong = fresh.wrong()
    assert wrong.keys() == {"chairs", "tents"}
    mended = "`backorder serve` creates and mends them by itself at its start and every [sync] reconcile seconds."
    for found in wrong.values():
        assert found["webhooks"][0].startswith("missing: order")
        assert found["webhooks"][1] == mended
        assert found["import"] == ("the store has not been read yet", "Start `backorder serve`.")
    assert "is read when `backorder serve` or `backorder store reconcile` runs" in fresh.desk.done("status")
    said = fresh.desk.done("store", "reconcile")
    assert said == ("chairs: read 0 orders and 1 product; news: 3.\ntents: read 0 orders and 1 product; news: 3.\n")


def test_what_was_planned_with_another_config_is_planned_again_at_the_next_start_and_nothing_else(
    fresh: Connected,
) -> None:
    service = fresh.house.service
    assert sorted(begin_anew(service, service.stores)) == ["chairs", "tents"]
    fresh.desk.config.write_text(fresh.config.replace('key = "chairs"', 'key = "chairs"\nlanguage = "de"'))
    fresh.desk.done("store", "reconcile")
    assert sorted(begin_anew(service, service.stores)) == ["chairs"]


def test_a_healthy_service_is_called_healthy(shops: Connected) -> None:
    code, found = shops.doctor()
    assert (code, [one for findings in found.values() for one in findings if not one["ok"]]) == (0, [])
    assert found.keys() == {"service", "chairs", "tents"}
    said = shops.desk.done("doctor")
    assert "WRONG" not in said
    assert "all 8 are there and deliver to http://127.0.0.1:" in said
    shown = shops.desk.terminal("doctor")
    assert max(len(line) for line in shown.splitlines()) <= 100


def test_a_wrong_key_is_said_with_how_to_make_a_right_one(shops: Connected) -> None:
    shops.desk.config.write_text(shops.config.replace("ck_sandbox", "ck_wrong").replace("shpat_sandbox", "shpat_wrong"))
    woo = (
        "The shop does not know the consumer key.",
        (
            "Make a key with the permission Read/Write under WooCommerce > Settings > Advanced > REST API, for an "
            "administrator, and enter it here."
        ),
    )
    shopify = (
        "The shop no longer accepts the access token of this app.",
        "Install the app again, or enter its new token.",
    )
    assert shops.wrong() == {
        "chairs": {"read products": woo, "webhooks": woo},
        "tents": {"The shop answers": shopify, "webhooks": shopify},
    }
    result = shops.desk.run("doctor", "chairs")
    assert (result.exit_code, result.stdout.count("WRONG"), result.stdout.count(f"-> {woo[1]}")) == (1, 2, 2)
    assert shops.desk.refused("store", "reconcile", "chairs") == f"chairs: {woo[0]} {woo[1]}\n"


def test_a_public_address_that_does_not_answer_is_found(shops: Connected) -> None:
    address = shops.house.service.settings.server.public_url
    shops.desk.config.write_text(shops.config.replace(address, "http://127.0.0.1:9"))
    assert shops.wrong("chairs")["service"] == {
        "public address": (
            "http://127.0.0.1:9 does not answer (ConnectionError)",
            "Is `backorder serve` running, and does the proxy send this address to [server] bind?",
        )
    }
    shops.desk.config.write_text(shops.config.replace(address, f"{address}/shop"))
    said, _ = shops.wrong("chairs")["service"]["public address"]
    assert said == f"{address}/shop/healthz answers 404 instead of 200"


def test_a_webhook_deleted_at_the_shop_is_missed(shops: Connected) -> None:
    storefront = shops.house.store("chairs").storefront
    (one,) = [one for one in storefront.subscriptions() if one.topic == "order.updated"]
    storefront.unsubscribe(one)
    assert shops.wrong("chairs")["chairs"]["webhooks"][0] == "missing: order.updated"


def test_a_paused_store_is_not_healthy(shops: Connected) -> None:
    shops.desk.done("store", "pause", "tents")
    assert shops.wrong() == {
        "tents": {"paused": ("by hand: nothing is pushed or told", "`backorder store resume tents`")}
    }
    shops.desk.done("store", "resume", "tents")


def test_a_shop_that_is_away_is_said_and_keeps_no_other_from_being_read(shops: Connected) -> None:
    url = str(shops.house.service.settings.store("chairs").options["url"])
    shops.desk.config.write_text(shops.config.replace(url, "http://127.0.0.1:9"))
    with stamina.set_testing(True, attempts=1):
        result = shops.desk.run("store", "reconcile")
        removed = shops.desk.refused("store", "remove", "chairs", "--yes")
    assert (result.exit_code, result.stdout) == (1, "tents: read 0 orders and 1 product; news: 0.\n")
    assert result.stderr == "chairs: GET products failed on the way (ConnectionError)\n"
    assert removed.endswith("Nothing was forgotten; --keep-webhooks forgets the store without asking the shop.\n")
    assert [one["store"] for one in shops.desk.json("store", "list")] == ["chairs", "tents"]


def test_reconcile_reads_what_no_webhook_told_and_plans_again(shops: Connected) -> None:
    shops.house.shopify.faults.lose_webhooks = 1_000
    shops.house.shopify.set_stock("TENT-2P", 7)
    shops.house.shopify.flush()
    shops.house.shopify.faults.lose_webhooks = 0
    shops.house.clock.shift(60)
    found = shops.desk.json("store", "reconcile", "tents")
    assert found == {"tents": {"orders": 0, "products": 1, "healed": 1}}
    (variant,) = shops.desk.json("status", "tents")[0]["variants"]
    assert (variant["available"], variant["sellable"]) == (7, 7)
    assert shops.desk.json("store", "reconcile", "tents")["tents"]["healed"] == 0


@pytest.mark.parametrize(("key", "count"), [("chairs", 8), ("tents", 18)])
def test_a_removed_store_has_no_webhooks_of_ours_left_at_the_shop(shops: Connected, key: str, count: int) -> None:
    storefront = shops.house.store(key).storefront
    assert len(list(storefront.subscriptions())) == count
    said = shops.desk.done("store", "remove", key, "--yes")
    assert said.startswith(f"Removed at the shop: {count} webhooks.\n{key} is forgotten.")
    # Before the shop is asked: with PostgreSQL that is counted in the database.
    assert {name for name, rows in shops.desk.everything().items() if any(key in row for row in rows)} == set()
    assert list(storefront.subscriptions()) == []
