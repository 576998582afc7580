"""Plays a day of trade over a live service, at a speed a person can follow."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from connector.ports.sandbox import SandboxShop
from connector.sandbox.scenario import Step, Town

CRON_SECONDS = 0.3
"""How often a sandbox shop sends what waits.  A real WooCommerce does so each minute."""

PATIENCE_SECONDS = 300.0
"""What is waited for takes seconds, on a machine that does nothing else."""


@contextmanager
def webhooks_flow(shops: Mapping[str, SandboxShop]) -> Iterator[None]:
    """Let each shop send its webhooks all the time, as a shop with visitors does."""
    stop = threading.Event()

    def run(shop: SandboxShop) -> None:
        while not stop.wait(CRON_SECONDS):
            shop.flush()

    threads = [threading.Thread(target=run, args=[shop], daemon=True) for shop in shops.values()]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def wait_until(what: str, holds: Callable[[], bool], patience: float = PATIENCE_SECONDS) -> None:
    """Raises ``TimeoutError``, which names what was awaited."""
    give_up = time.monotonic() + patience
    while not holds():
        if time.monotonic() > give_up:
            raise TimeoutError(f"waited {patience:.0f} seconds, and it never came to pass: {what}")
        time.sleep(0.1)


@dataclass(frozen=True)
class Player:
    """``tell`` is called before each step with its number, and ``after`` when its ``pause`` in seconds is over."""

    town: Town
    tell: Callable[[int, int, Step], None]
    after: Callable[[], None]
    pause: float

    def play(self, steps: Sequence[Step]) -> None:
        for number, step in enumerate(steps, start=1):
            self.tell(number, len(steps), step)
            step.act(self.town)
            time.sleep(self.pause)
            self.after()
