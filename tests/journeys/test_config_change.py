"""What an owner changes in the config reaches the shop with the next start."""

from __future__ import annotations

from pathlib import Path

from house import CONFIG, house

from connector.bootstrap import Service, read_settings
from connector.services.preview import preview
from connector.services.turn import turn


def test_another_policy_is_previewed_and_then_pushed_at_the_next_start(tmp_path: Path) -> None:
    with house(tmp_path) as there:
        there.woo.add_product("CHAIR", 0)
        there.woo.add_product("LAMP", 0)
        there.connect()
        assert there.woo.shelf("CHAIR").fields["backorders"] == "no"
        config = tmp_path / "config.toml"
        rule = 'key = "chairs"\nrules = [{ sku = "CHAIR*", mode = "up_to", units = 2 }]'
        config.write_text(config.read_text().replace('key = "chairs"', rule))
        again = Service(read_settings(config, {}))
        try:
            would = preview(again.stores["chairs"])
            assert [(one.sku, one.then["backorders"]) for one in would.pushes] == [("CHAIR", "notify")]
            assert there.woo.shelf("CHAIR").fields["backorders"] == "no"

            again.replan()
            turn(again.stores["chairs"])
        finally:
            again.close()
        assert there.woo.shelf("CHAIR").fields["backorders"] == "notify"
        assert there.woo.shelf("LAMP").fields["backorders"] == "no"


def test_a_start_without_a_change_writes_nothing(tmp_path: Path) -> None:
    with house(tmp_path) as there:
        there.woo.add_product("CHAIR", 3)
        there.connect()
        before = len(there.woo.calls)
        there.service.replan()
        turn(there.store("chairs"))
        assert there.woo.calls[before:] == []


def test_who_waited_while_nothing_was_written_is_told_once_it_may_be(tmp_path: Path) -> None:
    with house(tmp_path, CONFIG.replace('key = "chairs"', 'key = "chairs"\npush = false')) as there:
        there.woo.add_product("CHAIR", 0, oversell=True)
        there.connect()
        order = there.woo.place_order({"CHAIR": 1})
        there.settle()
        assert there.woo.told(order).notes == ()

        config = tmp_path / "config.toml"
        config.write_text(config.read_text().replace("push = false", "push = true"))
        there.service = Service(read_settings(config, {}))
        there.service.replan()
        there.settle()
        there.settle()
        assert len(there.woo.told(order).notes) == 1
        there.service.close()
