"""A real mail server on loopback, which can be made to behave like the worse ones."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

OK = "250 OK"
NAME, PASSWORD = "sender", "the-password-of-the-mail-server"


@dataclass
class Received:
    """A mail as it came, and the envelope it came in."""

    sender: str
    recipients: list[str]
    raw: bytes
    utf8: bool

    @property
    def mail(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=default)

    def part(self, kind: str) -> str:
        found = self.mail.get_body((kind,))
        assert found is not None
        return str(found.get_content()).replace("\r\n", "\n").rstrip("\n")


@dataclass
class MailServer:
    """``of_sender``, ``of_recipient`` and ``of_mail`` answer an address or a mail; ``hang_up_after_mail``: one is
    taken, and the connection dies before that is said.  ``connections``: how many there were.
    """

    port: int = 0
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    of_sender: Callable[[str], str] = lambda _: OK
    of_recipient: Callable[[str], str] = lambda _: OK
    of_mail: Callable[[bytes], str] = lambda _: OK
    hang_up_after_mail: bool = False
    wait_seconds: float = 0.0

    # The handler of the library; its names are the library's.

    async def handle_MAIL(  # noqa: N802 -- as the library calls it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session
        await asyncio.sleep(self.wait_seconds)
        envelope.mail_from, envelope.mail_options = address, options
        return self.of_sender(address)

    async def handle_RCPT(  # noqa: N802 -- as the library calls it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        answer = self.of_recipient(address)
        if answer == OK:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 -- as above
        del session
        content = envelope.content
        raw = content if isinstance(content, bytes) else str(content).encode()
        answer = self.of_mail(raw)
        if answer == OK:
            utf8 = "SMTPUTF8" in (envelope.mail_options or [])
            self.received.append(Received(str(envelope.mail_from), list(envelope.rcpt_tos), raw, utf8))
        if self.hang_up_after_mail:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return answer


def _login(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    del server, session, envelope, mechanism
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (NAME.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


@contextmanager
def mail_server(*, tls: ssl.SSLContext | None = None, login: bool = False, **more: Any) -> Iterator[MailServer]:
    """``tls``: it offers STARTTLS with this, and asks for it; ``login``: it takes mail only from who signs in."""
    there = MailServer(**more)
    loop = asyncio.new_event_loop()

    def protocol() -> SMTP:
        there.connections += 1
        return SMTP(
            there,
            hostname="mail.example.com",
            enable_SMTPUTF8=True,
            tls_context=tls,
            require_starttls=tls is not None,
            authenticator=_login if login else None,
            auth_required=login,
            auth_require_tls=tls is not None,
            loop=loop,
        )

    server = loop.run_until_complete(loop.create_server(protocol, "127.0.0.1", 0))
    there.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield there
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(timeout=60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=60)
        loop.close()


async def _end(server: asyncio.AbstractServer) -> None:
    server.close()
    here = asyncio.current_task()
    others = [task for task in asyncio.all_tasks() if task is not here]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
