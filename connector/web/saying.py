"""The service's own sentences in the reader's language."""

from __future__ import annotations

from flask import Flask
from flask_babel import gettext

from connector.services import shop_words
from connector.services.sentences import N_, Voice
from connector.web.languages import day

ON_A_PAGE = {"in_stock": N_("in stock"), "sold_out": N_("sold out")}
"""Words that programs and the command line know in another spelling."""


def spoken() -> Voice:
    """What services say something to the reader of this request with."""
    return Voice(lambda text: gettext(ON_A_PAGE.get(text, text)), day, plain=True)


def add_filters(app: Flask) -> None:
    """``said``: what an adapter or a service found wrong; ``topic``: what a webhook is about."""
    app.jinja_env.filters["said"] = lambda text: spoken().again(text)
    app.jinja_env.filters["topic"] = lambda topic: shop_words.topic_words(topic, spoken())
