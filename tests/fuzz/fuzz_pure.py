"""Whatever is read from outside without a network: bodies, JSON, config files, CSV, mails that came back, cursors."""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bounce_report import report
from fuzz_target import GotThrough, Target
from mutations import TOPIC_HEADERS, samples

import adapters
from adapters.reader import Reader
from connector.domain.facts import Translation
from connector.notify.email_message import MessageIds, read_message_id
from connector.ports.backlog import Cursor
from connector.ports.failures import Unreadable
from connector.services.bounces import read_bounce
from connector.services.supply_errors import MOST_UNITS, SupplyError
from connector.services.supply_file import decoded, read_csv
from connector.settings import ConfigError
from connector.web.cursors import BadCursor, decode, encode

SECRET = "Zq7-hush-Xw9"
SECRET_KEYS = frozenset(
    {"encryption_key", "old_encryption_keys", "consumer_key", "consumer_secret", "access_token", "client_secret"}
    | {"webhook_secrets", "password", "token", "auth_token", "operator_password_hash", "operator_token"}
)
CONFIG = f"""
[server]
bind = "127.0.0.1:8000"
public_url = "https://b.example.com"
[database]
url = "sqlite:///data/backorder.db"
[security]
encryption_key = "{SECRET * 3}"
old_encryption_keys = ["{SECRET}{SECRET}"]
[sync]
settle = 20
[mail]
host = "mail.example.com"
sender = "a@example.com"
password = "{SECRET}"
[install]
open = true
[install.shopify]
way = "code"
client_id = "app"
client_secret = "{SECRET}"
[[stores]]
key = "main"
platform = "woocommerce"
url = "https://shop.example.com"
consumer_key = "{SECRET}"
consumer_secret = "env:HUSH"
webhook_secrets = ["{SECRET}"]
notices = ["waiting"]
timezone = "Europe/Berlin"
[stores.policy]
mode = "up_to"
units = 5
[[stores.rules]]
sku = "CHAIR-*"
mode = "never"
[stores.messages.de]
sold_out = "Ausverkauft"
[stores.law]
seller = "DE"
[[stores]]
key = "second"
platform = "shopify"
shop = "example.myshopify.com"
access_token = "{SECRET}"
client_id = "app-1"
client_secret = "file:hush"
webhook_secrets = ["{SECRET}", "{SECRET}"]
api_version = "2026-10"
"""
CSV = (
    "sku,quantity,due,reference,supplier\nCHAIR,5,2026-12-05,PO-1,Oak & Sons\nTABLE,1,,,\n",
    "SKU;Quantity;Due\nCHAIR;5;2026-12-05\n",
    'sku\tquantity\n"A ""B"""\t000012\n=1+1\t7\n',
    "\ufeffsku,quantity\r\nÄPFEL,10000000\r\n",
)
CURSORS = (
    Cursor(("1700000000000000", "4711", "3", "A-1"), back=False),
    Cursor(("-5", "", "äöü", "2026-11-22", "x"), back=True),
    Cursor((), back=False),
)


def translator(platform: str) -> Target:
    known = adapters.platform(platform)

    def check(data: bytes) -> str:
        topic, _, body = data.partition(b"\n")
        try:
            told = known.translate(topic.decode("utf-8", "replace"), body)
        except Unreadable as error:
            if not error.path.startswith("$"):
                raise GotThrough(f"no path: {error.path}") from error
            return "unreadable"
        if not isinstance(told, Translation):
            raise GotThrough(repr(told))
        return "facts" if told.facts else "nothing to learn"

    seeds = [topic.encode() + b"\n" + body for topic, body in samples(platform)]
    return Target(f"translate-{platform}", seeds, check, documents=True)


def check_reader(data: bytes) -> str:
    """Every question that a ``Reader`` can be asked, at every place of the document."""
    try:
        whole = Reader.of(data.partition(b"\n")[2])
    except Unreadable:
        return "no JSON"
    asked = 0
    for reader in _everywhere(whole, 40):
        for question in ("raw", "is_null", "is_absent"):
            asked += _asks(lambda reader=reader, question=question: getattr(reader, question))
        for question in ("whole", "number", "text", "label", "flag", "number_id", "utc", "gmt", "utc_or_none", "items"):
            asked += _asks(getattr(reader, question))
    return "answered" if asked else "refused"


