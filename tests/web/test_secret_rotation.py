"""The secret of a shop's webhooks is changed while it sends: each delivery is taken, and the old secret ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from connecting import connect_woo, connecting, work
from house import House, house
from site_house import Site

from adapters.signing import hmac_sha256_base64
from connector.bootstrap.service import Service
from connector.bootstrap.web import build_app
from connector.checked_settings import read_settings
from connector.cli import backorder, rotation
from connector.ports.failures import TryLater
from connector.services.keys import Keys, read_keys
from connector.services.rotate_secret import BELIEVED, all_changed, begin_rotation, finish_rotation, sign_with


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "SEEN_SECONDS", 0)


@dataclass
class Shop:
    """A shop that its owner connected on a page; ``answers``: how each of its deliveries was answered."""

    site: Site
    path: Path
    key: str
    answers: list[int] = field(default_factory=list)

    @property
    def house(self) -> House:
        return self.site.house

    def __post_init__(self) -> None:
        receive = self.house.receive

        def noted(address: str, headers: Mapping[str, str], body: bytes) -> int:
            self.answers.append(receive(address, headers, body))
            return self.answers[-1]

        self.house.receive = noted  # type: ignore[method-assign]  # the shop posts through it

    def keys(self) -> Keys:
        with self.house.service.work(read_only=True) as uow:
            held = read_keys(uow, self.house.service.vault, self.key)
        assert held is not None
        return held

    def sells(self) -> None:
        self.house.woo.place_order({"CHAIR": 1})

    def sends(self) -> None:
        self.house.woo.flush()

    def signed_with(self, secret: str) -> int:
        """A stranger, or a delivery that was long on its way."""
        body = b'{"id": 1}'
        headers = {"X-WC-Webhook-Topic": "order.updated", "X-WC-Webhook-Signature": hmac_sha256_base64(secret, body)}
        with self.house.app.test_client() as client:
            return int(client.post(f"/webhooks/woocommerce/{self.key}", headers=headers, data=body).status_code)

    def types(self, *words: str) -> str:
        done = CliRunner().invoke(backorder, ["store", "rotate-secret", *words, "--config", str(self.path)])
        assert done.exit_code == 0, done.output
        self.house.service.known.refresh()
        return done.stdout


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with connecting(tmp_path) as there:
        there.house.woo.add_product("CHAIR", 50)
        connect_woo(there, there.stranger())
        work(there)
        (key,) = there.house.service.stores
        yield Shop(there, tmp_path / "config.toml", key)


def test_deliveries_go_on_while_the_secret_is_changed_and_the_old_one_ends(shop: Shop) -> None:
    shop.sells()
    shop.sends()
    old = shop.keys().webhook_secret
    shop.sells()  # waits in the shop's queue, and is sent after the change
    assert "8 webhooks" in shop.types(shop.key)
    new = shop.keys().webhook_secret
    shop.sells()
    shop.sends()
    assert (len(shop.answers) >= 3, set(shop.answers)) == (True, {200})
    assert [shop.signed_with(one) for one in (new, old, "")] == [200, 200, 401]
    shop.house.clock.shift(BELIEVED + timedelta(minutes=1))
    work(shop.site)
    assert [shop.signed_with(one) for one in (new, old)] == [200, 401]
    shop.sells()
    shop.sends()
    assert set(shop.answers) == {200}


def test_a_dry_run_changes_nothing(shop: Shop) -> None:
    before = shop.keys()
    assert "Nothing was changed." in shop.types(shop.key, "--dry-run")
    assert shop.keys() == before


def test_broken_off_it_goes_on_with_the_same_secret_and_drops_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, store = shop.house.service, shop.house.store(shop.key)
    old = shop.keys().webhook_secret
    half = list(store.storefront.subscriptions())[:3]
    secret = begin_rotation(service.work, service.vault, shop.key, service.clock())
    assert secret not in {None, old}
    service.known.refresh()  # which each process does within the seconds that the command waits
    change = type(store.storefront).sign_anew  # type: ignore[attr-defined]  # a WooCommerce shop has it

    def dies(self: Any, one: Any, secret: str) -> None:
        if one not in half:
            raise TryLater("the shop is away")
        change(self, one, secret)

    monkeypatch.setattr(type(store.storefront), "sign_anew", dies)
    with pytest.raises(TryLater):
        sign_with(store, service.address(shop.key), str(secret))
    shop.house.clock.shift(10 * BELIEVED)
    assert not finish_rotation(service.work, service.vault, shop.key, service.clock())
    shop.sells()
    shop.sends()
    assert set(shop.answers) == {200}
    monkeypatch.undo()
    assert begin_rotation(service.work, service.vault, shop.key, service.clock()) == secret
    all_changed(service.work, service.vault, shop.key, service.clock())
    assert finish_rotation(service.work, service.vault, shop.key, service.clock() + BELIEVED)
    assert shop.keys().signing == (secret,)


def test_a_store_of_the_config_file_is_told_what_to_write_where_and_then_signs_with_the_first(tmp_path: Path) -> None:
    with house(tmp_path) as there:
        there.woo.add_product("CHAIR", 5)
        there.connect()
        path = tmp_path / "config.toml"
        two = path.read_text()
        path.write_text(two.replace('"new-woo-secret", "old-woo-secret"', '"new-woo-secret"'))
        run = ["store", "rotate-secret", "chairs", "--config", str(path)]
        said = CliRunner().invoke(backorder, run).stdout
        assert [line[0] for line in said.splitlines()] == ["1", "2", "3", "4"]
        path.write_text(two.replace("new-woo-secret", "newest-woo-secret").replace("old-woo-secret", "new-woo-secret"))
        assert "8 webhooks" in CliRunner().invoke(backorder, run).stdout
        before = len(there.sent)
        there.woo.place_order({"CHAIR": 1})
        there.woo.flush()
        signatures = [
            (headers["X-WC-Webhook-Signature"], hmac_sha256_base64("newest-woo-secret", body))
            for _, headers, body in there.sent[before:]
        ]
        assert signatures != []
        assert [given for given, _ in signatures] == [expected for _, expected in signatures]


def test_for_an_app_of_the_platform_the_way_is_said(tmp_path: Path) -> None:
    with house(tmp_path):
        run = ["store", "rotate-secret", "tents", "--config", str(tmp_path / "config.toml")]
        said = CliRunner().invoke(backorder, run).stdout
    assert [line[:2] for line in said.splitlines()[1:]] == ["1.", "2.", "3.", "4."]


def test_while_an_apps_secret_is_changed_both_sign_and_afterwards_the_old_one_does_not(tmp_path: Path) -> None:
    body = b'{"id": 1}'
    with house(tmp_path) as there:

        def status(app: Any, secret: str) -> int:
            headers = {"X-Shopify-Topic": "orders/updated", "X-Shopify-Hmac-Sha256": hmac_sha256_base64(secret, body)}
            return int(app.test_client().post("/webhooks/shopify/tents", headers=headers, data=body).status_code)

        assert [status(there.app, one) for one in ("shpss_sandbox", "shpss_new")] == [200, 401]
        listed = [('["shpss_new", "shpss_sandbox"]', [200, 200]), ('["shpss_new"]', [401, 200])]
        for secrets, expected in listed:
            assert _restarted(tmp_path, secrets, status) == expected


def _restarted(folder: Path, secrets: str, status: Any) -> list[int]:
    path = folder / "config.toml"
    lines = path.read_text().replace('["shpss_sandbox"]', secrets).replace('["shpss_new", "shpss_sandbox"]', secrets)
    path.write_text(lines)
    service = Service(read_settings(path, {}))
    service.prepare()
    app = build_app(service)
    try:
        return [status(app, one) for one in ("shpss_sandbox", "shpss_new")]
    finally:
        app.extensions["backorder.on_stop"]()
        service.close()
