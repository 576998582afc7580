"""Shopify's search syntax: ``status:open updated_at:>='2026-11-01T00:00:00Z' -tag:vip (sku:A OR sku:B)``.

A field the shop does not know is left out of the search and named in ``extensions.search``, as the real one does.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from typing import Any

Read = Callable[[Any], object]
Test = Callable[[Any], bool]
TOKEN = re.compile(
    r"""\s*(?P<open>\()|\s*(?P<close>\))|\s*(?P<word>-?(?:[\w.]+:)?(?::?(?:<=|>=|<|>)?)(?:"[^"]*"|'[^']*'|[^\s()"']+))"""
)
TERM = re.compile(r"""(?P<field>[A-Za-z_.]+):(?P<sign><=|>=|<|>)?(?P<value>.*)""", re.DOTALL)
SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


class Search:
    """Over records of one kind: ``fields`` says how each is read, ``words`` what bare text is looked for in."""

    def __init__(self, fields: Mapping[str, Read | Mapping[str, Test]], words: Read) -> None:
        self.fields = fields
        self.words = words

    def test(self, query: str | None, unknown: list[str]) -> Test:
        """The predicate; fields the shop does not know are added to ``unknown``."""
        words = [match.group().strip() for match in TOKEN.finditer(query or "")]
        return self._any_of(words, unknown)

    def _any_of(self, words: list[str], unknown: list[str]) -> Test:
        """``OR`` binds weaker than standing side by side."""
        choices: list[list[Test]] = [[]]
        while words:
            word = words.pop(0)
            if word == ")":
                break
            if word == "OR":
                choices.append([])
            elif word != "AND":
                choices[-1].append(self._one(word, words, unknown))
        return lambda record: any(all(test(record) for test in each) for each in choices)

    def _one(self, word: str, words: list[str], unknown: list[str]) -> Test:
        if word in {"NOT", "-"} and words:
            inner = self._one(words.pop(0), words, unknown)
            return lambda record: not inner(record)
        if word == "(":
            return self._any_of(words, unknown)
        if word.startswith("-"):
            inner = self._one(word[1:], words, unknown)
            return lambda record: not inner(record)
        term = TERM.fullmatch(word)
        if term is None:
            wanted = _bare(word).lower()
            return lambda record: wanted in str(self.words(record)).lower()
        return self._term(term["field"].lower(), term["sign"], _bare(term["value"]), unknown)

    def _term(self, name: str, sign: str | None, value: str, unknown: list[str]) -> Test:
        read = self.fields.get(name)
        if read is None:
            unknown.append(name)
            return lambda _record: True
        if isinstance(read, Mapping):
            choices = [read.get(each.strip().lower(), lambda _record: False) for each in value.split(",")]
            return lambda record: any(test(record) for test in choices)
        if sign:
            compare = SIGNS[sign]
            return lambda record: _compare(compare, read(record), value)
        return lambda record: _equal(read(record), value)


def _bare(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def _moment(text: str) -> datetime:
    """A date alone is its first moment."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return datetime.combine(datetime.fromisoformat(text).date(), time(), UTC)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _compare(compare: Callable[[Any, Any], bool], have: object, wanted: str) -> bool:
    try:
        if isinstance(have, datetime):
            return compare(have, _moment(wanted))
        return isinstance(have, int) and compare(have, int(wanted.rsplit("/", 1)[-1]))
    except ValueError:
        return False


def _equal(have: object, wanted: str) -> bool:
    """Text is found whole or by a beginning followed by ``*``, in any case."""
    if isinstance(have, list | tuple | set | frozenset):
        return any(_equal(one, wanted) for one in have)
    if isinstance(have, datetime):
        return _compare(operator.eq, have, wanted)
    if isinstance(have, int) and not isinstance(have, bool):
        return str(have) == wanted.rsplit("/", 1)[-1]
    text, wanted = str(have).lower(), wanted.lower()
    return text.startswith(wanted[:-1]) if wanted.endswith("*") else text == wanted
