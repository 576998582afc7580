"""The keys that a shop posts after its owner said yes, and keys that are pasted.

The post is signed by nobody and names no shop.  All that binds it to us is the random word that we put into it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

from adapters.reader import Reader
from adapters.woocommerce.rest import KEYS_PAGE, NEW_KEY
from connector.ports.failures import OwnerMustAct, Unreadable
from connector.ports.installing import Forged, Granted, Mistyped
from connector.ports.sentence import N_, Sentence

LARGEST_POST = 10_000  # bytes; WooCommerce's own are about 200
READ_WRITE = "read_write"
BEGINNINGS = {"consumer_key": "ck_", "consumer_secret": "cs_"}


MISSING = {
    "consumer_key": N_("The consumer key is missing."),
    "consumer_secret": N_("The consumer secret is missing."),
}
NONE = {
    "consumer_key": N_("This is no consumer key: it begins with ck_, and letters and digits follow."),
    "consumer_secret": N_("This is no consumer secret: it begins with cs_, and letters and digits follow."),
}

_ATTEMPT = re.compile(r"[A-Za-z0-9_-]{20,128}", re.ASCII)
_KEY = re.compile(r"c[ks]_[A-Za-z0-9_-]{1,200}", re.ASCII)


def new_word() -> str:
    """A random word.  Its letters mean nothing in an address, in HTML or to WordPress, which decodes entities in the
    secrets of webhooks and drops percent signs from what it is handed.
    """
    return secrets.token_urlsafe(32)


def is_attempt(word: str) -> bool:
    return _ATTEMPT.fullmatch(word) is not None


def posted_attempt(body: bytes) -> str:
    word, _ = _read(body)
    return word


def posted(body: bytes, url: str) -> Granted:
    """Raises ``Forged``, and ``OwnerMustAct`` for keys that may do too little."""
    _, fields = _read(body)
    if fields["key_permissions"] != READ_WRITE:
        raise OwnerMustAct(
            "push",
            Sentence("The shop made a key that may not both read and write."),
            Sentence(
                "Connect the shop again from here, without changing the address of the page that asks for your consent."
            ),
        )
    return granted(url, fields["consumer_key"], fields["consumer_secret"])


def pasted_keys(typed: Mapping[str, str]) -> tuple[str, str]:
    """The pair, each of its own kind.  Raises ``Mistyped``."""
    pair = {name: typed.get(name, "").strip() for name in BEGINNINGS}
    for name, beginning in BEGINNINGS.items():
        value = pair[name]
        if not value:
            raise Mistyped(name, Sentence(MISSING[name]), NEW_KEY)
        if any(value.startswith(other) for other in BEGINNINGS.values() if other != beginning):
            raise Mistyped(name, Sentence("Key and secret stand in each other's place."), Sentence("Swap them."))
        if not value.startswith(beginning) or not _KEY.fullmatch(value):
            raise Mistyped(
                name,
                Sentence(NONE[name]),
                Sentence(
                    "Copy it whole from %(page)s; the secret is shown once, when the key is made.",
                    page=KEYS_PAGE,
                ),
            )
    return pair["consumer_key"], pair["consumer_secret"]


def granted(url: str, key: str, secret: str) -> Granted:
    return Granted(
        shop=url,
        title=urlsplit(url).hostname or url,
        options={"url": url, "consumer_key": key, "consumer_secret": secret},
        webhook_secret=new_word(),
        secret_is_ours=True,
    )


def _read(body: bytes) -> tuple[str, Mapping[str, str]]:
    """Everything in the post, so that one that is wrong anywhere is refused before its attempt is looked up."""
    if len(body) > LARGEST_POST:
        raise Forged(f"keys were posted in more than {LARGEST_POST} bytes")
    try:
        found = Reader.of(body)
        found["key_id"].number_id()
        word = found["user_id"].text()
        fields = {name: found[name].text() for name in (*BEGINNINGS, "key_permissions")}
    except Unreadable as error:
        # What is wrong may show a key, so only the place is named.
        raise Forged(f"keys were posted in another shape: {error.path}") from None
    wrong = [
        name
        for name, start in BEGINNINGS.items()
        if not (fields[name].startswith(start) and _KEY.fullmatch(fields[name]))
    ]
    if wrong or not is_attempt(word):
        raise Forged(f"keys were posted with what is none: {', '.join(wrong) or 'user_id'}")
    return word, fields
