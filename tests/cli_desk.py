"""A desk to type at: one installation over a database with a morning of trade in it, and the commands run on it."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import signed
from click.testing import CliRunner, Result
from databases import address_in, beside_the_config, everything_in, query
from house import CONFIG, House, house

from connector.cli import backorder
from connector.ports.clock import system_clock

LAMP, LAMP_TITLE = "LAMP\x1b[2J", "Lamp\x1b]0;mine\x07\x1b[31m [bold]red[/bold]\u202egnp"
"""What a stranger may call a product: it clears the screen, renames the window, colours and turns the text."""
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
"""What we ourselves send to a terminal; every other escape code is somebody else's."""


@dataclass(frozen=True)
class Desk:
    """``config`` and the database beside it are the test's own to spoil."""

    config: Path

    @property
    def database(self) -> Path:
        return self.config.with_name("backorder.db")

    def run(self, *typed: str, says: str | None = None) -> Result:
        """A command as typed, with our config; its output goes to a pipe.  ``says``: what is answered to a question."""
        return CliRunner().invoke(backorder, [*typed, "--config", str(self.config)], input=says)

    def done(self, *typed: str, says: str | None = None) -> str:
        """What a command says that must succeed."""
        result = self.run(*typed, says=says)
        assert (result.exit_code, result.stderr) == (0, "")
        return result.stdout

    def refused(self, *typed: str) -> str:
        """What a command says that must find something wrong; it says so on standard error, without a traceback."""
        result = self.run(*typed)
        assert result.exit_code == 1, result.output
        assert isinstance(result.exception, SystemExit)
        assert result.stderr.strip()
        return result.stderr

    def json(self, *typed: str) -> Any:
        return json.loads(self.done(*typed, "--json"))

    def terminal(self, *typed: str, columns: int = 100) -> str:
        """The same at a real terminal of so many columns, colours taken away."""
        raw: list[bytes] = []
        ours, theirs = pty.openpty()
        reader = threading.Thread(target=_drain, args=(ours, raw))
        reader.start()
        with environment(COLUMNS=str(columns), TERM="xterm"), os.fdopen(theirs, "w", encoding="utf-8") as screen:
            with contextlib.redirect_stdout(screen), contextlib.suppress(SystemExit):
                backorder.main([*typed, "--config", str(self.config)], prog_name="backorder")
            screen.flush()
        reader.join()
        os.close(ours)
        return COLOUR.sub("", b"".join(raw).decode().replace("\r\n", "\n"))

    def rows(self, asked: str) -> list[tuple[Any, ...]]:
        return query(address_in(self.config.parent), asked)

    def change(self, statement: str) -> None:
        query(address_in(self.config.parent), statement)

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table."""
        return everything_in(address_in(self.config.parent))


@contextmanager
def environment(**variables: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _drain(terminal: int, into: list[bytes]) -> None:
    """A terminal holds some thousand characters, and whoever writes more waits for a reader."""
    with contextlib.suppress(OSError):  # how Linux says that the other side is closed
        while some := os.read(terminal, 4096):
            into.append(some)


def morning(folder: Path) -> datetime:
    """Trade on both shops, and then everything is closed; gives the moment at which it was.

    Order 1 has its two oak chairs, order 2 one of three; the ash chair's flag was changed by hand; the lamp's order
    waits unconfirmed; one delivery could not be read, one was not read yet, one was forged.
    """
    with house(folder, CONFIG, database=beside_the_config(folder)) as there:
        _shelves(there)
        there.connect()
        there.add_supply("chairs", "CHAIR-OAK", 5, there.today() + timedelta(days=14))
        there.add_supply("chairs", LAMP, 9, there.today() + timedelta(days=7))
        there.settle(1)
        there.woo.place_order({"CHAIR-OAK": 2})
        there.deliver()
        there.clock.shift(60)
        there.woo.place_order({"CHAIR-OAK": 3})
        there.settle(2)
        there.woo.set_field("CHAIR-ASH", "backorders", "yes")
        there.settle(2)
        signed.post(there, "chairs", "order.updated", {"id": 4711, "status": ["odd"]})
        signed.post(there, "tents", "orders/create", {"id": 1}, secret="guessed")
        there.woo.place_order({LAMP: 2})
        there.deliver()
        there.clock.shift(60)
        there.shopify.place_order({"TENT-2P": 1})
        there.shopify.flush()
        return system_clock()


def _shelves(there: House) -> None:
    there.woo.add_product("CHAIR-OAK", 3, title="Oak chair")
    there.woo.add_product("CHAIR-ASH", 6, title="Ash chair")
    there.woo.add_variations("Desk", {"DESK-120": None, "DESK-160": None}, shared_stock=2)
    there.woo.add_product(LAMP, 0, title=LAMP_TITLE)
    there.shopify.add_product("TENT-2P", 2, title="Tent for two")
    there.shopify.add_product("PEG", 4, title="Peg of steel")
    there.shopify.add_product("PEG", 6, title="Peg of wood")
    there.shopify.add_product("WORKSHOP", None, title="Knot workshop")
