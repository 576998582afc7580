"""A report of a mail that could not be delivered (RFC 3464), as Postfix writes one."""

from __future__ import annotations

from email.message import EmailMessage, Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

OURS = "<BO-1-option.main.0123456789abcdef@example.com>"


def report(
    *, action: str = "failed", status: str = "5.1.1", ids: str = OURS, enclosed: str = "message/rfc822"
) -> bytes:
    whole = MIMEMultipart("report", report_type="delivery-status")
    whole["From"] = "MAILER-DAEMON@mail.example.com"
    whole["Message-ID"] = "<of-the-report@mail.example.com>"
    whole.attach(MIMEText("I'm sorry to have to inform you that your message could not be delivered."))
    delivery = MIMEBase("message", "delivery-status")
    about_server, about_recipient = Message(), Message()
    about_server["Reporting-MTA"] = "dns; mail.example.com"
    about_recipient["Final-Recipient"] = "rfc822; ada@example.org"
    about_recipient["Action"] = action
    about_recipient["Status"] = status
    about_recipient["Diagnostic-Code"] = "smtp; 550 5.1.1 <ada@example.org>: no such user"
    delivery.set_payload([about_server, about_recipient])
    whole.attach(delivery)
    original = EmailMessage()
    original["Message-ID"] = ids
    original["To"] = "ada@example.org"
    original.set_content("Hello Ada")
    if enclosed == "message/rfc822":
        part = MIMEBase("message", "rfc822")
        part.set_payload([original])
    else:
        part = MIMEBase("text", "rfc822-headers")
        part.set_payload(f"Message-ID: {ids}\nTo: ada@example.org\n\n")
    whole.attach(part)
    return whole.as_bytes()
