"""The pages' language, dates and numbers.  The ``.po`` files themselves are read: no compiled copy can go stale."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, g, request
from flask_babel import Babel, Domain, format_date, format_datetime, format_decimal, format_timedelta, get_locale

LANGUAGES = {"en": "English", "de": "Deutsch"}
COOKIE = "backorder_language"
FOLDER = Path(__file__).parent / "translations"


class PoDomain(Domain):  # type: ignore[misc]  # the library has no types
    """Reads ``translations/<language>/LC_MESSAGES/messages.po``; English is the language the pages are written in."""

    def __init__(self) -> None:
        super().__init__(str(FOLDER))

    def get_translations(self) -> NullTranslations:
        return _translations(str(get_locale() or "en").partition("_")[0])


@cache
def _translations(language: str) -> NullTranslations:
    file = FOLDER / language / "LC_MESSAGES" / "messages.po"
    if not file.exists():
        return NullTranslations()
    with file.open("rb") as opened:
        catalogue = read_po(opened, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(fp=compiled)


def speak(app: Flask) -> None:
    """Give the application its languages and the filters that write dates and numbers in the reader's way."""
    Babel(app, locale_selector=chosen, timezone_selector=zone)
    domain = PoDomain()
    app.before_request(domain.as_default)
    filters: dict[str, Callable[..., str]] = {"day": day, "moment": moment, "number": number, "ago": ago}
    app.jinja_env.filters.update(filters)


def chosen() -> str:
    """What the reader picked, else what the browser asks for, else English.

    ``locale`` stands in the addresses inside a platform's admin, which has a language of its own.
    """
    for picked in (request.args.get("locale", "").partition("-")[0], request.cookies.get(COOKIE, "")):
        if picked in LANGUAGES:
            return picked
    return request.accept_languages.best_match(LANGUAGES) or "en"


def zone() -> str:
    """The store's own time zone; UTC on pages of no store."""
    held = g.get("here")
    found: ZoneInfo | None = held.store.zone if held is not None and held.store is not None else None
    return found.key if found is not None else "UTC"


def day(value: date | None, format_: str = "medium") -> str:
    return "" if value is None else format_date(value, format_, rebase=False)


def moment(value: datetime | None, format_: str = "short") -> str:
    return "" if value is None else format_datetime(value, format_)


def number(value: float | None) -> str:
    return "" if value is None else format_decimal(value)


def ago(value: timedelta | None) -> str:
    """How long something took or waits: ``3 days``."""
    return "" if value is None else format_timedelta(value, granularity="minute")
