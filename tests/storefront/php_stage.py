"""The WordPress plugin on a stage: PHP plays one case over stand-ins and tells what a shopper would see."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "adapters/woocommerce/storefront/backorder-connector"
PLAY = Path(__file__).parent / "php" / "play.php"
PHP = shutil.which("php")
TODAY = "2026-11-23"

needs_php = pytest.mark.skipif(PHP is None, reason="there is no PHP here; on Debian: apt-get install php-cli")


def play(**case: Any) -> dict[str, Any]:
    given = json.dumps({"today": TODAY, **case})
    command = [PHP or "php", str(PLAY), str(PLUGIN)]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def product(
    number: int = 7,
    stock: int | None = 0,
    backorders: str = "notify",
    meta: Mapping[str, str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    return {
        "id": number,
        "name": f"Chair {number}",
        "stock": stock,
        "backorders": backorders,
        "stock_status": "instock",
        "meta": dict(meta or {}),
        **more,
    }


def written(status: str, until: str = "", message: str = "", first: str = "") -> dict[str, str]:
    """What the service writes on a product; WooCommerce keeps no empty value."""
    meta = {
        "_backorder_status": status,
        "_backorder_expected_on": until,
        "_backorder_expected_from": first,
        "_backorder_message": message,
    }
    return {key: value for key, value in meta.items() if value}
