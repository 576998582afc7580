"""One scheduler for one database: two would not lose anything, but they would do everything twice."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadyRunning(Exception):  # noqa: N818 -- it reads as what it says
    """Another process has the lock."""


@contextmanager
def only_one(path: Path) -> Iterator[bool]:
    """Hold a lock that the system lets go when this process ends, however it ends.

    Gives whether the one before us was cut off: it had no time to take its number out of the file, so a child of it may
    still be about to end.  Raises ``AlreadyRunning``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        file.seek(0)
        before = file.read().strip()
        if not _locked(file.fileno()):
            raise AlreadyRunning(
                f"Another backorder process (number {before or 'unknown'}) works on this data folder. "
                "Stop it first, or use another config."
            )
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield before != ""
        finally:
            file.truncate(0)


def _locked(descriptor: int) -> bool:
    try:
        import fcntl  # noqa: PLC0415 -- not there on Windows, where only one process is the operator's to see to
    except ImportError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
