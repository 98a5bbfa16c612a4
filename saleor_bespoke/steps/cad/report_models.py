"""What a view's file was found to be, what designs look alike, and who decided about both."""

from __future__ import annotations

from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from saleor_bespoke.project.models import BespokeProject, choices
from saleor_bespoke.steps.cad.models import CadRevision, CadView


class CadReport(models.Model):
    """The examination of one view's file: of a mesh its measures, of a picture what it shows.

    Made off the request. Who works on it is named in `leased_by`. UNAVAILABLE is what waits for the
    extra `cad`. `unit` is the one that the
    measures are in mm by: guessed first, then `confirmed_unit`. Lengths in mm, volume in mm³.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    view = models.OneToOneField(CadView, on_delete=models.PROTECT, related_name="report")
    kind = models.CharField(max_length=8, choices=choices("SHAPE", "PICTURE"))
    state = models.CharField(
        max_length=12,
        choices=choices("WAITING", "DONE", "UNREADABLE", "UNAVAILABLE"),
        default="WAITING",
    )
    reason = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    leased_by = models.CharField(max_length=64, null=True)
    done_at = models.DateTimeField(null=True)
    unit = models.CharField(max_length=4, blank=True)
    confirmed_unit = models.CharField(max_length=4, blank=True)
    confirmed_by = models.CharField(max_length=128, blank=True)
    confirmed_at = models.DateTimeField(null=True)
    watertight = models.BooleanField(null=True)
    volume_mm3 = models.DecimalField(max_digits=14, decimal_places=3, null=True)
    inner_diameter_mm = models.DecimalField(max_digits=9, decimal_places=3, null=True)
    wall_mm = models.DecimalField(max_digits=9, decimal_places=3, null=True)
    facts = models.JSONField(default=dict)  # guess, measured, box, ring, walls as shapes says
    carried = models.JSONField(default=list)  # [{"pin": uuid, "place": {...}, or null if lost}]

    class Meta:
        ordering = ("view", "pk")
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state="WAITING"), name="bespoke_report_waiting"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="SHAPE", state="DONE")
                | Q(watertight__isnull=False, volume_mm3__gte=0) & ~Q(unit=""),
                name="bespoke_report_measured",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("WAITING", "DONE")) | ~Q(reason=""),
                name="bespoke_report_reasoned",
            ),
        ]


class DesignPrint(models.Model):
    """The fingerprint of a view's file, by which a design is known again in other commissions.

    Of a picture `hash` has 64 bits, `bands` the same for the index, and `mark` the detail; of a
    mesh `mark` is the print and the two keys are its sizes. Compared once it was `shown`.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    view = models.OneToOneField(CadView, on_delete=models.PROTECT, related_name="mark")
    project = models.ForeignKey(BespokeProject, on_delete=models.PROTECT, related_name="marks")
    kind = models.CharField(max_length=8, choices=choices("SHAPE", "PICTURE"))
    side = models.CharField(max_length=12)  # the view's name: a top is compared with tops
    mark = models.BinaryField()
    hash = models.BigIntegerField(null=True)
    bands = ArrayField(models.IntegerField(), null=True)
    surface_key = models.FloatField(null=True)
    volume_key = models.FloatField(null=True)
    shown = models.BooleanField(default=False)

    class Meta:
        ordering = ("project", "pk")
        indexes = [
            GinIndex(
                fields=["bands"],
                condition=Q(shown=True, kind="PICTURE"),
                name="bespoke_mark_bands",
            ),
            models.Index(
                fields=["surface_key", "volume_key"],
                condition=Q(shown=True, kind="SHAPE"),
                name="bespoke_mark_sizes",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="PICTURE", hash__isnull=False, bands__isnull=False)
                | Q(kind="SHAPE", surface_key__isnull=False, volume_key__isnull=False),
                name="bespoke_mark_can_be_found",
            ),
        ]


class CadDecision(models.Model):
    """Somebody of the workshop took responsibility for a finding before a revision was shown.

    `subject` is what it is about: the view that was measured, or the other commission's revision.
    It holds for the `facts` it was made on and no others.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    revision = models.ForeignKey(CadRevision, on_delete=models.PROTECT, related_name="decisions")
    code = models.CharField(max_length=32)
    subject = models.UUIDField()
    reason = models.TextField()
    facts = models.JSONField(default=dict)
    actor_kind = models.CharField(max_length=16)
    actor_ref = models.CharField(max_length=128)
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ("decided_at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["revision", "code", "subject", "facts"], name="bespoke_decision_once"
            ),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(actor_ref=""), name="bespoke_decision_reasoned"
            ),
        ]


class DesignPermission(models.Model):
    """What the customer lets the house do with the design, until it is taken back."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(
        BespokeProject, on_delete=models.PROTECT, related_name="permissions"
    )
    kind = models.CharField(max_length=16, choices=choices("ARCHIVE_COPY", "PHOTOGRAPHS"))
    version = models.CharField(max_length=64)
    text_hash = models.CharField(max_length=64)
    granted_at = models.DateTimeField()
    actor_kind = models.CharField(max_length=16)
    actor_ref = models.CharField(max_length=128, blank=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("granted_at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["project", "kind"],
                condition=Q(revoked_at=None),
                name="bespoke_permission_once",
            ),
        ]


class ArchiveCopy(models.Model):
    """A copy of the piece in base metal that the house keeps, never for sale."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(
        BespokeProject, on_delete=models.PROTECT, related_name="archive_copies"
    )
    revision = models.ForeignKey(CadRevision, on_delete=models.PROTECT, related_name="copies")
    permission = models.ForeignKey(
        DesignPermission, on_delete=models.PROTECT, related_name="copies"
    )
    metal = models.CharField(max_length=8, choices=choices("BRASS", "BRONZE", "COPPER", "PEWTER"))
    kept_at = models.CharField(max_length=256)
    for_sale = models.BooleanField(default=False)
    made_by = models.CharField(max_length=128)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("made_at", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(metal__in=("BRASS", "BRONZE", "COPPER", "PEWTER"), for_sale=False),
                name="bespoke_archive_copy_is_no_jewel",
            ),
        ]
