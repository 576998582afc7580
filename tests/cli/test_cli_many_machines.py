"""``web``, ``worker``, ``scheduler`` and ``serve`` as a person starts them."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import address_in, postgresql_database, sqlite_alone
from fleet_processes import Fleet
from free_ports import free_port
from service_process import START_SECONDS, STOP_SECONDS, wait_for

CONFIG = """
[server]
bind = "127.0.0.1:{port}"
public_url = "http://127.0.0.1:{port}"
[database]
url = "{address}"
[security]
allow_private_addresses = true
"""


def config_in(folder: Path, address: str) -> Path:
    path = folder / "config.toml"
    path.write_text(CONFIG.format(port=free_port(), address=address))
    return path


@pytest.fixture
def config(tmp_path: Path, postgresql_server: str) -> Iterator[Path]:
    with postgresql_database(postgresql_server) as address:
        yield config_in(tmp_path, address)


@sqlite_alone("on PostgreSQL it works")
def test_a_worker_on_sqlite_says_what_it_needs(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "connector", "worker", "--config", str(config_in(tmp_path, address_in(tmp_path)))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "needs PostgreSQL" in done.stderr
    assert "`backorder serve` does everything" in done.stderr


def test_on_one_database_one_leads_and_the_others_say_that_they_stand_by(config: Path) -> None:
    """A ``serve`` and a ``scheduler``; when the first ends the other takes over, and each ends when it is told to."""
    with Fleet(config, "", config.parent / "log") as fleet:
        serve = fleet.start("serve")
        fleet.wait_until_said("Serving 0 stores")
        scheduler = fleet.start("scheduler")
        fleet.wait_until_said("Another process leads on this database.")
        worker = fleet.start("worker", "--threads", "3")
        fleet.wait_until_said("Working for 0 stores, 3 at a time.")
        assert fleet.log().count("stands by") == 1
        serve.send_signal(signal.SIGTERM)
        assert serve.wait(STOP_SECONDS) == 0
        wait_for("the scheduler leads", lambda: fleet.log().count("leadership.taken") == 2, START_SECONDS)
        for one in (worker, scheduler):
            one.send_signal(signal.SIGINT)
            assert one.wait(STOP_SECONDS) == 0
    assert "Traceback" not in fleet.log()


def test_a_scheduler_says_who_does_the_work(config: Path) -> None:
    with Fleet(config, "", config.parent / "log") as fleet:
        scheduler: subprocess.Popen[bytes] = fleet.start("scheduler")
        fleet.wait_until_said("Leading for 0 stores; `backorder worker` does the work.")
        scheduler.terminate()
        assert scheduler.wait(STOP_SECONDS) == 0
