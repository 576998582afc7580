"""One call to a shop's REST API: the answer as JSON, or a failure of a named kind with what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from html import unescape
from typing import NoReturn

from adapters.http import Answer, Channel
from adapters.reader import Reader
from connector.ports.failures import OwnerMustAct, Refused, TryLater, Unreadable
from connector.ports.sentence import Sentence, quoted, together

NOT_FOUND, GONE, SERVER_ERROR = 404, 410, 500
CANNOT_REFUND = "woocommerce_rest_cannot_create_order_refund"
DENIED = frozenset({401, 403})  # a dead key and a missing right are both 401
LONGEST_MESSAGE = 300

KEYS_PAGE = Sentence("WooCommerce > Settings > Advanced > REST API")
NEW_KEY = Sentence(
    "Make a key with the permission Read/Write under %(page)s, for an administrator, and enter it here.", page=KEYS_PAGE
)
OTHER_SECRET = Sentence("Enter the secret of this key, or make a new key under %(page)s.", page=KEYS_PAGE)
READ_WRITE = Sentence("Set its permission to Read/Write under %(page)s.", page=KEYS_PAGE)

# What WooCommerce says with ``woocommerce_rest_authentication_error``, and which setting it is about; in a shop of
# another language none of these is found, and its own words are passed on.
KEY, SECRET, NEITHER = "consumer_key", "consumer_secret", ""
DENIALS = (
    ("write permission", KEY, Sentence("The key may only read."), READ_WRITE),
    ("read permission", KEY, Sentence("The key may only write."), READ_WRITE),
    (
        "invalid timestamp",
        NEITHER,
        Sentence("The clocks of the shop and of this service differ by more than a quarter of an hour."),
        Sentence("Set both by time servers (NTP)."),
    ),
    ("secret", SECRET, Sentence("The consumer secret is wrong."), OTHER_SECRET),
    ("signature", SECRET, Sentence("The consumer secret is wrong."), OTHER_SECRET),
    ("key", KEY, Sentence("The shop does not know the consumer key."), NEW_KEY),
)


class Denied(OwnerMustAct):
    """The keys do not open the shop.  ``setting``: which of them it is about, where that is known."""

    def __init__(self, act: str, setting: str, problem: str, fix: str) -> None:
        super().__init__(act, problem, fix)
        self.setting = setting


class NoSuch(Refused):
    """The shop has no thing of that id."""


class NotRefunded(Refused):
    """No refund was made: more than is left, or the payment gateway will not or could not; ``message`` says which."""


class NoRoute(OwnerMustAct):
    """There is no such part of the API."""


class Rest:
    """The calls; ``act`` names what is to be paused where the owner must act."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel

    def get(self, path: str, params: Mapping[str, str] | None = None, *, act: str = "read") -> Answer:
        """A read, tried again by the channel where the failure passes.

        Lists in ``params`` are written ``"1,2,3"``: the library's signature is wrong for names such as ``include[]``.
        No value may be empty: the library leaves those out of what it signs.
        """
        try:
            return _judged(self.channel.read("GET", path, params=params), act)
        except NoSuch:
            raise
        except Refused as refused:
            # A whole list that is refused is no matter of one item: nothing can be read until someone looks.
            raise OwnerMustAct(
                act,
                Sentence("The shop refuses GET %(path)s (%(refused)s).", path=path, refused=refused.said),
                Sentence("Update WooCommerce, then run: backorder doctor"),
            ) from None

    def put(self, path: str, body: object, *, act: str) -> Reader:
        return _judged(self.channel.write("PUT", path, body=body), act).read()

    def post(self, path: str, body: object, *, act: str) -> Reader:
        return _judged(self.channel.write("POST", path, body=body), act).read()

    def refund(self, path: str, body: object, *, act: str) -> Reader:
        """Post a refund.  That it was not made is said with a 500, which otherwise means that nobody knows."""
        answer = self.channel.write("POST", path, body=body, accept={SERVER_ERROR})
        if answer.status == SERVER_ERROR:
            code, message = _said(answer)
            if code == CANNOT_REFUND:
                raise NotRefunded(code, message)
            raise TryLater(Sentence("%(call)s answered %(status)s", call=answer.call, status=answer.status))
        return _judged(answer, act).read()

    def delete(self, path: str, *, act: str) -> None:
        """Delete for good; what is already gone is as good as deleted."""
        try:
            _judged(self.channel.write("DELETE", path, params={"force": "true"}), act)
        except NoSuch:
            return


def _judged(answer: Answer, act: str) -> Answer:
    if not answer.ok:
        _refuse(answer, act)
    return answer


def _refuse(answer: Answer, act: str) -> NoReturn:
    code, message = _said(answer)
    if answer.status in DENIED:
        raise _denied(act, answer, code, message)
    if answer.status == NOT_FOUND and code in {"", "rest_no_route"}:
        raise NoRoute(
            "read",
            Sentence("The shop's address has no WooCommerce API (%(call)s answered 404).", call=answer.call),
            Sentence("Check the address, that WooCommerce is active, and that Settings > Permalinks is not on Plain."),
        )
    if answer.status in {NOT_FOUND, GONE} or code.endswith("_invalid_id"):  # a PUT to an unknown id is a 400
        raise NoSuch(code, message)
    raise Refused(
        code or f"http_{answer.status}",
        message or Sentence("%(call)s answered %(status)s", call=answer.call, status=answer.status),
    )


def _said(answer: Answer) -> tuple[str, str]:
    """WooCommerce's code and message; two empty texts where something else answered."""
    try:
        body = Reader.of(answer.body)
        return body["code"].text(), unescape(body["message"].text_or(""))[:LONGEST_MESSAGE]
    except Unreadable:
        return "", ""


def _denied(act: str, answer: Answer, code: str, message: str) -> OwnerMustAct | TryLater:
    if not code:
        return OwnerMustAct(
            act,
            Sentence(
                "Something in front of the shop refuses our calls (%(call)s answered %(status)s).",
                call=answer.call,
                status=answer.status,
            ),
            Sentence("Let the addresses below /wp-json/ through the firewall, security plugin or password protection."),
        )
    if code == "woocommerce_rest_authentication_error":
        if "nonce" in message.lower():
            return TryLater(
                together(answer.call, quoted(message), ": ")
            )  # two calls drew the same random number; the next will not
        for words, setting, problem, fix in DENIALS:
            if words in message.lower():
                return Denied(act, setting, problem, fix)
        return Denied(act, NEITHER, Sentence("The shop refuses our key: %(words)s", words=quoted(message)), NEW_KEY)
    # The same answer for a dead key, a user who lost the right, and a web server that drops the Authorization header.
    return Denied(
        act,
        KEY,
        Sentence(
            "The shop does not accept our key for %(call)s (%(code)s: %(words)s)",
            call=answer.call,
            code=code,
            words=quoted(message),
        ),
        Sentence(
            "%(new_key)s If the key is right, have the host pass the Authorization header on to WordPress.",
            new_key=NEW_KEY,
        ),
    )
