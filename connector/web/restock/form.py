"""What somebody typed into the form of a shop, read strictly: whoever sends it may send anything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from flask import request

from connector.notify.addresses import e164, mailbox
from connector.services.context import StoreContext
from connector.services.restock import Asked
from connector.web.words import _

LARGEST = 20_000  # bytes; a form of ours has some hundred
LONGEST_ID = 190
LONGEST_PAGE = 500
LONGEST_CONSENT = 500
YES = frozenset({"yes", "on", "true", "1"})
HONEYPOT = "website"
"""A field that no person sees.  Whoever fills it in is a program."""
BY_MAIL = frozenset({"email", "console"})
BY_PHONE = frozenset({"sms", "console"})

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}", re.ASCII)
_UNITS = re.compile(r"[0-9]{1,6}", re.ASCII)
_PATH = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*", re.ASCII)


@dataclass
class Typed:
    """``variant`` or ``sku`` says of what; ``problems``: by field, a sentence for who typed it."""

    variant: str = ""
    sku: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""
    units: int = 1
    page: str = ""
    consent: str = ""
    is_program: bool = False
    problems: dict[str, str] = field(default_factory=dict)

    def asked(self, store: StoreContext, variant_id: str, way: str, whence: str) -> Asked:
        return Asked(
            variant_id,
            self.email,
            self.phone,
            self.language,
            min(self.units, store.rules.restock.most_units),
            way,
            path_of(self.page),
            self.consent,
            whence,
        )


def reaches(store: StoreContext, ways: frozenset[str]) -> bool:
    return store.composer is not None and any(one.name in ways for one in store.channels)


def typed(store: StoreContext) -> Typed:
    given = _given()
    text = {name: _text(value) for name, value in given.items()}
    found = Typed(
        variant=text.get("variant", ""),
        sku=text.get("sku", ""),
        language=_language(text.get("lang", ""), store),
        page=text.get("page", "")[:LONGEST_PAGE],
        consent=text.get("consent_text", "")[:LONGEST_CONSENT],
        is_program=bool(text.get(HONEYPOT, "")),
    )
    if not (found.variant or found.sku) or max(len(found.variant), len(found.sku)) > LONGEST_ID:
        found.problems["variant"] = _("Choose the product that you want to hear about.")
    _read_contact(store, found, text.get("email", ""), text.get("phone", ""))
    _read_units(found, text.get("units", ""))
    if text.get("consent", "").casefold() not in YES:
        found.problems["consent"] = _("Tick that you want this message: without it we may not write to you.")
    return found


def path_of(page: str) -> str:
    """The path of a page; empty for what is no web address.  What follows it is the shopper's own business."""
    try:
        path = urlsplit(page).path
    except ValueError:
        return ""
    # Two slashes at the beginning would name another host.
    return path if _PATH.fullmatch(path) and not path.startswith("//") else ""


def language_typed() -> str:
    return _text(_given().get("lang", ""))


def _given() -> Mapping[str, object]:
    request.max_content_length = LARGEST
    if request.is_json:
        try:
            sent = request.get_json(silent=True)
        except RecursionError:
            return {}  # nested deeper than any form
        return sent if isinstance(sent, dict) else {}
    return request.form.to_dict()


def _text(value: object) -> str:
    """A number or a yes is taken as it would be written; what cannot be seen is in nothing that is asked for."""
    if isinstance(value, bool):
        return "yes" if value else ""
    text = str(value).strip() if isinstance(value, str | int) else ""
    return text if text.isprintable() else ""


def _language(text: str, store: StoreContext) -> str:
    return text if _LANGUAGE.fullmatch(text) else store.language


def _read_contact(store: StoreContext, found: Typed, email: str, phone: str) -> None:
    if not email and not phone:
        found.problems["email"] = _("Type the address that we shall write to.")
        return
    if email:
        at = mailbox(email) if reaches(store, BY_MAIL) else None
        found.email = at.address if at is not None else ""
        if not found.email:
            found.problems["email"] = _("This is no mail address that we can write to. Look for a slip of the finger.")
    if phone:
        found.phone = e164(phone, store.rules.law.seller) if reaches(store, BY_PHONE) else ""
        if not found.phone:
            found.problems["phone"] = _(
                "This is no telephone number that we can write to. Begin it with + and the code of its country."
            )


def _read_units(found: Typed, text: str) -> None:
    if not text:
        return
    if not _UNITS.fullmatch(text) or int(text) < 1:
        found.problems["units"] = _("Say how many you want as a whole number from 1.")
        return
    found.units = int(text)
