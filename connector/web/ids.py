"""The platforms' ids as a part of an address: most are numbers, and none may be read as a path."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

from flask import Blueprint
from flask.sansio.blueprints import BlueprintSetupState
from werkzeug.routing import BaseConverter, ValidationError

PLAIN = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)
MARK = "~"
"""Before an id that holds anything else and is therefore written in base64."""

LONGEST = 1_000  # characters, as they stand in an address


def written(value: str) -> str:
    """An id as it stands in an address."""
    if PLAIN.fullmatch(value):
        return value
    return MARK + urlsafe_b64encode(value.encode("utf-8", "replace")).decode("ascii").rstrip("=")


class IdConverter(BaseConverter):
    """``<id:variant_id>``; an address that cannot be an id is a page that does not exist."""

    regex = r"[A-Za-z0-9_~-]+"

    def to_python(self, value: str) -> str:
        if PLAIN.fullmatch(value):
            return value
        if not value.startswith(MARK) or len(value) > LONGEST:
            raise ValidationError
        code = value.removeprefix(MARK)
        try:
            found = urlsafe_b64decode(code + "=" * (-len(code) % 4)).decode()
        except ValueError as error:
            raise ValidationError from error
        if not found or written(found) != value or "\0" in found:
            raise ValidationError  # each id has one address, and PostgreSQL knows no NUL
        return found

    def to_url(self, value: str) -> str:
        return written(value)


def take_ids(bp: Blueprint) -> None:
    """Let this blueprint's rules name ids; to be called before they are added."""

    def teach(state: BlueprintSetupState) -> None:
        state.app.url_map.converters.setdefault("id", IdConverter)

    bp.record(teach)
