"""The brief and what belongs to it."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.project.models import BespokeProject, choices
from saleor_bespoke.workshop.models import Material


class Brief(models.Model):
    """What the customer wants, as one recorded version; the highest version is the current one."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(BespokeProject, on_delete=models.PROTECT, related_name="briefs")
    version = models.PositiveIntegerField()
    specification = models.JSONField()
    specification_hash = models.CharField(max_length=64)
    story = models.TextField(blank=True)
    budget_min = models.DecimalField(max_digits=12, decimal_places=3)
    budget_stretch = models.DecimalField(max_digits=12, decimal_places=3)
    currency = models.CharField(max_length=3)
    destination_country = models.CharField(max_length=2)
    date_needed = models.DateField(null=True)
    status = models.CharField(
        max_length=20, choices=choices("SUBMITTED", "NEEDS_INFORMATION", "CONFIRMED")
    )
    submitted_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.CharField(max_length=128, blank=True)
    # The first brief of a form sent with a key of its own: a second sending finds it by these.
    submission_key = models.CharField(max_length=64, null=True, unique=True)
    submission_fingerprint = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("project", "version")
        constraints = [
            models.UniqueConstraint(fields=["project", "version"], name="bespoke_brief_version"),
            models.CheckConstraint(
                condition=Q(budget_min__gt=0, budget_stretch__gte=F("budget_min")),
                name="bespoke_budget_sane",
            ),
        ]


class ReferenceFile(models.Model):
    """A customer's reference picture or document in one of the places the form has."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(BespokeProject, on_delete=models.PROTECT, related_name="references")
    file = models.OneToOneField(BespokeFile, on_delete=models.PROTECT, related_name="reference")
    position = models.PositiveSmallIntegerField()
    caption = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("position",)
        constraints = [
            models.UniqueConstraint(fields=["project", "position"], name="bespoke_reference_place"),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=10),
                name="bespoke_reference_at_most_ten",
            ),
        ]


class Consent(models.Model):
    """A text somebody agreed to or took note of, with its version and time."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(BespokeProject, on_delete=models.PROTECT, related_name="consents")
    kind = models.CharField(max_length=16, choices=choices("CONTACT", "RETURNS_NOTICE", "TERMS"))
    shown_at = models.CharField(max_length=16, choices=choices("INTAKE", "ACCEPTANCE", "APPROVAL"))
    version = models.CharField(max_length=64)
    text_hash = models.CharField(max_length=64)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=16)
    actor_ref = models.CharField(max_length=128, blank=True)

    class Meta:
        ordering = ("at", "pk")


class InformationRequest(models.Model):
    """A question that stops the quote's clock until the customer answers."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(BespokeProject, on_delete=models.PROTECT, related_name="questions")
    question = models.TextField()
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=128)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("asked_at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(answered_at=None),
                name="bespoke_question_open_once",
            ),
        ]


class Message(models.Model):
    """A line of the conversation between the customer and the workshop."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(BespokeProject, on_delete=models.PROTECT, related_name="messages")
    text = models.TextField()
    author_kind = models.CharField(max_length=16)
    author_ref = models.CharField(max_length=128, blank=True)
    author_name = models.CharField(max_length=256, blank=True)
    shared = models.BooleanField(default=True)
    files = models.ManyToManyField(BespokeFile, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("at", "pk")


class FeasibilityWarning(models.Model):
    """What the rules found risky or impossible in a brief, and what staff answered."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    brief = models.ForeignKey(Brief, on_delete=models.PROTECT, related_name="warnings")
    code = models.CharField(max_length=64)
    severity = models.CharField(max_length=12, choices=choices("INFO", "RISK", "IMPOSSIBLE"))
    field = models.CharField(max_length=64, blank=True)
    message = models.TextField()
    answer = models.CharField(max_length=12, choices=choices("ACCEPTED", "ADJUSTED"), blank=True)
    note = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=128, blank=True)

    class Meta:
        ordering = ("code",)
        constraints = [
            models.UniqueConstraint(fields=["brief", "code"], name="bespoke_warning_once"),
        ]


class OwnMaterial(models.Model):
    """The customer's own stone or old jewellery on its way into the commission."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(
        BespokeProject, on_delete=models.PROTECT, related_name="brought_materials"
    )
    kind = models.CharField(max_length=16, choices=choices("OWN_STONE", "OLD_JEWELLERY"))
    description = models.TextField()
    declared = models.JSONField()  # as the customer stated it; examination fills the other facts
    stone = models.JSONField(null=True)
    status = models.CharField(
        max_length=16,
        choices=choices("DECLARED", "RECEIVED", "ACCEPTED", "REFUSED", "CREDITED", "RETURNED"),
    )
    alloy = models.CharField(max_length=64, blank=True)
    weight_grams = models.DecimalField(max_digits=10, decimal_places=3, null=True)
    credit = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    currency = models.CharField(max_length=3, blank=True)
    findings = models.TextField(blank=True)
    received_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    credit_accepted_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)
    material = models.OneToOneField(
        Material, null=True, on_delete=models.PROTECT, related_name="brought"
    )

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="CREDITED")
                | Q(
                    kind="OLD_JEWELLERY",
                    credit__isnull=False,
                    credit__gt=0,
                    credit_accepted_at__isnull=False,
                    returned_at=None,
                ),
                name="bespoke_credited_is_not_returned",
            ),
            models.CheckConstraint(
                condition=Q(status="RETURNED", returned_at__isnull=False)
                | (~Q(status="RETURNED") & Q(returned_at=None)),
                name="bespoke_returned_once",
            ),
        ]
