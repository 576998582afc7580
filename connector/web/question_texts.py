"""What adapters say and what installers ask an owner, for the lists of texts to translate: pages pass it to gettext
only when they show it.

For the questions the modules are imported and not parsed, since a help may be put together from constants of other
modules.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from babel.messages.extract import extract_python

from connector.ports.installing import Question

ROOT = Path(__file__).parents[2]
Found = tuple[int, str, str | tuple[str, ...], list[str]]


def extract(
    file: BinaryIO,
    keywords: Mapping[str, Any],
    comment_tags: Collection[str],
    options: Any,  # noqa: ANN401 -- as Babel calls it
) -> Iterator[Found]:
    """A Babel extraction method: what any module marks, and labels and helps of the questions that one of an adapter
    holds.
    """
    marked: Iterable[Any] = extract_python(file, keywords, comment_tags, options)
    yield from marked
    file.seek(0)
    if b"Question(" not in file.read():
        return
    path = Path(file.name).resolve().relative_to(ROOT)
    module = import_module(".".join(path.with_suffix("").parts))
    for value in vars(module).values():
        for one in value if isinstance(value, (tuple, list)) else (value,):
            if isinstance(one, Question):
                yield from ((1, "_", text, []) for text in (one.label, one.help) if text)
