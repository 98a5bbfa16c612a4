"""Letters to customers, by one of two ways that the setting `MAIL` chooses, never by both.

`smtp` (the default): one mail through the mail server of the shop's customer mails, from their
sender: what Saleor's user e-mail plugin is set to for the channel, else what the site is.
`notify`: one `NOTIFY_USER` message to the shop's apps, one of which must write the mail. Saleor's
own plugins ignore events they do not know, so nothing is sent twice.
"""

from __future__ import annotations

from email.headerregistry import Address
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.contrib.sites.models import Site
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend
from saleor.core.notification.utils import get_site_context
from saleor.core.utils import get_domain
from saleor.plugins.manager import get_plugins_manager
from saleor.webhook.event_types import WebhookEventAsyncType
from saleor.webhook.utils import get_webhooks_for_event

from saleor_bespoke import conf
from saleor_bespoke.shop.port import Effect, Mail, Outcome

USER_EMAIL = "mirumee.notifications.user_email"
TIMEOUT = 10  # seconds
SMTP = "django.core.mail.backends.smtp.EmailBackend"


def mail_send(mail: Mail) -> Effect:
    """Send one letter the way the shop chose; where that fails, say why."""
    way = conf.option("MAIL", "smtp")
    if way == "notify":
        return _notify(mail)
    if way == "smtp":
        return _send(mail)
    return Effect(Outcome.FAILED, reason=f"The setting MAIL is smtp or notify, not {way}.")


def _send(mail: Mail) -> Effect:
    headers = {
        "Message-ID": mail.message_id(get_domain().split(":")[0]),
        "Content-Language": " ".join(mail.language.split()),
        "Auto-Submitted": "auto-generated",
    }
    try:
        sender, connection = _post_office(mail.channel)
        EmailMessage(
            subject=" ".join(mail.subject.split()),  # a line break would begin another header
            body=mail.body,
            from_email=sender,
            to=[mail.to],
            headers=headers,
            connection=connection,
        ).send()
    except (SMTPException, OSError, ValueError) as problem:  # ValueError: a header's line break
        return Effect(Outcome.FAILED, reason=f"{type(problem).__name__}: {problem}")
    return Effect(Outcome.SUCCEEDED, headers["Message-ID"])


def _post_office(channel: str) -> tuple[str, Any]:
    """Who writes to this channel's customers, and through which server."""
    plugin: Any = get_plugins_manager(allow_replica=False).get_plugin(USER_EMAIL, channel or None)
    if plugin is not None and plugin.active and plugin.config.host:
        config = plugin.config
        sender = str(Address(config.sender_name or "", addr_spec=config.sender_address))
        server = {"host": config.host, "port": config.port, "timeout": TIMEOUT}
        account = {"username": config.username, "password": config.password}
        safety = {"use_tls": config.use_tls, "use_ssl": config.use_ssl}
        return sender, EmailBackend(**server, **account, **safety)
    if not settings.EMAIL_BACKEND:
        raise ValueError("The shop has no mail server: set EMAIL_URL, or its user e-mail plugin.")
    site: Any = Site.objects.get_current()
    patience: dict[str, Any] = {"timeout": TIMEOUT} if settings.EMAIL_BACKEND == SMTP else {}
    return site.settings.default_from_email, get_connection(**patience)


def _notify(mail: Mail) -> Effect:
    """Hand the letter to the apps that write the shop's mails; `key` tells a repetition."""
    if not get_webhooks_for_event(WebhookEventAsyncType.NOTIFY_USER):
        return Effect(Outcome.FAILED, reason="No app listens to NOTIFY_USER.")

    def payload() -> dict[str, Any]:
        return {
            "recipient_email": mail.to,
            "subject": mail.subject,
            "body": mail.body,
            "language_code": mail.language,
            "channel_slug": mail.channel,
            "key": mail.key,
            **get_site_context(),
        }

    get_plugins_manager(allow_replica=False).notify(
        mail.event, payload_func=payload, channel_slug=mail.channel or None
    )
    return Effect(Outcome.SUCCEEDED, mail.key)
