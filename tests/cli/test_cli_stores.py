"""``backorder store``, ``override`` and ``deliveries``: what is kept, and what a person may do with it."""

from __future__ import annotations

from typing import Any

from cli_desk import Desk

SHOWN = {
    "store": "chairs",
    "platform": "woocommerce",
    "origin": "config",
    "state": "running",
    "webhook_address": "http://127.0.0.1:8000/webhooks/woocommerce/chairs",
    "push": True,
    "policy": {"mode": "while_incoming", "units": 0, "lead_days": None, "lead_days_from": None},
    "rules": 0,
    "language": "en",
    "timezone": "UTC",
    "orders_read_to": "2026-11-23T08:03:48+00:00",
    "last_reconcile": "2026-11-23T08:00:00+00:00",
    "last_delivery": "2026-11-23T08:04:51+00:00",
    "deliveries_waiting": 0,
    "deliveries_parked": 1,
    "notices_waiting": 0,
    "forged": 0,
    "needs_owner": [],
}


def states(desk: Desk) -> dict[str, str]:
    return {one["store"]: one["state"] for one in desk.json("store", "list")}


def deliveries(desk: Desk, *typed: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.json("deliveries", "list", *typed)
    return found


def parked(desk: Desk) -> int:
    (one,) = deliveries(desk, "--state", "parked")
    return int(one["id"])


def test_the_list_of_stores_counts_what_waits(desk: Desk) -> None:
    chairs, tents = desk.json("store", "list")
    assert chairs == {
        "store": "chairs",
        "platform": "woocommerce",
        "origin": "config",
        "state": "running",
        "variants": 5,
        "backordered": 4,
        "parked": 1,
        "last_delivery": "2026-11-23T08:04:51+00:00",
        "configured": True,
    }
    assert (tents["store"], tents["variants"], tents["backordered"], tents["parked"]) == ("tents", 4, 0, 0)


def test_a_store_is_shown_with_its_address_and_its_news(desk: Desk) -> None:
    shown = desk.json("store", "show", "chairs")
    news = shown.pop("news")
    assert shown == SHOWN
    assert news[-1] == "2026-11-23 08:00:00  read for the first time: 0 orders and 4 products."
    assert str(SHOWN["webhook_address"]) in desk.done("store", "show", "chairs")
    assert desk.json("store", "show", "tents")["forged"] == 1


def test_a_paused_store_stays_paused_until_it_is_resumed(desk: Desk) -> None:
    assert desk.done("store", "pause", "chairs") == "chairs is paused: nothing is pushed, nobody is told.\n"
    assert states(desk) == {"chairs": "paused", "tents": "running"}
    desk.done("store", "pause", "chairs")
    assert desk.done("store", "resume", "chairs") == "chairs goes on.\n"
    assert states(desk) == {"chairs": "running", "tents": "running"}
    before = desk.everything()
    desk.done("store", "resume", "chairs")
    assert desk.everything() == before


def test_a_store_is_removed_only_when_asked_twice(desk: Desk) -> None:
    before = desk.everything()
    for answer in ("n\n", "\n", ""):
        result = desk.run("store", "remove", "chairs", "--keep-webhooks", says=answer)
        assert result.exit_code == 1
        assert "Delete everything we know of chairs? This cannot be undone. [y/N]" in result.output
    assert desk.everything() == before
    said = desk.done("store", "remove", "chairs", "--keep-webhooks", says="y\n")
    assert said.endswith(
        f"chairs is forgotten. Take its [[stores]] table out of {desk.config}, "
        "or it is connected anew at the next start.\n"
    )
    after = desk.everything()
    mine = {name for name, rows in before.items() if any("chairs" in row for row in rows)}
    assert {"orders", "variants", "pools", "supplies", "deliveries", "journal", "stores", "notices"} <= mine
    assert {name for name, rows in after.items() if any("chairs" in row for row in rows)} == set()
    others = {name: [row for row in rows if "tents" in row] for name, rows in before.items()}
    assert {name: [row for row in rows if "tents" in row] for name, rows in after.items()} == others


def test_a_store_taken_out_of_the_config_is_listed_until_it_is_forgotten(desk: Desk) -> None:
    head, chairs, tents = desk.config.read_text().split("[[stores]]")
    assert '"chairs"' in chairs
    desk.config.write_text(f"{head}[[stores]]{tents}")
    assert [(one["store"], one["configured"]) for one in desk.json("store", "list")] == [
        ("chairs", False),
        ("tents", True),
    ]
    assert "not in the config: `store remove` forgets it" in desk.done("store", "list")
    said = "chairs is forgotten. Webhooks that are left at the shop are refused from now on; delete them there.\n"
    assert desk.done("store", "remove", "chairs", "--yes") == said
    assert states(desk) == {"tents": "running"}
    assert "Known stores: tents." in desk.refused("store", "remove", "chairs", "--yes")


def test_a_flag_changed_by_hand_is_listed_and_given_back(desk: Desk) -> None:
    assert desk.json("override", "list") == [
        {"store": "chairs", "sku": "CHAIR-ASH", "field": "backorders", "theirs": "yes", "ours": "no"}
    ]
    assert desk.json("override", "list", "tents") == []
    assert desk.json("plan", "chairs")[0]["pushes"] == []
    assert desk.done("override", "release", "chairs", "CHAIR-ASH") == "CHAIR-ASH is steered by us again.\n"
    assert desk.done("override", "list").strip() == "Nothing was changed by hand."
    (push,) = desk.json("plan", "chairs")[0]["pushes"]
    assert (push["sku"], push["now"], push["then"]) == ("CHAIR-ASH", {"backorders": "yes"}, {"backorders": "no"})


def test_deliveries_are_listed_newest_first_and_chosen_by_store_and_state(desk: Desk) -> None:
    found = deliveries(desk)
    assert [one["id"] for one in found] == sorted((one["id"] for one in found), reverse=True)
    assert {one["state"] for one in found} == {"received", "done", "parked"}
    received = deliveries(desk, "--state", "received")
    assert [one["topic"] for one in received] == [
        "orders/updated",
        "orders/create",
        "products/update",
        "inventory_levels/update",
    ]
    assert deliveries(desk, "--store", "chairs", "--state", "received") == []
    assert deliveries(desk, "--store", "tents", "--limit", "2") == received[:2]
    assert desk.done("deliveries", "list", "--store", "chairs", "--state", "received").strip() == "None of these."


def test_a_delivery_is_shown_whole(desk: Desk) -> None:
    number = parked(desk)
    shown = desk.json("deliveries", "show", str(number))
    assert (shown["id"], shown["state"], shown["body"]) == (number, "parked", '{"id": 4711, "status": ["odd"]}')
    said = desk.done("deliveries", "show", str(number)).splitlines()
    assert said[-1] == '{"id": 4711, "status": ["odd"]}'
    assert "reason: $.status is not text: a list of 1" in said


def test_deliveries_are_replayed_by_id_or_all_that_are_parked(desk: Desk) -> None:
    number = parked(desk)
    again = "To be read again: {}. A running `backorder serve` does so at once.\n"
    assert desk.done("deliveries", "replay", "--all-parked", "--store", "chairs") == again.format(1)
    (one,) = [one for one in deliveries(desk) if one["id"] == number]
    assert (one["state"], one["reason"]) == ("received", "")
    assert desk.refused("deliveries", "replay", "--all-parked") == "Nothing is parked.\n"
    assert desk.done("deliveries", "replay", "1", "2") == again.format(2)
    assert [one["state"] for one in deliveries(desk) if one["id"] in {1, 2, 3}] == ["done", "received", "received"]
