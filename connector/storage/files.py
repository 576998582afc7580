"""Files that hold the orders of a shop belong to their owner alone."""

from __future__ import annotations

import errno
import os
from pathlib import Path


def create_private(path: Path, *, exist_ok: bool = False) -> None:
    """Create an empty file of mode 0600.  FileExistsError where it stands already, unless ``exist_ok``.

    A file that stands is not opened.  Whoever closes any descriptor of a file loses all locks which its process has on
    it (POSIX), those of SQLite's connections too.  Another program that ends would then take itself for the last one,
    and remove the write-ahead log under us.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        if not exist_ok:
            raise
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path)) from None
