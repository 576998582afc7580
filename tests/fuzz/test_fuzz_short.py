"""Every target for a moment; ``make fuzz`` takes longer.  The same inputs each time: a test must not fail by chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import fuzz_site
import pytest
from fuzz_calling import Asked
from fuzz_long import pieces
from fuzz_target import CPU_SECONDS, Found, Target
from fuzz_targets import NAMES, SHARES, target

SEED = 20261122
SLOW = {"public": 60, "restock": 40, "shopper": 40, "owner": 12, "config": 100}
"""What goes through a database or reads a file; the others are tried some hundred times."""


@pytest.fixture(scope="module", autouse=True)
def _site() -> Iterator[None]:
    """Its clock stands still, and with it that of every test in this process; so it goes when these tests are over."""
    fuzz_site.yard()  # before the first test, with which a database that it had made would go
    yield
    fuzz_site.close()


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_a_moment_of_fuzzing_crashes_hangs_or_gets_through(name: str) -> None:
    count = SLOW.get(name, 500)
    assert target(name).run(SEED, 0, count).total() == count


@pytest.mark.parametrize("name", [name for name in NAMES if name not in SLOW])
def test_the_seeds_mean_something_or_only_doors_would_be_tried(name: str) -> None:
    tried = target(name)
    refusals = {"refused", "unreadable", "no JSON", "no bounce", "401", "404", "400"}
    assert {tried.check(seed) for seed in tried.seeds} - refusals != set()


def test_an_input_is_the_same_again_by_its_number() -> None:
    first, again = target("csv"), target("csv")
    assert [first.input(1, number) for number in range(50)] == [again.input(1, number) for number in range(50)]
    assert len({first.input(1, number) for number in range(50)}) > 40


@pytest.mark.parametrize("wrong", ["crashes", "hangs"])
def test_what_crashes_or_hangs_is_found_with_its_input(
    wrong: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if wrong == "hangs":
        monkeypatch.setattr("fuzz_target.CPU_SECONDS", 0.05)
    monkeypatch.setattr("fuzz_target.FOLDER", tmp_path)

    def check(_: bytes) -> str:
        if wrong == "crashes":
            raise ZeroDivisionError
        while True:
            pass

    with pytest.raises(Found, match=rf"try{wrong}: input 3 of seed 7: ") as found:
        Target(f"try{wrong}", [b"seed"], check).run(7, 3, 1)
    assert found.value.path.read_bytes() == Target("x", [b"seed"], check).input(7, 3)
    assert CPU_SECONDS > 1


def test_a_run_tries_every_target_by_its_share() -> None:
    counted: Counter[str] = Counter()
    for name, _, _, count in pieces(list(NAMES), 1_000_000, 1):
        counted[name] += count
    assert counted.total() >= 1_000_000
    assert set(counted) == set(NAMES) == set(SHARES)
    assert min(counted, key=lambda name: counted[name]) == min(SHARES, key=lambda name: SHARES[name])


def test_bytes_that_are_no_text_in_an_address_are_no_fault_of_ours() -> None:
    """Found by fuzzing: the framework fails at a query that is no UTF-8."""
    public, owner = target("public"), target("owner")
    assert public.check(b"GET /storefront/v1/chairs/availability?sku=\xff\xfe") == "200"
    assert public.check(b"GET /in?lang=\xff") == "200"
    assert owner.check(b"GET /settings/backorders?q=\xff\xc0") == "200"


def test_a_request_is_taken_apart_as_a_server_does() -> None:
    asked = Asked.of(b"POST /a%2fb?x=1\nA-B: c\nContent-Length: 99\n\nbody")
    environ = asked.environ()
    expected = ("POST", "/a/b", "x=1", "c", "4")
    names = ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "HTTP_A_B", "CONTENT_LENGTH")
    assert tuple(environ[name] for name in names) == expected
