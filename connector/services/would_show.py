"""What pushing would change for one variant, for people who are asked before it is done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import chain, zip_longest

from connector.domain.storefront import difference
from connector.ports.records import ShowingRecord, VariantRecord
from connector.services.sentences import ENGLISH, Say
from connector.services.status import flag_of, in_words, is_open


class Effect(Enum):
    """What becomes of a variant in the eyes of a shopper."""

    OPENED = "opened"  # for orders beyond its stock
    CLOSED = "closed"
    REWORDED = "reworded"  # another status, date or text; what can be bought stays so
    UNCHANGED = "unchanged"
    LEFT_ALONE = "left alone"  # somebody changed it by hand, or the shop refused it


@dataclass(frozen=True, slots=True)
class WouldShow:
    """``shows`` and ``would_show`` in the common model's words; ``rule``: whose word it is, where that was asked."""

    variant_id: str
    sku: str
    title: str
    effect: Effect
    shows: str
    would_show: str
    rule: str = ""


def effect_of(showing: ShowingRecord) -> Effect:
    if showing.override or showing.parked:
        return Effect.LEFT_ALONE
    fields = difference(showing.shown, showing.desired)
    if not fields:
        return Effect.UNCHANGED
    before, after = is_open(showing.shown), is_open({**showing.shown, **fields})
    if before is after:
        return Effect.REWORDED
    return Effect.OPENED if after else Effect.CLOSED


def would_show(
    variant: VariantRecord,
    showing: ShowingRecord,
    showings: Mapping[str, ShowingRecord],
    rule: str = "",
    say: Say = ENGLISH,
) -> WouldShow:
    """``showings``: where the parent's is found, whose flag is the variation's if the parent keeps the stock."""
    flag = showings.get(variant.product_id, showing)
    return WouldShow(
        variant.id,
        variant.sku,
        variant.title,
        effect_of(showing),
        in_words({**flag_of(flag.shown), **showing.shown}, say),
        in_words({**flag_of(flag.desired), **showing.desired}, say),
        rule,
    )


class Samples:
    """Some of each kind, so that three closed ones are seen among a thousand opened ones."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[Effect, list[WouldShow]] = {
            effect: [] for effect in (Effect.OPENED, Effect.CLOSED, Effect.REWORDED)
        }

    def wants(self, effect: Effect) -> bool:
        return effect in self._kept and len(self._kept[effect]) < self._most

    def add(self, one: WouldShow) -> None:
        self._kept[one.effect].append(one)

    def chosen(self) -> tuple[WouldShow, ...]:
        """One of each in turn, and then together by kind."""
        mixed: Iterable[WouldShow | None] = chain.from_iterable(zip_longest(*self._kept.values()))
        some = [one for one in mixed if one is not None][: self._most]
        order: Sequence[Effect] = list(self._kept)
        return tuple(sorted(some, key=lambda one: (order.index(one.effect), one.sku, one.variant_id)))
