"""What the shops sent lies in the database sealed, and no longer than it is of use."""

from __future__ import annotations

import pickle
import sqlite3
import zlib
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from storage_rows import NOON, OTHER, SHOP, a_delivery, after

from connector.ports.records import UNOPENED, DeliveryState
from connector.ports.vault import Unopenable
from connector.storage.bodies import Bodies
from connector.storage.engine import Database, open_database
from connector.storage.inbox import GroupCommitInbox

BODY = b'{"billing": {"email": "anna@example.test"}}' * 20
DIGEST = sha256(BODY).digest()
NEW, OLD = b"n" * 32, b"o" * 32
SEALING = Bodies(lambda: [NEW, OLD])


def finish(database: Database, *ids: int, state: DeliveryState = DeliveryState.DONE) -> None:
    with database.work() as work:
        work.deliveries.finish(SHOP, [(one, state, "because") for one in ids])
        work.commit()


def held(database: Database) -> dict[str, bytes]:
    with database.work(read_only=True) as work:
        return {one.external_id: one.body for one in work.deliveries.find(store=SHOP)}


@pytest.fixture
def three(database: Database, inbox: GroupCommitInbox) -> list[int]:
    """Deliveries a, b and c, an hour apart; their ids."""
    for place, name in enumerate("abc"):
        inbox.keep(a_delivery(name, body=BODY, received_at=NOON + timedelta(hours=place)))
    inbox.keep(a_delivery("foreign", store=OTHER, body=BODY))
    with database.work(read_only=True) as work:
        return [one.id for one in work.deliveries.waiting(SHOP, 9)]


def test_a_sealed_body_is_read_back_and_says_nothing_to_who_has_no_key() -> None:
    kept = SEALING.pack(BODY, DIGEST)
    assert SEALING.unpack(kept, DIGEST) == BODY
    assert b"anna" not in kept
    with pytest.raises(zlib.error):
        zlib.decompress(kept)
    for without in (Bodies(), Bodies(lambda: [b"x" * 32])):
        with pytest.raises(Unopenable):
            without.unpack(kept, DIGEST)


def test_the_same_body_never_looks_the_same() -> None:
    assert len({SEALING.pack(BODY, DIGEST) for _ in range(9)}) == 9


def test_a_body_is_bound_to_its_row() -> None:
    kept = SEALING.pack(BODY, DIGEST)
    with pytest.raises(Unopenable):
        SEALING.unpack(kept, sha256(b"another").digest())
    with pytest.raises(Unopenable):
        SEALING.unpack(kept[:-1] + bytes([kept[-1] ^ 1]), DIGEST)


def test_what_an_old_key_sealed_and_what_was_kept_before_there_was_one_stay_readable() -> None:
    assert SEALING.unpack(Bodies(lambda: [OLD]).pack(BODY, DIGEST), DIGEST) == BODY
    assert SEALING.unpack(Bodies().pack(BODY, DIGEST), DIGEST) == BODY
    assert SEALING.unpack(b"", DIGEST) == b""


def test_it_goes_to_another_process_with_its_keys() -> None:
    there = pickle.loads(pickle.dumps(SEALING))  # noqa: S301 -- our own
    assert there.unpack(SEALING.pack(BODY, DIGEST), DIGEST) == BODY


def test_one_that_cannot_be_opened_keeps_no_other_from_being_read(database_url: str, database: Database) -> None:
    for bodies, name in ((Bodies(lambda: [OLD]), "lost"), (SEALING, "found")):
        inbox = GroupCommitInbox(database_url, bodies)
        inbox.keep(a_delivery(name, body=BODY))
        inbox.close()
    reading = open_database(database_url, Bodies(lambda: [NEW]))
    with reading.work(read_only=True) as work:
        assert {one.external_id: one.body for one in work.deliveries.waiting(SHOP, 9)} == {
            "lost": UNOPENED,
            "found": BODY,
        }
    reading.close()
    assert held(database) == {"lost": UNOPENED, "found": UNOPENED}  # without any key


def test_old_bodies_of_done_deliveries_are_emptied_and_their_rows_still_known(
    database: Database, inbox: GroupCommitInbox, three: list[int]
) -> None:
    finish(database, three[0], three[2])
    with database.work() as work:
        assert work.deliveries.empty_old(SHOP, after(3600), 9) == 1
        assert work.deliveries.empty_old(SHOP, after(3600), 9) == 0
        work.commit()
    assert held(database) == {"a": b"", "b": BODY, "c": BODY}
    assert inbox.keep(a_delivery("a", body=BODY)) is False
    with database.work() as work:
        assert work.deliveries.replay(SHOP, three) == 2  # there is nothing in the first to be read again
        assert [one.external_id for one in work.deliveries.waiting(SHOP, 9)] == ["b", "c"]


def test_bodies_are_emptied_in_steps_the_oldest_first(database: Database, three: list[int]) -> None:
    finish(database, *three)
    with database.work() as work:
        assert work.deliveries.empty_old(SHOP, after(99_999), 2) == 2
        work.commit()
    assert held(database) == {"a": b"", "b": b"", "c": BODY}


def test_what_nobody_looked_at_goes_in_the_end(database: Database, three: list[int]) -> None:
    finish(database, *three[:2], state=DeliveryState.PARKED)
    with database.work() as work:
        assert work.deliveries.purge_parked(SHOP, after(1800), 9) == 1
        work.commit()
    assert set(held(database)) == {"b", "c"}


def test_an_erased_delivery_is_done_and_its_reason_quotes_nothing(database: Database, three: list[int]) -> None:
    finish(database, three[0], state=DeliveryState.PARKED)
    with database.work() as work:
        assert [one.id for one in work.deliveries.after(SHOP, three[0], 1)] == [three[1]]
        assert work.deliveries.empty(SHOP, three[:2], "erased") == 2
        work.commit()
    with database.work(read_only=True) as work:
        found = {one.external_id: (one.body, one.state, one.reason) for one in work.deliveries.find(store=SHOP)}
        assert [one.id for one in work.deliveries.after(SHOP, 0, 9)] == [three[2]]
        assert [one.body for one in work.deliveries.find(store=OTHER)] == [BODY]
    gone = (b"", DeliveryState.DONE, "erased")
    assert found == {"a": gone, "b": gone, "c": (BODY, DeliveryState.RECEIVED, "")}


def test_sqlite_overwrites_what_was_erased(tmp_path: Path) -> None:
    """Even a body that was kept without a key cannot be read from the free pages of the file."""
    file = tmp_path / "backorder.db"
    database = open_database(f"sqlite:///{file}")
    database.upgrade()
    inbox = GroupCommitInbox(f"sqlite:///{file}")
    body = bytes(range(256)) * 9
    inbox.keep(a_delivery("a", body=body))
    inbox.close()
    packed = Bodies().pack(body, b"")
    with database.work() as work:
        work.deliveries.empty(SHOP, [one.id for one in work.deliveries.find(store=SHOP)], "erased")
        work.commit()
    database.close()
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    assert packed[20:60] not in file.read_bytes()
