"""``backorder storefront``: what is put into the shop itself, ready to be installed there."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import click

from connector.cli.common import sentences
from connector.cli.output import counted, fail, say

PLUGIN = "backorder-connector"
LEFT_OUT = {"__pycache__", ".DS_Store"}
SAME_MOMENT = (2026, 1, 1, 0, 0, 0)
"""The time of every file in the zip, so that the same plugin is the same zip."""


@click.group("storefront")
def storefront() -> None:
    """What is put into the shop itself: the WordPress plugin, the Shopify theme extension."""


@storefront.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path(f"{PLUGIN}.zip"),
    show_default=True,
    help="The zip to write.",
)
@sentences
def plugin(out: Path) -> None:
    """Write the WordPress plugin as the zip that Plugins > Add New > Upload Plugin takes."""
    folder = _folder("woocommerce") / PLUGIN
    out.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in _of(folder):
            entry = zipfile.ZipInfo(f"{PLUGIN}/{path.relative_to(folder).as_posix()}", SAME_MOMENT)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, path.read_bytes())
    say(f"{out}: the plugin. Upload it under Plugins > Add New > Upload Plugin, then see WooCommerce > Backorders.")


@storefront.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("extensions"),
    show_default=True,
    help="The extensions folder of your Shopify app.",
)
@sentences
def theme(out: Path) -> None:
    """Write the theme app extension into the folder from which `shopify app deploy` takes it."""
    source = _folder("shopify") / "extensions" / "backorder"
    target = out / "backorder"
    if target.exists() and any(target.iterdir()) and not (target / "shopify.extension.toml").exists():
        fail(f"{target} holds something else. Name another folder with --out, or empty that one.")
    written = list(_of(source))
    for path in written:
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    say(f"{target}: {counted(len(written), 'file')}. Run `shopify app deploy` where your shopify.app.toml is.")


def _folder(platform: str) -> Path:
    return Path(str(files("adapters").joinpath(platform, "storefront")))


def _of(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not LEFT_OUT & set(path.parts))


COMMANDS = (storefront,)
