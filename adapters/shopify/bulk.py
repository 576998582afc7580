"""Very many changes at once: a bulk operation, which Shopify runs by itself and outside the cost budget.

A file with one line for each product is uploaded, one mutation runs once for each line, and a result file says line by
line what became of it.  Polling and waiting are bounded; a run that takes longer is left alone, and pushed again later.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from adapters.http import Channel
from adapters.reader import Reader
from adapters.shopify.admin import Admin
from adapters.shopify.answered import WrongRequestError
from adapters.shopify.ids import gid
from adapters.shopify.operations import BULK_POLICIES
from adapters.shopify.outbound import POLICY, inline_metafields
from adapters.shopify.pushing import VARIANTS_AT_ONCE, delete_emptied, refusals
from connector.ports.failures import Failure, TryLater
from connector.ports.sentence import Sentence, quoted
from connector.ports.storefront import Change, Pushed

POLL_EVERY, LONGEST_RUN = 2.0, 600.0  # seconds
BUSY = timedelta(seconds=60)
FILE_NAME = "backorder.jsonl"
ENDED = frozenset({"COMPLETED", "FAILED", "CANCELED", "EXPIRED"})
Opener = Callable[[str], Channel]
"""Opens a connection to an address that is not the Admin API's: the file store, which must never see the token."""


@dataclass(frozen=True, slots=True)
class _Line:
    product_id: str
    changes: tuple[Change, ...]

    def text(self) -> str:
        variants = [_input(change) for change in self.changes]
        return json.dumps({"productId": gid("Product", self.product_id), "variants": variants}, separators=(",", ":"))


def push_in_bulk(
    admin: Admin, changes: Sequence[Change], open_store: Opener, sleep: Callable[[float], None] = time.sleep
) -> Iterator[Pushed]:
    """Set policies and metafields by one bulk operation, and then delete the metafields that became empty."""
    lines = _lines(changes)
    outcomes: dict[str, Failure | None] = {}
    if lines:
        path = _upload(admin, open_store, "".join(f"{line.text()}\n" for line in lines).encode())
        result = _finished(admin, _run(admin, path), sleep)
        outcomes = _outcomes(lines, open_store(result).read("GET", "").body if result else b"")
    tried = [change for change in changes if change.variant_id in outcomes]
    yield from (Pushed(one.variant_id, refused=outcomes[one.variant_id]) for one in tried if not _deletes(one))
    emptied = [change for change in changes if _deletes(change)]
    for pushed in delete_emptied(admin, emptied):
        refused = outcomes.get(pushed.variant_id)
        yield Pushed(pushed.variant_id, refused=refused) if refused else pushed


def _deletes(change: Change) -> bool:
    return any(key != POLICY and not value for key, value in change.fields.items())


def _lines(changes: Sequence[Change]) -> list[_Line]:
    """One line for each product, several for one with very many variants; only changes that set something."""
    by_product: dict[str, list[Change]] = {}
    for change in changes:
        if any(change.fields.values()):
            by_product.setdefault(change.product_id, []).append(change)
    return [
        _Line(product_id, tuple(together[start : start + VARIANTS_AT_ONCE]))
        for product_id, together in by_product.items()
        for start in range(0, len(together), VARIANTS_AT_ONCE)
    ]


def _input(change: Change) -> dict[str, object]:
    values: dict[str, object] = {"id": gid("ProductVariant", change.variant_id)}
    if change.fields.get(POLICY):
        values[POLICY] = change.fields[POLICY]
    if metafields := inline_metafields(change):
        values["metafields"] = metafields
    return values


