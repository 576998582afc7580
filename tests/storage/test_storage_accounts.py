from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from storage_rows import NOON, OTHER, SHOP, a_pass, a_session, after

from connector.ports.accounts import PassKind, Sealed, Steered
from connector.ports.records import StoreRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.storage.engine import Database

DAY = 86400


def test_keys_are_read_back_as_they_were_saved_last_and_can_be_forgotten(database: Database) -> None:
    first = Sealed(b"\x00\xff", NOON)
    second = Sealed(bytes(range(256)), after(1), after(3600))
    with database.work() as work:
        assert work.credentials.get(SHOP) is None
        work.credentials.save(SHOP, first)
        work.credentials.save(OTHER, first)
        assert work.credentials.get(SHOP) == first
        work.credentials.save(SHOP, second)
        assert work.credentials.get(SHOP) == second
        work.credentials.forget(SHOP)
        work.credentials.forget(SHOP)
        assert work.credentials.get(SHOP) is None
        assert work.credentials.get(OTHER) == first


def test_settings_are_kept_by_section_the_newest_last(database: Database) -> None:
    policy = Steered("policy", {"mode": "up_to", "limit": 3, "rules": [{"sku": "MUG-*"}]}, NOON, "owner")
    texts = Steered("texts", {"de": {"soon": "Bald wieder da: „Ünï“"}}, after(1), "operator")
    with database.work() as work:
        assert dict(work.steering.get(SHOP)) == {}
        work.steering.save(SHOP, Steered("policy", {"mode": "never"}, NOON, "owner"))
        work.steering.save(SHOP, policy)
        work.steering.save(SHOP, texts)
        assert dict(work.steering.get(SHOP)) == {"policy": policy, "texts": texts}
        assert dict(work.steering.get(OTHER)) == {}
        work.steering.drop(OTHER, "texts")
        work.steering.drop(SHOP, "policy")
        assert dict(work.steering.get(SHOP)) == {"texts": texts}


def test_a_session_is_known_until_it_ends(database: Database) -> None:
    session = a_session(attempt="p1", until=after(10))
    with database.work() as work:
        work.sessions.add(session)
        assert work.sessions.get("s1", NOON) == session
        assert work.sessions.get("s1", after(9.999999)) == session
        assert work.sessions.get("s1", after(10)) is None
        assert work.sessions.get("s2", NOON) is None
        work.sessions.end("s1")
        assert work.sessions.get("s1", NOON) is None


def test_only_an_operator_turns_to_another_store(database: Database) -> None:
    with database.work() as work:
        work.sessions.add(a_session("owner"))
        work.sessions.add(a_session("operator", store="", operator=True))
        for id_ in ("owner", "operator"):
            work.sessions.look_at(id_, OTHER)
        assert [stores_of(work, id_) for id_ in ("owner", "operator")] == [SHOP, OTHER]
        work.sessions.look_at("operator", "")
        assert stores_of(work, "operator") == ""


def stores_of(work: UnitOfWork, id_: str) -> str | None:
    session = work.sessions.get(id_, NOON)
    return None if session is None else session.store


@pytest.mark.parametrize(
    ("attempt", "ended", "left"),
    [
        (None, 2, {"operator": "", "elsewhere": OTHER, "looks elsewhere": OTHER}),
        ("p1", 1, {"later": SHOP, "operator": SHOP, "elsewhere": OTHER, "looks elsewhere": OTHER}),
        ("p9", 0, {"first": SHOP, "later": SHOP, "operator": SHOP, "elsewhere": OTHER, "looks elsewhere": OTHER}),
    ],
)
def test_ending_all_sessions_of_a_store_signs_out_its_owners_alone(
    database: Database, attempt: str | None, ended: int, left: dict[str, str]
) -> None:
    sessions = [
        a_session("first", attempt="p1"),
        a_session("later", attempt="p2"),
        a_session("operator", operator=True),
        a_session("elsewhere", store=OTHER, attempt="p1"),
        a_session("looks elsewhere", store=OTHER, operator=True),
    ]
    with database.work() as work:
        for one in sessions:
            work.sessions.add(one)
        assert work.sessions.end_all(SHOP, attempt=attempt) == ended
        found = {one.id: stores_of(work, one.id) for one in sessions}
    assert {id_: store for id_, store in found.items() if store is not None} == left


def test_an_operator_stays_signed_in_when_the_store_in_view_is_removed(database: Database) -> None:
    with database.work() as work:
        work.stores.save(StoreRecord(SHOP, "shopify"))
        work.sessions.add(a_session("owner"))
        work.sessions.add(a_session("operator", operator=True))
        work.stores.remove(SHOP)
        assert [stores_of(work, id_) for id_ in ("owner", "operator")] == [None, ""]


