"""All that people look at, put together."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint

from connector.web import admin, entry, install
from connector.web.backstage import Backstage
from connector.web.pages import (
    backorders,
    charts,
    deliveries,
    overrides,
    overview,
    policy,
    shop,
    supplies,
    texts,
    welcome,
)

PARTS = (
    entry,
    install,
    overview,
    welcome,
    backorders,
    policy,
    texts,
    shop,
    overrides,
    supplies,
    deliveries,
    charts,
    admin,
)


def blueprints(back: Backstage) -> Sequence[Blueprint]:
    return [part.blueprint(back) for part in PARTS]
