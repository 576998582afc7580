"""All that people look at, put together."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint

from connector.web import admin, entry, install, privacy_asked, restock
from connector.web.backstage import Backstage
from connector.web.pages import (
    backorders,
    charts,
    decisions,
    deliveries,
    overrides,
    overview,
    policy,
    privacy,
    promises,
    shop,
    supplies,
    texts,
    welcome,
)
from connector.web.pages import restock as restock_lists
from connector.web.public import availability
from connector.web.shopper import pages as shopper

PARTS = (
    entry,
    install,
    overview,
    welcome,
    backorders,
    decisions,
    policy,
    promises,
    texts,
    shop,
    overrides,
    privacy,
    supplies,
    deliveries,
    charts,
    admin,
    shopper,
    availability,
    restock,
    restock_lists,
    privacy_asked,
)


def blueprints(back: Backstage) -> Sequence[Blueprint]:
    return [part.blueprint(back) for part in PARTS]
