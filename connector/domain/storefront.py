"""What a shop shows for a variant against what it should: the difference, and whose hand was in it (design, 3.4)."""

from __future__ import annotations

from collections.abc import Mapping

Fields = Mapping[str, str]


def difference(shown: Fields, desired: Fields) -> dict[str, str]:
    """The fields to write.  Only fields that the shop has for this variant (the keys of ``shown``) can be written."""
    return {key: desired[key] for key in shown if key in desired and desired[key] != shown[key]}


def foreign(seen: Fields, written: Fields, attempted: Fields) -> dict[str, str]:
    """Fields that bear a value we did not give them: somebody else's hand.

    ``attempted`` are the values of a write whose answer was lost: the shop may show those or the ones before.
    """
    return {
        key: seen[key]
        for key in written
        if key in seen and seen[key] not in {written[key], attempted.get(key, written[key])}
    }
