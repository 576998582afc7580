"""Does everything that shows a variant say the same?  Page, cart, structured data, feed and public answer against the
one promise record.

Each of them is brought into one form, as whoever reads it would understand it: a day that has passed is no day, and
white space is none of the words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from itertools import islice

from connector.domain.facts import PlatformStatus
from connector.ports.records import ShowingRecord
from connector.ports.sentence import N_, Sentence, together
from connector.ports.storefront import Finding
from connector.ports.unit_of_work import UnitOfWork
from connector.services.availability import (
    DAY_FIELDS,
    FIRST_DAY_FIELDS,
    MESSAGE_FIELDS,
    SCHEMA_ORG,
    STATUS_FIELDS,
    Offer,
    day_of,
    first_of,
    offers_of,
    public_answer,
)
from connector.services.context import StoreContext

BATCH = 500
SHOWN_IN_WORDS = 5


@dataclass(frozen=True, slots=True)
class Statement:
    """What one place says of a variant; None for what it is silent on.  ``until`` "" where it names no day."""

    where: str
    status: str | None = None
    first: str | None = None
    until: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """``what`` is ``status``, ``first``, ``until`` or ``text``; ``record`` is the promise's, ``says`` its."""

    variant_id: str
    sku: str
    where: str
    what: str
    record: str
    says: str


def check_consistency(store: StoreContext, uow: UnitOfWork, limit: int = 10_000) -> Iterator[Difference]:
    """Of the first ``limit`` variants by SKU; reads the database only."""
    sold = (one for one in uow.catalogue.each(store.key) if one.sellable)
    left = islice(sold, limit)
    while batch := list(islice(left, BATCH)):
        showings = uow.showings.get(store.key, [one.id for one in batch])
        for found in offers_of(store, uow, batch).values():
            yield from differences(store, found, showings.get(found.variant_id))


def consistency_finding(store: StoreContext, limit: int = 10_000) -> Finding:
    """The same as one line of ``backorder doctor``."""
    with store.work(read_only=True) as uow:
        found = list(check_consistency(store, uow, limit))
    if not found:
        return Finding(
            Sentence("dates shown"),
            ok=True,
            said=Sentence("page, cart, structured data, feed and public answer say the same"),
        )
    said = reduce(lambda first, then: together(first, then, "; "), map(in_words, found[:SHOWN_IN_WORDS]), "")
    if len(found) > SHOWN_IN_WORDS:
        said = together(said, Sentence("and %(count)s more", count=len(found) - SHOWN_IN_WORDS), "; ")
    fix = Sentence(
        "`backorder store reconcile %(key)s` reads the shop and pushes what differs; if it stays so, report it.",
        key=store.key,
    )
    return Finding(Sentence("dates shown"), ok=False, said=said, fix=fix)


WHAT = {"status": N_("status"), "first": N_("first day"), "until": N_("day"), "text": N_("text")}
WHERE = {
    "plan": N_("plan"),
    "shop": N_("shop"),
    "structured data": N_("structured data"),
    "feed": N_("feed"),
    "public answer": N_("public answer"),
}


def in_words(one: Difference) -> Sentence:
    none = Sentence("none")
    return Sentence(
        "%(name)s: the %(what)s in the %(where)s is %(says)s, and should be %(record)s",
        name=one.sku or one.variant_id,
        what=Sentence(WHAT.get(one.what, one.what)),
        where=Sentence(WHERE.get(one.where, one.where)),
        says=one.says or none,
        record=one.record or none,
    )


def differences(store: StoreContext, offer: Offer, showing: ShowingRecord | None) -> Iterator[Difference]:
    record = record_of(store, offer)
    for said in statements(store, offer, showing):
        for what in ("status", "first", "until", "text"):
            wanted, says = getattr(record, what), getattr(said, what)
            if says is not None and not _same(what, says, wanted):
                yield Difference(offer.variant_id, offer.sku, said.where, what, str(wanted), str(says))


def _same(what: str, says: str, wanted: str) -> bool:
    """A text that a platform has cut short says the same as far as it goes."""
    return says == wanted or (what == "text" and says.endswith("…") and wanted.startswith(says[:-1]))


def record_of(store: StoreContext, offer: Offer) -> Statement:
    """The promise itself."""
    expected = offer.expected
    until = expected.latest.isoformat() if expected.latest is not None else ""
    first = expected.earliest.isoformat() if expected.earliest is not None else until
    return Statement("record", offer.status.value, first, until, offer.message(store))


def statements(store: StoreContext, offer: Offer, showing: ShowingRecord | None) -> Iterator[Statement]:
    """What each place says.  A shop that nothing is pushed to, or that a push is on its way to, is not asked yet."""
    today = store.today()
    if showing is not None and showing.desired and offer.own_words is None and not showing.override:
        yield of_fields("plan", showing.desired, today)
    if showing is not None and showing.shown and store.push and not showing.due and _speaks(showing.shown):
        yield of_fields("shop", showing.shown, today)
    answer = public_answer(store, offer)
    yield from of_answer(answer)
    feed = answer["availability_date"]
    if offer.feed_day(today) == offer.starts:  # beyond a year a feed takes no day, and the page may still name it
        yield Statement("feed", until=str(feed or ""))


def of_answer(answer: Mapping[str, object]) -> Iterable[Statement]:
    """A public answer, and the structured data that are made of it."""
    expected = answer["expected"]
    held: Mapping[str, str] = expected if isinstance(expected, dict) else {}
    yield Statement(
        "public answer",
        str(answer["status"]),
        held.get("from", ""),
        held.get("until", ""),
        str(answer["message"]),
    )
    yield Statement(
        "structured data", of_schema_org(answer["availability"]), until=str(answer["availability_starts"] or "")
    )


def of_schema_org(availability: object) -> str:
    known = {address: status.value for status, address in SCHEMA_ORG.items()}
    return known.get(str(availability), PlatformStatus.UNKNOWN.value)


def of_fields(where: str, fields: Mapping[str, str], today: date) -> Statement:
    """The fields of a platform as our plugin and our theme blocks read them; both show these in page, cart and mail."""
    status = first_of(fields, STATUS_FIELDS)
    until = day_of(first_of(fields, DAY_FIELDS) or "")
    if until is None or until < today or status != PlatformStatus.BACKORDER.value:
        # A text that names a day which has passed is not shown either: nothing is left to be compared.
        stale = until is not None and until < today
        text = None if stale else _text(fields)
        return Statement(where, status, "", "", text)
    first = day_of(first_of(fields, FIRST_DAY_FIELDS) or "")
    begins = first if first is not None and first < until else until
    # A platform that keeps no first day shows the last one, which is the one that counts.
    speaks_of_ranges = any(key in fields for key in FIRST_DAY_FIELDS)
    return Statement(where, status, begins.isoformat() if speaks_of_ranges else None, until.isoformat(), _text(fields))


def _text(fields: Mapping[str, str]) -> str | None:
    text = first_of(fields, MESSAGE_FIELDS)
    return " ".join(text.split()) if text is not None else None


def _speaks(fields: Mapping[str, str]) -> bool:
    """Whether the shop has anything of ours for this variant."""
    keys: Sequence[str] = (*STATUS_FIELDS, *DAY_FIELDS, *MESSAGE_FIELDS)
    return any(fields.get(key) for key in keys)
