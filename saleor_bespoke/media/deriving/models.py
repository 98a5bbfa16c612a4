"""What is derived of a file: the work that it is, and the pieces that came of it."""

from __future__ import annotations

from uuid import uuid4

from django.db import models

from saleor_bespoke.media.models import BespokeFile


class DerivationState(models.TextChoices):
    """How far the derivation of a file is."""

    PENDING = "PENDING"
    READY = "READY"
    FAILED = "FAILED"
    UNAVAILABLE = "UNAVAILABLE"


class Derivation(models.Model):
    """The work of deriving from one file, done outside of requests and once.

    Whoever does it holds a lease (`project.leases`); `attempts` counts claims, so that one who lost
    the lease is told apart. UNAVAILABLE waits for the extra named in `needs`.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    file = models.OneToOneField(BespokeFile, on_delete=models.CASCADE, related_name="derivation")
    state = models.CharField(max_length=16, default=DerivationState.PENDING)
    reason = models.CharField(max_length=255, blank=True)
    needs = models.CharField(max_length=16, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    leased_by = models.CharField(max_length=64, null=True)
    derived_at = models.DateTimeField(null=True)
    placeholder = models.CharField(max_length=2048, blank=True)
    pages = models.PositiveIntegerField(null=True)
    duration = models.DecimalField(max_digits=9, decimal_places=3, null=True)

    class Meta:
        ordering = ("due_at", "pk")
        indexes = [
            models.Index(
                fields=["due_at"],
                name="bespoke_derivation_due",
                condition=models.Q(state=DerivationState.PENDING),
            ),
            models.Index(
                fields=["needs"],
                name="bespoke_derivation_needs",
                condition=models.Q(state=DerivationState.UNAVAILABLE),
            ),
        ]


class Derivative(models.Model):
    """One derived piece with bytes of its own, as private as its file and erased with it.

    Width and height are pixels: of the picture, or of each of the `frames` of a sheet that has
    `columns` of them in a row.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    file = models.ForeignKey(BespokeFile, on_delete=models.CASCADE, related_name="derivatives")
    role = models.CharField(max_length=16)
    kind = models.CharField(max_length=16)
    size = models.PositiveBigIntegerField()
    storage_name = models.CharField(max_length=255, unique=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    frames = models.PositiveSmallIntegerField(null=True)
    columns = models.PositiveSmallIntegerField(null=True)

    class Meta:
        ordering = ("width", "kind", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["file", "role", "kind", "width"],
                name="bespoke_derivative_once",
                nulls_distinct=False,
            ),
        ]
