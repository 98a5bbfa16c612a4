"""Letters of the embedded shop: each is kept, and sent where the settings name a mail server."""

from __future__ import annotations

from collections.abc import Collection
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction

from saleor_bespoke.shop import port
from saleor_bespoke.shop.embedded.models import Mail
from saleor_bespoke.shop.port import Effect, Outcome

SENDER = "workshop@localhost"
DOMAIN = "localhost"
TIMEOUT = 10  # seconds
SMTP = "django.core.mail.backends.smtp.EmailBackend"


def mail_send(mail: port.Mail) -> Effect:
    """Keep one letter and send it; a repetition is kept once, and sent under the same message id.

    A mail server that took a letter may be asked again by a process that never heard of it.
    """
    with transaction.atomic():
        row, _ = Mail.objects.get_or_create(
            key=mail.key,
            defaults={
                "to": mail.to,
                "subject": mail.subject[:255],
                "body": mail.body,
                "language": mail.language,
            },
        )
    if settings.EMAIL_HOST:
        try:
            _send(mail)
        except (SMTPException, OSError, ValueError) as problem:  # ValueError: a line break
            return Effect(Outcome.FAILED, reason=f"{type(problem).__name__}: {problem}")
    return Effect(Outcome.SUCCEEDED, str(row.pk))


def letters_forget(keys: Collection[str]) -> int:
    """Blank receiver, subject and body of these letters; that they were sent stays."""
    return Mail.objects.filter(key__in=keys).update(to="", subject="", body="")


def _send(mail: port.Mail) -> None:
    EmailMessage(
        subject=" ".join(mail.subject.split()),  # a line break would begin another header
        body=mail.body,
        from_email=SENDER,
        to=[mail.to],
        headers={
            "Message-ID": mail.message_id(DOMAIN),
            "Content-Language": " ".join(mail.language.split()),
            "Auto-Submitted": "auto-generated",
        },
        connection=get_connection(SMTP, timeout=TIMEOUT),
    ).send()
