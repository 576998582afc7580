"""Mail by SMTP.  The server's answers are told apart where they arise: passing, final for this address, the owner's.

A connection that dies after the text was sent leaves open whether the mail went out.  It is sent again with the same
Message-ID, by which mailboxes know it for the same one: at least once, not at most once.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage

from connector.notify.addresses import Mailbox, mailbox, without_addresses
from connector.notify.email_message import Envelope, MessageIds, as_mail
from connector.ports.clock import Clock
from connector.ports.failures import Failure, OwnerMustAct, Refused, TryLater
from connector.ports.promising import Outgoing
from connector.ports.sentence import Sentence
from connector.settings.promise import MailSettings

ACT = "email"
LOOK = Sentence("Look at [mail] in the config file.")
FINAL = 500
"""Answers from here on will be the same tomorrow (RFC 5321, 4.2.1)."""
NEEDS_LOGIN = frozenset({530, 534, 535, 538})
_RELAY = ("relay", "authenticat")


class EmailChannel:
    """A ``ports.promising.Channel``.  ``tls``: as certificates are judged; the system's own way where there is none."""

    name = "email"

    def __init__(
        self,
        settings: MailSettings,
        envelope: Envelope,
        ids: MessageIds,
        clock: Clock,
        tls: Callable[[], ssl.SSLContext] = ssl.create_default_context,
    ) -> None:
        self._settings = settings
        self._envelope = envelope
        self._ids = ids
        self._clock = clock
        self._tls = tls
        self._held: smtplib.SMTP | None = None
        self._away: Failure | None = None

    def reaches(self, outgoing: Outgoing) -> bool:
        return mailbox(outgoing.email) is not None

    def send(self, outgoing: Outgoing) -> None:
        if self._away is not None:
            raise self._away  # the rest of a batch need not find out one by one
        to = mailbox(outgoing.email)
        if to is None:
            raise Refused("address", Sentence("that is no mail address"))
        message_id = self._ids.of(outgoing.reference, self._envelope.sender.domain)
        mail = as_mail(outgoing, to, self._envelope, message_id, self._clock())
        try:
            self._hand_over(self._connection(), mail, to)
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise TryLater(Sentence("the mail server was lost: %(said)s", said=_said(error))) from None

    def rest(self) -> None:
        self._away = None
        held, self._held = self._held, None
        if held is not None:
            try:
                held.quit()
            except (smtplib.SMTPException, OSError):
                held.close()

    def _hand_over(self, held: smtplib.SMTP, mail: EmailMessage, to: Mailbox) -> None:
        try:
            held.send_message(mail, self._envelope.bounces.address, [to.address])
        except smtplib.SMTPSenderRefused as error:
            raise self._of_sender(error) from None
        except smtplib.SMTPRecipientsRefused as error:
            raise self._of_recipient(*error.recipients[to.address]) from None
        except smtplib.SMTPDataError as error:
            raise self._of_mail(error) from None
        except smtplib.SMTPNotSupportedError:
            raise Refused("SMTPUTF8", Sentence("the mail server takes no address with letters beyond ASCII")) from None

    def _connection(self) -> smtplib.SMTP:
        if self._held is None:
            try:
                self._held = self._connected()
            except Failure as failure:
                self._away = failure
                raise
        return self._held

    def _connected(self) -> smtplib.SMTP:
        """Greeted, encrypted and signed in.  Nothing of the password ever stands in a failure."""
        made: smtplib.SMTP | None = None
        try:
            made = self._opened()
            self._sign_in(made)
        except ssl.SSLCertVerificationError as error:
            _close(made)
            raise _owner(
                Sentence(
                    "The certificate of the mail server does not hold: %(why)s.",
                    why=error.verify_message,
                )
            ) from None
        except (smtplib.SMTPException, OSError) as error:
            _close(made)
            raise TryLater(Sentence("the mail server could not be reached: %(said)s", said=_said(error))) from None
        except Failure:
            _close(made)
            raise
        return made

    def _opened(self) -> smtplib.SMTP:
        # The name we greet with is not asked of the system, which may take long to find one.
        one, us = self._settings, self._envelope.sender.domain
        if one.security == "tls":
            return smtplib.SMTP_SSL(one.host, one.port, us, timeout=one.timeout, context=self._tls())
        made = smtplib.SMTP(one.host, one.port, us, timeout=one.timeout)
        if one.security == "starttls":
            try:
                made.starttls(context=self._tls())
            except smtplib.SMTPNotSupportedError:
                made.close()
                raise _owner(Sentence("The mail server offers no encryption, so nothing is sent to it.")) from None
            except BaseException:
                made.close()
                raise
        return made

    def _sign_in(self, made: smtplib.SMTP) -> None:
        one = self._settings
        if not one.username:
            return
        try:
            made.login(one.username, one.password.get_secret_value() if one.password else "")
        except smtplib.SMTPAuthenticationError as error:
            if error.smtp_code < FINAL:
                raise TryLater(
                    Sentence("the mail server let nobody in just now: %(code)s", code=error.smtp_code)
                ) from None
            raise _owner(
                Sentence("The mail server refused name or password (%(code)s).", code=error.smtp_code)
            ) from None
        except smtplib.SMTPNotSupportedError:
            raise _owner(
                Sentence("The mail server asks for no password, or for one in a way that we do not know.")
            ) from None

    def _of_sender(self, error: smtplib.SMTPSenderRefused) -> Failure:
        said = f"{error.smtp_code} {_text(error.smtp_error)}"
        if error.smtp_code < FINAL:
            self._let_go(error.smtp_code)
            return TryLater(Sentence("the mail server takes none just now: %(said)s", said=said))
        self._away = _owner(Sentence("The mail server does not take mails from this sender: %(said)s.", said=said))
        return self._away

    def _of_recipient(self, code: int, answer: bytes) -> Failure:
        said = f"{code} {_text(answer)}"
        if code < FINAL:
            self._let_go(code)
            return TryLater(Sentence("the mail server takes none for this address just now: %(said)s", said=said))
        if code in NEEDS_LOGIN or (_text(answer).startswith("5.7.") and any(one in said.lower() for one in _RELAY)):
            self._away = _owner(Sentence("The mail server passes nothing on for us: %(said)s.", said=said))
            return self._away
        return Refused(str(code), _text(answer))

    def _of_mail(self, error: smtplib.SMTPDataError) -> Failure:
        said = _text(error.smtp_error)
        if error.smtp_code < FINAL:
            self._let_go(error.smtp_code)
            return TryLater(
                Sentence(
                    "the mail server did not take the mail just now: %(code)s %(said)s",
                    code=error.smtp_code,
                    said=said,
                )
            )
        return Refused(str(error.smtp_code), said)

    def _let_go(self, code: int) -> None:
        if code == 421:  # noqa: PLR2004 -- the server hangs up (RFC 5321, 3.8)
            self._drop()

    def _drop(self) -> None:
        held, self._held = self._held, None
        _close(held)


def _owner(problem: str) -> OwnerMustAct:
    return OwnerMustAct(ACT, problem, LOOK)


def _close(made: smtplib.SMTP | None) -> None:
    if made is not None:
        made.close()


def _text(answer: bytes | str) -> str:
    return without_addresses(answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer)


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return without_addresses(str(error)) or type(error).__name__
