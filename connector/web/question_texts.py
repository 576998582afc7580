"""What installers ask an owner, for the lists of texts to translate: pages pass it to gettext only when they show it.

The modules are imported and not parsed, since a help may be put together from constants of other modules.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

from connector.ports.installing import Question

ROOT = Path(__file__).parents[2]
Found = tuple[int, str, str, list[str]]


def extract(
    file: BinaryIO,
    keywords: Collection[str],  # noqa: ARG001 -- as Babel calls it
    comment_tags: Collection[str],  # noqa: ARG001 -- as above
    options: Mapping[str, object],  # noqa: ARG001 -- as above
) -> Iterator[Found]:
    """A Babel extraction method: labels and helps of the questions that a module of an adapter holds."""
    if b"Question(" not in file.read():
        return
    path = Path(file.name).resolve().relative_to(ROOT)
    module = import_module(".".join(path.with_suffix("").parts))
    for value in vars(module).values():
        for one in value if isinstance(value, (tuple, list)) else (value,):
            if isinstance(one, Question):
                yield from ((1, "_", text, []) for text in (one.label, one.help) if text)
