"""Quotes: immutable once sent, at most one live."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.project.models import BespokeProject, choices
from saleor_bespoke.workshop.models import Material


class Quote(models.Model):
    """An offer with one or several alternatives; a trigger refuses changes once it was sent."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(BespokeProject, on_delete=models.PROTECT, related_name="quotes")
    brief = models.ForeignKey("saleor_bespoke.Brief", on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    status = models.CharField(
        max_length=12,
        choices=choices(
            "DRAFT",
            "SENT",
            "SUPERSEDED",
            "WITHDRAWN",
            "DECLINED",
            "COUNTERED",
            "EXPIRED",
            "ACCEPTED",
        ),
    )
    currency = models.CharField(max_length=3)
    destination_country = models.CharField(max_length=2)
    shipping_amount = models.DecimalField(max_digits=12, decimal_places=3)
    tax_included = models.BooleanField()  # whether prices contain their tax, as the channel has it
    duties = models.CharField(max_length=10, choices=choices("INCLUDED", "UNPAID", "NONE"))
    terms_version = models.CharField(max_length=64)
    terms_body = models.TextField()
    terms_hash = models.CharField(max_length=64)
    tweak_allowance = models.PositiveSmallIntegerField()
    valid_days = models.PositiveSmallIntegerField()
    valid_until = models.DateTimeField()
    note = models.TextField(blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    drafted_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    close_reason = models.TextField(blank=True)
    accepted_at = models.DateTimeField(null=True)
    accepted_alternative = models.ForeignKey(
        "saleor_bespoke.QuoteAlternative",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        ordering = ("project", "version")
        constraints = [
            models.UniqueConstraint(fields=["project", "version"], name="bespoke_quote_version"),
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(status__in=("SENT", "ACCEPTED")),
                name="bespoke_quote_live_once",
            ),
            models.CheckConstraint(
                condition=Q(tweak_allowance__gte=1, tweak_allowance__lte=2),
                name="bespoke_tweak_allowance",
            ),
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(status="DRAFT"),
                name="bespoke_quote_draft_once",
            ),
            models.CheckConstraint(
                condition=Q(status="DRAFT") | (Q(sent_at__isnull=False) & ~Q(content_hash="")),
                name="bespoke_quote_sent_with_hash",
            ),
            models.CheckConstraint(
                condition=~Q(status="ACCEPTED")
                | Q(accepted_at__isnull=False, accepted_alternative__isnull=False),
                name="bespoke_quote_accepted_names_one",
            ),
        ]


class QuoteAlternative(models.Model):
    """One design at one price.

    `price` is the sum of its lines, gross or net as the channel enters prices; `tax_amount` the tax
    on it and on the shipping, contained in them where the quote says `tax_included`.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="alternatives")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=256)
    design = models.TextField()
    specification = models.JSONField()
    specification_hash = models.CharField(max_length=64)
    price = models.DecimalField(max_digits=12, decimal_places=3)
    tax_amount = models.DecimalField(max_digits=12, decimal_places=3)
    resize = models.JSONField()  # craft.resizability's prospect
    complexity_days = models.PositiveSmallIntegerField(default=0)
    complexity_reason = models.CharField(max_length=256, blank=True)
    pictures = models.ManyToManyField(BespokeFile, related_name="+")

    class Meta:
        ordering = ("quote", "position")
        constraints = [
            models.UniqueConstraint(fields=["quote", "position"], name="bespoke_alternative_place"),
            models.CheckConstraint(condition=Q(price__gt=0), name="bespoke_alternative_positive"),
        ]


class QuoteLine(models.Model):
    """A part of an alternative's price: material, labour, extra, or old-gold credit (negative).

    `facts` keeps what the quote says of its material: name, stone, provenance claim, certificate,
    photograph and expected day, so that a later change of the stock changes no offer.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    alternative = models.ForeignKey(
        QuoteAlternative, on_delete=models.PROTECT, related_name="lines"
    )
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=choices("MATERIAL", "LABOUR", "EXTRA", "CREDIT"))
    description = models.CharField(max_length=500)
    amount = models.DecimalField(max_digits=12, decimal_places=3)
    material = models.ForeignKey(
        Material, null=True, on_delete=models.PROTECT, related_name="quote_lines"
    )
    quantity = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    facts = models.JSONField(null=True)

    class Meta:
        ordering = ("alternative", "position")
        constraints = [
            models.UniqueConstraint(fields=["alternative", "position"], name="bespoke_line_place"),
            models.CheckConstraint(
                condition=Q(kind="CREDIT", amount__lt=0) | (~Q(kind="CREDIT") & Q(amount__gte=0)),
                name="bespoke_line_sign",
            ),
            models.CheckConstraint(
                condition=Q(material=None, quantity=None)
                | Q(material__isnull=False, quantity__gt=0),
                name="bespoke_line_material_quantity",
            ),
        ]
