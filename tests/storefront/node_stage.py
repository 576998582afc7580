"""The theme extension on a stage: theme-check, a Liquid engine and a page without a browser, all run by Node.

Their packages are installed once, under ``build/``, with the versions that stand in ``node/package.json``.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXTENSION = ROOT / "adapters/shopify/storefront/extensions/backorder"
SCRIPTS = Path(__file__).parent / "node"
BUILD = ROOT / "build" / "storefront-tests"
NODE, NPM = shutil.which("node"), shutil.which("npm")
TODAY = "2026-11-23"

needs_node = pytest.mark.skipif(
    NODE is None or NPM is None, reason="there is no Node here; on Debian: apt-get install npm"
)


@cache
def installed() -> Path:
    """The folder with the packages; two test processes at once install them once."""
    wanted = (SCRIPTS / "package.json").read_bytes()
    folder = BUILD / hashlib.sha256(wanted).hexdigest()[:12]
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / ".done").exists():
            folder.mkdir(exist_ok=True)
            (folder / "package.json").write_bytes(wanted)
            quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
            command = [NPM or "npm", "install", *quiet]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=1_800)
            assert done.returncode == 0, f"the packages could not be installed: {done.stdout}{done.stderr}"
            (folder / ".done").touch()
        for script in SCRIPTS.glob("*.mjs"):  # a module finds its packages beside itself
            _put(script, folder / script.name)
    return folder


def _put(script: Path, place: Path) -> None:
    """Never a half of it: another process may be running what is there."""
    if not place.exists() or place.read_bytes() != script.read_bytes():
        fresh = place.with_suffix(".fresh")
        shutil.copyfile(script, fresh)
        fresh.replace(place)


def run(script: str, *arguments: str, given: object = None) -> Any:
    done = subprocess.run(
        [NODE or "node", str(installed() / script), *arguments],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def theme_check(folder: Path) -> tuple[int, list[str]]:
    config = BUILD / f"theme-check-{hashlib.sha256(str(folder).encode()).hexdigest()[:8]}.yml"
    installed()
    said = run("check.mjs", str(folder), str(config))
    return said["files"], said["found"]


def variant(
    number: int = 11, stock: int = 0, *, sells: bool = True, title: str = "Oak", **fields: str
) -> dict[str, Any]:
    """A variant as Liquid has it; ``fields`` are our metafields."""
    return {
        "id": number,
        "title": title,
        "sku": f"CHAIR-{number}",
        "price": 4950,
        "url": f"/products/chair?variant={number}",
        "available": stock > 0 or sells,
        "inventory_management": "shopify",
        "inventory_policy": "continue" if sells else "deny",
        "inventory_quantity": stock,
        "metafields": {"$app:backorder": {key: {"value": value} for key, value in fields.items()}},
    }


def product_page(variants: Sequence[Mapping[str, Any]], title: str = "Chair", **chosen: Any) -> dict[str, Any]:
    product = {
        "title": title,
        "url": "/products/chair",
        "variants": list(variants),
        "selected_or_first_available_variant": variants[0],
    }
    settings = {"words": "service", "form": True, "phone": False, "proxy": "/apps/backorder/restock", "data": True}
    return {
        "product": product,
        "block": {"id": "b1", "settings": {**settings, **chosen}, "shopify_attributes": ""},
        "request": {"origin": "https://shop.example", "path": "/products/chair", "locale": {"iso_code": "en"}},
        "cart": {"currency": {"iso_code": "EUR"}},
    }


def rendered(*contexts: Mapping[str, Any], block: str = "product", locale: str = "en") -> list[str]:
    cases = [{"block": block, "today": TODAY, "locale": locale, "context": context} for context in contexts]
    pages: list[str] = run("render.mjs", str(EXTENSION), given=cases)
    return pages


def json_of(page: str, kind: str) -> Any:
    found = re.search(rf'<script type="application/{re.escape(kind)}"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert found, page
    return json.loads(found[1])
