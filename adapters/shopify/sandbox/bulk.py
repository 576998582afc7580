"""Bulk operations as records: staged files, operations, results.  Who carries them out hands in the execution."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from adapters.shopify.sandbox.bodies import shop_time
from adapters.shopify.sandbox.records import Record
from adapters.shopify.sandbox.store import Store

CONCURRENT = 5  # of each type, by one app in one shop
LINES_A_STEP = 1_000
STEP = timedelta(seconds=1)
UNFINISHED = ("CREATED", "RUNNING", "CANCELING")
Execute = Callable[[dict[str, Any]], dict[str, Any]]
"""One line's variables -> the answer a direct call would have had."""


@dataclass(eq=False, kw_only=True)
class StagedFile:
    key: str
    policy: str
    content: bytes | None = None


@dataclass(eq=False, kw_only=True)
class BulkOperation(Record):
    TYPE = "BulkOperation"
    type: str
    query: str
    created_at: datetime
    stepped_at: datetime
    execute: Execute
    lines: list[bytes]
    result_url: str
    status: str = "CREATED"
    error_code: str | None = None
    completed_at: datetime | None = None
    partial_data_url: str | None = None
    object_count: int = 0
    results: list[str] = field(default_factory=list)

    @property
    def root_object_count(self) -> int:
        return self.object_count

    @property
    def file(self) -> bytes:
        return "".join(line + "\n" for line in self.results).encode()

    @property
    def file_size(self) -> int | None:
        return len(self.file) if self.status == "COMPLETED" and self.results else None

    @property
    def url(self) -> str | None:
        return self.result_url if self.status == "COMPLETED" and self.results else None


class Bulk:
    """Operations go on by polls of them, and by the clock: CREATED, RUNNING, COMPLETED."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.files: dict[str, StagedFile] = {}  # by key
        self.operations: dict[str, BulkOperation] = {}  # by global id

    def unfinished(self, kind: str) -> list[BulkOperation]:
        return [one for one in self.operations.values() if one.type == kind and one.status in UNFINISHED]

    def add(self, operation: BulkOperation) -> BulkOperation:
        self.operations[operation.gid] = self.store.keep(operation)
        return operation

    def tick(self) -> None:
        """Take every operation a step on that has not been taken one within the last second."""
        now = self.store.clock()
        for one in self.operations.values():
            if one.status in UNFINISHED and now - one.stepped_at >= STEP:
                self.step(one)

    def step(self, one: BulkOperation) -> None:
        """A new operation starts; a running one carries out a thousand lines; a cancelled one ends."""
        one.stepped_at = self.store.clock()
        if one.status == "CANCELING":
            self._finish(one, "CANCELED")
        elif one.status == "CREATED":
            one.status = "RUNNING"
        elif one.status == "RUNNING":
            upto = min(len(one.lines), one.object_count + LINES_A_STEP)
            with self.store.act(parted=True):  # a product changed by many lines is told once a step
                one.results += [self._line(one, number) for number in range(one.object_count, upto)]
            one.object_count = upto
            if upto == len(one.lines):
                self._finish(one, "COMPLETED")

    def _line(self, one: BulkOperation, number: int) -> str:
        try:
            variables = json.loads(one.lines[number])
            answer = one.execute(variables)
        except ValueError as error:
            answer = {"errors": [{"message": f"Line {number} is not JSON: {error}"}]}
        return json.dumps({**answer, "__lineNumber": number}, separators=(",", ":"))

    def _finish(self, one: BulkOperation, status: str) -> None:
        one.status, one.completed_at = status, self.store.now()
        with self.store.act():
            self.store.tell("bulk_operations/finish", one, lambda: bulk_body(one))


def bulk_body(one: BulkOperation) -> dict[str, object]:
    """The webhook names the operation and its end, not its result."""
    return {
        "admin_graphql_api_id": one.gid,
        "completed_at": shop_time(one.completed_at),
        "created_at": shop_time(one.created_at),
        "error_code": one.error_code,
        "status": one.status.lower(),
        "type": one.type.lower(),
    }
