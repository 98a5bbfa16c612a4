"""What the workshop has: materials and who holds them, weeks and who fills them, promises."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Floor

from saleor_bespoke.project.models import BespokeProject, choices

ACTIVE_HOLDING = ("HELD", "LOCKED")


class Material(models.Model):
    """A stone, a parcel of stones, a metal or a finding.

    `on_hand` and `held` count pieces or grams (`unit`); `held` is kept by a database trigger.
    A stone with `unique` is one piece. `owner_project` marks a customer's own stone.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    code = models.CharField(max_length=64, unique=True)
    kind = models.CharField(
        max_length=16,
        choices=choices("UNIQUE_STONE", "STONE_PARCEL", "METAL", "FINDING"),
    )
    name = models.CharField(max_length=256)
    unit = models.CharField(max_length=8, choices=choices("PIECE", "GRAM"))
    unique = models.BooleanField(default=False)
    on_hand = models.DecimalField(max_digits=12, decimal_places=3, default=0)
    held = models.DecimalField(max_digits=12, decimal_places=3, default=0)
    stone = models.JSONField(null=True)  # craft.stones.Stone as JSON
    alloy = models.CharField(max_length=64, blank=True)
    provenance = models.TextField(blank=True)
    laboratory = models.CharField(max_length=16, blank=True)
    certificate_number = models.CharField(max_length=64, blank=True)
    price = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    currency = models.CharField(max_length=3, blank=True)
    to_be_sourced = models.BooleanField(default=False)
    supplier = models.CharField(max_length=256, blank=True)
    expected_on = models.DateField(null=True)
    owner_project = models.ForeignKey(
        BespokeProject,
        null=True,
        on_delete=models.PROTECT,
        related_name="own_materials",
    )
    photo = models.ForeignKey(
        "saleor_bespoke.BespokeFile", null=True, on_delete=models.PROTECT, related_name="+"
    )
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("code",)
        constraints = [
            models.CheckConstraint(condition=Q(held__gte=0), name="bespoke_material_held_positive"),
            models.CheckConstraint(
                condition=Q(on_hand__gte=F("held")), name="bespoke_material_enough"
            ),
            models.CheckConstraint(
                condition=Q(unique=False) | Q(on_hand__lte=1, unit="PIECE"),
                name="bespoke_material_unique_is_one",
            ),
            models.CheckConstraint(
                condition=~Q(unit="PIECE") | Q(on_hand=Floor("on_hand"), held=Floor("held")),
                name="bespoke_material_pieces_whole",
            ),
            models.CheckConstraint(
                condition=Q(owner_project=None)
                | Q(kind="UNIQUE_STONE", unique=True, price=None, to_be_sourced=False),
                name="bespoke_own_stone_not_for_sale",
            ),
        ]


class Holding(models.Model):
    """A project's claim on a material: held for a checkout, locked by payment, then consumed.

    A hold whose time ran out is EXPIRED; `told_at` says when the project's timeline learned of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    material = models.ForeignKey(Material, on_delete=models.PROTECT, related_name="holdings")
    project = models.ForeignKey(BespokeProject, on_delete=models.PROTECT, related_name="holdings")
    payable_pk = models.UUIDField()
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    consumed = models.DecimalField(max_digits=12, decimal_places=3, default=0)
    exclusive = models.BooleanField(default=False)  # set by trigger from the material
    state = models.CharField(
        max_length=10,
        choices=choices("HELD", "LOCKED", "CONSUMED", "RELEASED", "EXPIRED"),
    )
    expires_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ("created_at", "pk")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="bespoke_holding_positive"),
            models.UniqueConstraint(
                fields=["material"],
                condition=Q(exclusive=True, state__in=ACTIVE_HOLDING),
                name="bespoke_unique_stone_held_once",
            ),
            models.UniqueConstraint(
                fields=["material", "payable_pk"],
                condition=Q(state__in=ACTIVE_HOLDING),
                name="bespoke_holding_once_a_payable",
            ),
            models.CheckConstraint(
                condition=Q(state="HELD", expires_at__isnull=False) | ~Q(state="HELD"),
                name="bespoke_hold_expires",
            ),
            models.CheckConstraint(
                condition=Q(state="CONSUMED", consumed__gt=0)
                | (~Q(state="CONSUMED") & Q(consumed=0)),
                name="bespoke_consumed_has_quantity",
            ),
        ]


class ProductionWeek(models.Model):
    """A week of a workshop with its finite places; `taken` is kept by a database trigger.

    `workshop` is a name of the setting WORKSHOPS, or of the one channel whose own it is.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workshop = models.CharField(max_length=255)
    monday = models.DateField()
    capacity = models.PositiveIntegerField()
    taken = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("monday",)
        constraints = [
            models.UniqueConstraint(fields=["workshop", "monday"], name="bespoke_week_once"),
            models.CheckConstraint(
                condition=Q(capacity__gte=F("taken")),
                name="bespoke_week_not_overbooked",
            ),
        ]


