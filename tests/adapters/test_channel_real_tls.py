"""Over real sockets: a certificate that does not hold, a shop that falls silent, and one that does so in mid-answer."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

import adapters.addresses
from adapters.http import NO_RETRIES, Channel
from connector.ports.failures import OwnerMustAct, TryLater

KEYS = ("ck_of_the_shop", "cs_of_the_shop")
SILENCE = 0.4  # seconds a shop may say nothing


def self_signed(folder: Path, name: str = "localhost", *, lasts: timedelta = timedelta(days=9)) -> Path:
    """A certificate with its private key, made ten days ago."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = datetime.now(UTC) - timedelta(days=10)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number(), made, made + lasts)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    path = folder / "shop.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return path


class _Shop(ThreadingHTTPServer):
    """Keeps what each request said of who asks."""

    daemon_threads = True

    def __init__(self, certificate: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.asked: list[str] = []
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate)

    def finish_request(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]
        with suppress(ssl.SSLError, ConnectionError), self._tls.wrap_socket(request, server_side=True) as safe:
            super().finish_request(safe, client_address)


class _Answers(BaseHTTPRequestHandler):
    server: _Shop

    def do_GET(self) -> None:
        self.server.asked.append(self.headers.get("Authorization", ""))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"[]")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name is the base class's
        """Keep the test's output clean."""


@contextmanager
def shop_with(certificate: Path) -> Iterator[_Shop]:
    with _Shop(certificate) as shop:
        Thread(target=shop.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield shop
        shop.shutdown()


def asked(shop: _Shop, trusted: Path | None, *, allow_private: bool = True) -> list[str]:
    """What the shop saw of us after one call.  ``trusted``: a certificate that this machine believes."""
    channel = Channel(
        f"https://localhost:{shop.server_port}", allow_private=allow_private, auth=KEYS, retries=NO_RETRIES
    )
    if trusted is not None:
        channel._session.verify = str(trusted)
    try:
        channel.read("GET", "orders")
    finally:
        channel.close()
    return shop.asked


def test_a_shop_whose_certificate_holds_is_asked_with_our_keys(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path, lasts=timedelta(days=30))
    with shop_with(certificate) as shop:
        (keys,) = asked(shop, certificate)
    assert keys.startswith("Basic ")


@pytest.mark.parametrize("allow_private", [True, False])
@pytest.mark.parametrize(
    ("name", "days", "is_trusted"),
    [
        pytest.param("localhost", 30, False, id="nobody vouches for it"),
        pytest.param("another.example.com", 30, True, id="made for another shop"),
        pytest.param("localhost", 9, True, id="it has lapsed"),
    ],
)
def test_a_certificate_that_does_not_hold_gets_no_keys_and_is_for_the_owner(
    name: str, days: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_trusted: bool, allow_private: bool
) -> None:
    """On both ways to connect: that of sandbox shops, and that of public addresses, for one of which ours is taken."""
    monkeypatch.setattr(adapters.addresses, "is_public", lambda _address: True)
    certificate = self_signed(tmp_path, name, lasts=timedelta(days=days))
    with shop_with(certificate) as shop:
        with pytest.raises(OwnerMustAct, match="certificate is not valid") as caught:
            asked(shop, certificate if is_trusted else None, allow_private=allow_private)
        assert caught.value.act == "read"
        assert shop.asked == []


HALF = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n[{"


@contextmanager
def silent_after(said: bytes) -> Iterator[int]:
    """The port of a shop that accepts, says this, and then keeps the connection open and says nothing."""
    over = Event()

    def answer() -> None:
        connection, _ = listening.accept()
        with connection:
            if said:
                connection.recv(65_536)
                connection.sendall(said)
            over.wait(600)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=answer)
        thread.start()
        yield listening.getsockname()[1]
        over.set()
        thread.join()


@pytest.mark.parametrize(
    ("scheme", "said"),
    [
        pytest.param("http", b"", id="nothing"),
        pytest.param("https", b"", id="no TLS either"),
        pytest.param("http", b"HTTP/1.1 200 O", id="half a status"),
        pytest.param("http", HALF[:-20], id="half a header"),
        pytest.param("http", HALF, id="half a body"),
    ],
)
def test_a_shop_that_falls_silent_is_tried_later_within_the_timeout(scheme: str, said: bytes) -> None:
    with silent_after(said) as port:
        one = Channel(
            f"{scheme}://127.0.0.1:{port}", allow_private=True, timeout=(SILENCE, SILENCE), retries=NO_RETRIES
        )
        began = time.monotonic()
        with pytest.raises(TryLater):
            one.read("GET", "orders")
        # It would be silent for minutes, and a call with no time set waits for thirty seconds.
        assert SILENCE * 0.9 < time.monotonic() - began < 25
        one.close()
