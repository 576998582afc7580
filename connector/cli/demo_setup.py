"""What the demo runs on: its own folder, a config written for it, and ``backorder serve`` in a process beside it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import requests

from connector.bootstrap.service import Service
from connector.cli.output import fail
from connector.cli.run import FOLLOW, lock_beside
from connector.jobs.only_one import AlreadyRunning, only_one
from connector.sandbox.player import wait_until
from connector.sandbox.scenario import SHOPIFY, WOO

HEADER = "# Written by `backorder demo`; made anew each time it starts."
DATABASE = "backorder.db"
OURS = ("config.toml", "secret.key", DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", f"{DATABASE}.lock", "metrics")
"""All that a demo leaves in its folder, and all that the next one takes away."""
STOP_SECONDS = 25.0
FAVOURITE_PORT = 8000
"""The one a person remembers."""

CONFIG = """{header}
[server]
bind = "127.0.0.1:{port}"
public_url = "http://127.0.0.1:{port}"

[database]
url = "sqlite:///{database}"

[security]
encryption_key = "file:secret.key"
allow_private_addresses = true   # the sandbox shops are on this machine

[sync]                           # a day passes in a minute here
settle = 1
reconcile = 8
notify = 0.5
overlap = 10

[logging]
level = "warning"

[[stores]]
key = "{woo_key}"
platform = "woocommerce"
url = "{woo}"
consumer_key = "ck_sandbox"
consumer_secret = "cs_sandbox"
webhook_secrets = ["sandbox-woo-secret"]

[[stores]]
key = "{shopify_key}"
platform = "shopify"
shop = "sandbox.myshopify.com"
admin_url = "{shopify}"
access_token = "shpat_sandbox"
webhook_secrets = ["shpss_sandbox"]
"""


def make_folder(data: Path) -> None:
    """An empty place for the demo.  A folder that is somebody else's, or a demo's that still runs, is left alone."""
    config = data / "config.toml"
    if data.exists() and any(data.iterdir()) and not (config.is_file() and _is_ours(config)):
        fail(f"{data} is not empty and was not made by a demo; name another folder with --data.")
    try:
        with only_one(lock_beside(data / DATABASE)):
            for name in OURS:
                if (data / name).is_dir():
                    shutil.rmtree(data / name)
                else:
                    (data / name).unlink(missing_ok=True)
    except AlreadyRunning:
        fail(f"Another demo runs in {data}. Stop it first, or name another folder with --data.")


def _is_ours(config: Path) -> bool:
    with config.open("rb") as file:
        return file.readline().strip() == HEADER.encode()


def write_config(data: Path, urls: Mapping[str, str], port: int) -> Path:
    config = data / "config.toml"
    config.write_text(
        CONFIG.format(
            header=HEADER,
            port=port,
            database=DATABASE,
            woo=urls[WOO],
            shopify=urls[SHOPIFY],
            woo_key=WOO,
            shopify_key=SHOPIFY,
        ),
        "utf-8",
    )
    return config


def free_port() -> int:
    """The favourite where it is free."""
    for port in (FAVOURITE_PORT, 0):
        with socket.socket() as probe:
            # Otherwise connections of a demo that has just ended would count as taken.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise AssertionError("port 0 is always free")


Alive = Callable[[], bool]


@contextmanager
def served_service(service: Service, config: Path) -> Iterator[Alive]:
    """``backorder serve`` as a user would start it, in a process of its own, which ends with ours.

    Gives a question whose answer is always yes: it ends the demo where that process has ended by itself.
    """
    command = [sys.executable, "-m", "connector", "serve", "--config", str(config)]
    process = subprocess.Popen(  # noqa: S603 -- our own program
        command, stdout=subprocess.DEVNULL, env={**os.environ, FOLLOW: str(os.getpid())}
    )

    def alive() -> bool:
        if process.poll() is not None:
            fail(f"The service ended with exit code {process.returncode}; why is said above.")
        return True

    try:
        wait_until("the service answers", lambda: alive() and _answers(service))
        yield alive
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(service: Service) -> bool:
    try:
        return requests.get(f"{service.settings.server.public_url}/healthz", timeout=1).ok
    except requests.RequestException:
        return False


def command_name() -> str:
    """How the reader started us, to be shown before what to type next."""
    typed = Path(sys.argv[0])
    found = shutil.which("backorder")
    if typed.name != "backorder":
        return "python -m connector"
    return "backorder" if found is not None and Path(found).resolve() == typed.resolve() else str(typed)