def _asks(question: Any) -> bool:
    try:
        question()
    except Unreadable:
        return False
    return True


def _everywhere(reader: Reader, most: int) -> Iterator[Reader]:
    waiting = [reader]
    while waiting and most:
        one, most = waiting.pop(), most - 1
        yield one
        value = None if one.is_absent else one.raw
        if isinstance(value, dict):
            waiting += [one[key] for key in list(value)[:8]] + [one.get("absent")]
        elif isinstance(value, list):
            waiting += list(one)[:4]


def reader() -> Target:
    seeds = [b"\n" + body for name in TOPIC_HEADERS for _, body in samples(name)[::3]]
    return Target("reader", seeds, check_reader, documents=True)


def config() -> Target:
    from connector.checked_settings import read_settings  # noqa: PLC0415 -- takes a second, which other targets need not wait

    folder = Path(tempfile.mkdtemp(prefix="fuzz-config-"))
    (folder / "hush").write_text(SECRET)
    path = folder / "config.toml"

    def check(data: bytes) -> str:
        path.write_bytes(data)
        try:
            read_settings(path, {"HUSH": SECRET})
        except ConfigError as error:
            if not error.problems:
                raise GotThrough("a config is refused without a word") from error
            if SECRET in str(error) and _hidden(data):
                raise GotThrough(f"a secret is told: {error}") from error
            return "refused"
        return "settings"

    whole = CONFIG.encode()
    head, *stores = whole.split(b"[[stores]]")
    parts = [head + b"[[stores]]" + one for one in stores]
    quoted = [f'"{SECRET}"'.encode(), b'"env:HUSH"', b'"file:hush"']
    words = [*quoted, b"[", b"]", b"[[stores]]\n", b"'''", b'"""', b"= ", b"{"]
    return Target("config", [whole, *parts, head], check, words=words)


def _hidden(data: bytes) -> bool:
    """Whether a secret stands nowhere but where secrets stand, so that nothing may tell it."""
    try:
        tables = tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return True  # the sentence about what is no TOML names a line, and quotes none
    return all(key in SECRET_KEYS for key in _told(tables, ""))


def _told(value: Any, under: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inside in value.items():
            if SECRET in key:
                yield key
            yield from _told(inside, key)
    elif isinstance(value, list):
        for inside in value:
            yield from _told(inside, under)
    elif isinstance(value, str) and SECRET in value:
        yield under


def check_csv(data: bytes) -> str:
    try:
        rows = read_csv(decoded(data)[0], most=2000)
    except SupplyError:
        return "refused"
    for row in rows:
        if not row.problem and not (row.sku and 0 < row.units <= MOST_UNITS):
            raise GotThrough(repr(row))
    return "rows"


def supplies() -> Target:
    seeds = [one.encode() for one in CSV] + [CSV[0].encode("utf-16"), CSV[3].encode("cp1252", "replace")]
    return Target("csv", seeds, check_csv, words=[b'"', b'""', b",", b";", b"\t", b"\n", b"sku,quantity\n"])


KEY = b"k" * 32
OURS = ("main", "A1-option")


def check_bounce(data: bytes) -> str:
    found = read_bounce(data)
    if found is None:
        return "no bounce"
    if not found.message_ids or not found.status:
        raise GotThrough(repr(found))
    known = {read for one in found.message_ids if (read := read_message_id(one, KEY)) is not None}
    if known - {OURS}:
        raise GotThrough(f"a mail of ours that never left came back: {known}")
    return "of ours" if known else "of others"


def bounces() -> Target:
    store, reference = OURS
    ids = MessageIds(KEY, store).of(reference, "example.com")
    seeds = [report(ids=ids), report(enclosed="text/rfc822-headers", ids=ids), report(action="delayed", ids=ids)]
    words = [b"multipart/report; boundary=", b"message/delivery-status", b"=?utf-8?q?=00?=", b"Content-Type: ", b"\n--"]
    return Target("bounces", seeds, check_bounce, words=words)


def check_cursor(data: bytes) -> str:
    try:
        found = decode(data.decode("latin-1"))
    except BadCursor:
        return "refused"
    if encode(found).encode() != data:
        raise GotThrough(f"two texts for one place: {found}")
    return "cursor"


def cursors() -> Target:
    return Target("cursors", [encode(one).encode() for one in CURSORS], check_cursor, words=[b"WzAs", b"-", b"_"])
