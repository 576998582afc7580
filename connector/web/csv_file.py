"""A list as a file for spreadsheets, however long it is."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import IO

from flask import Response

BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
IN_MEMORY = 1_000_000  # bytes; what is longer lies in a file that has no name
ROWS = 500
BLOCK = 65_536

Cell = str | int


def harmless(cell: Cell) -> str:
    """Text that a spreadsheet shows and does not run.  Product names and SKUs are whatever somebody typed."""
    text = str(cell)
    if isinstance(cell, str) and (text.startswith(BEGINS_A_FORMULA) or text.lstrip().startswith(BEGINS_A_FORMULA[:4])):
        return f"'{text}"
    return text


def write_rows(rows: Iterable[Sequence[Cell]], *, delimiter: str = ",") -> IO[bytes]:
    """The whole file, written down before the first byte of it is sent.

    So it shows one moment, an error in the middle is an error instead of half a file, and nothing waits in the database
    for somebody who reads slowly.  It begins with the mark by which Excel knows UTF-8.
    """
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 -- the one who sends it closes it
    try:
        file.write("\ufeff".encode())
        remaining = iter(rows)
        while some := list(islice(remaining, ROWS)):
            text = io.StringIO()
            writer = csv.writer(text, delimiter=delimiter)
            writer.writerows([harmless(cell) for cell in row] for row in some)
            file.write(text.getvalue().encode("utf-8", "replace"))
    except BaseException:
        file.close()
        raise
    return file


def send(file: IO[bytes], name: str) -> Response:
    """``name``: without its ending; whatever could end a header or name a folder is left out."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", name)[:100]
    length = file.tell()
    file.seek(0)
    answer = Response(_blocks(file), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{plain}.csv"'
    answer.content_length = length
    answer.call_on_close(file.close)  # for an answer of which nothing is read
    return answer


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while block := file.read(BLOCK):
            yield block
