"""What is written on an order so that an act whose answer was lost is recognised and not done twice.

A refund and a cancellation bear a note that ends with our reference.  An order edit shows no such note to anybody who
reads it, so before it is committed a metafield of our own says how the order stood and what is about to be done.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256

from adapters.reader import Reader
from adapters.shopify.admin import Admin
from adapters.shopify.ids import gid
from adapters.shopify.operations import METAFIELDS_SET, Step, together
from adapters.shopify.refusals import refuse_errors
from connector.ports.sentence import packed, unpacked

NAMESPACE = "$app:backorder-acts"
LONGEST_NOTE = 255  # characters of a staff note
KEY_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Note:
    """Written before the act.

    ``whole``: the order is to be cancelled; ``refunds``: those it had before.  Of an edit: ``lines`` are those it had,
    ``left`` the units that each line it takes from will have; ``variant_id`` and ``units``, what it adds; ``back``,
    what is too much paid after it.  ``by_hand``: what a person must do then.
    """

    whole: bool = False
    refunds: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    left: Mapping[str, int] = field(default_factory=dict)
    variant_id: str = ""
    units: int = 0
    back: str = "0"
    by_hand: str = ""


def key_of(reference: str) -> str:
    """References may hold characters that a metafield's key may not."""
    return sha256(reference.encode()).hexdigest()[:KEY_LENGTH]


def write(admin: Admin, order_id: str, reference: str, note: Note, act: str) -> None:
    metafield = {
        "ownerId": gid("Order", order_id),
        "namespace": NAMESPACE,
        "key": key_of(reference),
        "type": "json",
        "value": json.dumps({**asdict(note), "by_hand": packed(note.by_hand)}, separators=(",", ":"), sort_keys=True),
    }
    text, variables = together("Note", [Step(METAFIELDS_SET, {"metafields": [metafield]})])
    refuse_errors(admin.write_together("Note", text, variables, act=act).need("m0"))


def read(metafield: Reader) -> Note | None:
    """Only this app can write there, so what stands there is ours."""
    if metafield.is_null:
        return None
    note = Reader.of(metafield["value"].text().encode())
    left = note["left"]
    return Note(
        whole=note["whole"].flag(),
        refunds=tuple(one.text() for one in note["refunds"]),
        lines=tuple(one.text() for one in note["lines"]),
        left={key: left[key].whole(minimum=0) for key in _keys(left)},
        variant_id=note["variant_id"].text(),
        units=note["units"].whole(minimum=0),
        back=note["back"].text(),
        by_hand=unpacked(note["by_hand"].text()),
    )


def _keys(members: Reader) -> tuple[str, ...]:
    value = members.raw
    return tuple(value) if isinstance(value, dict) else ()


def signed(reason: str, reference: str) -> str:
    """The reason with our reference behind it, in which no other one can be found: BO-1 is no part of BO-11."""
    mark = f"[{reference}]"
    return f"{reason[: LONGEST_NOTE - len(mark) - 1]} {mark}".strip()


def is_signed(note: str, reference: str) -> bool:
    return note.endswith(f"[{reference}]")
