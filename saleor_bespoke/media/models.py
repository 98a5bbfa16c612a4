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
    #: What came, encrypted, where the shop keeps it and it differs; its bytes count as stored.
    original_name = models.CharField(max_length=255, blank=True, default="")
    original_size = models.PositiveBigIntegerField(default=0)
    shared = models.BooleanField()
    uploaded_by = models.CharField(max_length=128)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("created_at", "pk")
        indexes = [
            models.Index(
                fields=["uploaded_by"],
                name="bespoke_file_uploader",
                condition=models.Q(erased_at=None),
            ),
        ]


class DirectUpload(models.Model):
    """A permission to put one raw file straight into the bucket, and what became of it.

    The raw object is never served: it is fetched, examined, cleaned and kept anew, then removed.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(BespokeProject, on_delete=models.PROTECT, related_name="uploads")
    purpose = models.CharField(max_length=16)
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    raw_name = models.CharField(max_length=255, unique=True)
    begun_by = models.CharField(max_length=128)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    fetches = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=8, blank=True)  # TAKEN, REFUSED or EXPIRED, once ended

    class Meta:
        ordering = ("created_at", "pk")
        indexes = [
            models.Index(
                fields=["expires_at"],
                name="bespoke_upload_open",
                condition=models.Q(outcome=""),
            ),
        ]


class UploadCount(models.Model):
    """What was uploaded, or tried to be, in one hour: by one caller or for one commission."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    scope = models.CharField(max_length=160)  # `caller:<ref>` or `project:<pk>`
    hour = models.DateTimeField()
    files = models.PositiveIntegerField(default=0)
    bytes = models.PositiveBigIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "hour"], name="bespoke_upload_count_once"),
        ]
