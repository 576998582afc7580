"""What is the same for every answer of the web application."""

from __future__ import annotations

import pytest
from flask import Blueprint
from flask.testing import FlaskClient
from intake_parts import MemoryInbox, intake_app
from structlog.testing import capture_logs

from connector.web.app import create_app


@pytest.fixture
def client() -> FlaskClient:
    return intake_app(MemoryInbox()).test_client()


def raising(error: Exception) -> FlaskClient:
    bp = Blueprint("broken", __name__)

    @bp.get("/broken")
    def broken() -> str:
        raise error

    return create_app([bp]).test_client()


@pytest.mark.parametrize("path", ["/healthz", "/nowhere", "/webhooks/woocommerce/nosuch"])
def test_every_answer_forbids_framing_sniffing_and_caching(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_an_unknown_path_is_a_short_404(client: FlaskClient) -> None:
    answer = client.get("/nowhere")
    assert (answer.status_code, answer.text, answer.mimetype) == (404, "Not Found\n", "text/plain")


def test_programs_get_their_errors_as_json(client: FlaskClient) -> None:
    answer = client.post("/healthz")
    assert (answer.status_code, answer.get_json()) == (405, {"error": "Method Not Allowed"})


def test_a_bug_shows_no_traceback_and_logs_where_it_arose_but_not_its_words() -> None:
    with capture_logs() as logs:
        answer = raising(ValueError("Ada Lovelace, 12 St James's Square")).get("/broken")
    assert (answer.status_code, answer.text) == (500, "Internal Server Error\n")
    (line,) = logs
    assert (line["event"], line["path"], line["error"]) == ("web_request_failed", "/broken", "ValueError")
    assert "in broken" in line["trace"]
    assert "Lovelace" not in str(line)


def test_the_process_is_alive_even_when_it_is_not_ready() -> None:
    client = intake_app(MemoryInbox(), {"database": lambda: "the database does not answer"}).test_client()
    assert client.get("/healthz").status_code == 200


def test_readiness_names_what_is_missing_and_survives_a_check_that_fails() -> None:
    def failing() -> str | None:
        raise OSError("/secret/path")

    checks = {"database": lambda: None, "schema": lambda: "a migration is due", "scheduler": failing}
    answer = intake_app(MemoryInbox(), checks).test_client().get("/readyz")
    assert answer.status_code == 503
    expected = {"schema": "a migration is due", "scheduler": "the check itself failed (OSError)"}
    assert {"status": "not ready", "not_ready": expected} == answer.get_json()


def test_readiness_is_200_when_every_check_passes() -> None:
    answer = intake_app(MemoryInbox(), {"database": lambda: None}).test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ready"})
