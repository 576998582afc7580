"""The key that credentials are encrypted with at rest: made once, readable by its owner alone."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.fernet import Fernet


def make_key(file: Path | None) -> None:
    """Make the key file where the settings found it missing (None: there is one).  Two processes may try at once."""
    if file is None:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(Fernet.generate_key() + b"\n")
