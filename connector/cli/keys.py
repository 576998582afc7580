"""``backorder keys list | reseal``: the keys that everything is sealed with, and how to change them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from connector.cli.common import config_option, json_option, opened, sentences
from connector.cli.output import console, counted, fail, print_json, print_table, say
from connector.services.reseal import LOST, NEWEST, PLAIN, Reseal, Survey, Tell

FREE = (
    "Nothing is sealed with an old key any more: take the old ones out of old_encryption_keys under [security] and "
    "restart. A backup that was made before needs the key of its day: keep that key with the backup."
)


@click.group("keys")
def group() -> None:
    """The keys that secrets and addresses are sealed with."""


@group.command("list")
@json_option
@config_option
@sentences
def list_(path: Path, *, as_json: bool) -> None:
    """How much each key has sealed; changes nothing."""
    with opened(path) as service:
        reseal = service.reseal()
        with _telling(reseal) as tell:
            survey = reseal.survey(tell)
        if as_json:
            print_json([_row(reseal, survey, place) for place in _places(reseal, survey)])
            return
        _table(reseal, survey)
        _say_what_next(reseal, survey)


@group.command("reseal")
@click.option("--dry-run", is_flag=True, help="Say what would be sealed anew, and change nothing.")
@click.option(
    "--end-links", is_flag=True, help="Links that an old key has signed shall end with it: it is known to others."
)
@config_option
@sentences
def reseal_(path: Path, *, dry_run: bool, end_links: bool) -> None:
    """Seal everything with the newest key, while the service runs; safe to break off and to run again."""
    with opened(path) as service:
        reseal = service.reseal()
        if dry_run:
            with _telling(reseal) as tell:
                survey = reseal.survey(tell)
            _table(reseal, survey)
            say(f"{counted(survey.old + survey.of(PLAIN), 'text')} would be sealed anew. Nothing was changed.")
            return
        if end_links:
            say(f"{counted(reseal.forget_derived(), 'key')} of old links forgotten.")
        else:
            reseal.keep_derived(service.signed_lives(), service.clock())
        with _telling(reseal) as tell:
            survey = reseal.all(tell)
        _table(reseal, survey)
        say(f"{counted(survey.changed, 'text')} sealed anew.")
        if survey.old:
            fail(
                f"{counted(survey.old, 'text')} was sealed with an old key again meanwhile: some process still "
                "runs with the old config. Restart all of them, then run this again."
            )
        _say_what_next(reseal, survey)


def _places(reseal: Reseal, survey: Survey) -> list[int]:
    return [*range(len(reseal.keys.names)), *(place for place in (PLAIN, LOST) if survey.of(place))]


def _name(reseal: Reseal, place: int) -> str:
    if place in {PLAIN, LOST}:
        return "none, it is not sealed" if place == PLAIN else "none of ours, it cannot be opened"
    return f"{reseal.keys.names[place]} ({'newest' if place == NEWEST else 'old'})"


def _row(reseal: Reseal, survey: Survey, place: int) -> dict[str, object]:
    sealed = {kind: counted[place] for kind, counted in survey.found.items() if counted[place]}
    return {"key": _name(reseal, place), "newest": place == NEWEST, "texts": survey.of(place), "sealed": sealed}


def _table(reseal: Reseal, survey: Survey) -> None:
    rows = [
        (_name(reseal, place), kind, f"{counted[place]:,}")
        for place in _places(reseal, survey)
        for kind, counted in survey.found.items()
        if counted[place]
    ]
    print_table("", ("key", "what it sealed", "texts"), rows, none="Nothing is sealed yet.")


def _say_what_next(reseal: Reseal, survey: Survey) -> None:
    if survey.of(LOST):
        say(
            f"{counted(survey.of(LOST), 'text')} cannot be opened: put the key that sealed it into old_encryption_keys "
            "under [security]. Until then it stays as it is."
        )
    if survey.old or survey.of(PLAIN):
        say("Next: `backorder keys reseal`. Until then keep the old keys in old_encryption_keys under [security].")
    elif len(reseal.keys.names) > 1:
        say(FREE)


@contextmanager
def _telling(reseal: Reseal) -> Iterator[Tell]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        tasks = {kind: bar.add_task(kind, total=reseal.texts.count(kind)) for kind in reseal.texts.kinds()}
        yield lambda kind, more: bar.update(tasks[kind], advance=more)


COMMANDS = (group,)
