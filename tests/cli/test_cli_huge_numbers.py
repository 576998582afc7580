"""A number that no column holds ends a command with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from connector.cli import backorder

CONFIG = """
[server]
public_url = "https://b.example.com"
[[stores]]
key = "main"
platform = "woocommerce"
url = "https://shop.example.com"
consumer_key = "ck"
consumer_secret = "cs"
webhook_secrets = ["whsec"]
"""
HUGE = str(10**30)


@pytest.mark.parametrize(
    "words",
    [
        ("deliveries", "show", HUGE),
        ("deliveries", "replay", HUGE),
        ("supply", "receive", "main", HUGE),
        ("supply", "change", "main", HUGE, "--due", "2026-12-05"),
    ],
)
def test_a_number_that_no_column_holds_is_a_sentence(tmp_path: Path, words: tuple[str, ...]) -> None:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG, encoding="utf-8")
    done = CliRunner().invoke(backorder, [*words, "--config", str(path)])
    assert (done.exit_code, "Traceback" in done.output) == (1, False)