def test_ended_sessions_are_purged_the_oldest_first_and_no_more_than_asked(database: Database) -> None:
    with database.work() as work:
        for number in range(4):
            work.sessions.add(a_session(f"s{number}", until=after(number)))
        assert work.sessions.purge(after(2), 2) == 2
        assert [work.sessions.get(f"s{number}", after(-9)) is None for number in range(4)] == [True, True, False, False]
        assert work.sessions.purge(after(2), 9) == 1
        assert work.sessions.purge(after(2), 9) == 0


def test_a_pass_works_once_and_remembers_what_became_of_it(database: Database) -> None:
    with database.work() as work:
        work.passes.add(a_pass())
        assert work.passes.get("p1") == a_pass()
        assert work.passes.use("p1", PassKind.CONNECT, after(1)) == a_pass(used_at=after(1))
        assert work.passes.use("p1", PassKind.CONNECT, after(2)) is None
        work.passes.note("p1", store=SHOP, said="connected")
        assert work.passes.land("p1", after(3)) is True
        assert work.passes.land("p1", after(4)) is False
        work.passes.keep("p1", {"and": "more"})
        expected = a_pass(used_at=after(1), store=SHOP, said="connected", landed_at=after(3), remember={"and": "more"})
        assert work.passes.get("p1") == expected


@pytest.mark.parametrize(
    ("id_", "kind", "seconds", "works"),
    [
        ("p1", PassKind.CONNECT, 599.999999, True),
        ("p1", PassKind.CONNECT, 600, False),
        ("p1", PassKind.LINK, 0, False),
        ("p1", PassKind.INVITATION, 0, False),
        ("p2", PassKind.CONNECT, 0, False),
    ],
)
def test_a_pass_works_in_time_and_for_what_it_was_made(
    database: Database,
    id_: str,
    kind: PassKind,
    seconds: float,
    works: bool,  # noqa: FBT001 -- a parameter
) -> None:
    with database.work() as work:
        work.passes.add(a_pass(until=after(600)))
        assert (work.passes.use(id_, kind, after(seconds)) is not None) is works
        unused = work.passes.get("p1")
        assert unused is not None
        assert (unused.used_at is None) is not works


def test_a_browser_that_nobody_sent_does_not_land(database: Database) -> None:
    with database.work() as work:
        assert work.passes.land("p1", NOON) is False


@pytest.mark.parametrize(
    "act",
    [
        lambda work: work.passes.use("p1", PassKind.CONNECT, after(1)) is not None,
        lambda work: work.passes.land("p1", after(1)),
    ],
    ids=["use", "land"],
)
def test_of_many_at_once_exactly_one_gets_it(database: Database, act: Callable[[UnitOfWork], bool]) -> None:
    browsers = 4
    with database.work() as work:
        work.passes.add(a_pass())
        work.commit()
    together = Barrier(browsers)

    def try_it(_: Any) -> bool:
        together.wait(timeout=120)
        with database.work() as work:
            got = act(work)
            work.commit()
            return got

    with ThreadPoolExecutor(browsers) as pool:
        got = list(pool.map(try_it, range(browsers)))
    assert sorted(got) == [False, False, False, True]


def test_passes_are_purged_a_day_after_their_end(database: Database) -> None:
    with database.work() as work:
        for number in range(3):
            work.passes.add(a_pass(f"p{number}", until=after(number)))
        assert work.passes.purge(after(DAY + 1), 1) == 1
        assert work.passes.purge(after(DAY + 1), 9) == 1
        assert [work.passes.get(f"p{number}") is None for number in range(3)] == [True, True, False]


def test_every_store_is_known_with_the_revision_of_its_settings(database: Database) -> None:
    with database.work() as work:
        assert dict(work.stores.revisions()) == {}
        work.stores.save(StoreRecord(SHOP, "shopify", revision=7))
        work.stores.save(StoreRecord(OTHER, "woocommerce"))
        assert dict(work.stores.revisions()) == {SHOP: 7, OTHER: 0}


def test_a_shop_is_found_by_what_identifies_it_at_its_platform(database: Database) -> None:
    with database.work() as work:
        work.stores.save(StoreRecord("a", "shopify", shop="x.example", gone_at=NOON))
        work.stores.save(StoreRecord("b", "woocommerce", shop="x.example"))
        work.stores.save(StoreRecord("c", "woocommerce"))
        found = [
            work.stores.by_shop(platform, shop)
            for platform, shop in [
                ("shopify", "x.example"),
                ("woocommerce", "x.example"),
                ("shopify", "y.example"),
                ("woocommerce", ""),
            ]
        ]
        assert [one.key if one else None for one in found] == ["a", "b", None, None]
        work.stores.save(StoreRecord("d", "shopify", shop="x.example"))
        again = work.stores.by_shop("shopify", "x.example")
        assert again is not None
        assert again.key == "d"
