"""``backorder restock ...``: what an operator types when a shopper asks what is held of them."""

from __future__ import annotations

import json
from typing import Any

from cli_desk import Desk

from connector.bootstrap.service import open_service
from connector.services.restock import Asked, ask
from connector.services.restock_asked import take_asked


def asked(desk: Desk, *emails: str) -> None:
    service = open_service(desk.config)
    store = service.stores["tents"]
    with service.work(read_only=True) as uow:
        variant = uow.catalogue.by_sku("tents", "TENT-2P")[0]
    for email in emails:
        ask(store, Asked(variant.id, email, "", "en", 2, "form"))
    take_asked(store)
    service.close()


def held_of(desk: Desk, email: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(desk.done("restock", "export", "tents", "--email", email))
    return found


def test_a_person_is_given_out_and_erased_and_the_list_names_nobody(desk: Desk) -> None:
    asked(desk, "anna@example.com", "bert@example.com")
    assert [(one["sku"], one["people"], one["unconfirmed"]) for one in desk.json("restock", "list")] == [
        ("TENT-2P", 0, 2)
    ]
    assert "@" not in desk.done("restock", "list")
    (held,) = held_of(desk, "Anna@example.com")
    assert (held["email"], held["sku"], held["units"], held["state"]) == (
        "anna@example.com",
        "TENT-2P",
        2,
        "unconfirmed",
    )
    assert desk.run("restock", "erase", "tents", "--email", "anna@example.com", says="n\n").exit_code == 1
    said = desk.done("restock", "erase", "tents", "--email", "anna@example.com", "--yes")
    assert said == "1 entry was erased.\n"
    assert held_of(desk, "anna@example.com") == []
    assert len(held_of(desk, "bert@example.com")) == 1
    assert desk.done("restock", "erase", "tents", "--phone", "+4930123456", "--yes") == "0 entries were erased.\n"


def test_nobody_is_taken_for_everybody(desk: Desk) -> None:
    for way in (("--email", ""), (), ("--email", "a@example.com", "--phone", "+4930123456")):
        assert "either --email or --phone" in desk.refused("restock", "erase", "tents", "--yes", *way)
