"""Quality control: checks, evidence, certificates, hallmarks."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.project.models import BespokeProject, choices
from saleor_bespoke.workshop.models import Material


class QualityCheck(models.Model):
    """One round of the checklist on the finished piece."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(BespokeProject, on_delete=models.PROTECT, related_name="checks")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=8, choices=choices("OPEN", "PASSED", "FAILED"))
    ordered_size_mm = models.DecimalField(max_digits=7, decimal_places=3, null=True)
    measured_size_mm = models.DecimalField(max_digits=7, decimal_places=3, null=True)
    metal_grams = models.DecimalField(max_digits=9, decimal_places=3, null=True)
    note = models.TextField(blank=True)
    fail_reason = models.TextField(blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=128, blank=True)

    class Meta:
        ordering = ("project", "number")
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="bespoke_check_number"),
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(status="OPEN"),
                name="bespoke_check_open_once",
            ),
        ]


class QualityItem(models.Model):
    """A line of the checklist and its verdict."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    check_round = models.ForeignKey(QualityCheck, on_delete=models.PROTECT, related_name="items")
    code = models.CharField(max_length=64)
    passed = models.BooleanField(null=True)
    note = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ("check_round", "code")
        constraints = [
            models.UniqueConstraint(fields=["check_round", "code"], name="bespoke_item_once"),
        ]


class QualityEvidence(models.Model):
    """A photograph or the unboxing video of the piece as this round found it."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(BespokeProject, on_delete=models.PROTECT, related_name="evidence")
    check_round = models.ForeignKey(QualityCheck, on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=10, choices=choices("PHOTO", "UNBOXING"))
    file = models.OneToOneField(BespokeFile, on_delete=models.PROTECT, related_name="evidence")
    at = models.DateTimeField()

    class Meta:
        ordering = ("at", "pk")


class Certificate(models.Model):
    """A laboratory's report recorded for a locked stone; verified is a state of its own."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(
        BespokeProject, on_delete=models.PROTECT, related_name="certificates"
    )
    material = models.ForeignKey(Material, on_delete=models.PROTECT, related_name="certificates")
    laboratory = models.CharField(max_length=16)
    number = models.CharField(max_length=64)
    canonical_number = models.CharField(max_length=64)
    stone = models.JSONField()  # craft.stones.Stone as JSON, as the report describes it
    issued_on = models.DateField(null=True)
    contradictions = models.JSONField(default=list)
    status = models.CharField(max_length=10, choices=choices("RECORDED", "VERIFIED", "REJECTED"))
    file = models.ForeignKey(BespokeFile, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=128)
    verified_at = models.DateTimeField(null=True)
    verified_by = models.CharField(max_length=128, blank=True)
    verified_how = models.CharField(max_length=256, blank=True)
    rejected_at = models.DateTimeField(null=True)
    rejected_by = models.CharField(max_length=128, blank=True)
    reject_reason = models.TextField(blank=True)

    class Meta:
        ordering = ("recorded_at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["laboratory", "canonical_number"],
                condition=~Q(status="REJECTED"),
                name="bespoke_certificate_once",
            ),
        ]


class Hallmark(models.Model):
    """The assay office's mark on the piece."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.OneToOneField(
        BespokeProject, on_delete=models.PROTECT, related_name="hallmark"
    )
    office = models.CharField(max_length=64)
    sponsor_mark = models.CharField(max_length=32)
    fineness = models.PositiveSmallIntegerField()
    reference = models.CharField(max_length=64, blank=True)
    marked_on = models.DateField()
    recorded_by = models.CharField(max_length=128)
