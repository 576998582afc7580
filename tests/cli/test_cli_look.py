"""``plan`` shows what would happen and does none of it; ``explain`` says why in plain sentences."""

from __future__ import annotations

import pytest
from cli_desk import LAMP, Desk

ORDER_20 = """\
Order 20 (id 20) is processing at the shop. It is paid and open.
Oak chair (CHAIR-OAK): 3 outstanding, 1 of them there, 2 waiting until 2026-12-07. In the queue since 2026-11-23 08:03 UTC.
Before it: 1 line with 2 units.
2026-11-23 08:03: when it was ordered, the shop showed 2026-12-07.
The shopper's order was last marked 'waiting'.
2026-11-23 08:03:27  CHAIR-OAK: 2 units wait until 2026-12-07, 1 there: supply 1 (stock number -2).
2026-11-23 08:03:48  CHAIR-OAK: the shop had shown 2026-12-07 when it was ordered: stock number -2, 5 on the way, by the store's policy.
2026-11-23 08:03:48  notice BO-20-1 (waiting) was made from a confirmed plan.
2026-11-23 08:03:48  notice BO-20-1 (waiting) reached the shop.
"""  # noqa: E501 -- as a pipe gets it, one sentence a line
CHAIR_OAK = """\
Oak chair (CHAIR-OAK, id 13).
The shop's number is -2; open orders hold 5 units, so 3 physically there and 2 backordered.
Supply 1: 5 of 5 still to come, due 2026-12-07.
The shop shows: backorder until 2026-12-07 (open). It should show: backorder until 2026-12-07 (open).
2026-11-23 08:00:00  should show in_stock, sell 3 more: stock number 3, 0 on the way, by the store's policy.
2026-11-23 08:00:00  the shop took: _backorder_status = in_stock.
2026-11-23 08:02:06  supply 1 was announced: 0 of 5 came, due 2026-12-07.
2026-11-23 08:02:06  should show in_stock, sell 8 more: stock number 3, 5 on the way, by the store's policy.
2026-11-23 08:02:06  the shop took: backorders = notify.
2026-11-23 08:02:27  order 19: all that it wants is there: 2 units (stock number 1).
2026-11-23 08:02:27  should show in_stock, sell 6 more: stock number 1, 5 on the way, by the store's policy.
2026-11-23 08:03:27  order 20: 2 units wait until 2026-12-07, 1 there: supply 1 (stock number -2).
2026-11-23 08:03:27  should show backorder until 2026-12-07, sell 3 more: stock number -2, 5 on the way, by the store's policy.
2026-11-23 08:03:27  the shop took: _backorder_expected_on = 2026-12-07, _backorder_message = On backorder: expected December 7, 2026. You can order now; we will send it as soon as it is here., _backorder_status = backorder.
2026-11-23 08:03:48  order 20: the shop had shown 2026-12-07 when it was ordered: stock number -2, 5 on the way, by the store's policy.
"""  # noqa: E501 -- as a pipe gets it, one sentence a line


@pytest.mark.parametrize(("what", "story"), [("20", ORDER_20), ("#20", ORDER_20), ("CHAIR-OAK", CHAIR_OAK)])
def test_explain_tells_the_story_of_an_order_and_of_a_flag(desk: Desk, what: str, story: str) -> None:
    assert desk.done("explain", "chairs", what) == story
    assert desk.json("explain", "chairs", what) == story.splitlines()


def test_explain_tells_the_newest_entries_where_few_are_asked_for(desk: Desk) -> None:
    said = desk.done("explain", "chairs", "20", "--limit", "1").splitlines()
    assert said[5:] == ORDER_20.splitlines()[-1:]


def test_explain_says_of_a_flag_changed_by_hand_that_it_is_left_alone(desk: Desk) -> None:
    said = desk.done("explain", "chairs", "CHAIR-ASH").splitlines()
    assert (
        "The shop shows: in_stock (open). It should show: in_stock (closed). changed by hand: backorders = yes" in said
    )
    assert said[-1].endswith("  somebody changed it by hand (backorders = yes); we leave it alone.")


