"""What an owner changes in the config reaches the shop with the next start; a start without a change costs nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from house import CONFIG, House, house

from adapters.woocommerce.values import EXPECTED_KEY
from connector.bootstrap.begin_anew import begin_anew
from connector.bootstrap.service import Service
from connector.checked_settings import read_settings
from connector.services.preview import preview
from connector.services.turn import turn

FIRST_STORE = 'key = "chairs"'
LEAD_TIME = FIRST_STORE + '\nrules = [{{ sku = "LEAD", mode = "always", lead_days = 10 }}]'


def restarted(there: House, was: str = "", becomes: str = "") -> Service:
    """The service as another process opens it; ``becomes`` stands in the config now where ``was`` stood."""
    there.service.close()
    config = there.service.settings.folder / "config.toml"
    config.write_text(config.read_text().replace(was, becomes, 1))
    there.service = Service(read_settings(config, {}))
    return there.service


def begin(service: Service) -> None:
    begin_anew(service, service.known.tended())


def to_plan(there: House) -> set[str]:
    """The SKUs that are to be planned, without a look at the shop."""
    store = there.store("chairs")
    with store.work(read_only=True) as uow:
        pools = [pool.id for pool in uow.pools.dirty(store.key, 99, store.today())]
        return {variant.sku for variant in uow.catalogue.of_pools(store.key, pools)}


def test_another_policy_is_previewed_and_then_pushed_at_the_next_start(tmp_path: Path) -> None:
    with house(tmp_path) as there:
        there.woo.add_product("CHAIR", 0)
        there.woo.add_product("LAMP", 0)
        there.connect()
        begin(there.service)
        there.settle()
        assert there.woo.shelf("CHAIR").fields["backorders"] == "no"
        rule = 'rules = [{ sku = "CHAIR*", mode = "up_to", units = 2 }]'
        again = restarted(there, FIRST_STORE, f"{FIRST_STORE}\n{rule}")
        would = preview(again.stores["chairs"])
        assert [(one.sku, one.then["backorders"]) for one in would.pushes] == [("CHAIR", "notify")]
        assert there.woo.shelf("CHAIR").fields["backorders"] == "no"

        begin(again)
        turn(again.stores["chairs"])
        assert there.woo.shelf("CHAIR").fields["backorders"] == "notify"
        assert there.woo.shelf("LAMP").fields["backorders"] == "no"
        again.close()


def test_a_start_without_a_change_plans_nothing_and_writes_nothing(tmp_path: Path) -> None:
    with house(tmp_path, CONFIG.replace(FIRST_STORE, LEAD_TIME)) as there:
        there.woo.add_product("CHAIR", 3)
        there.woo.add_product("LEAD", 0, oversell=True)
        there.woo.place_order({"LEAD": 1})
        there.connect()
        begin(there.service)
        there.settle()
        before = len(there.woo.calls)
        begin(restarted(there))
        assert to_plan(there) == set()
        turn(there.store("chairs"))
        assert there.woo.calls[before:] == []
        there.service.close()


@pytest.mark.parametrize(
    ("passed", "planned"),
    [
        (timedelta(hours=2), set()),
        (timedelta(days=1), {"LEAD", "WAITED-FOR"}),  # their days are counted from today
        (timedelta(days=5), {"LEAD", "WAITED-FOR", "COMING"}),  # and the day of a supply has passed
    ],
)
def test_what_days_changed_while_nobody_worked_is_planned_and_nothing_else(
    tmp_path: Path, passed: timedelta, planned: set[str]
) -> None:
    with house(tmp_path, CONFIG.replace(FIRST_STORE, LEAD_TIME)) as there:
        for sku, units in {"FULL": 3, "EMPTY": 0, "COMING": 0, "LEAD": 0, "WAITED-FOR": 0}.items():
            there.woo.add_product(sku, units, oversell=sku == "WAITED-FOR")
        there.woo.place_order({"WAITED-FOR": 1})
        there.connect()
        there.add_supply("chairs", "COMING", 4, there.today() + timedelta(days=3))
        begin(there.service)
        there.settle()
        assert there.woo.shelf("COMING").fields["backorders"] == "notify"
        there.clock.shift(passed)
        begin(restarted(there))
        assert to_plan(there) == planned
        turn(there.store("chairs"))
        overdue = "COMING" in planned
        assert there.woo.shelf("COMING").fields["backorders"] == "notify"
        assert (there.woo.shelf("COMING").fields[EXPECTED_KEY] == "") is overdue
        there.service.close()


def test_who_waited_while_nothing_was_written_is_told_once_it_may_be(tmp_path: Path) -> None:
    with house(tmp_path, CONFIG.replace(FIRST_STORE, f"{FIRST_STORE}\npush = false")) as there:
        there.woo.add_product("CHAIR", 0, oversell=True)
        there.connect()
        begin(there.service)
        order = there.woo.place_order({"CHAIR": 1})
        there.settle()
        assert there.woo.told(order).notes == ()

        begin(restarted(there, "push = false", "push = true"))
        there.settle()
        there.settle()
        assert len(there.woo.told(order).notes) == 1
        there.service.close()
