"""Sealing anew: nothing that somebody writes meanwhile is undone, and whatever is broken off can be run again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from connector.ports.vault import KeptKey, SealedText
from connector.secret_key import FernetVault
from connector.services.reseal import LOST, Reseal, keep_first

OLD, NEW = FernetVault(["an old key"]), FernetVault(["a new key", "an old key"])
STRANGE = FernetVault(["nobody has this key"])
NOW = datetime(2026, 11, 23, tzinfo=UTC)


@dataclass
class Rows:
    """``ports.vault.SealedTexts`` of one kind.  ``meanwhile``: what somebody writes before the first replacement."""

    texts: dict[int, bytes]
    meanwhile: dict[int, bytes] = field(default_factory=dict)
    dies_after: int = 10**9

    def kinds(self) -> Sequence[str]:
        return ["texts"]

    def count(self, kind: str) -> int:
        del kind
        return len(self.texts)

    def after(self, kind: str, where: str | int | None, limit: int) -> Sequence[SealedText]:
        del kind
        behind = sorted(one for one in self.texts if where is None or one > int(where))
        return [SealedText(one, self.texts[one]) for one in behind[:limit]]

    def replace(self, kind: str, pairs: Iterable[tuple[SealedText, bytes]]) -> int:
        del kind
        self.texts.update(self.meanwhile)
        self.meanwhile = {}
        self.dies_after -= 1
        if self.dies_after < 0:
            raise KeyboardInterrupt
        fit = {int(before.where): text for before, text in pairs if self.texts[int(before.where)] == before.text}
        self.texts.update(fit)
        return len(fit)


@dataclass
class Kept:
    keys: dict[str, KeptKey] = field(default_factory=dict)

    def all(self) -> Sequence[KeptKey]:
        return list(self.keys.values())

    def add(self, keys: Iterable[KeptKey]) -> None:
        for one in keys:
            self.keys.setdefault(one.name, one)

    def forget(self, names: Iterable[str]) -> None:
        for one in list(names):
            self.keys.pop(one, None)


def reseal(rows: Rows, kept: Kept | None = None) -> Reseal:
    return Reseal(rows, NEW, {}, kept or Kept())


def test_everything_is_sealed_with_the_newest_key_and_says_the_same() -> None:
    rows = Rows({one: OLD.seal(f"text {one}".encode()) for one in range(250)})
    survey = reseal(rows).all()
    assert (survey.changed, survey.old) == (250, 0)
    assert {one: FernetVault(["a new key"]).open(text) for one, text in rows.texts.items()} == {
        one: f"text {one}".encode() for one in range(250)
    }


def test_what_somebody_writes_meanwhile_is_not_undone_and_is_sealed_anew_if_it_must_be() -> None:
    rows = Rows(
        {1: OLD.seal(b"before"), 2: OLD.seal(b"before")}, {1: OLD.seal(b"after, old"), 2: NEW.seal(b"after, new")}
    )
    assert reseal(rows).all().old == 0
    assert [NEW.open(text) for text in rows.texts.values()] == [b"after, old", b"after, new"]
    assert [NEW.place(text) for text in rows.texts.values()] == [0, 0]


def test_it_is_broken_off_and_run_again() -> None:
    rows = Rows({one: OLD.seal(b"text") for one in range(250)}, dies_after=1)
    with pytest.raises(KeyboardInterrupt):
        reseal(rows).all()
    assert reseal(rows).survey().old == 150
    rows.dies_after = 10**9
    survey = reseal(rows).all()
    assert (survey.changed, survey.old) == (150, 0)


def test_what_no_key_opens_is_counted_and_stays_as_it_is() -> None:
    lost = STRANGE.seal(b"whose?")
    rows = Rows({1: lost, 2: OLD.seal(b"ours")})
    survey = reseal(rows).all()
    assert (survey.of(LOST), survey.changed, rows.texts[1]) == (1, 1, lost)


def test_a_derived_key_that_is_kept_first_stays_the_same_whatever_the_newest_key_is() -> None:
    kept = Kept()
    keep_first(kept, OLD, "buyers")
    keep_first(kept, NEW, "buyers")
    later = FernetVault(["a new key", "an old key"], kept.all)
    assert later.derive("buyers") == OLD.derive("buyers") != NEW.derive("buyers")


def test_keys_of_what_was_signed_are_kept_until_it_is_over() -> None:
    kept = Kept()
    assert reseal(Rows({}), kept).keep_derived({"links": timedelta(days=60)}, NOW) == 1
    alone = FernetVault(["a new key"], kept.all)
    assert alone.derive("links") == NEW.derive("links")
    assert OLD.derive("links") in alone.derive_all("links")
    only_new = Reseal(Rows({}), FernetVault(["a new key"]), {}, kept)
    only_new.keep_derived({"links": timedelta(days=60)}, NOW + timedelta(days=61))
    assert kept.all() == []


def test_a_kept_key_that_cannot_be_opened_leaves_the_rest_at_work() -> None:
    lost = KeptKey("buyers", "buyers", STRANGE.seal(b"k" * 32), first=True)
    vault = FernetVault(["a new key"], lambda: [lost])
    assert vault.derive("buyers") == FernetVault(["a new key"]).derive("buyers")
