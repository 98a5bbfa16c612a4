"""After delivery: resizes, returns asked for, claims, care."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.project.models import BespokeProject, choices


class ResizeCase(models.Model):
    """A resize from the question to the ring's way back; one free one is granted once."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(BespokeProject, on_delete=models.PROTECT, related_name="resizes")
    asked_size_mm = models.DecimalField(max_digits=7, decimal_places=3)
    asked_label = models.CharField(max_length=32)
    status = models.CharField(
        max_length=10,
        choices=choices(
            "REQUESTED",
            "GRANTED",
            "PRICED",
            "PAID",
            "REFUSED",
            "IN_WORK",
            "FINISHED",
            "RETURNED",
        ),
    )
    free = models.BooleanField(default=False)
    outcome = models.CharField(max_length=10, choices=choices("FREE", "PAID", "IMPOSSIBLE"))
    reasons = models.JSONField()  # of {"code", "sentence"}, as the customer is told
    free_until = models.DateField(null=True)  # last day of the free resize, when it was asked for
    payable_pk = models.UUIDField(null=True)
    measured_size_mm = models.DecimalField(max_digits=7, decimal_places=3, null=True)
    requested_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ("requested_at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(free=True) & ~Q(status="REFUSED"),
                name="bespoke_free_resize_once",
            ),
            models.UniqueConstraint(
                fields=["project"],
                condition=~Q(status__in=("REFUSED", "RETURNED")),
                name="bespoke_resize_open_once",
            ),
        ]


class ReturnRequest(models.Model):
    """A customer's wish to return the piece, answered by its stage with the reason."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(
        BespokeProject, on_delete=models.PROTECT, related_name="return_requests"
    )
    text = models.TextField()
    stage = models.CharField(max_length=16)
    possible = models.BooleanField()
    reason = models.CharField(max_length=32)
    explanation = models.TextField()
    legal_basis = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ("at", "pk")


class Claim(models.Model):
    """A quality or size claim with evidence, decision and remedy."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(BespokeProject, on_delete=models.PROTECT, related_name="claims")
    kind = models.CharField(max_length=8, choices=choices("QUALITY", "SIZE"))
    text = models.TextField()
    files = models.ManyToManyField(BespokeFile, related_name="+")
    status = models.CharField(max_length=8, choices=choices("OPEN", "ACCEPTED", "REFUSED"))
    liable = models.CharField(max_length=8, choices=choices("STUDIO", "CUSTOMER"), blank=True)
    measured_size_mm = models.DecimalField(max_digits=7, decimal_places=3, null=True)
    remedy = models.CharField(
        max_length=10,
        choices=choices("REPAIR", "REDO", "EXCHANGE", "REFUND"),
        blank=True,
    )
    explanation = models.TextField(blank=True)
    refund_amount = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    redo_project = models.ForeignKey(
        BespokeProject, null=True, on_delete=models.PROTECT, related_name="+"
    )
    opened_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=128, blank=True)

    class Meta:
        ordering = ("opened_at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["project", "kind"],
                condition=Q(status="OPEN"),
                name="bespoke_claim_open_once",
            ),
        ]


class CareBooking(models.Model):
    """A cleaning, polish or prong check, bookable for ever."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(BespokeProject, on_delete=models.PROTECT, related_name="care")
    kind = models.CharField(max_length=12, choices=choices("CLEANING", "POLISH", "PRONG_CHECK"))
    wished_for = models.DateField()
    status = models.CharField(max_length=8, choices=choices("BOOKED", "DONE"))
    note = models.TextField(blank=True)
    report = models.TextField(blank=True)
    booked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("booked_at", "pk")


class ExtraService(models.Model):
    """Work outside the commission's price, paid as a payable of its own."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(BespokeProject, on_delete=models.PROTECT, related_name="extras")
    title = models.CharField(max_length=256)
    payable_pk = models.UUIDField(null=True)
    priced_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("priced_at", "pk")
