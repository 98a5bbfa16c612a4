"""CAD revisions, what is said on them, approvals, tweak rounds and change orders."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.project.models import BespokeProject, choices


class CadRevision(models.Model):
    """One state of the design as shown to the customer."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(BespokeProject, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    status = models.CharField(
        max_length=16,
        choices=choices("DRAFT", "PUBLISHED", "TWEAK_REQUESTED", "APPROVED", "SUPERSEDED"),
    )
    specification = models.JSONField()
    specification_hash = models.CharField(max_length=64)
    note = models.TextField(blank=True)
    drafted_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("project", "number")
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="bespoke_revision_number"),
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(status="APPROVED"),
                name="bespoke_revision_approved_once",
            ),
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(status__in=("DRAFT", "PUBLISHED")),
                name="bespoke_revision_open_once",
            ),
        ]


class CadView(models.Model):
    """A file of a revision and what it shows."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    revision = models.ForeignKey(CadRevision, on_delete=models.PROTECT, related_name="views")
    view = models.CharField(
        max_length=12,
        choices=choices("TOP", "SIDE", "FRONT", "PERSPECTIVE", "MESH", "SHEET"),
    )
    file = models.OneToOneField(BespokeFile, on_delete=models.PROTECT, related_name="cad_view")
    #: Under which licence the file is shown, as it read then; the database lets nobody change it.
    licence_version = models.CharField(max_length=64)
    licence_body = models.TextField()

    class Meta:
        ordering = ("revision", "view", "pk")
        constraints = [
            models.CheckConstraint(
                condition=~Q(licence_version="") & ~Q(licence_body=""),
                name="bespoke_view_licensed",
            ),
        ]


class CadAnnotation(models.Model):
    """A designer's remark on a revision: a dimension, a stone, a callout."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    revision = models.ForeignKey(CadRevision, on_delete=models.PROTECT, related_name="annotations")
    view = models.ForeignKey(CadView, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=choices("DIMENSION", "STONE", "CALLOUT"))
    x = models.DecimalField(max_digits=6, decimal_places=5, null=True)
    y = models.DecimalField(max_digits=6, decimal_places=5, null=True)
    text = models.CharField(max_length=1000)
    millimetres = models.DecimalField(max_digits=8, decimal_places=3, null=True)

    class Meta:
        ordering = ("revision", "pk")


class CadPin(models.Model):
    """A customer's remark pinned to a place of a view.

    On a picture `x` and `y` are 0…1 from left and top. On a mesh the place is in mm, with the
    outward unit normal there and the number of the part it lies on. A pin that was carried over
    from the revision before names the one it was.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    revision = models.ForeignKey(CadRevision, on_delete=models.PROTECT, related_name="pins")
    view = models.ForeignKey(CadView, on_delete=models.PROTECT, related_name="pins")
    x = models.DecimalField(max_digits=6, decimal_places=5, null=True)
    y = models.DecimalField(max_digits=6, decimal_places=5, null=True)
    place_x = models.DecimalField(max_digits=9, decimal_places=4, null=True)
    place_y = models.DecimalField(max_digits=9, decimal_places=4, null=True)
    place_z = models.DecimalField(max_digits=9, decimal_places=4, null=True)
    normal_x = models.DecimalField(max_digits=6, decimal_places=5, null=True)
    normal_y = models.DecimalField(max_digits=6, decimal_places=5, null=True)
    normal_z = models.DecimalField(max_digits=6, decimal_places=5, null=True)
    part = models.PositiveIntegerField(null=True)
    carried_from = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="carried_to"
    )
    remark = models.TextField()
    placed_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=128, blank=True)

    class Meta:
        ordering = ("placed_at", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(x=None, y=None) | Q(x__gte=0, x__lte=1, y__gte=0, y__lte=1),
                name="bespoke_pin_on_view",
            ),
            models.CheckConstraint(
                condition=Q(x__isnull=False, part=None)
                | Q(
                    x=None,
                    place_x__isnull=False,
                    place_y__isnull=False,
                    place_z__isnull=False,
                    normal_x__isnull=False,
                    normal_y__isnull=False,
                    normal_z__isnull=False,
                    part__isnull=False,
                ),
                name="bespoke_pin_has_one_place",
            ),
        ]


class TweakRound(models.Model):
    """A round of small changes: free within the allowance frozen on the quote, else paid."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(BespokeProject, on_delete=models.PROTECT, related_name="tweaks")
    revision = models.OneToOneField(
        CadRevision, null=True, on_delete=models.PROTECT, related_name="tweak"
    )
    number = models.PositiveSmallIntegerField()
    allowance = models.PositiveSmallIntegerField()
    free = models.BooleanField()
    payable_pk = models.UUIDField(null=True)
    settled_at = models.DateTimeField(null=True)
    request = models.TextField(blank=True)
    requested_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("project", "number")
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="bespoke_tweak_number"),
            models.CheckConstraint(
                condition=Q(free=False) | Q(number__lte=F("allowance")),
                name="bespoke_free_tweaks_within_allowance",
            ),
            models.CheckConstraint(
                condition=Q(free=True) | Q(payable_pk__isnull=False),
                name="bespoke_tweak_paid",
            ),
        ]


class CadApproval(models.Model):
    """The customer's approval: a receipt over files, specification, price, terms and actor."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    revision = models.OneToOneField(CadRevision, on_delete=models.PROTECT, related_name="approval")
    receipt = models.JSONField()
    receipt_hash = models.CharField(max_length=64)
    approved_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)


class ChangeOrder(models.Model):
    """A change that is no tweak: other metal, stone, size or head, at its price and date."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(
        BespokeProject, on_delete=models.PROTECT, related_name="change_orders"
    )
    number = models.PositiveIntegerField()
    status = models.CharField(
        max_length=10,
        choices=choices("PROPOSED", "ACCEPTED", "SETTLED", "DECLINED", "WITHDRAWN"),
    )
    reason = models.TextField()
    changes = models.JSONField()
    specification = models.JSONField()
    specification_hash = models.CharField(max_length=64)
    materials = models.JSONField(default=list)  # [{"material": uuid, "quantity": "1.000"}]
    releases = models.JSONField(default=list)  # uuids of locked materials that it gives back
    price_difference = models.DecimalField(max_digits=12, decimal_places=3)
    #: What acceptance gives back: the saving with the tax that was paid on it.
    refund = models.DecimalField(max_digits=12, decimal_places=3, default=0)
    currency = models.CharField(max_length=3)
    business_days = models.PositiveSmallIntegerField(default=0)
    valid_until = models.DateTimeField()
    payable_pk = models.UUIDField(null=True)
    proposed_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("project", "number")
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="bespoke_change_number"),
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(status__in=("PROPOSED", "ACCEPTED")),
                name="bespoke_change_open_once",
            ),
            models.CheckConstraint(
                condition=Q(price_difference__gte=0, refund=0)
                | Q(price_difference__lt=0, refund__gte=-F("price_difference")),
                name="bespoke_change_saving_returned",
            ),
        ]