def _upload(admin: Admin, open_store: Opener, body: bytes) -> str:
    """Put the file where Shopify takes it from; gives the path that names it."""
    wanted = {
        "resource": "BULK_MUTATION_VARIABLES",
        "filename": FILE_NAME,
        "mimeType": "text/jsonl",
        "httpMethod": "POST",
    }
    payload = admin.write("StageUpload", {"input": [wanted]}, act="push").need("stagedUploadsCreate")
    _refuse_errors(payload)
    target = next(iter(payload["stagedTargets"]))
    form = {entry["name"].text(): entry["value"].text() for entry in target["parameters"]}
    boundary = secrets.token_hex(16)
    answer = open_store(target["url"].text()).write(
        "POST",
        "",
        body=_multipart(form, body, boundary),
        headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
    )
    if not answer.ok:
        raise TryLater(
            Sentence("Shopify's file store answered %(status)s to the upload of a bulk operation", status=answer.status)
        )
    return form["key"]


def _multipart(form: Mapping[str, str], body: bytes, boundary: str) -> bytes:
    """A form as a browser sends it (RFC 7578).  The file comes last: the store reads nothing behind it."""
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{form[name]}\r\n' for name in form]
    head = f'Content-Disposition: form-data; name="file"; filename="{FILE_NAME}"\r\nContent-Type: text/jsonl\r\n\r\n'
    return f"{''.join(parts)}--{boundary}\r\n{head}".encode() + body + f"\r\n--{boundary}--\r\n".encode()


def _run(admin: Admin, path: str) -> str:
    variables = {"mutation": BULK_POLICIES, "path": path}
    payload = admin.write("BulkRun", variables, act="push").need("bulkOperationRunMutation")
    for error in payload["userErrors"]:
        if error["code"].text_or("") in {"OPERATION_IN_PROGRESS", "LIMIT_REACHED"}:
            raise TryLater(Sentence("Shopify runs as many bulk operations for this app as it allows"), BUSY)
    _refuse_errors(payload)
    return payload["bulkOperation"]["id"].text()


def _finished(admin: Admin, operation: str, sleep: Callable[[float], None]) -> str:
    """Wait for the end; gives the address of the result file, empty where nothing was written."""
    waited = 0.0
    while True:
        state = admin.read("BulkState", {"id": operation}, act="push").need("bulkOperation")
        status = state["status"].text()
        if status in ENDED:
            # What a run did before it broke off stands in the partial file; the rest was not tried.
            return state["url"].text_or(state["partialDataUrl"].text_or(""))
        if waited >= LONGEST_RUN:
            raise TryLater(
                Sentence(
                    "a bulk operation at Shopify is still %(status)s after %(waited)s seconds",
                    status=status,
                    waited=f"{waited:.0f}",
                ),
                BUSY,
            )
        sleep(POLL_EVERY)
        waited += POLL_EVERY


def _outcomes(lines: Sequence[_Line], result: bytes) -> dict[str, Failure | None]:
    """What became of each change, by variant; one that the result does not name was not tried."""
    outcomes: dict[str, Failure | None] = {}
    for number, text in enumerate(result.splitlines()):
        row = Reader.of(text)
        place = row["__lineNumber"]
        index = number if place.is_null else place.whole(minimum=0)
        if index >= len(lines):
            continue
        changes = lines[index].changes
        payload = row.get("data").get("productVariantsBulkUpdate")
        if payload.is_null:
            refused: Mapping[int, Failure] = dict.fromkeys(range(len(changes)), _broken(row))
        else:
            refused = refusals(payload["userErrors"], len(changes))
        outcomes |= {change.variant_id: refused.get(at) for at, change in enumerate(changes)}
    return outcomes


def _broken(row: Reader) -> Failure:
    errors = row["errors"]
    message = "" if errors.is_null or isinstance(errors.raw, str) else _first_message(errors)
    return TryLater(
        Sentence(
            "Shopify failed one line of a bulk operation: %(words)s",
            words=quoted(message) if message else Sentence("it did not say why"),
        )
    )


def _first_message(errors: Reader) -> str:
    return next((error["message"].text_or("") for error in errors), "")


def _refuse_errors(payload: Reader) -> None:
    for error in payload["userErrors"]:
        raise WrongRequestError(f"a bulk operation was refused: {error['message'].text()}")
