"""How an owner connects a shop: by WooCommerce's own page of consent (``/wc-auth/v1/authorize``), or with pasted keys.

The page posts the keys to us, from the shop's server, before it sends the browser back.  Core has no call that takes a
key back, none that renews one, and keys do not lapse.
"""
# ruff: noqa: ARG002 -- the port has ways of connecting that this platform lacks

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NoReturn
from urllib.parse import quote, urlencode

from adapters.woocommerce import granting
from adapters.woocommerce.client import channel_to
from adapters.woocommerce.finding import Look, find
from adapters.woocommerce.rest import KEYS_PAGE, Denied, NoRoute, Rest
from connector.ports.failures import OwnerMustAct, Refused
from connector.ports.installing import Begun, Granted, Installer, Mistyped, NotOffered, Question, Visitor, Way
from connector.ports.sentence import Sentence

CONSENT = "wc-auth/v1/authorize"
APP_NAME = "Backorder Connector"
SCOPE = "read_write"
LONGEST_TRY = 15.0  # seconds for one call with pasted keys
# Each of WooCommerce's pages decodes the two addresses once more than it encodes them.
UNSAFE = frozenset("%+&#")
NO_CONSENT = "WooCommerce posts its keys; nothing in the browser's address can be turned into them."
NO_EMBEDDING = "A WooCommerce shop has no pages that ours could stand in."

URL = Question("url", "Shop address", "As shoppers see it; a page you copied from the browser will do.")
KEY = Question(
    "consumer_key",
    "Consumer key",
    f"From {KEYS_PAGE}, with the permission Read/Write; begins with ck_.",
    secret=True,
)
SECRET = Question(
    "consumer_secret", "Consumer secret", "Shown once, together with the key; begins with cs_.", secret=True
)


class WooInstaller:
    """An ``Installer``.  ``app_name``: what the shop's page of consent and its list of keys call us."""

    platform = "woocommerce"
    ways = frozenset({Way.TYPED, Way.PASTED})
    posts_keys = True
    questions: Sequence[Question] = (URL,)
    pasted_questions: Sequence[Question] = (URL, KEY, SECRET)

    def __init__(self, *, allow_private: bool, app_name: str = APP_NAME, look: Look | None = None) -> None:
        self._allow_private = allow_private
        self._app_name = app_name
        self._look = look

    def begin(self, typed: Mapping[str, str], *, return_url: str, callback_url: str, now: datetime) -> Begun:
        self._check_ours(return_url, callback_url)
        url = self._find(typed)
        attempt = granting.new_word()
        query = {
            "app_name": self._app_name,
            "scope": SCOPE,
            "user_id": attempt,
            "return_url": return_url,
            "callback_url": callback_url,
        }
        return Begun(f"{url}/{CONSENT}?{urlencode(query, quote_via=quote)}", attempt, {"url": url})

    def begin_signed(self, query: Sequence[tuple[str, str]], *, return_url: str, now: datetime) -> NoReturn:
        raise NotOffered("WooCommerce sends nobody here with a signed link.")

    def finish(self, query: Sequence[tuple[str, str]], remember: Mapping[str, str], *, now: datetime) -> NoReturn:
        raise NotOffered(NO_CONSENT)

    def attempt_in(self, query: Sequence[tuple[str, str]]) -> str:
        words = [value for name, value in query if name == "user_id"]
        return words[0] if len(words) == 1 and granting.is_attempt(words[0]) else ""

    def was_refused(self, query: Sequence[tuple[str, str]]) -> bool:
        return [value for name, value in query if name == "success"] == ["0"]

    def posted_attempt(self, body: bytes) -> str:
        return granting.posted_attempt(body)

    def posted(self, body: bytes, remember: Mapping[str, str]) -> Granted:
        """The keys are not tried here: the shop waits for our answer, and a small one has no second process to answer
        us with.  Also raises ``Forged`` and ``OwnerMustAct``; after any answer but 200 the shop deletes the keys.
        """
        return granting.posted(body, remember["url"])

    def tried(self, granted: Granted) -> None:
        self._try(*(str(granted.options[name]) for name in ("url", "consumer_key", "consumer_secret")))

    def pasted(self, typed: Mapping[str, str], *, now: datetime) -> Granted:
        key, secret = granting.pasted_keys(typed)
        url = self._find(typed)
        self._try(url, key, secret)
        return granting.granted(url, key, secret)

    def visitor(self, token: str, *, now: datetime) -> Visitor:
        raise NotOffered(NO_EMBEDDING)

    def exchange(self, token: str, *, now: datetime) -> Granted:
        raise NotOffered(NO_EMBEDDING)

    def frame_ancestors(self, shop: str) -> Sequence[str]:
        raise NotOffered(NO_EMBEDDING)

    def client_id(self) -> str:
        raise NotOffered(NO_EMBEDDING)

    def lapses(self, options: Mapping[str, object]) -> None:
        """Keys hold until someone deletes them."""

    def renew(self, options: Mapping[str, object], *, now: datetime) -> Mapping[str, object]:
        raise NotOffered("WooCommerce's keys do not lapse, and it has no call that makes new ones.")

    def revoke(self, options: Mapping[str, object]) -> str:
        return Sentence(
            "Delete the key named %(app)s in the shop's admin under %(page)s.", app=self._app_name, page=KEYS_PAGE
        )

    def webhook_secrets(self) -> tuple[str, ...]:
        return ()

    def _find(self, typed: Mapping[str, str]) -> str:
        return find(typed.get("url", ""), allow_private=self._allow_private, look=self._look)

    def _check_ours(self, return_url: str, callback_url: str) -> None:
        if UNSAFE & set(return_url + callback_url):
            raise ValueError(f"an address that WooCommerce would change on its way: {return_url} {callback_url}")
        if not self._allow_private and not callback_url.startswith("https://"):
            raise NotOffered("A shop posts its keys only to an address with https://: set public_url under [server].")

    def _try(self, url: str, key: str, secret: str) -> None:
        """Read something, and write nothing: both rights are needed, and neither leaves a trace."""
        channel = channel_to(url, key, secret, timeout=LONGEST_TRY, allow_private=self._allow_private)
        rest = Rest(channel)
        try:
            rest.get("products", {"per_page": "1", "_fields": "id"})
            rest.post("products/batch", {"update": []}, act="push")
        except Denied as denied:
            raise Mistyped(denied.setting, denied.problem, denied.fix) from None
        except NoRoute as gone:
            raise Mistyped("url", gone.problem, gone.fix) from None
        except OwnerMustAct as stuck:
            raise Mistyped("", stuck.problem, stuck.fix) from None
        except Refused as refused:
            raise Mistyped(
                "",
                Sentence("The shop refuses a call with these keys (%(refused)s).", refused=refused.said),
                Sentence("Update WooCommerce."),
            ) from None
        finally:
            channel.close()


def installer(settings: Mapping[str, object], *, allow_private: bool) -> Installer:
    """``settings``: ``[install.woocommerce]``; all that it may hold is ``app_name``."""
    return WooInstaller(allow_private=allow_private, app_name=str(settings.get("app_name") or APP_NAME))
