"""From bytes to plain values: what JSON says, and nothing that only Python takes for JSON."""

from __future__ import annotations

import json
import math
from itertools import chain

from connector.ports.failures import Unreadable
from connector.ports.sentence import Sentence

# Real payloads stay under 15 levels; Python's own limit depends on how deep the caller already stands.
MAX_DEPTH = 200
SHOWN_CHARACTERS = 60


def parse(body: bytes) -> object:
    """Parse a whole body.  Raises only ``Unreadable``; of a member that is there twice the last one counts."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("$", Sentence("is not UTF-8 at byte %(place)s", place=error.start)) from None
    try:
        value: object = json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise Unreadable(
            "$",
            Sentence(
                "is not JSON: %(fault)s at line %(line)s column %(column)s",
                fault=error.msg,
                line=error.lineno,
                column=error.colno,
            ),
        ) from None
    except RecursionError:
        raise Unreadable("$", Sentence("is nested deeper than %(levels)s levels", levels=MAX_DEPTH)) from None
    except ValueError:
        # Python itself refuses to turn thousands of digits into a number.
        raise Unreadable("$", Sentence("holds a number of too many digits")) from None
    _refuse_depth(value)
    return value


def _refuse_depth(value: object) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        inside = (one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list))
        level = [one for one in chain.from_iterable(inside) if isinstance(one, dict | list)]
        if not level:
            return
    raise Unreadable("$", Sentence("is nested deeper than %(levels)s levels", levels=MAX_DEPTH))


def _no_number(constant: str) -> object:
    raise Unreadable("$", Sentence("holds %(constant)s, which is no JSON", constant=constant))


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise Unreadable("$", Sentence("holds a number that is out of range"))
    return number


def shown(value: object) -> str:
    """A value for an error message; what an object or a list holds may be personal and stays out."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case dict():
            return Sentence("an object")
        case list():
            return Sentence("a list of %(count)s", count=len(value))
        case _:
            shown = repr(value)
            return shown if len(shown) <= SHOWN_CHARACTERS else shown[: SHOWN_CHARACTERS - 3] + "..."
