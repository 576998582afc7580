"""Commands that stay up: ``serve``, ``web``, ``scheduler``."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Collection
from pathlib import Path
from types import FrameType

import click

from connector.bootstrap import CONFIG_FILE, Service, open_service
from connector.cli.common import config_option, sentences
from connector.cli.output import SOMETHING_WRONG, complain, counted, fail, say
from connector.jobs.only_one import AlreadyRunning, only_one
from connector.web.bind import Bind, WebServerFailed
from connector.web.lifetime import STOP_SECONDS, leave_with
from connector.web.server import WebServer, run_web

WSGI = "connector.bootstrap:wsgi_app"
LOOK_SECONDS = 1.0
AFTER_CRASH_SECONDS = STOP_SECONDS + 5.0
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
    scheduler = service.scheduler()
    scheduler.start()
    say(f"Serving {counted(len(service.stores), 'store')} on http://{web.bind}. Stop with Ctrl-C.")
    for key in service.stores:
        say(f"  {key}: webhooks come to {service.address(key)}")
    if not service.stores:
        say_how_to_begin(service)
    while not told.wait(LOOK_SECONDS):
        if not web.alive():
            web.stop()
            complain("The web process ended by itself; why is said above.")
            leave(scheduler.stop(), SOMETHING_WRONG)
            sys.exit(SOMETHING_WRONG)
    return scheduler.stop()


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
    """Run only the planning, pushing and telling, beside a `backorder web` on the same data."""
    service = open_service(path)
    told = until_told()
    try:
        with only_one(lock_of(service)):
            service.prepare()
            running = service.scheduler()
            running.start()
            say(f"Working for {counted(len(service.stores), 'store')}. Stop with Ctrl-C.")
            if not service.stores:
                say_how_to_begin(service)
            told.wait()
            slow = running.stop()
    except AlreadyRunning as error:
        fail(str(error))
    finally:
        service.close()
    leave(slow)


COMMANDS = (serve, web, scheduler)
