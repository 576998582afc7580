"""Ports of this machine for servers that must know theirs before they start."""

from __future__ import annotations

import socket
import sys


def free_port() -> int:
    """One where nobody listens, and which nobody else is given for as long as this process lives.

    On Linux it stays bound without listening: the system then gives it to nobody who asks for any port, and a server
    that is told to take it can, again and again, as servers share it with whoever does not listen (SO_REUSEADDR).
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    port = int(held.getsockname()[1])
    if sys.platform == "linux":
        held.detach()  # never closed: it ends with the process
    else:
        held.close()
    return port
