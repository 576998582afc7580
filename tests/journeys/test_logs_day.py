"""What some days of trade log at their most talkative: all of it structured, and nobody in it."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import stamina
import structlog
from databases import connected
from signed import NAMES, last_body, post
from sqlalchemy import text
from year import Year, year

from connector.bootstrap.store_jobs import store_jobs
from connector.jobs.running import run_job
from connector.jobs.schedule import Job
from connector.logs import LibraryHandler, _StandardError, configure_logging
from connector.ports.clock import system_clock
from connector.services.context import StoreContext

PERSONAL = re.compile(r"mail|phone|name|address|company|city|zip|postcode|ip$|note|token|landing|agent", re.IGNORECASE)
"""Keys of what the shops send under which persons are found.  The goods' names are found there as well: no matter."""
NOBODY = {"localhost", "127.0.0.1", "sandbox", "woocommerce", "shopify", "instock", "Default Title"}
SECRETS = ("ck_sandbox", "cs_sandbox", "shpat_sandbox", "shpss_sandbox", "new-woo-secret", "old-woo-secret")


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """Everything that reaches standard error, ours and the libraries', as in a process of our own."""
    before, level = structlog.get_config(), logging.getLogger().level
    written = StringIO()
    monkeypatch.setattr(_StandardError, "write", lambda _self, text: written.write(text))
    configure_logging("debug", "json")
    handler = LibraryHandler("json")
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)
    logging.getLogger().setLevel(level)
    structlog.configure(**before)


