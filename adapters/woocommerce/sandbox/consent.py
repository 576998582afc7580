"""``wc-auth``: an app asks for keys, the owner says yes, and the shop posts the keys to the app.

As seen on WooCommerce 10.5.0: the addresses are decoded once more at every step, the answer must be exactly 200, and
the link that says yes can be followed again, for a second pair of keys beside the first.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from urllib.parse import parse_qsl, quote, unquote_plus, urlencode, urlsplit

import requests

from adapters.woocommerce.sandbox.auth import Key
from adapters.woocommerce.sandbox.core import WORDPRESS, Core
from adapters.woocommerce.sandbox.errors import php_json
from connector.ports.sandbox import Send

ASKED = ("app_name", "user_id", "return_url", "callback_url", "scope")
SCOPES = ("read", "write", "read_write")
SUCCESS = 200
PATIENCE = 60.0  # seconds for the app to take its keys
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://[!-~]+", re.IGNORECASE)


class Refusal(Exception):  # noqa: N818 -- what a page says, not an error in the sandbox
    """The text of the page ``Error: ... .``, which has status 401 whatever is wrong."""


@dataclass(frozen=True, slots=True)
class User:
    """``manages``: has ``manage_woocommerce``, as shop managers and administrators do."""

    password: str
    manages: bool = True


@dataclass(frozen=True, slots=True)
class Wish:
    """What an app asks for, checked."""

    app_name: str
    user_id: str
    return_url: str
    callback_url: str
    scope: str

    def query(self) -> str:
        return urlencode({name: getattr(self, name) for name in ASKED}, quote_via=quote)

    def back(self, *, success: bool) -> str:
        """Where the browser goes in the end, with what became of it."""
        parts = urlsplit(self.return_url)
        said = {"success": str(int(success)), "user_id": self.user_id}
        kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in said]
        return parts._replace(query=urlencode([*kept, *said.items()])).geturl()


class Consent:
    """Who is logged in, and the keys that apps were given.

    ``allow_http_callbacks``: the real shop posts to https with a valid certificate only, which nothing on loopback has.
    """

    def __init__(self, core: Core, keys: dict[str, Key], post_keys: Send, *, allow_http_callbacks: bool) -> None:
        self.users = {"admin": User("password")}
        self._core = core
        self._keys = keys
        self._post = post_keys
        self._allow_http = allow_http_callbacks
        self._salt = secrets.token_bytes(16)
        self._sessions: dict[str, str] = {}  # the cookie's value -> who
        self._numbers = count(1)

    def wish(self, asked: Mapping[str, str]) -> Wish:
        """Check what an app asks.  Raises ``Refusal``.  Nothing that PHP takes for empty counts, "0" among it."""
        for name in ASKED:
            if asked.get(name, "") in {"", "0"}:
                raise Refusal(f"Missing parameter {name}")
            if name.endswith("_url") and not _ADDRESS.fullmatch(formatted(asked[name])):
                raise Refusal(f"The {formatted(asked[name])} is not a valid URL")
        if asked["scope"] not in SCOPES:
            raise Refusal(f"Invalid scope {asked['scope']}")
        callback = formatted(asked["callback_url"])
        if not self._allow_http and not callback.lower().startswith("https://"):
            raise Refusal("The callback_url needs to be over SSL")
        back = formatted(asked["return_url"])
        return Wish(cleaned(asked["app_name"]), cleaned(asked["user_id"]), back, callback, asked["scope"])

    def log_in(self, name: str, password: str) -> str | None:
        """The value of the cookie; None for a wrong name or password."""
        user = self.users.get(name)
        if user is None or not hmac.compare_digest(user.password.encode(), password.encode()):
            return None
        session = secrets.token_urlsafe(24)
        with self._core.lock:
            self._sessions[session] = name
        return session

    def log_out(self, session: str) -> None:
        with self._core.lock:
            self._sessions.pop(session, None)

    def who(self, session: str) -> str:
        """Who is logged in; empty for nobody."""
        with self._core.lock:
            return self._sessions.get(session, "")

    def manages(self, session: str) -> bool:
        user = self.users.get(self.who(session))
        return user is not None and user.manages

    def nonce(self, act: str, session: str = "") -> str:
        """WordPress' nonce, which is none: the same for a session and an act however often it is used."""
        return hmac.new(self._salt, f"{act}|{session}".encode(), hashlib.sha256).hexdigest()[:10]

    def grant(self, wish: Wish, site: str) -> str:
        """Make keys and post them; gives where the browser goes on to.  Raises ``Refusal``, and then the keys are gone.

        ``site``: the shop's own address, which the request bears.  Nothing is posted while the shop's lock is held: the
        receiver may try the keys before it answers.
        """
        key = f"ck_{secrets.token_hex(20)}"
        secret = f"cs_{secrets.token_hex(20)}"
        with self._core.lock:
            number = next(self._numbers)
            self._keys[key] = Key(secret, wish.scope)
        told = {
            "key_id": number,
            "user_id": wish.user_id,
            "consumer_key": key,
            "consumer_secret": secret,
            "key_permissions": wish.scope,
        }
        answer = self._post(wish.callback_url, _headers(site), php_json(told))
        if answer == SUCCESS:
            return wish.back(success=True)
        self.delete_key(key)
        if answer is None:
            raise Refusal("cURL error 7: Failed to connect to the callback_url")
        raise Refusal("An error occurred in the request and at the time were unable to send the consumer data")

    def delete_key(self, key: str) -> None:
        with self._core.lock:
            self._keys.pop(key, None)


def post_over_http(address: str, headers: Mapping[str, str], body: bytes) -> int | None:
    """What a shop that is served posts keys with."""
    try:
        answer = requests.post(address, body, headers=dict(headers), timeout=PATIENCE, allow_redirects=False)
    except requests.RequestException:
        return None
    return answer.status_code


def formatted(address: str) -> str:
    """Decoded once more than it should be, and https where it names no scheme."""
    decoded = unquote_plus(address)
    return decoded if "://" in decoded else f"https://{decoded}"


def cleaned(text: str) -> str:
    """WordPress' ``sanitize_text_field``: no tags, no line breaks, no percent signs with two digits."""
    plain = re.sub(r"<[^>]*>", "", text)
    plain = re.sub(r"%[a-f0-9]{2}", "", plain, flags=re.IGNORECASE)
    return re.sub(r"\s+", " ", plain).strip()


def _headers(site: str) -> dict[str, str]:
    return {
        "User-Agent": f"WordPress/{WORDPRESS}; {site}",
        "Accept": "*/*",
        "Accept-Encoding": "deflate, gzip, br, zstd",
        "Content-Type": "application/json;charset=UTF-8",
        "Connection": "close",
    }
