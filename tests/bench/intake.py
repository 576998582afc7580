"""How many deliveries a second are kept on disk, beside the same server when it only checks the signature.

Both run on the same machine, one after the other, with the load generator on it too; the ratio says what keeping costs.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from flask import Flask
from free_ports import free_port
from intake_load import SECRET

from adapters.woocommerce.authenticate import authenticate, envelope
from connector.ports.clock import system_clock
from connector.ports.storefront import Platform, Verdict
from connector.services.receive import Answer, ReceiveDelivery
from connector.storage.bodies import Bodies
from connector.storage.engine import open_database
from connector.storage.inbox import GroupCommitInbox
from connector.web import health
from connector.web.app import create_app
from connector.web.server import WebServer
from webhooks import receive

HERE = Path(__file__).parent
CONNECTIONS = 16
THREADS = int(os.environ.get("INTAKE_BENCH_THREADS", "16"))
DATABASE = "INTAKE_BENCH_DATABASE"
SECRETS = (SECRET,)


class Woo:
    """The part of the platform that the intake uses."""

    name = "woocommerce"
    topics = ("order.updated",)
    authenticate = staticmethod(authenticate)
    envelope = staticmethod(envelope)


def secrets_of(platform: str, store_key: str) -> Sequence[str] | None:
    return SECRETS if (platform, store_key) == ("woocommerce", "main") else None


class OnlyTheSignature:
    """Stands where ``ReceiveDelivery`` stands, and keeps nothing."""

    def __call__(self, platform: str, store_key: str, headers: Mapping[str, str], body: bytes) -> Answer:
        live = secrets_of(platform, store_key) or ()
        return Answer.KEPT if authenticate(headers, body, live) is Verdict.GENUINE else Answer.FORGED


def yardstick_app() -> Flask:
    return create_app([receive.blueprint(cast("ReceiveDelivery", OnlyTheSignature())), health.blueprint({})])


def durable_app() -> Flask:
    inbox = GroupCommitInbox(os.environ[DATABASE], Bodies(lambda: [b"k" * 32]))
    platforms = {"woocommerce": cast("Platform", Woo())}
    deliver = ReceiveDelivery(platforms, secrets_of, inbox, system_clock)
    return create_app([receive.blueprint(deliver), health.blueprint({})], on_stop=inbox.close)


def measure(seconds: float = 5.0) -> dict[str, float]:
    """Requests a second and waiting times (ms) of both, ``ratio`` (durable / yardstick), and whether every delivery
    that was answered with 200 is in the database (``acknowledged`` and ``rows`` must be equal).
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.db"
        url = f"sqlite:///{file}"
        database = open_database(url)
        database.upgrade()
        database.close()
        yardstick = _under_load("yardstick_app", url, seconds)
        durable = _under_load("durable_app", url, seconds)
        connection = sqlite3.connect(file)
        (rows,) = connection.execute("SELECT count(*) FROM deliveries").fetchone()
        connection.close()
    return {
        "yardstick_per_second": yardstick["per_second"],
        "yardstick_p50_ms": yardstick["p50_ms"],
        "yardstick_p99_ms": yardstick["p99_ms"],
        "durable_per_second": durable["per_second"],
        "durable_p50_ms": durable["p50_ms"],
        "durable_p99_ms": durable["p99_ms"],
        "ratio": round(durable["per_second"] / yardstick["per_second"], 3),
        "acknowledged": durable["acknowledged"],
        "refused": yardstick["refused"] + durable["refused"],
        "rows": rows,
    }


def _under_load(application: str, url: str, seconds: float) -> dict[str, float]:
    port = free_port()
    environment = {DATABASE: url, "PYTHONPATH": os.pathsep.join(map(str, (HERE, HERE.parent)))}
    with WebServer(f"intake:{application}", f"127.0.0.1:{port}", THREADS, environment):
        command = [sys.executable, str(HERE / "intake_load.py"), str(port), str(CONNECTIONS), str(seconds)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=seconds + 600)
    result: dict[str, float] = json.loads(done.stdout)
    return result


if __name__ == "__main__":
    print(json.dumps(measure(*map(float, sys.argv[1:])), indent=2))  # noqa: T201 -- a program's answer