class WeekSkill(models.Model):
    """How much of a scarce skill a week has; `taken` is kept by a database trigger.

    Whoever writes it has locked its week: one lock stands for all the skills of a week.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    week = models.ForeignKey(ProductionWeek, on_delete=models.PROTECT, related_name="skills")
    skill = models.CharField(max_length=32)
    capacity = models.PositiveIntegerField()
    taken = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("week", "skill")
        constraints = [
            models.UniqueConstraint(fields=["week", "skill"], name="bespoke_week_skill_once"),
            models.CheckConstraint(
                condition=Q(capacity__gte=F("taken")),
                name="bespoke_skill_not_overbooked",
            ),
        ]


class SlotBooking(models.Model):
    """A project's place in a week."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    week = models.ForeignKey(ProductionWeek, on_delete=models.PROTECT, related_name="bookings")
    project = models.ForeignKey(BespokeProject, on_delete=models.PROTECT, related_name="slots")
    state = models.CharField(max_length=10, choices=choices("BOOKED", "RELEASED", "DONE"))
    booked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(state="BOOKED"),
                name="bespoke_slot_once_a_project",
            ),
        ]


class SlotSkill(models.Model):
    """A scarce skill that a place takes of its week, as long as the place is not given up."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    booking = models.ForeignKey(SlotBooking, on_delete=models.PROTECT, related_name="skills")
    week_skill = models.ForeignKey(WeekSkill, on_delete=models.PROTECT, related_name="slots")

    class Meta:
        ordering = ("booking", "week_skill__skill")
        constraints = [
            models.UniqueConstraint(
                fields=["booking", "week_skill"], name="bespoke_slot_skill_once"
            ),
        ]


class Promise(models.Model):
    """A date given to the customer for one step, with how it was computed."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(BespokeProject, on_delete=models.PROTECT, related_name="promises")
    step = models.CharField(
        max_length=12,
        choices=choices("QUOTE", "CAD", "TWEAK", "PRODUCTION", "QUALITY", "SHIPPING", "RESIZE"),
    )
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    first_due_at = models.DateTimeField()
    trace = models.JSONField()
    paused_at = models.DateTimeField(null=True)
    late_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, blank=True)  # MET, LATE or DROPPED once ended

    class Meta:
        ordering = ("started_at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["project", "step"],
                condition=Q(ended_at=None),
                name="bespoke_promise_open_once",
            ),
        ]


class PromiseMove(models.Model):
    """A promise moved: from when to when, and why."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    promise = models.ForeignKey(Promise, on_delete=models.PROTECT, related_name="moves")
    old_due_at = models.DateTimeField()
    new_due_at = models.DateTimeField()
    cause = models.CharField(max_length=32)
    explanation = models.TextField(blank=True)
    moved_at = models.DateTimeField()
    moved_by = models.CharField(max_length=128)

    class Meta:
        ordering = ("moved_at", "pk")
