"""Walks through a list in the order of change, while the list changes under the walker's feet."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from adapters.http import Answer
from adapters.reader import Reader
from adapters.woocommerce.rest import Rest
from connector.ports.failures import Unreadable

PER_PAGE = 100  # the most that WooCommerce gives
GRAIN = timedelta(seconds=1)  # of its change times; ``modified_after`` is strictly later
# A change is stamped when it is made and seen when it is stored, which a slow request does some seconds later.
OVERLAP = timedelta(seconds=10)
LOOKS = 5  # at most, at one crowded second

Stamp = tuple[str, datetime]


@dataclass(frozen=True, slots=True)
class Slice:
    """Things not given before by the same walk."""

    items: tuple[Reader, ...]
    read_to: datetime | None
    total: int | None


def zulu(moment: datetime) -> str:
    """A moment as the filters take it.  Without the Z it would be read in the shop's own zone; with the Z and
    ``dates_are_gmt`` it would be shifted by that zone.
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def page_count(answer: Answer, page: int, length: int) -> int:
    """How many pages there are; judged by a short page where a proxy took the header away."""
    header = answer.headers.get("X-WP-TotalPages", "")
    return int(header) if header.isdecimal() else page + (length == PER_PAGE)


class Walk:
    """One walk over ``path``, oldest change first, a page at a time.

    Numbered pages shift when a thing on an earlier page changes and moves to the end, and what slides back over the
    page's edge is never seen.  So each next request asks for what changed after the last thing seen, less one second
    because several can share that second.  Only where a whole page lies within one second are pages numbered, and
    then looked through again until a look brings nothing new.

    It ends: every window starts at least one second later than the one before, a look ends with the last page, a
    window with ``LOOKS`` looks; and a shop that changes faster than it can be read is left after ``_most`` calls, to
    be gone on with from ``read_to``.
    """

    def __init__(self, rest: Rest, path: str, params: Mapping[str, str], since: datetime | None) -> None:
        self._rest = rest
        self._path = path
        self._params = {**params, "orderby": "modified", "order": "asc", "per_page": str(PER_PAGE)}
        self._after = None if since is None else since - OVERLAP
        self._read_to = since
        self._seen: set[Stamp] = set()
        self._total: int | None = None
        self._calls = 0
        self._most = 0

    def __iter__(self) -> Iterator[Slice]:
        ahead = yield from self._window()
        while ahead is not None:
            self._after = ahead
            self._seen = {stamp for stamp in self._seen if stamp[1] > ahead}
            ahead = yield from self._window()

    def _window(self) -> Generator[Slice, None, datetime | None]:
        """Everything after ``_after`` that one page can tell; gives where the next window begins, None at the end."""
        ahead: datetime | None = None
        for _ in range(LOOKS):
            ahead, shaky = yield from self._look()
            if not shaky:
                break
        return ahead

    def _look(self) -> Generator[Slice, None, tuple[datetime | None, bool]]:
        """One look through the window, and whether another is needed to trust it."""
        page, news = 1, False
        while True:
            items, pages = self._fetch(page)
            stamps = [_stamp(item) for item in items]
            fresh = tuple(item for item, stamp in zip(items, stamps, strict=True) if stamp not in self._seen)
            known = {stamp for stamp in stamps if stamp is not None}
            news = news or bool(known - self._seen)
            self._seen |= known
            last = max((stamp[1] for stamp in known), default=None)
            if last is not None:
                self._read_to = last if self._read_to is None else max(self._read_to, last)
            if fresh:
                yield Slice(fresh, self._read_to, self._total)
            shaky = page > 1 and news
            if not items or page >= pages or self._calls >= self._most:
                return None, shaky
            ahead = None if last is None else last - GRAIN
            if ahead is not None and (self._after is None or ahead > self._after):
                return ahead, shaky
            page += 1

    def _fetch(self, page: int) -> tuple[tuple[Reader, ...], int]:
        params = {**self._params, "page": str(page)}
        if self._after is not None:
            params["modified_after"] = zulu(self._after)
        answer = self._rest.get(self._path, params)
        items = answer.read().items()
        pages = page_count(answer, page, len(items))
        if not self._calls:
            header = answer.headers.get("X-WP-Total", "")
            self._total = int(header) if header.isdecimal() else None
            self._most = 4 * pages + 100
        self._calls += 1
        return items, pages


def _stamp(item: Reader) -> Stamp | None:
    """Which version of which thing; None where it does not say, which the translation will complain of."""
    try:
        return item["id"].number_id(), item["date_modified_gmt"].gmt()
    except Unreadable:
        return None


def all_pages(rest: Rest, path: str, params: Mapping[str, str], *, act: str = "read") -> Iterator[Reader]:
    """Everything in ``path``, by id: ids do not move, and what is made meanwhile comes last."""
    page, pages = 1, 1
    while page <= pages:
        numbered = {**params, "orderby": "id", "order": "asc", "per_page": str(PER_PAGE), "page": str(page)}
        answer = rest.get(path, numbered, act=act)
        items = answer.read().items()
        yield from items
        pages = page_count(answer, page, len(items)) if items else 0
        page += 1
