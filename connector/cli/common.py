"""Options that commands share, and the way from a config file to an opened service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import click
from sqlalchemy.exc import SQLAlchemyError

from connector.bootstrap.service import Service, open_service
from connector.cli.output import fail
from connector.ports.failures import Failure
from connector.services.context import StoreContext
from connector.services.supply_errors import SupplyError
from connector.settings import ConfigError

P = ParamSpec("P")
R = TypeVar("R")

config_option = click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("config.toml"),
    show_default=True,
    help="The config file.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


NO_STORE = "No store yet: connect one at the install page, or `backorder store add --help` says how to add one."


def sentences(command: Callable[P, R]) -> Callable[P, R]:
    """Turn the failures a person can do something about into sentences and exit code 1."""

    @wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except ConfigError as error:
            fail("\n".join(error.problems))
        except (SupplyError, Failure) as error:
            fail(str(error))
        except SQLAlchemyError as error:
            said = str(error.__cause__ or error).splitlines()[0].rstrip(".")
            fail(f"The database said: {said}. Look at [database] url in the config.")
        except OSError as error:
            fail(f"{error.filename or 'The system'}: {error.strerror or error}")
        except OverflowError:
            fail("A number in the command is larger than anything here can be.")

    return guarded


@contextmanager
def opened(path: Path) -> Iterator[Service]:
    """The service of a config file, its database up to date and its stores entered."""
    service = open_service(path)
    try:
        service.prepare()
        yield service
    finally:
        service.close()


def one_store(service: Service, key: str) -> StoreContext:
    """The store of that key; a typo ends the command with what there is."""
    if key not in service.stores:
        none = "none: connect one at the install page, or add one with `backorder store add`"
        known = ", ".join(service.stores) or none
        near = get_close_matches(key, service.stores, n=1)
        meant = f" Did you mean {near[0]}?" if near else ""
        fail(f"There is no store {key!r}.{meant} Known stores: {known}.")
    return service.stores[key]


def chosen(service: Service, keys: tuple[str, ...]) -> list[StoreContext]:
    """The named stores, or all."""
    return [one_store(service, key) for key in keys or tuple(service.stores)]
