"""Mail goes to a real server on loopback, and each of its answers is taken for what it means."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from mail_server import NAME, OK, PASSWORD, MailServer, mail_server
from pydantic import SecretStr
from scheduling import eventually

from connector.notify.addresses import Mailbox, e164, mailbox, sender, without_addresses
from connector.notify.email import EmailChannel
from connector.notify.email_message import Envelope, MessageIds, as_mail, read_message_id
from connector.ports.failures import OwnerMustAct, Refused, TryLater
from connector.ports.promising import MessageKind, Outgoing
from connector.settings.promise import MailSettings

NOW = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
KEY = b"k" * 32
SHOP, BOUNCES = Mailbox("orders", "example.com", "My shop"), Mailbox("bounces", "example.com")
STOP = "https://backorder.example.com/r/" + "x" * 150


def outgoing(email: str = "ada@example.org", **more: Any) -> Outgoing:
    base = Outgoing(
        reference="BO-1042-option-1",
        kind=MessageKind.OPTION,
        order_id="1042",
        email=email,
        phone="",
        language="de",
        subject="Bestellung 1042 verzögert sich: bitte entscheiden Sie, und zwar so ausführlich, dass gefaltet wird",
        text="Guten Tag,\n\nfür Sie: 2 Stühle " + "lang " * 400 + "\n.\n..\nEnde",
        html="<!doctype html><html lang='de'><body><p>für Sie</p></body></html>",
    )
    return replace(base, **more)


def channel(
    port: int, *, tls: Callable[[], ssl.SSLContext] = ssl.create_default_context, **settings: Any
) -> EmailChannel:
    given = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "orders@example.com", "timeout": 60.0}
    made = MailSettings.model_validate({**given, **settings})
    envelope = Envelope(SHOP, BOUNCES, Mailbox("help", "example.com"))
    return EmailChannel(made, envelope, MessageIds(KEY, "main"), lambda: NOW, tls)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as opened:
        yield opened


@pytest.fixture
def email(server: MailServer) -> Iterator[EmailChannel]:
    made = channel(server.port)
    yield made
    made.rest()


# What arrives


def test_a_mail_arrives_whole_with_all_that_belongs_in_its_head(server: MailServer, email: EmailChannel) -> None:
    email.send(outgoing())
    [came] = server.received
    assert (came.sender, came.recipients) == ("bounces@example.com", ["ada@example.org"])
    mail = came.mail
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert came.part("plain") == outgoing().text
    assert came.part("html") == outgoing().html
    expected = {
        "From": "My shop <orders@example.com>",
        "To": "ada@example.org",
        "Reply-To": "help@example.com",
        "Subject": outgoing().subject,
        "Date": "Tue, 01 Dec 2026 09:30:00 +0000",
        "Auto-Submitted": "auto-generated",
        "Content-Language": "de",
        "List-Unsubscribe": None,
    }
    assert {name: mail[name] for name in expected} == expected
    assert max(len(line) for line in came.raw.split(b"\r\n")) <= 200
    assert came.raw.isascii()


def test_the_message_id_follows_from_the_reference_alone(server: MailServer, email: EmailChannel) -> None:
    email.send(outgoing())
    email.send(outgoing(subject="again", again=True))
    email.send(outgoing(reference="BO-1042-option-2"))
    first, again, other = (came.mail["Message-ID"] for came in server.received)
    assert first == again != other
    assert re.fullmatch(r"<BO-1042-option-1\.main\.[0-9a-f]{16}@example\.com>", first)
    assert read_message_id(first, KEY) == ("main", "BO-1042-option-1")


@pytest.mark.parametrize("reference", ["BO-1", "a.b.c", "gid://shopify/Order/1", "ü\r\nBcc: x", "%2E", "x" * 100])
def test_every_reference_can_be_read_back_from_its_message_id(reference: str) -> None:
    made = MessageIds(KEY, "my-shop_2").of(reference, "example.com")
    assert made.isascii()
    assert made.split() == [made]
    assert read_message_id(made, KEY) == ("my-shop_2", reference)
    assert read_message_id(made, b"another key") is None
    assert read_message_id(made.replace("my-shop_2", "my-shop_3"), KEY) is None


@pytest.mark.parametrize(
    ("kind", "unsubscribe", "has_it"),
    [(MessageKind.RESTOCK, STOP, True), (MessageKind.OPTION, STOP, False), (MessageKind.RESTOCK, "", False)],
)
def test_the_one_click_way_off_a_list_stands_in_marketing_alone(
    server: MailServer, email: EmailChannel, kind: MessageKind, unsubscribe: str, *, has_it: bool
) -> None:
    email.send(outgoing(kind=kind, unsubscribe=unsubscribe))
    raw = server.received[0].raw
    assert (f"\r\nList-Unsubscribe: <{STOP}>\r\n".encode() in raw) == has_it
    assert (b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw) == has_it


def test_a_batch_goes_over_one_connection(server: MailServer, email: EmailChannel) -> None:
    for number in range(5):
        email.send(outgoing(reference=f"BO-{number}"))
    assert (len(server.received), server.connections) == (5, 1)
    email.rest()
    email.send(outgoing())
    assert server.connections == 2


def test_addresses_in_every_script_are_reached(server: MailServer, email: EmailChannel) -> None:
    email.send(outgoing("ada@bücher.example"))
    email.send(outgoing("用户@例子.example"))
    plain, international = server.received
    assert (plain.recipients, plain.utf8) == (["ada@xn--bcher-kva.example"], False)
    assert (international.recipients, international.utf8) == (["用户@xn--fsqu00a.example"], True)
    assert international.part("plain") == outgoing().text


# What never reaches a head


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "ada@",
        "@example.org",
        "a@b.example\r\nBcc: all@example.org",
        "a@x.example, b@x.example",
        "<a@x.example>",
        "a b@x.example",
        "a@x.example\0",
        "a" * 300 + "@x.example",
        "a@[127.0.0.1]",
        "a@x..example",
        "a@x.example\n",
    ],
)
def test_what_is_no_single_address_is_written_to_by_nobody(
    email: EmailChannel, server: MailServer, address: str
) -> None:
    assert mailbox(address) is None
    assert not email.reaches(outgoing(address))
    with pytest.raises(Refused):
        email.send(outgoing(address))
    assert server.received == []


@pytest.mark.parametrize("subject", ["a\r\nBcc: all@example.org", "a\nb", "a\rb"])
def test_a_subject_with_a_line_break_is_never_sent(subject: str) -> None:
    with pytest.raises(ValueError, match="may not contain linefeed"):
        as_mail(outgoing(subject=subject), Mailbox("a", "x.example"), Envelope(SHOP, BOUNCES), "<a.b@c>", NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("orders@example.com", Mailbox("orders", "example.com")),
        ("My shop <orders@example.com>", Mailbox("orders", "example.com", "My shop")),
        ('"Me, \r\n you" <orders@bücher.example>', Mailbox("orders", "xn--bcher-kva.example", "Me, you")),
        ("nobody", None),
        ("", None),
    ],
)
def test_whom_mails_are_from_is_read_from_the_settings(text: str, expected: Mailbox | None) -> None:
    assert sender(text) == expected


@pytest.mark.parametrize(
    ("phone", "country", "expected"),
    [
        ("030 123456", "DE", "+4930123456"),
        ("+1 (201) 555-0123", "", "+12015550123"),
        ("(201) 555-0123", "US", "+12015550123"),
        ("030 123456", "", ""),
        ("12", "DE", ""),
        ("+4930123456;ext=7", "DE", ""),
        ("call me", "DE", ""),
        ("+49 30 123456" * 9, "DE", ""),
        ("030 123456", "??", ""),
    ],
)
def test_a_telephone_number_is_written_as_providers_want_it(phone: str, country: str, expected: str) -> None:
    assert e164(phone, country) == expected


# What servers answer

GONE = "550 5.1.1 <ada@example.org>: no such user here"


def said(failure: BaseException) -> str:
    return str(failure)


@pytest.mark.parametrize(
    ("server_says", "kind", "words"),
    [
        ({"of_recipient": lambda _: GONE}, Refused, "550"),
        ({"of_recipient": lambda _: "450 4.2.0 greylisted, come again"}, TryLater, "greylisted"),
        ({"of_recipient": lambda _: "452 4.2.2 mailbox full"}, TryLater, "full"),
        ({"of_recipient": lambda _: "554 5.7.1 Relay access denied"}, OwnerMustAct, "Relay"),
        ({"of_recipient": lambda _: "554 5.7.1 rejected as spam"}, Refused, "spam"),
        ({"of_recipient": lambda _: "421 4.3.2 shutting down"}, TryLater, "shutting down"),
        ({"of_sender": lambda _: "451 4.7.1 try later"}, TryLater, "try later"),
        ({"of_sender": lambda _: "550 5.7.1 not your domain"}, OwnerMustAct, "not your domain"),
        ({"of_mail": lambda _: "552 5.3.4 too big"}, Refused, "too big"),
        ({"of_mail": lambda _: "451 4.3.0 disk full"}, TryLater, "disk full"),
        ({"hang_up_after_mail": True}, TryLater, "lost"),
    ],
)
def test_every_answer_is_of_one_kind(server_says: dict[str, Any], kind: type[Exception], words: str) -> None:
    with mail_server(**server_says) as there:
        made = channel(there.port)
        with pytest.raises(kind) as caught:
            made.send(outgoing())
        made.rest()
    assert words in said(caught.value)
    assert "ada" not in said(caught.value)


def test_a_server_that_hangs_is_left_after_the_time_that_was_set() -> None:
    with mail_server() as there:
        made = channel(there.port, timeout=0.5)

        def sent() -> bool:
            try:
                made.send(outgoing())
            except TryLater:  # on a machine that is busy greeting may take as long, too
                made.rest()
                return False
            return True

        assert eventually(sent)
        there.wait_seconds = 3600
        with pytest.raises(TryLater, match="lost"):
            made.send(outgoing())
        made.rest()


def test_a_server_that_died_after_taking_a_mail_gets_the_same_one_again(
    server: MailServer, email: EmailChannel
) -> None:
    server.hang_up_after_mail = True
    with pytest.raises(TryLater):
        email.send(outgoing())
    server.hang_up_after_mail = False
    email.send(outgoing(again=True))
    assert len({came.mail["Message-ID"] for came in server.received}) == 1
    assert len(server.received) == 2  # at least once, and known for the same one


def test_one_refused_recipient_keeps_no_other_from_the_batch(server: MailServer, email: EmailChannel) -> None:
    server.of_recipient = lambda address: GONE if address.startswith("ada") else OK
    with pytest.raises(Refused):
        email.send(outgoing())
    email.send(outgoing("bob@example.org"))
    assert ([came.recipients for came in server.received], server.connections) == ([["bob@example.org"]], 1)


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as one:
        return int(one.getsockname()[1])


def test_a_server_that_is_away_is_asked_once_in_a_batch() -> None:
    made = channel(free_port())
    with pytest.raises(TryLater) as first:
        made.send(outgoing())
    with pytest.raises(TryLater) as second:
        made.send(outgoing("bob@example.org"))
    assert first.value is second.value
    made.rest()
    with mail_server() as there:
        later = channel(there.port)
        later.send(outgoing())
        later.rest()
        assert len(there.received) == 1


@pytest.mark.parametrize(
    "greeting", [b"554 no service\r\n", b"421 busy\r\n", b"", b"\xff\xfe garbage\r\n", b"220 hi\r\n"]
)
def test_what_is_no_mail_server_is_tried_later(greeting: bytes) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as door:

        def answer() -> None:
            there, _ = door.accept()
            with there:
                there.sendall(greeting)

        thread = threading.Thread(target=answer)
        thread.start()
        made = channel(door.getsockname()[1])
        with pytest.raises(TryLater):
            made.send(outgoing())
        thread.join()


# Encryption and passwords


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Signed by itself, for 127.0.0.1: its own authority."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(tz=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "mail.pem"
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return path


def of_server(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def trusting(certificate: Path) -> Callable[[], ssl.SSLContext]:
    return lambda: ssl.create_default_context(cafile=str(certificate))


def test_mail_is_encrypted_and_signed_in(certificate: Path) -> None:
    with mail_server(tls=of_server(certificate), login=True) as there:
        made = channel(
            there.port, tls=trusting(certificate), security="starttls", username=NAME, password=SecretStr(PASSWORD)
        )
        made.send(outgoing())
        made.rest()
        assert len(there.received) == 1


def test_a_certificate_nobody_vouches_for_is_the_owners_matter_and_nothing_is_sent(certificate: Path) -> None:
    with mail_server(tls=of_server(certificate)) as there:
        with pytest.raises(OwnerMustAct, match="certificate"):
            channel(there.port, security="starttls").send(outgoing())
        assert there.received == []


def test_without_encryption_where_it_is_wanted_no_password_and_no_mail_goes_out(server: MailServer) -> None:
    made = channel(server.port, security="starttls", username=NAME, password=SecretStr(PASSWORD))
    with pytest.raises(OwnerMustAct, match="no encryption"):
        made.send(outgoing())
    assert server.received == []


def test_a_wrong_password_is_the_owners_matter_asked_once_a_batch_and_never_shown(certificate: Path) -> None:
    with mail_server(tls=of_server(certificate), login=True) as there:
        wrong = SecretStr("wrong-password")
        made = channel(there.port, tls=trusting(certificate), security="starttls", username=NAME, password=wrong)
        for _ in range(2):
            with pytest.raises(OwnerMustAct) as caught:
                made.send(outgoing())
        made.rest()
        assert (there.connections, there.received) == (1, [])
    assert caught.value.act == "email"
    assert "wrong-password" not in said(caught.value)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("5.1.1 <ada@example.org>: unknown\nsecond line", "5.1.1 <(address)>: unknown second line"),
        ("no such user åsa@bücher.example!", "no such user (address)"),
        ("x" * 999, "x" * 300),
    ],
)
def test_what_a_server_says_is_kept_without_the_addresses_in_it(text: str, shown: str) -> None:
    assert without_addresses(text) == shown
