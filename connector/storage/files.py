"""Files that hold the orders of a shop belong to their owner alone."""

from __future__ import annotations

import os
from pathlib import Path


def create_private(path: Path, *, exist_ok: bool = False) -> None:
    """Create an empty file of mode 0600.  FileExistsError where it stands already, unless ``exist_ok``."""
    flags = os.O_CREAT | os.O_WRONLY | (0 if exist_ok else os.O_EXCL)
    os.close(os.open(path, flags, 0o600))
