"""Pages that nobody is signed in to, in the language that is spoken just now."""

from __future__ import annotations

from flask import render_template
from flask_babel import get_locale


def rendered(template: str, **values: object) -> str:
    """A page that says in which language it is."""
    return render_template(template, spoken=str(get_locale() or "en").partition("_")[0], **values)
