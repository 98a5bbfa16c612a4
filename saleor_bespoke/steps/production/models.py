"""The bench: steps of the work and what the customer hears of it."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.project.models import BespokeProject, choices


class ProductionStep(models.Model):
    """One pass of one kind of work; sent back, it is done again as the next attempt."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(BespokeProject, on_delete=models.PROTECT, related_name="work_steps")
    kind = models.CharField(
        max_length=14,
        choices=choices("CASTING", "FORMING", "POLISHING", "SETTING", "REINFORCEMENT"),
    )
    position = models.PositiveSmallIntegerField()
    attempt = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(
        max_length=10, choices=choices("PENDING", "STARTED", "FINISHED", "SENT_BACK")
    )
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    worker = models.CharField(max_length=128, blank=True)
    note = models.TextField(blank=True)
    sent_back_at = models.DateTimeField(null=True)
    sent_back_reason = models.TextField(blank=True)

    class Meta:
        ordering = ("project", "position", "attempt")
        constraints = [
            models.UniqueConstraint(
                fields=["project", "kind", "attempt"], name="bespoke_step_attempt"
            ),
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(status="STARTED"),
                name="bespoke_step_one_at_a_time",
            ),
        ]


class ProgressUpdate(models.Model):
    """News from the bench with photographs, shared with the customer or kept inside."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(BespokeProject, on_delete=models.PROTECT, related_name="updates")
    text = models.TextField()
    shared = models.BooleanField()
    files = models.ManyToManyField(BespokeFile, related_name="+")
    author_ref = models.CharField(max_length=128)
    author_name = models.CharField(max_length=256, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ("at", "pk")
