"""Papers as they were handed out, and contracts as they were signed. Neither ever changes."""

from __future__ import annotations

from uuid import uuid4

from django.db import models

from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.project.models import BespokeProject, choices
from saleor_bespoke.steps.papers.rules import Kind


class IssuedDocument(models.Model):
    """One version of one paper: a trigger keeps everything but its revocation.

    `subject` is what it is about within its kind, such as the quote's version; `facts_hash` the
    state of the commission that it tells. A certificate carries the `code` of its public page,
    and `public` is all which that page says.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(BespokeProject, on_delete=models.PROTECT, related_name="papers")
    kind = models.CharField(max_length=16, choices=choices(*Kind))
    subject = models.CharField(max_length=64, blank=True)
    version = models.PositiveIntegerField()
    number = models.CharField(max_length=40)
    language = models.CharField(max_length=35)
    facts_hash = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)
    file = models.OneToOneField(BespokeFile, on_delete=models.PROTECT, related_name="paper")
    issued_at = models.DateTimeField()  # the date on it
    made_at = models.DateTimeField()
    code = models.CharField(max_length=64, null=True, unique=True)
    public = models.JSONField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoke_reason = models.TextField(blank=True)

    class Meta:
        ordering = ("project", "kind", "subject", "version")
        constraints = [
            models.UniqueConstraint(
                fields=["project", "kind", "subject", "version"], name="bespoke_document_version"
            ),
            models.UniqueConstraint(fields=["project", "number"], name="bespoke_document_number"),
        ]


class ContractSignature(models.Model):
    """The customer's signature: a receipt over contract, offer, terms, price, actor and time."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(BespokeProject, on_delete=models.PROTECT, related_name="contracts")
    quote = models.OneToOneField(
        "saleor_bespoke.Quote", on_delete=models.PROTECT, related_name="contract"
    )
    document = models.OneToOneField(
        IssuedDocument, on_delete=models.PROTECT, related_name="signature"
    )
    receipt = models.JSONField()
    receipt_hash = models.CharField(max_length=64)
    signed_at = models.DateTimeField()

    class Meta:
        ordering = ("signed_at", "pk")
