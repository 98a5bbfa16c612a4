"""Sending the form: one project, its brief, its consents and the clock of the quote."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import asdict, dataclass, replace
from typing import NamedTuple
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac

from saleor_bespoke import clock, conf
from saleor_bespoke.conf import ChannelPolicy, Text
from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import Actor, ActorKind, roles_on, token_digest
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import project_open
from saleor_bespoke.project.stages import Role
from saleor_bespoke.shop.port import Channel
from saleor_bespoke.steps.intake import rules
from saleor_bespoke.steps.intake.events import BriefSubmitted, ConsentGiven
from saleor_bespoke.steps.intake.models import Brief, Consent
from saleor_bespoke.steps.intake.selectors import channel_served
from saleor_bespoke.steps.intake.services.drafts import (
    BriefDraft,
    brief_checked,
    brief_write,
    title_for,
)
from saleor_bespoke.workshop.models import Promise
from saleor_bespoke.workshop.promises import promise_start


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Whom to answer, and how; an account's own name and address fill what is left out."""

    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""
    time_zone: str = ""


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A filled-in form. The versions say which texts the person had in front of them."""

    channel: str
    brief: BriefDraft
    contact: Contact
    contact_consent_version: str = ""
    returns_notice_version: str = ""
    title: str = ""
    linked_to: UUID | None = None


class Created(NamedTuple):
    """The answer to a form. The token is known only here; None if it was renewed since."""

    project: BespokeProject
    token: str | None
    promise: Promise


@transaction.atomic
def project_create(
    *, actor: Actor, submission: Submission, idempotency_key: UUID | None = None
) -> Created:
    """Open a commission from a filled-in form and start the two hours until its quote.

    The same key from the same caller answers the same project; another form under a used key is
    refused. A key is a secret of its sender: for guests it answers the token again.
    """
    if idempotency_key is None:
        return _create(actor, submission, key=None)
    key = _submission_key(actor, idempotency_key)
    earlier = _replayed(key, submission)
    if earlier is not None:
        return earlier
    try:
        with transaction.atomic():
            return _create(actor, submission, key=key)
    except IntegrityError:
        # The unique key is the arbiter between two sendings at once; the other one has committed.
        earlier = _replayed(key, submission)
        if earlier is None:
            raise
        return earlier


def _create(actor: Actor, submission: Submission, *, key: str | None) -> Created:
    channel = channel_served(submission.channel)
    if channel is None:
        raise NotFound("channel", field="channel")
    policy = conf.policy(channel.slug)
    contact = _contact_checked(submission.contact, actor, policy)
    _consents_checked(submission, policy)
    draft = brief_checked(submission.brief, policy=policy, currency=channel.currency)
    title = rules.text_line(
        submission.title, "title", longest=rules.LONGEST_TITLE, required=False
    ) or title_for(draft.specification)
    project, token, actor = _opened(actor, submission, channel, contact, title, key)
    for kind, text in (
        ("CONTACT", policy.contact_consent),
        ("RETURNS_NOTICE", policy.returns_notice),
    ):
        consent_record(project, kind=kind, shown_at="INTAKE", text=text, actor=actor)
    fingerprint = _fingerprint(submission) if key else ""
    brief = brief_write(project, draft, version=1, key=key, fingerprint=fingerprint)
    journal.record(
        project,
        BriefSubmitted(brief=brief.pk, version=1, specification_hash=brief.specification_hash),
        actor=actor,
    )
    promise = promise_start(project=project, step="QUOTE")
    return Created(project, token, promise)


def _opened(
    actor: Actor,
    submission: Submission,
    channel: Channel,
    contact: Contact,
    title: str,
    key: str | None,
) -> tuple[BespokeProject, str, Actor]:
    """The project's row. Staff open one for a customer, who joins it by its token."""
    owner = replace(actor, user_pk=None) if actor.manages_orders else actor
    project, token = project_open(
        actor=owner,
        token=_derived_token(key) if key else None,
        channel=channel.slug,
        currency=channel.currency,
        contact_name=contact.name,
        contact_email=contact.email,
        contact_phone=contact.phone,
        language=contact.language,
        time_zone=contact.time_zone,
        title=title,
        linked_to=_linked(actor, submission.linked_to),
    )
    if actor.kind is ActorKind.ANONYMOUS:
        actor = Actor(ActorKind.GUEST, ref=f"guest:{project.pk}")
    return project, token, actor


