"""The headers of a request as the platforms are given them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PREFIX = "HTTP_"


def plain_headers(environ: WSGIEnvironment) -> dict[str, str]:
    """Lower-case names and their values.

    Taken from the WSGI variables at once: a platform reads several of them, and each look into the framework's own
    header object costs more than the signature check of a small body.
    """
    headers = {
        name[len(PREFIX) :].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith(PREFIX)
    }
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    return headers
