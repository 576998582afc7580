"""How a section of a store's settings stands, and who may have changed it meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import request

from connector.services.context import StoreContext
from connector.settings.stores import StoreSettings
from connector.web.access import who
from connector.web.backstage import Backstage

LONGEST_REVISION = 15  # digits


@dataclass(frozen=True, slots=True)
class Standing:
    """``chosen``: whether somebody chose the section on a page; ``file``: what the config file says, if it knows the
    store.  ``revision``: the newest that the settings may be of, so that saving over a newer one is refused.
    """

    settings: StoreSettings
    revision: int
    chosen: bool
    file: StoreSettings | None


def standing(back: Backstage, store: StoreContext, section: str, revision: int | None = None) -> Standing:
    """``revision``: a newer one than the store of this request was made from, as ``Outdated`` told it."""
    if revision is not None:
        back.known.refresh()
    # The revision was had before the settings: they are never older than it says.
    settings = back.known.settings(store.key)
    with back.work(read_only=True) as uow:
        chosen = section in uow.steering.get(store.key)
    return Standing(settings, store.revision if revision is None else revision, chosen, back.known.from_file(store.key))


def as_sent(held: Standing) -> Standing:
    """With the revision that the form was made from: whatever else is done with it first, saving it over a newer one
    is refused.
    """
    return replace(held, revision=revision_sent())


def by() -> str:
    """Who acts, for the journal."""
    return "operator" if who().operator else "owner"


def revision_sent() -> int:
    """The revision that a form was made from; none at all is never the newest."""
    text = request.form.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_REVISION else -1
