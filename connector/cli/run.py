"""Commands that stay up: ``serve``, ``web``, ``scheduler``, ``demo``."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from types import FrameType

import click

from connector.bootstrap import CONFIG_FILE, Service, open_service
from connector.cli.common import config_option, sentences
from connector.cli.demo import demo
from connector.cli.output import fail, say
from connector.jobs.only_one import AlreadyRunning, only_one
from connector.web.bind import WebServerFailed
from connector.web.server import WebServer, run_web

WSGI = "connector.bootstrap:wsgi_app"
LOOK_SECONDS = 1.0


def until_told() -> threading.Event:
    """Set by SIGTERM or SIGINT."""
    told = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        told.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return told


def _lock_of(service: Service) -> Path:
    return service.settings.folder / "data" / "scheduler.lock"


@click.command()
@config_option
@sentences
def serve(path: Path) -> None:
    """Run everything on this machine: webhooks, planning, pushing, notices."""
    service = open_service(path)
    service.prepare()
    server = service.settings.server
    web = WebServer(WSGI, server.bind, server.threads, {CONFIG_FILE: str(path.absolute())})
    told = until_told()
    try:
        with only_one(_lock_of(service)), web:
            scheduler = service.scheduler()
            scheduler.start()
            say(f"Serving {len(service.stores)} stores on http://{server.bind}. Stop with Ctrl-C.")
            for key in service.stores:
                say(f"  {key}: webhooks come to {service.address(key)}")
            while not told.wait(LOOK_SECONDS):
                if not web.alive():
                    fail("The web process ended by itself; why is said above.")
            scheduler.stop()
    except (WebServerFailed, AlreadyRunning) as error:
        fail(str(error))
    finally:
        service.close()


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
    service.prepare()
    told = until_told()
    try:
        with only_one(_lock_of(service)):
            running = service.scheduler()
            running.start()
            say(f"Working for {len(service.stores)} stores. Stop with Ctrl-C.")
            told.wait()
            running.stop()
    except AlreadyRunning as error:
        fail(str(error))
    finally:
        service.close()


COMMANDS = (demo, serve, web, scheduler)
