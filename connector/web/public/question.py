"""What was asked of the public answer: read strictly, for whoever asks may send anything."""

from __future__ import annotations

import re
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

MOST_VARIANTS = 100
LONGEST_SKU = 190
KNOWN = frozenset({"sku", "variant", "lang"})

_VARIANT = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}", re.ASCII)


class Unanswerable(ValueError):  # noqa: N818 -- it says what the question is
    """The question cannot be answered; the words are for whoever wrote the program."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Each once, in the order they were asked for."""

    skus: tuple[str, ...]
    variants: tuple[str, ...]
    language: str


def asked(query: MultiDict[str, str]) -> Asked:
    unknown = set(query) - KNOWN
    if unknown:
        raise Unanswerable(f"A parameter is none of {', '.join(sorted(KNOWN))}.")
    skus, variants = dict.fromkeys(query.getlist("sku")), dict.fromkeys(query.getlist("variant"))
    if len(skus) + len(variants) > MOST_VARIANTS:
        raise Unanswerable(f"Ask for at most {MOST_VARIANTS} different variants at once.")
    if not all(_is_sku(one) for one in skus):
        raise Unanswerable(f"A sku is 1 to {LONGEST_SKU} visible characters.")
    for one in variants:
        variant_id(one)
    return Asked(tuple(skus), tuple(variants), language(query))


def language_only(query: MultiDict[str, str]) -> str:
    """The language, where the variant stands in the address."""
    if set(query) - {"lang"}:
        raise Unanswerable("Only the parameter lang is known here.")
    return language(query)


def language(query: MultiDict[str, str]) -> str:
    given = query.getlist("lang")
    if len(given) > 1 or not all(_LANGUAGE.fullmatch(one) for one in given):
        raise Unanswerable("lang is one language, such as de or pt-BR.")
    return given[0] if given else ""


def variant_id(text: str) -> str:
    if not _VARIANT.fullmatch(text):
        raise Unanswerable("A variant is the platform's id of it: 1 to 64 letters, digits, - and _.")
    return text


def _is_sku(text: str) -> bool:
    # What cannot be seen is in no SKU, and a zero byte is more than some databases take.
    return 0 < len(text) <= LONGEST_SKU and text.isprintable()
