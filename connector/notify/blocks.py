"""A message as paragraphs, lists and links, and the two ways it is written: as plain text and as HTML.

Both are made of the same blocks, so neither says what the other does not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, Template

from connector.notify.texts import fill

_PARAGRAPHS = re.compile(r"\n[ \t]*\n")
# "Wait or cancel: {link}": what stands before the colon is what the button says.
_LABELLED = re.compile(r"(?P<label>[^{}]+?)(?P<colon>[\s\u00a0]*:[\s\u00a0]*)\{link\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """``lines``: where it is broken, it stays broken."""

    lines: Sequence[str]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class Listing:
    items: Sequence[str]

    @property
    def text(self) -> str:
        return "\n".join(self.items)


@dataclass(frozen=True, slots=True)
class Link:
    """``label`` is what the button says; the address itself stands beside it, for who sees no button.  Without
    ``button`` the label is no more than a word before the address.
    """

    label: str
    colon: str
    address: str
    button: bool = True

    @property
    def text(self) -> str:
        return f"{self.label}{self.colon}{self.address}"


Block = Paragraph | Listing | Link


def blocks(text: str, values: Mapping[str, str], lines: Sequence[str] = ()) -> list[Block]:
    """The paragraphs of a text, its places filled; ``{lines}`` by itself becomes a list."""
    found: list[Block] = []
    for part in _PARAGRAPHS.split(text.strip()):
        said = part.strip()
        if said == "{lines}":
            found += [Listing(lines)] if lines else []
        elif said:
            filled = fill(said, {"lines": "\n".join(lines), **values})
            found.append(Paragraph([line.strip() for line in filled.splitlines()]))
    return found


def link(text: str, address: str, *, button: bool = True) -> Block:
    """``Wait or cancel: {link}`` as a button with its address."""
    labelled = _LABELLED.fullmatch(text)
    if labelled is None:
        return Paragraph([fill(text, {"link": address})])
    return Link(labelled["label"], labelled["colon"], address, button)


def as_text(content: Sequence[Block]) -> str:
    return "\n\n".join(block.text for block in content)


def as_html(content: Sequence[Block], subject: str, language: str) -> str:
    kinds = [(type(block).__name__, block) for block in content]
    return _template().render(blocks=kinds, subject=subject, language=language)


@cache
def _template() -> Template:
    source = files("connector.notify").joinpath("templates", "mail.html").read_text(encoding="utf-8")
    return Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(source)
