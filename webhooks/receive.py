"""Where the platforms send their webhooks: verify, keep, answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from typing import IO

import structlog
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from connector.services.receive import Answer, NotKept, ReceiveCompliance, ReceiveDelivery
from webhooks.headers import plain_headers

log = structlog.get_logger()

# Exactly 200 for what was kept, kept before, or is a ping: WooCommerce sends its ping again after any other success
# and switches a webhook off at the seventh failure in a row.  The two refusals differ in their number and nothing else.
ACCEPTED, REFUSED = "ok\n", "refused\n"
ANSWERS = {
    Answer.KEPT: (ACCEPTED, 200),
    Answer.KNOWN: (ACCEPTED, 200),
    Answer.PING: (ACCEPTED, 200),
    Answer.NOT_OURS: (ACCEPTED, 200),
    Answer.FORGED: (REFUSED, 401),
    Answer.UNKNOWN: (REFUSED, 404),
}
TOO_LONG = b"too large\n"
THROWN_AWAY_BYTES = 32_000_000
PIECE = 65_536
# Senders that announce much and then send nothing hold this many of the server's threads and no more.
throwing_away = threading.BoundedSemaphore(2)
TRY_AGAIN_SECONDS = 30
DEFAULT_MAX_BODY_BYTES = 5_000_000


def blueprint(
    receive: ReceiveDelivery,
    receive_compliance: ReceiveCompliance | None = None,
    compliance_platforms: Collection[str] = (),
    max_body_bytes: int = DEFAULT_MAX_BODY_BYTES,
) -> Blueprint:
    """``compliance_platforms`` have one address more, ``/webhooks/<platform>/compliance``; no store of theirs can have
    that key.
    """
    bp = Blueprint("webhooks", __name__, url_prefix="/webhooks")

    # Flask's own answer to OPTIONS would be a 200.
    @bp.post("/<platform>/<store_key>", provide_automatic_options=False)
    def deliver(platform: str, store_key: str) -> ResponseReturnValue:
        return _answer(lambda headers, body: receive(platform, store_key, headers, body), max_body_bytes)

    if receive_compliance is not None:
        comply = receive_compliance
        for platform in compliance_platforms:

            @bp.post(f"/{platform}/compliance", endpoint=f"{platform}_compliance", provide_automatic_options=False)
            def deliver_compliance(platform: str = platform) -> ResponseReturnValue:
                return _answer(lambda headers, body: comply(platform, headers, body), max_body_bytes)

    return bp


def _answer(receive: Callable[[dict[str, str], bytes], Answer], max_body_bytes: int) -> ResponseReturnValue:
    # The signature covers the bytes as sent: nothing unpacks, decodes or parses them before.
    body = _body(max_body_bytes)
    if isinstance(body, Response):
        return body
    try:
        answer = receive(plain_headers(request.environ), body)
    except NotKept as error:
        cause = type(error.__cause__).__name__
        store = (request.view_args or {}).get("store_key", "")
        log.error("delivery_not_kept", store=store, path=request.path, cause=cause)  # noqa: TRY400 -- its text may quote the body
        return _text("not stored, send it again\n", 503, {"Retry-After": str(TRY_AGAIN_SECONDS)})
    return _text(*ANSWERS[answer])


def _body(limit: int) -> bytes | Response:
    """The body, or the answer to one that is too long or was broken off.

    Counts for itself: the framework cuts a body of unknown length at the limit in silence, and what was cut would then
    look forged.
    """
    stream = request.environ["wsgi.input"]
    announced = request.content_length
    if announced is not None and announced > limit:
        return _too_long(stream)
    if announced is None and not request.environ.get("wsgi.input_terminated"):
        return b""
    wanted = limit + 1 if announced is None else announced
    body = b"".join(_read(stream, wanted))
    if len(body) > limit:
        return _too_long(stream)
    if announced is not None and len(body) < announced:
        return _text("incomplete\n", 400)
    return body


def _read(stream: IO[bytes], most: int) -> Iterator[bytes]:
    while most > 0 and (piece := stream.read(min(most, PIECE))):
        most -= len(piece)
        yield piece


def _too_long(stream: IO[bytes]) -> Response:
    """Say so at once, then throw away, piece by piece, what the sender is in the middle of sending: cut off, it would
    see a broken connection and never read why.
    """

    def said() -> Iterator[bytes]:
        yield TOO_LONG
        if throwing_away.acquire(blocking=False):
            try:
                for _ in _read(stream, THROWN_AWAY_BYTES):
                    pass
            finally:
                throwing_away.release()

    return Response(said(), 413, {"Content-Length": str(len(TOO_LONG))}, mimetype="text/plain")


def _text(said: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(said, status, headers, mimetype="text/plain")
