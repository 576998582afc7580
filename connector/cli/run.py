"""Commands that stay up: ``serve``, ``web``, ``worker``, ``scheduler``."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Collection
from pathlib import Path
from types import FrameType

import click

from connector.bootstrap.scheduler import embedded_scheduler
from connector.bootstrap.service import Service, open_service
from connector.bootstrap.web import CONFIG_FILE
from connector.cli.common import config_option, sentences
from connector.cli.output import SOMETHING_WRONG, complain, counted, fail, say
from connector.jobs.beats import Beats
from connector.jobs.only_one import AlreadyRunning, only_one
from connector.jobs.while_leading import WhileLeading
from connector.web.bind import Bind, WebServerFailed
from connector.web.lifetime import STOP_SECONDS, leave_with
from connector.web.server import WebServer, run_web

WSGI = "connector.bootstrap.web:wsgi_app"
LOOK_SECONDS = 1.0
AFTER_CRASH_SECONDS = STOP_SECONDS + 5.0
STANDING_BY = (
    "Another process leads on this database. This one stands by, and takes over within seconds when that ends."
)
ONLY_ON_POSTGRESQL = (
    "`backorder worker` needs PostgreSQL, and [database] url names a SQLite file, which one machine alone can work on. "
    "There `backorder serve` does everything. For many machines, put a postgresql:// address under [database] url."
)
FOLLOW = "BACKORDER_FOLLOW"
"""The environment variable by which a parent process asks that we end with it."""


def until_told() -> threading.Event:
    """Set by SIGTERM or SIGINT."""
    told = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        told.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return told


def lock_of(service: Service) -> Path:
    """Beside the database it is about, where that is a file; two configs may name the same one."""
    url = service.database.url
    if url.get_backend_name() == "sqlite":
        return lock_beside(Path(str(url.database)))
    return service.settings.folder / "data" / "scheduler.lock"


def lock_beside(database: Path) -> Path:
    return database.with_name(f"{database.name}.lock")


@click.command()
@config_option
@sentences
def serve(path: Path) -> None:
    """Run everything on this machine: webhooks, planning, pushing, notices."""
    service = open_service(path)
    if FOLLOW in os.environ:
        leave_with(int(os.environ.pop(FOLLOW)))
    told = until_told()
    try:
        with only_one(lock_of(service)) as cut_off:
            service.prepare()
            server = service.settings.server
            if cut_off:
                # Its web process ends by itself once it finds its parent gone, and holds the address until then.
                Bind.of(server.bind).wait_until_free(AFTER_CRASH_SECONDS)
            with WebServer(WSGI, server.bind, server.threads, {CONFIG_FILE: str(path.absolute())}) as web:
                slow = _serve(service, web, told)
    except (WebServerFailed, AlreadyRunning) as error:
        fail(str(error))
    finally:
        service.close()
    leave(slow)


def _serve(service: Service, web: WebServer, told: threading.Event) -> Collection[str]:
    """Until told to stop; the stores that were still at work then."""
    service.seeing.begin("serve")
    scheduler = while_leading(service)
    scheduler.start()
    say(f"Serving {counted(len(service.stores), 'store')} on http://{web.bind}. Stop with Ctrl-C.")
    if not scheduler.leads:
        say(f"  {STANDING_BY}")
    for key in service.stores:
        say(f"  {key}: webhooks come to {service.address(key)}")
    if not service.stores:
        say_how_to_begin(service)
    with Beats(service.work, "serve", service.clock, leads=lambda: scheduler.leads):
        while not told.wait(LOOK_SECONDS):
            scheduler.look()
            if not web.alive():
                web.stop()
                complain("The web process ended by itself; why is said above.")
                leave(scheduler.stop(), SOMETHING_WRONG)
                sys.exit(SOMETHING_WRONG)
        return scheduler.stop()


def while_leading(service: Service) -> WhileLeading:
    if not service.database.is_shared:
        return WhileLeading(None, lambda: embedded_scheduler(service))
    from connector import fleet  # noqa: PLC0415 -- what it needs is not installed where the database is a file

    return WhileLeading(
        fleet.leadership(service), lambda: fleet.embedded(service, f"serve {os.getpid()} on {socket.gethostname()}")
    )


def say_how_to_begin(service: Service) -> None:
    """There is no store yet.  One that is connected on a page is worked for at once."""
    settings = service.settings
    say(f"  There is no store yet. Connect one at {settings.server.public_url}/install")
    if settings.install.open:
        say("  (open to anybody: `open = true` under [install]).")
    elif settings.web.operator_password_hash is None and settings.web.operator_token is None:
        say("  with a link from `backorder install link`, or as operator: `backorder operator password` says how.")
    else:
        say(f"  as operator ({settings.server.public_url}/admin), or with a link from `backorder install link`.")
    say("  `backorder store add --help` says how to add one to the config file instead.")


def leave(slow: Collection[str], code: int = 0) -> None:
    """End now if a thread still waits for a shop: it would keep the process up for as long as the shop likes."""
    if slow:
        say(f"Cut off in the middle of a call to {', '.join(slow)}; the next start goes on from there.")
        sys.stdout.flush()
        os._exit(code)


@click.command()
@config_option
@sentences
def web(path: Path) -> None:
    """Run only the web part: it keeps what the shops send, for a scheduler that runs elsewhere."""
    service = open_service(path)
    service.prepare()
    server = service.settings.server
    service.close()
    os.environ[CONFIG_FILE] = str(path.absolute())
    try:
        run_web(WSGI, server.bind, server.threads)
    except WebServerFailed as error:
        fail(str(error))


@click.command()
@config_option
@sentences
def scheduler(path: Path) -> None:
    """Run only what decides when the stores are worked for, beside a `backorder web` on the same data.

    On PostgreSQL the work itself is done by `backorder worker`; several schedulers may run, and one of them leads.  On
    SQLite it does the work as well.
    """
    service = open_service(path)
    told = until_told()
    if service.database.is_shared:
        lead(service, told)
        return
    try:
        with only_one(lock_of(service)):
            service.prepare()
            service.seeing.begin("scheduler", window=True)
            running = embedded_scheduler(service)
            running.start()
            say(f"Working for {counted(len(service.stores), 'store')}. Stop with Ctrl-C.")
            if not service.stores:
                say_how_to_begin(service)
            with Beats(service.work, "scheduler", service.clock, leads=lambda: True):
                told.wait()
                slow = running.stop()
    except AlreadyRunning as error:
        fail(str(error))
    finally:
        service.close()
    leave(slow)


def lead(service: Service, told: threading.Event) -> None:
    from connector import fleet  # noqa: PLC0415 -- as above

    try:
        service.prepare()
        service.seeing.begin("scheduler", window=True)
        leader = fleet.leader(service)
        with Beats(service.work, "scheduler", service.clock, leads=lambda: leader.leads):
            leader.start()
            if leader.leads:
                say(f"Leading for {counted(len(service.stores), 'store')}; `backorder worker` does the work.")
            else:
                say(STANDING_BY)
            if not service.stores:
                say_how_to_begin(service)
            told.wait()
            leader.stop()
    finally:
        service.close()


@click.command()
@config_option
@click.option("--threads", type=click.IntRange(1, 256), help="Stores worked for at a time, instead of the config's.")
@sentences
def worker(path: Path, threads: int | None) -> None:
    """Do the work that a `backorder scheduler` asks for; as many as wanted, on as many machines (PostgreSQL only)."""
    service = open_service(path)
    if not service.database.is_shared:
        fail(ONLY_ON_POSTGRESQL)
    from connector import fleet  # noqa: PLC0415 -- as above

    told = until_told()
    at_a_time = threads or service.settings.jobs.threads
    service.connections = fleet.connections_for(at_a_time)
    slow: Collection[str] = ()
    try:
        service.prepare()
        service.seeing.begin("worker", window=True)
        with Beats(service.work, "worker", service.clock) as beats:
            running = fleet.worker(service, at_a_time, beats.me)
            running.start()
            say(f"Working for {counted(len(service.stores), 'store')}, {at_a_time} at a time. Stop with Ctrl-C.")
            while not told.wait(LOOK_SECONDS):
                if not running.alive():
                    fail("The worker ended by itself; why is said above.")
            slow = running.stop()
    finally:
        service.close()
    leave(slow)


COMMANDS = (serve, web, worker, scheduler)
