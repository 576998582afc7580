"""Who calls: Basic over https, OAuth 1.0a one-legged over http, and the exact 401 for everything else."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from adapters.woocommerce.sandbox.errors import RestError

WINDOW = 15 * 60  # seconds a signed request stays good, and its nonce is remembered
OAUTH = ("oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature", "oauth_signature_method")
DIGESTS = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}

# What a caller without a key is told, by what he wanted to do.
REFUSALS = {
    "list": ("cannot_view", "Sorry, you cannot list resources."),
    "view": ("cannot_view", "Sorry, you cannot view this resource."),
    "create": ("cannot_create", "Sorry, you are not allowed to create resources."),
    "edit": ("cannot_edit", "Sorry, you are not allowed to edit this resource."),
    "delete": ("cannot_delete", "Sorry, you are not allowed to delete this resource."),
    "batch": ("cannot_batch", "Sorry, you are not allowed to batch manipulate this resource."),
}

Query = Mapping[str, object]


@dataclass(slots=True)
class Key:
    secret: str
    permissions: str = "read_write"  # or read, or write
    nonces: dict[str, float] = field(default_factory=dict)  # nonce -> its timestamp


@dataclass(frozen=True, slots=True)
class Credentials:
    """The parts of a request that authentication looks at; ``url`` without its query."""

    method: str
    url: str
    secure: bool
    authorization: str
    query: Query


def authenticate(keys: Mapping[str, Key], asked: Credentials, now: datetime) -> Key | None:
    """Find the caller's key; None for a caller without one that counts.

    Over plain http Basic credentials and keys in the query are not refused, they are overlooked.
    """
    key = _basic(keys, asked) if asked.secure else None
    return key or _oauth(keys, asked, now)


def permit(key: Key, method: str) -> None:
    """A key that may not write is answered 401, not 403."""
    right = "read" if method in {"GET", "HEAD"} else "write"
    if right not in key.permissions:
        raise unauthorized(f"The API key provided does not have {right} permissions.")


def refusal(act: str) -> RestError:
    code, message = REFUSALS[act]
    return RestError(401, f"woocommerce_rest_{code}", message)


def unauthorized(message: str) -> RestError:
    return RestError(401, "woocommerce_rest_authentication_error", message)


def _basic(keys: Mapping[str, Key], asked: Credentials) -> Key | None:
    name, secret = str(asked.query.get("consumer_key", "")), str(asked.query.get("consumer_secret", ""))
    if not (name and secret) and asked.authorization.startswith("Basic "):
        try:
            text = base64.b64decode(asked.authorization[6:], validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
        name, _, secret = text.partition(":")
    key = keys.get(name)
    if key is not None and secret and not hmac.compare_digest(key.secret.encode(), secret.encode()):
        raise unauthorized("Consumer secret is invalid.")
    return key if secret else None


def _oauth(keys: Mapping[str, Key], asked: Credentials, now: datetime) -> Key | None:
    given = asked.query
    missing = [name for name in OAUTH if not given.get(name)]
    if len(missing) == len(OAUTH):
        return None
    if missing:
        plural = "s" if len(missing) > 1 else ""
        message = f"Missing OAuth parameter{plural} {', '.join(missing)}"
        raise RestError(401, "woocommerce_rest_authentication_missing_parameter", message)
    key = keys.get(str(given["oauth_consumer_key"]))
    if key is None:
        raise unauthorized("Consumer key is invalid.")
    _check_signature(key, asked)
    _check_freshness(key, given, now)
    return key


def _check_signature(key: Key, asked: Credentials) -> None:
    given = {name: value for name, value in asked.query.items() if name != "oauth_signature"}
    digest = DIGESTS.get(str(given["oauth_signature_method"]))
    if digest is None:
        raise unauthorized("Invalid signature - signature method is invalid.")
    pairs = "%26".join(_pairs(given))
    text = f"{asked.method}&{_encoded(asked.url)}&{pairs}"
    expected = base64.b64encode(hmac.new(f"{key.secret}&".encode(), text.encode(), digest).digest()).decode()
    provided = str(asked.query["oauth_signature"]).replace(" ", "+")
    if not hmac.compare_digest(expected.encode(), provided.encode()):
        raise unauthorized("Invalid signature - provided signature does not match.")


def _check_freshness(key: Key, given: Query, now: datetime) -> None:
    moment = now.timestamp()
    stamp, nonce = str(given["oauth_timestamp"]), str(given["oauth_nonce"])
    if not stamp.isdigit() or abs(int(stamp) - moment) > WINDOW:
        raise unauthorized("Invalid timestamp.")
    if nonce in key.nonces:
        raise unauthorized("Invalid nonce - nonce has already been used.")
    key.nonces[nonce] = int(stamp)
    # Nonces come in about the order of their stamps, so the oldest stand in front.
    while key.nonces and key.nonces[first := next(iter(key.nonces))] < moment - WINDOW:
        del key.nonces[first]


def _pairs(given: Query, above: str = "") -> Iterator[str]:
    """Each value as PHP signs it: name and value encoded, joined, and encoded once more; lists by their places."""
    for name in sorted(given, key=lambda name: name.encode()) if not above else given:
        value = given[name]
        path = f"{above}%5B{name}%5D" if above else _encoded(name)
        if isinstance(value, list):
            yield from _pairs({str(place): one for place, one in enumerate(value)}, path)
        else:
            yield _encoded(f"{path}={_encoded(str(value))}")


def _encoded(text: str) -> str:
    return quote(text, safe="~")
