"""What is fuzzed, and how one input is tried: within a time, and so that it can be tried again."""

from __future__ import annotations

import gc
import json
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

from mutating import Mutator

CPU_SECONDS = 2.0
"""No input may cost more than this of a processor; what waits for something else is given up after ``WALL_SECONDS``."""
WALL_SECONDS = 60.0
FOLDER = Path(__file__).resolve().parents[2] / "build" / "fuzz"


class Hangs(BaseException):
    """An input took too long.  No ``Exception``: nothing that is tried may catch it."""


class GotThrough(AssertionError):  # noqa: N818 -- it says what it did
    """Something was believed, kept or told that must not be."""


class Found(Exception):  # noqa: N818 -- it says what it is
    """An input that broke something, with all that is needed to try it again."""

    def __init__(self, target: str, seed: int, number: int, data: bytes) -> None:
        self.path = FOLDER / f"{target}-{seed}-{number}.bin"
        again = f"make fuzz FUZZ='--only {target} --input {self.path}'"
        super().__init__(f"{target}: input {number} of seed {seed}: {data[:2000]!r}\nTry it again: {again}")
        with suppress(OSError):
            FOLDER.mkdir(parents=True, exist_ok=True)
            self.path.write_bytes(data)


@dataclass(frozen=True)
class Target:
    """``seeds``: inputs that mean something; ``check``: tries one, says what came of it in a word, and raises whatever
    must not happen.  ``words``: what such inputs are made of.  ``documents``: behind its first line each is JSON.
    """

    name: str
    seeds: Sequence[bytes]
    check: Callable[[bytes], str]
    words: Sequence[bytes] = ()
    documents: bool = False

    @cached_property
    def parsed(self) -> Sequence[tuple[bytes, bytes, Any]]:
        """The first line, the body, and what the body says, of each seed."""
        heads = [seed.partition(b"\n")[::2] for seed in self.seeds]
        return [(head, body, json.loads(body)) for head, body in heads]

    def input(self, seed: int, number: int) -> bytes:
        """The input of that number: always the same."""
        random = Random((seed << 64) + number)  # noqa: S311 -- to be the same again, not to be secret
        mutator = Mutator(random, self.words)
        if not self.documents:
            return mutator.spoil(_one_of(random, self.seeds), _one_of(random, self.seeds))
        head: bytes
        head, body, document = _one_of(random, self.parsed)
        other = _one_of(random, self.parsed)
        if random.random() < 0.05:
            head = other[0] if random.random() < 0.7 else mutator.spoil(head, other[0]).replace(b"\n", b"")
        return head + b"\n" + mutator.spoil_document(body, document, other[2])

    def run(self, seed: int, first: int, count: int) -> Counter[str]:
        """Try inputs by their numbers.  Raises ``Found``."""
        outcomes: Counter[str] = Counter()
        gc.freeze()  # what is there now stays there, and need not be looked through again and again
        with _limits() as restart:
            for number in range(first, first + count):
                data = self.input(seed, number)
                restart()
                try:
                    outcomes[self.check(data)] += 1
                except (Exception, Hangs) as error:
                    raise Found(self.name, seed, number, data) from error
        return outcomes


def _one_of(random: Random, several: Sequence[Any]) -> Any:
    return several[int(random.random() * len(several))]


@contextmanager
def _limits() -> Iterator[Callable[[], None]]:
    """Gives what starts the time of the next input."""

    def too_long(number: int, _: FrameType | None) -> None:
        raise Hangs("of the processor" if number == signal.SIGPROF else "waiting")

    before = {one: signal.signal(one, too_long) for one in (signal.SIGPROF, signal.SIGALRM)}

    def restart() -> None:
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
        signal.setitimer(signal.ITIMER_REAL, WALL_SECONDS)

    try:
        yield restart
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        for one, handler in before.items():
            signal.signal(one, handler)
