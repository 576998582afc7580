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
from flask_babel import (
    Babel,
    Domain,
    format_date,
    format_datetime,
    format_decimal,
    format_timedelta,
    get_locale,
    refresh,
)

LANGUAGES = {"en": "English", "de": "Deutsch"}
"""Of the pages for owners and operators."""
SHOPPER_LANGUAGES = {**LANGUAGES, "fr": "Français", "it": "Italiano", "es": "Español", "nl": "Nederlands"}
"""Of the pages for shoppers: those of the messages that lead there."""
SHOPPER_PATHS = ("/o/", "/r/", "/restock/", "/storefront/")
"""Whatever stands below these is for shoppers, and so is what is said where it does not open."""
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


def speak_as(language: str, zone: ZoneInfo) -> None:
    """Write the rest of this request in this language and by this clock, whatever the browser asks for."""
    g.speaks, g.zone = language, zone
    refresh()


def chosen() -> str:
    """What the reader picked, else what the browser asks for, else English.

    ``locale`` stands in the addresses inside a platform's admin, which has a language of its own.
    """
    if "speaks" in g:
        return str(g.speaks)
    if for_shoppers():
        return shopper_language()
    for picked in (request.args.get("locale", "").partition("-")[0], request.cookies.get(COOKIE, "")):
        if picked in LANGUAGES:
            return picked
    return request.accept_languages.best_match(LANGUAGES) or "en"


def for_shoppers() -> bool:
    return request.path.startswith(SHOPPER_PATHS)


def shopper_language(wanted: str = "", *, last: str = "") -> str:
    """What was picked in the address, else ``wanted`` (the language of what it is about), else what the browser asks
    for, else ``last`` (that of the store), else English.  No cookie is looked at: these pages know nobody.
    """
    asked = request.accept_languages.best_match(SHOPPER_LANGUAGES) or ""
    for one in (request.args.get("lang", ""), wanted, asked, last):
        if (plain := one.replace("_", "-").partition("-")[0].lower()) in SHOPPER_LANGUAGES:
            return plain
    return "en"


def zone() -> str:
    """The store's own time zone; UTC on pages of no store."""
    if "zone" in g:
        return str(g.zone.key)
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
