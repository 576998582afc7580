"""The platforms.  A folder here with a ``manifest.toml`` is one; no list anywhere names them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.manifest import FILE_NAME, Manifest, load_manifest
from connector.settings.wording import did_you_mean

if TYPE_CHECKING:
    from connector.ports.installing import Installer
    from connector.ports.storefront import Platform

__all__ = ["UnknownPlatform", "installer", "manifest", "names", "platform", "platforms"]


class UnknownPlatform(LookupError):  # noqa: N818 -- it reads as what it says
    """No folder has this name.  The message is for the person who typed it."""


@cache
def names(package: str = __name__) -> tuple[str, ...]:
    """The names of all platforms, in order of the alphabet."""
    return tuple(sorted(path.parent.name for path in _folder(package).glob(f"*/{FILE_NAME}")))


@cache
def manifest(name: str, package: str = __name__) -> Manifest:
    """What a platform can do and asks for, without importing its code."""
    return load_manifest(_folder(package) / _known(name, package))


@cache
def platform(name: str, package: str = __name__) -> Platform:
    """The platform of that name, made once by ``platform()`` of its package.  Raises ``UnknownPlatform``."""
    made: Platform = import_module(f"{package}.{_known(name, package)}").platform()
    return made


def platforms(package: str = __name__) -> Mapping[str, Platform]:
    return {name: platform(name, package) for name in names(package)}


def installer(
    name: str, settings: Mapping[str, object], *, allow_private: bool, package: str = __name__
) -> Installer | None:
    """How stores of a platform are connected on a page: ``installer()`` of its ``install.py``, None where it has none.

    ``settings``: its ``[install.<platform>]``, checked, secrets in the clear.
    """
    module = f"{package}.{_known(name, package)}.install"
    if find_spec(module) is None:
        return None
    made: Installer = import_module(module).installer(settings, allow_private=allow_private)
    return made


def _known(name: str, package: str) -> str:
    if name not in names(package):
        raise UnknownPlatform(f"There is no platform {name!r}: {did_you_mean(name, names(package))}")
    return name


def _folder(package: str) -> Path:
    return Path(next(iter(import_module(package).__path__)))
