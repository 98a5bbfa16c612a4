"""Materials, holdings, weeks and promises as API clients see them."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_bespoke.craft.stone_codec import stone_from_json
from saleor_bespoke.graphql.base import actor_of, global_id, staff_view
from saleor_bespoke.graphql.connections import connection_of, sorting_input
from saleor_bespoke.graphql.loaders import row_of, rows_of
from saleor_bespoke.graphql.specification import BespokeAlloyCode, BespokeStone
from saleor_bespoke.graphql.values import enum, money
from saleor_bespoke.project.access import visible_to
from saleor_bespoke.project.models import BespokeProject as ProjectRow
from saleor_bespoke.shop.types import Date, DateTime, Decimal, Money
from saleor_bespoke.workshop.models import (
    Holding,
    Material,
    ProductionWeek,
    SlotBooking,
    SlotSkill,
)
from saleor_bespoke.workshop.rules import UNITS
from saleor_bespoke.workshop.selectors import Skilled, Week

BespokeMaterialKind = enum("BespokeMaterialKind", "A kind of material.", *UNITS)
BespokeMaterialUnit = enum("BespokeMaterialUnit", "What quantities count.", "PIECE", "GRAM")
BespokeHoldingState = enum(
    "BespokeHoldingState",
    "How a claim on a material stands.",
    "HELD",
    "LOCKED",
    "CONSUMED",
    "RELEASED",
    "EXPIRED",
)
BespokeSlotState = enum(
    "BespokeSlotState", "How a place in a week stands.", "BOOKED", "RELEASED", "DONE"
)


def listed(kind: Any, description: str) -> graphene.List:
    return graphene.List(graphene.NonNull(kind), required=True, description=description)


def _workshop_only(info: Any, value: Any) -> Any:
    """The value for staff; None for everybody else."""
    return value if actor_of(info).manages_orders else None


class BespokeMaterial(graphene.ObjectType):
    """A stone, a parcel of stones, a metal or a finding."""

    class Meta:
        description = (
            "A stone, a parcel of stones, a metal or a finding. Quantities, price and supplier are "
            "for staff; others get null."
        )
        interfaces = (graphene.relay.Node,)

    code = graphene.String(required=True, description="The workshop's code for it.")
    kind = BespokeMaterialKind(required=True, description="What kind of material it is.")
    name = graphene.String(required=True, description="What people call it.")
    unit = BespokeMaterialUnit(required=True, description="What its quantities count.")
    unique = graphene.Boolean(required=True, description="Whether it exists only once.")
    stone = graphene.Field(BespokeStone, description="The facts of a stone.")
    alloy = BespokeAlloyCode(description="The alloy of a metal.")
    provenance = graphene.String(required=True, description="What is claimed of its origin.")
    laboratory = graphene.String(required=True, description="Who wrote its report, if any.")
    certificate_number = graphene.String(required=True, description="The report's number.")
    to_be_sourced = graphene.Boolean(
        required=True, description="Whether it is still to come from a supplier."
    )
    expected_on = Date(description="When it is expected, if it is still to come.")
    customer_owned = graphene.Boolean(
        required=True, description="Whether it is a customer's own stone."
    )
    on_hand = Decimal(description="Pieces or grams there, or committed by the supplier; for staff.")
    held = Decimal(description="Pieces or grams that commissions hold or lock; for staff.")
    available = Decimal(description="Pieces or grams free for a new commission; for staff.")
    price = graphene.Field(Money, description="Price of one piece or gram; for staff.")
    supplier = graphene.String(description="Who delivers it; for staff.")
    owner = graphene.ID(description="The commission whose customer owns it; for staff.")
    active = graphene.Boolean(required=True, description="Whether it may be used.")
    created_at = DateTime(required=True, description="When it was entered.")

    @staticmethod
    def resolve_stone(root: Material, _info: Any) -> Any:
        return root.stone and stone_from_json(root.stone)

    @staticmethod
    def resolve_alloy(root: Material, _info: Any) -> str | None:
        return root.alloy or None

    @staticmethod
    def resolve_customer_owned(root: Material, _info: Any) -> bool:
        return root.owner_project_id is not None

    @staticmethod
    def resolve_on_hand(root: Material, info: Any) -> Any:
        return _workshop_only(info, root.on_hand)

    @staticmethod
    def resolve_held(root: Material, info: Any) -> Any:
        return _workshop_only(info, root.held)

    @staticmethod
    def resolve_available(root: Material, info: Any) -> Any:
        return _workshop_only(info, root.on_hand - root.held)

    @staticmethod
    def resolve_price(root: Material, info: Any) -> Any:
        return _workshop_only(info, money(root.price, root.currency))

    @staticmethod
    def resolve_supplier(root: Material, info: Any) -> Any:
        return _workshop_only(info, root.supplier)

    @staticmethod
    def resolve_owner(root: Material, info: Any) -> Any:
        owner = root.owner_project_id and global_id("BespokeProject", root.owner_project_id)
        return _workshop_only(info, owner)


BespokeMaterialSortField = enum(
    "BespokeMaterialSortField", "What materials are sorted by.", "CODE", "NAME", "PRICE", "CARAT",
    "EXPECTED_ON", "CREATED_AT",
)  # fmt: skip
BespokeMaterialSortingInput = sorting_input(
    "BespokeMaterial", BespokeMaterialSortField, "How to sort materials."
)
BespokeMaterialCountableConnection = connection_of(BespokeMaterial, "BespokeMaterial")


class BespokeHolding(graphene.ObjectType):
    """A commission's claim on a material."""

    class Meta:
        description = "A commission's claim on a material: held, locked by payment, then used."
        interfaces = (graphene.relay.Node,)

    material = graphene.Field(BespokeMaterial, required=True, description="What is claimed.")
    state = BespokeHoldingState(required=True, description="How the claim stands.")
    quantity = Decimal(description="Pieces or grams claimed; for staff.")
    consumed = Decimal(description="Pieces or grams really used; for staff.")
    expires_at = DateTime(description="Until when it is held, if it is.")

    @staticmethod
    def resolve_material(root: Holding, info: Any) -> Any:
        return row_of(info, Material, root.material_id)

    @staticmethod
    def resolve_quantity(root: Holding, info: Any) -> Any:
        return _for_staff_of(root, info, root.quantity)

    @staticmethod
    def resolve_consumed(root: Holding, info: Any) -> Any:
        return _for_staff_of(root, info, root.consumed)


