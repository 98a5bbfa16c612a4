"""Files of a commission: private bytes in a storage, their facts here."""

from __future__ import annotations

from uuid import uuid4

from django.db import models

from saleor_bespoke.project.models import BespokeProject


class BespokeFile(models.Model):
    """One stored file, recognised by its content and cleaned before it was kept."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(BespokeProject, on_delete=models.PROTECT, related_name="files")
    purpose = models.CharField(max_length=16)
    kind = models.CharField(max_length=16)
    name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    storage_name = models.CharField(max_length=255, unique=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    duration = models.DecimalField(max_digits=9, decimal_places=3, null=True)
    shared = models.BooleanField()
    uploaded_by = models.CharField(max_length=128)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("created_at", "pk")
