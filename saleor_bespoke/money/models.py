"""Money: what is payable, the attempts to pay it, what was charged and given back."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from saleor_bespoke.money.balances import KINDS
from saleor_bespoke.project.models import BespokeProject, choices


class Payable(models.Model):
    """One sum one project owes: a quote, a change order's difference, a paid resize, an extra.

    `amount` is the line price the host's checkout carries; `locked_total` the host's whole total
    (with its shipping and tax) frozen when payment was initialised. Of what was charged,
    `refund_committed` goes back; `reduced` is the part of that which cheaper changes saved, so that
    the price itself is less. A bank transfer that was
    announced is waited for until `transfer_due_at` under `transfer_reference`.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(BespokeProject, on_delete=models.PROTECT, related_name="payables")
    kind = models.CharField(
        max_length=16,
        choices=choices("QUOTE", "CHANGE_ORDER", "TWEAK", "RESIZE", "EXTRA"),
    )
    subject_pk = models.UUIDField()
    title = models.CharField(max_length=256)
    amount = models.DecimalField(max_digits=12, decimal_places=3)
    currency = models.CharField(max_length=3)
    status = models.CharField(
        max_length=10,
        choices=choices("OPEN", "PAID", "CANCELLED", "EXPIRED"),
        default="OPEN",
    )
    locked_total = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    charged = models.DecimalField(max_digits=12, decimal_places=3, default=0)
    refund_committed = models.DecimalField(max_digits=12, decimal_places=3, default=0)
    reduced = models.DecimalField(max_digits=12, decimal_places=3, default=0)
    order_id = models.CharField(max_length=64, null=True, unique=True)
    order_number = models.CharField(max_length=64, blank=True)
    valid_until = models.DateTimeField(null=True)
    transfer_due_at = models.DateTimeField(null=True)
    transfer_reference = models.CharField(max_length=35, blank=True)
    paid_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("created_at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_pk"],
                condition=Q(status__in=("OPEN", "PAID")),
                name="bespoke_payable_subject",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="bespoke_payable_positive"),
            models.CheckConstraint(
                condition=Q(charged__gte=F("refund_committed")),
                name="bespoke_refund_within_capture",
            ),
            models.CheckConstraint(
                condition=Q(reduced__gte=0, refund_committed__gte=F("reduced")),
                name="bespoke_reduction_goes_back",
            ),
            models.CheckConstraint(
                condition=~Q(status="PAID")
                | Q(
                    order_id__isnull=False,
                    locked_total__isnull=False,
                    charged=F("locked_total"),
                ),
                name="bespoke_paid_is_exact",
            ),
        ]


class Attempt(models.Model):
    """One host checkout opened to pay a payable; at most one is live.

    `money_seen_at` is since when money stands on it that has made no order.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    payable = models.ForeignKey(Payable, on_delete=models.PROTECT, related_name="attempts")
    checkout_id = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=8, choices=choices("LIVE", "ENDED"))
    locked_total = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    opened_at = models.DateTimeField()
    initialised_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=16, blank=True)
    money_seen_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("opened_at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["payable"],
                condition=Q(state="LIVE"),
                name="bespoke_attempt_live_once",
            ),
        ]


class Payment(models.Model):
    """One payment at our own provider within an attempt; a new one first ends its predecessor.

    `host_transaction` is the host's transaction it answers; `provider_reference` the provider's id.
    RETURNED: it was charged, and the money went back because no order could be made of it.
    CANCELLED without a `provider_reference`: it was refused, or the provider never answered.
    `asked_at` is when the provider was last asked how it stands, in case its reports are lost.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="payments")
    host_transaction = models.CharField(max_length=64, unique=True)
    provider_reference = models.CharField(max_length=255, null=True, unique=True)
    amount = models.DecimalField(max_digits=12, decimal_places=3)
    currency = models.CharField(max_length=3)
    status = models.CharField(
        max_length=10, choices=choices("OPEN", "SUCCEEDED", "CANCELLED", "RETURNED"), default="OPEN"
    )
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("created_at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["attempt"],
                condition=Q(status__in=("OPEN", "SUCCEEDED")),
                name="bespoke_payment_live_once",
            ),
        ]


class LedgerEntry(models.Model):
    """A movement of money as host and provider reported it; each reference counts once.

    Its amount is never negative: the kind says what it raises or lowers (`money.balances`).
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    payable = models.ForeignKey(Payable, on_delete=models.PROTECT, related_name="ledger")
    kind = models.CharField(
        max_length=20,
        choices=choices(*KINDS),
    )
    amount = models.DecimalField(max_digits=12, decimal_places=3)
    currency = models.CharField(max_length=3)
    reference = models.CharField(max_length=255)
    at = models.DateTimeField()

    class Meta:
        ordering = ("at", "pk")
        constraints = [
            models.UniqueConstraint(fields=["kind", "reference"], name="bespoke_ledger_once"),
            models.CheckConstraint(
                condition=Q(amount__gte=0), name="bespoke_ledger_signed_by_kind"
            ),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="bespoke_ledger_kind_known"),
        ]


class BankTransfer(models.Model):
    """A transfer that staff found on the shop's account: one reference pays one sum.

    `reference` and `note` may hold personal text; the timeline names only this row.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    payable = models.ForeignKey(Payable, on_delete=models.PROTECT, related_name="transfers")
    attempt = models.OneToOneField(Attempt, on_delete=models.PROTECT, related_name="transfer")
    amount = models.DecimalField(max_digits=12, decimal_places=3)
    currency = models.CharField(max_length=3)
    reference = models.CharField(max_length=140)
    value_date = models.DateField()
    note = models.TextField(blank=True)
    recorded_by = models.CharField(max_length=128)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("recorded_at", "pk")
        constraints = [
            models.UniqueConstraint(Upper("reference"), name="bespoke_transfer_counted_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="bespoke_transfer_positive"),
        ]


class Refund(models.Model):
    """Money owed back: asked for once, settled or failed at the provider.

    With an `attempt` it sends back what stands on that checkout without an order; else it is a
    part of what was captured for the payable.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    payable = models.ForeignKey(Payable, on_delete=models.PROTECT, related_name="refunds")
    attempt = models.ForeignKey(
        Attempt, null=True, on_delete=models.PROTECT, related_name="releases"
    )
    amount = models.DecimalField(max_digits=12, decimal_places=3)
    currency = models.CharField(max_length=3)
    cause = models.CharField(max_length=32)
    status = models.CharField(
        max_length=10, choices=choices("REQUESTED", "PENDING", "SUCCEEDED", "FAILED")
    )
    provider_reference = models.CharField(max_length=255, null=True, unique=True)
    failure = models.CharField(max_length=255, blank=True)
    requested_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("requested_at", "pk")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="bespoke_refund_positive"),
            models.UniqueConstraint(
                fields=["attempt"],
                condition=Q(status="REQUESTED"),
                name="bespoke_release_one_at_a_time",
            ),
        ]


class ProviderEvent(models.Model):
    """A signed message from the payment provider, stored before it is processed.

    Whoever processes it holds a lease (`project.leases`); one that failed waits until `due_at`.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    provider = models.CharField(max_length=16, default="stripe")
    event_id = models.CharField(max_length=255)
    kind = models.CharField(max_length=64)
    payload = models.JSONField()
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)  # attempts that lived to say so
    due_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    leased_by = models.CharField(max_length=64, null=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ("received_at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "event_id"], name="bespoke_provider_event_once"
            ),
        ]
