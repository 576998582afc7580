"""How a process of the web part ends: with the process above it, and after its last request."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable

WATCH_SECONDS = 0.5
STOP_SECONDS = 10


def after_main(act: Callable[[], None]) -> None:
    """Do something when the main thread has ended.  A server's worker skips the interpreter's own exit handlers, but
    it waits for threads that are no daemons.
    """

    def wait() -> None:
        threading.main_thread().join()
        act()

    threading.Thread(target=wait, name="after-main").start()


def leave_with(parent: int) -> None:
    """End this process soon after ``parent`` has ended, however it ended.

    Asking for the parent's number works on every Unix; a signal at the parent's death is Linux's alone.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(STOP_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
