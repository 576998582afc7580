"""What is logged holds no person and no secret, even when something breaks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from databases import address_in
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from connector.logs import configure_logging
from connector.storage.engine import open_database

SHOPPER = "Ada Lovelace, 12 St James's Square"


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_logged_exception_shows_where_it_arose_and_no_value(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", form)

    def breaks(body: str) -> None:
        raise KeyError(len(body))

    try:
        breaks(SHOPPER)
    except KeyError:
        structlog.get_logger().exception("digest.bug")
    said = capsys.readouterr().err
    assert "breaks" in said
    assert "Lovelace" not in said


def test_an_error_of_the_database_does_not_quote_what_was_written(tmp_path: Path) -> None:
    database = open_database(address_in(tmp_path))
    with pytest.raises(SQLAlchemyError) as caught, database.engine.connect() as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (:body)"), {"body": SHOPPER})
    database.close()
    assert "Lovelace" not in str(caught.value)