def test_explain_of_a_sku_that_is_used_twice_tells_of_both(desk: Desk) -> None:
    said = desk.done("explain", "tents", "PEG")
    assert [title for title in ("Peg of steel", "Peg of wood") if title in said] == ["Peg of steel", "Peg of wood"]


def test_a_variant_without_a_stock_number_has_no_queue(desk: Desk) -> None:
    said = "The shop keeps no stock number for it, so it has no queue: what the shop or its owner says stands."
    assert said in desk.done("explain", "tents", "WORKSHOP").splitlines()


def test_plan_shows_pushes_and_notices_and_changes_nothing(desk: Desk) -> None:
    desk.done("supply", "change", "chairs", "1", "--due", "2026-12-24")
    before = desk.everything()
    said = desk.done("plan")
    chairs, tents = desk.json("plan")
    assert desk.everything() == before
    (push,) = chairs["pushes"]
    later = "On backorder: expected December {}, 2026. You can order now; we will send it as soon as it is here."
    assert push == {
        "sku": "CHAIR-OAK",
        "variant_id": "13",
        "now": {"_backorder_expected_on": "2026-12-07", "_backorder_message": later.format(7)},
        "then": {"_backorder_expected_on": "2026-12-24", "_backorder_message": later.format(24)},
    }
    assert [(one["order"], one["kind"], bool(one["text"])) for one in chairs["notices"]] == [
        ("21", "waiting", True),
        ("20", "changed", False),  # the date slips, and this shop did not ask to tell that in words
    ]
    assert (tents["pushes"], tents["notices"], tents["held_back"]) == ([], [], "")
    for part in ("chairs: would be pushed", later.format(24), "chairs: would be told, once confirmed", "(marks only)"):
        assert part in said
    assert said.splitlines()[-1] == "tents: nothing to push, nothing to tell."


def test_plan_says_why_nothing_of_it_will_happen(desk: Desk) -> None:
    desk.done("store", "pause", "chairs")
    assert desk.done("plan", "chairs").startswith("chairs: The store is paused; `backorder store resume` goes on.\n")
    desk.config.write_text(desk.config.read_text().replace('key = "tents"', 'key = "tents"\npush = false'))
    said = "tents: push = false in the config: plans are made, nothing is written to the shop.\n"
    assert desk.done("plan", "tents").startswith(said)
    desk.change("UPDATE stores SET cursors = '{}' WHERE key = 'tents'")
    said = "tents: The store has not been read yet; run `backorder store reconcile` or `backorder serve` first.\n"
    assert desk.done("plan", "tents").startswith(said)


def test_status_shows_what_differs_and_what_needs_a_person(desk: Desk) -> None:
    chairs, tents = (desk.done("status", store).splitlines() for store in ("chairs", "tents"))
    (ash,) = [line for line in chairs if line.startswith("CHAIR-ASH")]
    assert " ".join(ash.split()[1:]) == "6 0 in_stock (open) in_stock (closed) changed by hand: backorders = yes"
    (oak,) = [line for line in chairs if line.startswith("CHAIR-OAK")]
    assert " ".join(oak.split()[1:]) == "-2 2 backorder until 2026-12-07 (open)"
    assert "  Parked: 1 delivery; `backorder deliveries list --state parked` says why." in chairs
    assert "  Not read yet: 4 deliveries; a running `backorder serve` does so at once." in tents


def test_a_store_that_stopped_says_what_its_owner_must_do(desk: Desk) -> None:
    desk.change("""UPDATE stores SET stopped = '{"push": "The key may not write. Make one."}' WHERE key = 'chairs'""")
    said = desk.done("status", "chairs")
    assert said.startswith("chairs (woocommerce): waiting for the owner\n")
    assert "  Needs you: push: The key may not write. Make one.\n" in said
    assert desk.done("plan", "chairs").startswith("chairs: The key may not write. Make one.\n")
    desk.done("store", "resume", "chairs")
    assert desk.done("status", "chairs").startswith("chairs (woocommerce): running\n")


def test_the_hostile_lamp_is_found_by_its_name(desk: Desk) -> None:
    assert desk.json("explain", "chairs", LAMP)[1] == (
        "The shop's number is -2; open orders hold 2 units, so 0 physically there and 2 backordered."
    )
