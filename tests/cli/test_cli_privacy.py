"""``backorder privacy ...``: what an operator types when somebody asks what is held of them, or to be forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from cli_desk import Desk

from connector.bootstrap.service import Service, open_service
from connector.ports.operating import RequestKind
from connector.services.privacy import answer_requests
from connector.services.privacy_asked import ask
from connector.services.privacy_subject import Subject

HERS = "aicha@example.test"
NAMED = ("chairs", "--email", HERS)


@contextmanager
def service_of(desk: Desk) -> Iterator[Service]:
    service = open_service(desk.config)
    try:
        yield service
    finally:
        service.close()


def requested(desk: Desk, kind: RequestKind) -> int:
    with service_of(desk) as service:
        number = ask(service.stores["chairs"], kind, Subject(emails=(HERS,)), f"by letter, {kind.value}")
        answer_requests(service.stores["chairs"])
    return number


def test_a_person_is_given_out_and_forgotten_by_address_number_or_order(desk: Desk) -> None:
    held = json.loads(desk.done("privacy", "export", *NAMED))
    numbers = [one["number"] for one in held["orders"]]
    assert numbers
    assert HERS in json.dumps(held["deliveries"])
    (one,) = json.loads(desk.done("privacy", "export", "chairs", "--order", numbers[0]))["orders"]
    assert one["number"] == numbers[0]
    before = desk.everything()
    counted = desk.done("privacy", "erase", *NAMED, "--dry-run")
    assert "rows would be erased." in counted
    assert desk.everything() == before
    assert desk.run("privacy", "erase", *NAMED, says="n\n").exit_code == 1
    assert desk.everything() == before
    erased = desk.done("privacy", "erase", *NAMED, "--yes")
    assert erased.replace("were", "would be") == counted
    assert json.loads(desk.done("privacy", "export", *NAMED))["orders"] == []
    assert "0 rows were erased." in desk.done("privacy", "erase", *NAMED, "--yes")


def test_what_is_asked_is_listed_shown_answered_and_then_forgotten(desk: Desk) -> None:
    assert desk.done("privacy", "list").strip() == "Nothing is asked."
    number = requested(desk, RequestKind.ACCESS)
    (listed,) = desk.json("privacy", "list")
    assert (listed["id"], listed["kind"], listed["state"]) == (number, "access", "ready")
    assert listed["rows"]["orders"] >= 1
    shown = desk.json("privacy", "show", str(number))
    assert HERS not in json.dumps([listed, shown])
    assert HERS in desk.done("privacy", "answer", str(number))
    assert desk.done("privacy", "answer", str(number), "--passed-on").endswith("its answer is kept no longer.\n")
    assert desk.json("privacy", "list") == []
    assert [one["state"] for one in desk.json("privacy", "list", "--all")] == ["done"]
    assert "has no answer" in desk.refused("privacy", "answer", str(number))


def test_an_erasure_that_was_asked_for_is_done_and_remembered_without_the_person(desk: Desk) -> None:
    requested(desk, RequestKind.ERASE)
    (done,) = desk.json("privacy", "list", "chairs", "--all")
    assert (done["kind"], done["state"]) == ("erase", "done")
    assert done["rows"]["deliveries"] >= 1
    assert json.loads(desk.done("privacy", "export", *NAMED))["orders"] == []


def test_a_delivery_whose_body_is_gone_says_so(desk: Desk) -> None:
    desk.done("privacy", "erase", *NAMED, "--yes")
    empty = next(one["id"] for one in desk.json("deliveries", "list") if one["reason"].startswith("erased"))
    assert "its body is kept no longer" in desk.done("deliveries", "show", str(empty))
    assert "its body is kept no longer" in desk.refused("deliveries", "replay", str(empty))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("export", "chairs"), "Say whom"),
        (("erase", "chairs", "--yes"), "Say whom"),
        (("export", "nowhere", "--email", HERS), "There is no store 'nowhere'."),
        (("export", "chairs", "--order", "99999"), "There is no order 99999."),
        (("show", "99"), "There is no request 99;"),
        (("answer", "99"), "There is no request 99;"),
    ],
)
def test_what_cannot_be_done_is_said(desk: Desk, typed: tuple[str, ...], said: str) -> None:
    assert said in desk.refused("privacy", *typed)
