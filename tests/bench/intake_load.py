"""A load generator: a few kept-alive connections, each with one request on its way at a time.

Run as a program of its own, because it would otherwise take the server's turn: ``python intake_load.py PORT CONNECTIONS
SECONDS`` prints one JSON object.  One thread, one selector, requests prepared as bytes: it must cost less than what it
measures.
"""

from __future__ import annotations

import json
import random
import selectors
import socket
import sys
import time
from dataclasses import dataclass

from adapters.signing import hmac_sha256_base64

SECRET = "bench-secret"
PATH = "/webhooks/woocommerce/main"
BODY_BYTES = 8_000
BODIES = 256
WARM_UP_SECONDS = 0.5
STUCK_SECONDS = 120.0


def bodies() -> list[bytes]:
    """Orders of 8 kB, each with other values, as WooCommerce writes them."""
    chance = random.Random(20261121)  # noqa: S311 -- invented orders, the same ones each time
    made = []
    for number in range(BODIES):
        lines: list[dict[str, object]] = []
        while len(json.dumps({"id": number, "line_items": lines})) < BODY_BYTES - 300:
            lines.append(
                {
                    "id": chance.randrange(10**6),
                    "name": f"Kettle {chance.randrange(10**4)}",
                    "product_id": chance.randrange(10**5),
                    "variation_id": chance.randrange(10**5),
                    "quantity": chance.randrange(1, 9),
                    "subtotal": f"{chance.random() * 100:.2f}",
                    "sku": f"K-{chance.randrange(16**8):08x}",
                    "meta_data": [{"id": chance.randrange(10**6), "key": "_reduced_stock", "value": "1"}],
                }
            )
        body = json.dumps({"id": number, "line_items": lines}).encode()
        made.append(body + b" " * (BODY_BYTES - len(body)))
    return made


def requests() -> list[tuple[bytes, bytes]]:
    """Each request as what stands before and after its delivery id."""
    made = []
    for body in bodies():
        before = (
            f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nX-WC-Webhook-Topic: order.updated\r\nX-WC-Webhook-ID: 7\r\n"
            f"X-WC-Webhook-Signature: {hmac_sha256_base64(SECRET, body)}\r\nX-WC-Webhook-Delivery-ID: "
        )
        made.append((before.encode(), b"\r\n\r\n" + body))
    return made


@dataclass(slots=True)
class Line:
    """One connection."""

    socket: socket.socket
    sent_at: float = 0.0
    answer: bytes = b""


class Load:
    def __init__(self, port: int, connections: int) -> None:
        self._requests = requests()
        self._sent = 0
        self._selector = selectors.DefaultSelector()
        self.acknowledged = 0
        self.refused = 0
        self.waits: list[float] = []
        for _ in range(connections):
            connection = socket.create_connection(("127.0.0.1", port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(connection, selectors.EVENT_READ, Line(connection))

    def run(self, seconds: float) -> dict[str, float]:
        every: list[Line] = [key.data for key in self._selector.get_map().values()]
        for idle in every:
            self._send(idle)
        begin = time.perf_counter() + WARM_UP_SECONDS
        end = begin + seconds
        waiting = len(every)
        while waiting:
            ready = self._selector.select(STUCK_SECONDS)
            if not ready:
                raise TimeoutError(f"{waiting} requests were not answered within {STUCK_SECONDS:.0f} s")
            for key, _ in ready:
                line: Line = key.data
                if not self._is_answered(line):
                    continue
                now = time.perf_counter()
                # However slow all is: where the time is over and nothing came of it, the next answer counts.
                if begin <= now < end or (now >= end and not self.waits):
                    self.waits.append(now - line.sent_at)
                if now < end:
                    self._send(line)
                else:
                    waiting -= 1
        return self._result(seconds)

    def _send(self, line: Line) -> None:
        before, after = self._requests[self._sent % BODIES]
        self._sent += 1
        line.answer = b""
        line.sent_at = time.perf_counter()
        line.socket.sendall(b"%b%d%b" % (before, self._sent, after))

    def _is_answered(self, line: Line) -> bool:
        line.answer += line.socket.recv(4096)
        if not line.answer:
            raise ConnectionError("the server hung up")
        # Every answer of the intake is one line of text; it may come apart from its headers.
        if not line.answer.partition(b"\r\n\r\n")[2].endswith(b"\n"):
            return False
        if line.answer.startswith(b"HTTP/1.1 200 "):
            self.acknowledged += 1
        else:
            self.refused += 1
        return True

    def _result(self, seconds: float) -> dict[str, float]:
        waits = sorted(self.waits)
        return {
            "per_second": round(len(waits) / seconds, 1),
            "p50_ms": round(waits[len(waits) // 2] * 1000, 2),
            "p99_ms": round(waits[len(waits) * 99 // 100] * 1000, 2),
            "acknowledged": self.acknowledged,
            "refused": self.refused,
        }


if __name__ == "__main__":
    port, connections, seconds = sys.argv[1:]
    print(json.dumps(Load(int(port), int(connections)).run(float(seconds))))  # noqa: T201 -- its answer to the caller
