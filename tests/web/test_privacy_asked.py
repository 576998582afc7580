"""The shop's own privacy tools ask: what they sign is answered, whatever else is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from house import CONFIG, House, house

from adapters.woocommerce.sandbox.storefront import PLAIN
from connector.ports.clock import system_clock
from connector.ports.operating import RequestKind, RequestState
from connector.services.privacy import answer_requests

SECRET = "new-woo-secret"
HERS, HIS = "aicha@example.test", "bert@example.test"


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(Path(tmp_path_factory.mktemp("asked")), CONFIG) as opened:
        opened.woo.add_product("CHAIR", 5)
        opened.connect()
        opened.woo.place_order({"CHAIR": 1})
        opened.woo.place_order({"CHAIR": 1}, extras=replace(PLAIN, email=HIS))
        opened.settle(1)
        yield opened


def ask(
    there: House, *, secret: str = SECRET, path: str = "chairs", body: bytes | None = None, **more: Any
) -> tuple[int, dict[str, Any]]:
    said = {"privacy": "export", "email": HERS, "at": int(system_clock().timestamp()), **more}
    raw = json.dumps(said).encode() if body is None else body
    signature = base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode()
    headers = {"X-WC-Webhook-Signature": signature, "Content-Type": "application/json"}
    with there.app.test_client() as client:
        answer = client.post(f"/storefront/v1/{path}/privacy", data=raw, headers=headers)
    return answer.status_code, answer.get_json()


def test_an_export_is_answered_at_once(there: House) -> None:
    status, said = ask(there)
    assert status == 200
    assert len(said["orders"]) == 1
    assert HERS in json.dumps(said)


def test_an_erasure_is_put_down_once_and_done_by_the_job(there: House) -> None:
    assert len(ask(there, email=HIS)[1]["orders"]) == 1
    first, again = (ask(there, privacy="erase", email=HIS) for _ in range(2))
    assert first == again
    store = there.store("chairs")
    with store.work(read_only=True) as uow:
        request = uow.privacy.get(first[1]["request"])
    assert request is not None
    assert (request.kind, request.state) == (RequestKind.ERASE, RequestState.OPEN)
    assert answer_requests(store) == 1
    assert ask(there, email=HIS)[1]["orders"] == []


@pytest.mark.parametrize(
    ("status", "how"),
    [
        (401, {"secret": "guessed"}),
        (401, {"path": "nowhere"}),
        (401, {"path": "tents"}),  # whose platform signs otherwise
        (401, {"body": b"webhook_id=7"}),
        (400, {"body": b"no JSON"}),
        (400, {"body": b"[" * 1_900}),
        (400, {"at": 1_700_000_000}),  # overheard long ago
        (400, {"at": "now"}),
        (400, {"privacy": "everything"}),
        (400, {"email": "nobody"}),
        (400, {"email": ["a@b"]}),
        (401, {"email": "x" * 3_000 + "@example.test"}),  # too long to be read, so nothing that was signed
    ],
)
def test_what_is_not_signed_or_is_no_question_of_now_is_refused(there: House, status: int, how: dict[str, Any]) -> None:
    if how.get("body") == b"webhook_id=7":
        how = {**how, "secret": "guessed"}
    assert ask(there, **how) == (status, {"error": "refused"})
