"""The way to the customer: packed, dispatched or collected, delivered."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from saleor_bespoke.project.models import BespokeProject, choices


class Shipment(models.Model):
    """One parcel or one collection; the host's fulfilment is adopted, never doubled."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(BespokeProject, on_delete=models.PROTECT, related_name="shipments")
    purpose = models.CharField(max_length=8, choices=choices("ORDER", "RESIZE", "CLAIM"))
    case_pk = models.UUIDField(null=True)
    method = models.CharField(max_length=10, choices=choices("CARRIER", "COLLECTION"))
    status = models.CharField(
        max_length=12, choices=choices("PACKED", "DISPATCHED", "DELIVERED", "COLLECTED")
    )
    packing = models.JSONField(default=list)  # ticked items of the packing checklist
    incoterm = models.CharField(max_length=3, choices=choices("DDP", "DAP"), blank=True)
    hs_code = models.CharField(max_length=12, blank=True)
    origin_country = models.CharField(max_length=2, blank=True)
    declared_value = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    insured_value = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    currency = models.CharField(max_length=3, blank=True)
    duties_payer = models.CharField(max_length=8, choices=choices("SHOP", "CUSTOMER"), blank=True)
    signature_required = models.BooleanField(default=True)
    carrier = models.CharField(max_length=64, blank=True)
    tracking_number = models.CharField(max_length=128, blank=True)
    host_fulfillment_id = models.CharField(max_length=64, null=True, unique=True)
    received_by = models.CharField(max_length=256, blank=True)
    identity_document = models.CharField(
        max_length=16, choices=choices("PASSPORT", "IDENTITY_CARD", "DRIVING_LICENCE"), blank=True
    )
    signed = models.BooleanField(default=False)  # whether the receiver's signature was taken
    packed_at = models.DateTimeField()
    dispatched_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("packed_at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(purpose="ORDER"),
                name="bespoke_order_shipped_once",
            ),
            models.UniqueConstraint(
                fields=["case_pk"],
                condition=Q(case_pk__isnull=False),
                name="bespoke_case_shipped_once",
            ),
            models.CheckConstraint(
                condition=Q(declared_value=None, insured_value=None)
                | Q(declared_value__gt=0, insured_value__gte=F("declared_value")),
                name="bespoke_shipment_insured",
            ),
            models.CheckConstraint(
                condition=~Q(status="COLLECTED")
                | (Q(signed=True) & ~Q(received_by="") & ~Q(identity_document="")),
                name="bespoke_collection_identified",
            ),
        ]