def consent_record(
    project: BespokeProject, *, kind: str, shown_at: str, text: Text, actor: Actor
) -> Consent:
    """Keep that this text was agreed to or noted, in this version, now, by this caller."""
    row = Consent.objects.create(
        project=project,
        kind=kind,
        shown_at=shown_at,
        version=text.version,
        text_hash=hashlib.sha256(text.body.encode()).hexdigest(),
        at=clock.now(),
        actor_kind=actor.kind,
        actor_ref=actor.ref,
    )
    event = ConsentGiven(kind=kind, shown_at=shown_at, version=row.version, text_hash=row.text_hash)
    journal.record(project, event, actor=actor)
    return row


def _contact_checked(contact: Contact, actor: Actor, policy: ChannelPolicy) -> Contact:
    own = not actor.manages_orders
    name = contact.name.strip() or (actor.name if own else "")
    email = contact.email.strip() or (actor.email if own else "")
    email = rules.text_line(email, "contact.email", longest=rules.LONGEST_EMAIL)
    try:
        validate_email(email)
    except ValidationError:
        raise BespokeError(
            ErrorCode.INVALID, "This is not an e-mail address.", field="contact.email"
        ) from None
    return Contact(
        name=rules.text_line(name, "contact.name", longest=rules.LONGEST_NAME),
        email=email,
        phone=rules.check_phone(contact.phone),
        language=rules.check_language(contact.language),
        time_zone=rules.check_time_zone(contact.time_zone, default=policy.time_zone),
    )


def _consents_checked(submission: Submission, policy: ChannelPolicy) -> None:
    rules.check_consent(
        submission.contact_consent_version,
        current=policy.contact_consent.version,
        field="contactConsentVersion",
    )
    rules.check_consent(
        submission.returns_notice_version,
        current=policy.returns_notice.version,
        field="returnsNoticeVersion",
    )


def _linked(actor: Actor, pk: UUID | None) -> BespokeProject | None:
    """The commission this one belongs to, if it is the caller's own."""
    if pk is None:
        return None
    found = BespokeProject.objects.filter(pk=pk).first()
    if found is None or not roles_on(found, actor) & {Role.CUSTOMER, Role.STAFF}:
        raise NotFound("project", field="linkedTo")
    return found


def _submission_key(actor: Actor, key: UUID) -> str:
    return journal.digest([actor.ref or actor.kind, key])


def _fingerprint(submission: Submission) -> str:
    """What tells one form from another under the same key."""
    brief = submission.brief
    return journal.digest(
        {
            "channel": submission.channel,
            "title": submission.title,
            "linkedTo": submission.linked_to,
            "consents": [submission.contact_consent_version, submission.returns_notice_version],
            "contact": asdict(submission.contact),
            "specification": brief.specification.to_json(),
            "story": brief.story,
            "budget": [brief.budget_min, brief.budget_stretch],
            "destination": brief.destination_country,
            "dateNeeded": brief.date_needed and brief.date_needed.isoformat(),
        }
    )


def _derived_token(key: str) -> str:
    """A token that can be answered again for the same key, as unguessable as a random one."""
    digest = salted_hmac("saleor_bespoke.guest_token", key, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _replayed(key: str, submission: Submission) -> Created | None:
    brief = Brief.objects.filter(submission_key=key).select_related("project").first()
    if brief is None:
        return None
    if brief.submission_fingerprint != _fingerprint(submission):
        raise BespokeError(
            ErrorCode.INVALID,
            "This key was used for another form; take a new one.",
            field="idempotencyKey",
        )
    project, token = brief.project, _derived_token(key)
    current = token_digest(token) == project.token_digest
    promise = project.promises.filter(step="QUOTE").earliest("started_at")
    return Created(project, token if current else None, promise)