def strings(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a body, with the key it stands under."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from strings(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner, key)
    elif isinstance(value, str):
        yield key, value


def bodies(lived: Year) -> Iterator[bytes]:
    return (body for _, _, body in lived.there.sent)


def persons(lived: Year) -> set[str]:
    """Whatever the shops said of anybody, and everybody whom a mail was sent to."""
    found = {mail.to for mail in lived.mailbox.mails} | set(lived.wishes) | set(lived.buyers.values())
    for body in bodies(lived):
        if body.startswith((b"{", b"[")):
            found |= {one for key, one in strings(json.loads(body)) if PERSONAL.search(key)}
    return {one for one in found if len(one) >= 4 and one not in NOBODY and not one.startswith("http")}


def fragments(lived: Year) -> set[str]:
    """A piece out of the middle of each body."""
    texts = (body.decode("utf-8", "replace") for body in bodies(lived))
    return {one[len(one) // 2 :][:40] for one in texts if len(one) > 100}


def secrets(lived: Year, folder: Path) -> Iterator[str]:
    yield from SECRETS
    yield (folder / "data" / "secret.key").read_text().strip()
    for mail in lived.mailbox.mails:
        if path := mail.link():
            yield urlsplit(path).path.rpartition("/")[2]  # a link is a key to its order
    for address, headers, _ in lived.there.sent:
        names = {name.lower() for name in NAMES[urlsplit(address).path.rpartition("/")[2]][1:2]}
        yield from (value for name, value in headers.items() if name.lower() in names)


def jobs_of(store: StoreContext, lived: Year, *more: Job) -> None:
    for job in (*store_jobs(lived.there.service), *more):
        run_job(job, store, system_clock, lambda _run: None)


def trouble(lived: Year) -> None:
    """What makes a service talk: shops that fail, forgeries, what nobody can read, a fault of ours, mails refused."""
    there = lived.there
    body = last_body(there, "chairs", "order.updated")
    person = json.dumps(body["billing"])
    post(there, "chairs", "order.updated", json.dumps(body).encode(), secret="a forger's")
    post(
        there, "tents", "orders/updated", json.dumps(last_body(there, "tents", "orders/updated")).encode(), secret="his"
    )
    post(there, "chairs", "order.updated", {**body, "line_items": person})
    post(there, "chairs", "order.updated", {**body, "id": body["billing"]["email"]})
    post(there, "chairs", "order.updated", person.encode() + b"{")

    def breaks(store: StoreContext) -> int:
        with store.work(read_only=True) as uow:
            raise ValueError(f"{person} {len(uow.stores.all())}") from KeyError(body["billing"]["email"])

    async def refuses(_server: Any, _session: Any, envelope: Any) -> str:
        return f"550 5.1.1 <{envelope.rcpt_tos[0]}> there is no such person"

    lived.mailbox.handle_DATA = refuses  # type: ignore[method-assign, assignment]
    for fault in ("answer_500", "answer_html"):
        for shop in there.shops.values():
            setattr(shop.faults, fault, 3)
        for store in there.service.stores.values():
            jobs_of(store, lived, Job("breaks", breaks))
            with store.work() as uow:  # nobody waits an hour here
                record = uow.stores.get(store.key)
                assert record is not None
                record.wait_until = None
                uow.stores.save(record)
                uow.commit()
    client = there.app.test_client()
    for path in ("/o/forged-token-of-somebody", "/r/forged-token-of-somebody", f"/made-up/{body['billing']['email']}"):
        client.get(path)
    client.post("/storefront/v1/chairs/restock", data={"email": body["billing"]["email"], "sku": "CHAIR-RARE"})


def test_some_days_of_trade_and_of_trouble_are_logged_without_anybody(tmp_path: Path, said: StringIO) -> None:
    with year(tmp_path, seed=7, each_day=4.0) as lived:
        lived.live(1)
        looked_for, pieces = persons(lived), fragments(lived)
        with stamina.set_testing(True, attempts=2):  # so that nobody waits before trying again
            trouble(lived)
        lived.work(1)
        keys = set(secrets(lived, tmp_path))
    lines = said.getvalue().splitlines()
    assert min(len(looked_for), len(pieces), len(keys), len(lines)) > 10
    assert named(looked_for, lines) == set()
    assert named(pieces, lines) == set()
    assert named(keys, lines) == set()
    told = [json.loads(line) for line in lines]
    assert [one for one in told if not {"event", "level", "timestamp"} <= one.keys()] == []
    assert {one["event"] for one in told} >= {"webhooks.healed", "job.failed", "shop.tried_again", "platform.try_later"}
    assert [
        one["event"] for one in told if one["event"].startswith(("job.", "shop.", "platform.")) and not one.get("store")
    ] == []
    failed = [one for one in told if one["event"] == "job.failed"]
    assert {one["job"] for one in failed} == {"breaks"}
    assert "in breaks" in failed[0]["exception"]
    assert "ValueError" in failed[0]["exception"]


def named(looked_for: Iterable[str], lines: Iterable[str]) -> set[tuple[str, str]]:
    whole = "\n".join(lines)
    found = {one for one in looked_for if one in whole}
    return {(one, line) for one in found for line in lines if one in line}


def test_what_libraries_say_is_structured_too_and_they_never_say_where_they_called(said: StringIO) -> None:
    logging.getLogger("urllib3.connectionpool").warning(
        "Failed to parse headers (url=http://shop/?consumer_secret=cs_1)"
    )
    logging.getLogger("urllib3.connectionpool").debug("GET /wp-json/wc/v3/orders?consumer_secret=cs_1")
    try:
        dict[str, str]()["Ada Lovelace"]
    except LookupError:
        logging.getLogger("a.library").exception("lost the mail of %s", "ada@example.com")
    (line,) = [json.loads(one) for one in said.getvalue().splitlines()]
    assert (line["event"], line["logger"], line["level"]) == ("lost the mail of (address)", "a.library", "error")
    assert line["exception"].endswith("KeyError")
    assert "shop/" not in said.getvalue()


def test_a_failure_of_the_database_names_the_rule_and_not_the_row(database_url: str, said: StringIO) -> None:
    """PostgreSQL's DETAIL quotes the whole row."""
    row = "INSERT INTO counters (store, name, n) VALUES ('Ada Lovelace', 'ada@example.com', NULL)"
    try:
        with connected(database_url) as connection:
            connection.execute(text(row))
    except Exception:  # noqa: BLE001 -- which one it is, is not the point
        structlog.get_logger().exception("job.failed", store="chairs")
    (line,) = [json.loads(one) for one in said.getvalue().splitlines()]
    assert "IntegrityError: " in line["exception"]
    assert "counters" in line["exception"].splitlines()[-1]
    assert "Lovelace" not in line["exception"].splitlines()[-1]
    assert "example.com" not in said.getvalue().replace(row, "")
