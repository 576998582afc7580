"""A number for each running process of this machine; one that ends leaves its number, and its figures, to the next.

The library names the files in which processes count after their process numbers.  Such files pile up with every
restart, and once one of them is thrown away a sum falls, which Prometheus takes for a restart of everything: it would
count the rest of the sum a second time.  With numbers that are taken again the files stay few and no sum ever falls.
"""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import count
from pathlib import Path

FILE_BYTES = 1 << 18
"""Written in full at the start: the library maps its files into memory, and a process that touches a page for which a
full disk has no room is killed."""
KINDS = ("counter", "histogram")


class Slots:
    """``folder`` is emptied where no running process counts in it any more.  OSError where it cannot be used."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = 0
        self._held: int | None = None
        self._name = ""
        folder.mkdir(parents=True, exist_ok=True)
        with _Locked(folder / "lock"):
            if not any(_is_held(path) for path in folder.glob("*.slot")):
                for path in folder.glob("*.db"):
                    path.unlink()
            self._take()

    def __call__(self) -> str:
        """The number of this process; a child of a fork gets one of its own."""
        if os.getpid() != self._process:
            if self._held is not None:
                os.close(self._held)  # the parent keeps its own, and with it the number
            with _Locked(self._folder / "lock"):
                self._take()
        return self._name

    def _take(self) -> None:
        self._process = os.getpid()
        for number in count():
            held = os.open(self._folder / f"{number}.slot", os.O_RDWR | os.O_CREAT, 0o600)
            if _lock(held):
                break
            os.close(held)
        self._held, self._name = held, str(number)
        for kind in KINDS:
            _make_room(self._folder / f"{kind}_{self._name}.db")


class _Locked:
    """Only one process at a time looks for a number."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        _lock(self._file, wait=True)

    def __exit__(self, *_: object) -> None:
        os.close(self._file)


def _is_held(path: Path) -> bool:
    file = os.open(path, os.O_RDWR)
    try:
        return not _lock(file)
    finally:
        os.close(file)


def _lock(file: int, *, wait: bool = False) -> bool:
    """Until the file is closed, or this process ends however it ends."""
    try:
        import fcntl  # noqa: PLC0415 -- not there on Windows, where several processes then count under one number
    except ImportError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _make_room(path: Path) -> None:
    if path.exists():
        return
    try:
        path.write_bytes(bytes(FILE_BYTES))
    except OSError:
        with suppress(OSError):
            path.unlink()
        raise
