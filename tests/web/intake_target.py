"""Applications that the server tests let Granian run; made in the worker process."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask
from intake_parts import MemoryInbox, intake_app


class LoggedInbox(MemoryInbox):
    def close(self) -> None:
        super().close()
        _log("closed")


def memory_app() -> Flask:
    _log(f"worker {os.getpid()} {os.getppid()}")
    return intake_app(LoggedInbox())


def broken_app() -> Flask:
    raise RuntimeError("the configuration is broken")


def _log(line: str) -> None:
    with Path(os.environ["INTAKE_LOG"]).open("a") as log:
        log.write(line + "\n")
