"""What the service did lately, as lines for somebody who watches a day of trade."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from connector.domain.journal import Link
from connector.ports.unit_of_work import UnitOfWork, Work
from connector.services.status import in_words

MOST = 1000
STATUS_FIELDS = ("_backorder_status", "status")
KINDS = {
    "waiting": "is told that it waits",
    "changed": "has a new date",
    "ready": "is told that all of it is here",
    "cleared": "no longer waits",
}


@dataclass
class News:
    """Reads the journals of these stores on from where it stopped.  ``names``: what to call an order's shopper."""

    work: Work
    stores: Sequence[str]
    names: Callable[[str, str], str]
    counts: dict[str, int] = field(default_factory=dict)
    _read_to: dict[str, int] = field(default_factory=dict)
    _dates: dict[str, str] = field(default_factory=dict)

    def latest(self) -> list[str]:
        with self.work(read_only=True) as uow:
            return [line for store in self.stores for line in self._of(uow, store)]

    def _of(self, uow: UnitOfWork, store: str) -> Iterator[str]:
        read_to = self._read_to.get(store, 0)
        fresh = [link for link in reversed(uow.journal.read(store, limit=MOST)) if link.number > read_to]
        skus = {one.id: one.sku for one in uow.catalogue.get(store, {link.entry.variant_id for link in fresh}).values()}
        shown: dict[str, str] = {}
        for link in fresh:
            self._read_to[store] = link.number
            self.counts[link.entry.kind] = self.counts.get(link.entry.kind, 0) + 1
            if (words := _shown(link.entry.facts.get("fields", {}))) and link.entry.kind == "pushed":
                # Of several changes only the last is still to be seen.
                shown[skus.get(link.entry.variant_id, "")] = words
            else:
                yield from self._line(store, link)
        yield from (f"{store}: {sku} now shows {words}" for sku, words in shown.items() if sku)

    def _line(self, store: str, link: Link) -> Iterator[str]:
        facts = link.entry.facts
        if link.entry.kind == "announced" and facts.get("expected_on"):
            self._dates[facts["reference"]] = f", until {facts['expected_on']}"
        if link.entry.kind == "told":
            date = self._dates.get(facts["reference"], "") if facts["kind"] in {"waiting", "changed"} else ""
            yield f"{store}: {self.names(store, link.entry.order_id)} {KINDS.get(facts['kind'], facts['kind'])}{date}"
        if link.entry.kind == "reconciled":
            yield f"{store}: reading the shop found what no webhook had told"


def _shown(fields: Mapping[str, str]) -> str:
    words = in_words(dict(fields)).rpartition(" (")[0] if any(key in fields for key in STATUS_FIELDS) else ""
    return words.replace("_", " ")