def _for_staff_of(root: Any, info: Any, value: Any) -> Any:
    project = row_of(info, ProjectRow, root.project_id)
    return project.then(lambda found: value if staff_view(info, found) else None)


class BespokeSlot(graphene.ObjectType):
    """A commission's place in a week of the workshop."""

    class Meta:
        description = "A commission's place in a week of the workshop."

    week = Date(required=True, description="The Monday of the week.")
    state = BespokeSlotState(required=True, description="How it stands.")
    booked_at = DateTime(required=True, description="When it was booked.")
    project = graphene.ID(required=True, description="The commission's id.")
    skills = listed(graphene.String, "The scarce skills that it takes of its week.")

    @staticmethod
    def resolve_skills(root: SlotBooking, info: Any) -> Any:
        found = rows_of(info, "slot skills", _slot_skills, "booking_id", root.pk)
        return found.then(lambda rows: [row.week_skill.skill for row in rows])

    @staticmethod
    def resolve_week(root: SlotBooking, info: Any) -> Any:
        return row_of(info, ProductionWeek, root.week_id).then(lambda week: week.monday)

    @staticmethod
    def resolve_project(root: SlotBooking, _info: Any) -> str:
        return global_id("BespokeProject", root.project_id)


class BespokeWeekSkill(graphene.ObjectType):
    """A scarce skill in a week."""

    class Meta:
        description = "A skill of which the workshop has only so much a week."

    skill = graphene.String(required=True, description="The skill's stable name.")
    capacity = graphene.Int(required=True, description="How many places with it the week has.")
    taken = graphene.Int(required=True, description="How many are booked or done.")
    free = graphene.Int(required=True, description="How many are left.")

    @staticmethod
    def resolve_free(root: Skilled, _info: Any) -> int:
        return root.capacity - root.taken


class BespokeProductionWeek(graphene.ObjectType):
    """A week of the workshop with its places."""

    class Meta:
        description = "A week of a channel's workshop with its finite places and scarce skills."

    channel = graphene.String(required=True, description="The channel that was asked for.")
    workshop = graphene.String(
        required=True, description="Whose places these are; several channels may share them."
    )
    monday = Date(required=True, description="The day the week begins.")
    capacity = graphene.Int(required=True, description="How many places it has.")
    taken = graphene.Int(required=True, description="How many are booked or done.")
    free = graphene.Int(required=True, description="How many are left.")
    skills = listed(BespokeWeekSkill, "Its scarce skills; a place takes those its piece needs.")
    bookings = listed(
        BespokeSlot, "The places that are booked or done, of the channels that you serve."
    )

    @staticmethod
    def resolve_free(root: Week, _info: Any) -> int:
        return root.capacity - root.taken

    @staticmethod
    def resolve_bookings(root: Week, info: Any) -> Any:
        if root.pk is None:
            return []
        served = visible_to(actor_of(info), ProjectRow.objects.all())
        return rows_of(
            info,
            "week bookings",
            lambda: _bookings().filter(project__in=served),
            "week_id",
            root.pk,
        )


def _bookings() -> Any:
    return SlotBooking.objects.exclude(state="RELEASED").order_by("booked_at", "pk")


def _slot_skills() -> Any:
    return SlotSkill.objects.select_related("week_skill").order_by("week_skill__skill")
