"""The headers of a request as the platforms are given them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PREFIX = "HTTP_"


def plain_headers(environ: WSGIEnvironment) -> dict[str, str]:
    """Lower-case names and their values, read in one pass, because a platform looks for several of them."""
    headers = {
        name[len(PREFIX) :].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith(PREFIX)
    }
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    return headers
