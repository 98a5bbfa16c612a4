"""API of materials, places in the workshop, promises."""

from __future__ import annotations

from datetime import date
from typing import Any

import graphene
from graphql import GraphQLError

from saleor_bespoke import clock
from saleor_bespoke.errors import NotFound, PermissionDenied
from saleor_bespoke.graphql.arguments import query_arguments_check
from saleor_bespoke.graphql.base import actor_of, decode_id, denied
from saleor_bespoke.graphql.connections import Page, page_arguments, page_of
from saleor_bespoke.graphql.loaders import rows_of
from saleor_bespoke.graphql.promise_types import BespokePromise
from saleor_bespoke.graphql.workshop_inputs import (
    SORTABLE,
    BespokeMaterialFilterInput,
    materials_filtered,
)
from saleor_bespoke.graphql.workshop_operations import (
    MaterialCreate,
    MaterialUpdate,
    PromiseMove,
)
from saleor_bespoke.graphql.workshop_types import (
    BespokeHolding,
    BespokeMaterial,
    BespokeMaterialCountableConnection,
    BespokeMaterialSortingInput,
    BespokeProductionWeek,
    BespokeSlot,
)
from saleor_bespoke.project.access import MANAGE_ORDERS, Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.port import shop
from saleor_bespoke.shop.types import Date
from saleor_bespoke.workshop import selectors
from saleor_bespoke.workshop.calendars import calendar_of
from saleor_bespoke.workshop.models import Holding, Material, Promise, SlotBooking

MOST_WEEKS = 52
EARLIEST, LATEST = date(2000, 1, 1), date(2200, 1, 1)


class WorkshopFields:
    """Fields this room adds to the project."""

    promises = graphene.List(
        graphene.NonNull(BespokePromise),
        required=True,
        description="Every date that was promised, oldest first.",
    )
    current_promise = graphene.Field(
        BespokePromise, description="The open promise that is due first, if one is open."
    )
    holdings = graphene.List(
        graphene.NonNull(BespokeHolding),
        required=True,
        description="Its claims on materials, oldest first.",
    )
    slot = graphene.Field(BespokeSlot, description="Its place in the workshop, if it has one.")

    @staticmethod
    def resolve_promises(root: BespokeProject, info: Any) -> Any:
        return _promises(info, root)

    @staticmethod
    def resolve_current_promise(root: BespokeProject, info: Any) -> Any:
        return _promises(info, root).then(
            lambda found: min(
                (promise for promise in found if promise.ended_at is None),
                key=lambda promise: promise.due_at,
                default=None,
            )
        )

    @staticmethod
    def resolve_holdings(root: BespokeProject, info: Any) -> Any:
        return rows_of(info, "holdings", Holding.objects.all, "project_id", root.pk)

    @staticmethod
    def resolve_slot(root: BespokeProject, info: Any) -> Any:
        found = rows_of(info, "slots", _slots, "project_id", root.pk)
        return found.then(lambda slots: slots[-1] if slots else None)


def _promises(info: Any, project: BespokeProject) -> Any:
    return rows_of(info, "promises", Promise.objects.all, "project_id", project.pk)


def _slots() -> Any:
    return SlotBooking.objects.exclude(state="RELEASED").order_by("booked_at", "pk")


def _staff(info: Any) -> Actor:
    """The caller, who must serve the shop."""
    actor = actor_of(info)
    try:
        actor.require(MANAGE_ORDERS)
    except PermissionDenied as error:
        raise denied(error) from None
    return actor


STAFF_ONLY = f"\n\nRequires one of the permissions: {MANAGE_ORDERS}"


class WorkshopQueries:
    """Queries of this room."""

    bespoke_materials = graphene.Field(
        BespokeMaterialCountableConnection,
        filter=BespokeMaterialFilterInput(description="Which materials."),
        sort_by=BespokeMaterialSortingInput(description="In which order; by code if left out."),
        **page_arguments(),
        description=f"The workshop's materials.{STAFF_ONLY}",
    )
    bespoke_material = graphene.Field(
        BespokeMaterial,
        id=graphene.ID(required=True, description="The material's id."),
        description=f"One material.{STAFF_ONLY}",
    )
    bespoke_material_alternatives = graphene.List(
        graphene.NonNull(BespokeMaterial),
        required=True,
        id=graphene.ID(required=True, description="The lost stone's id."),
        limit=graphene.Int(default_value=3, description="How many, at most 20."),
        description="The nearest free stones of the same kind and origin: by weight, then by "
        f"price.{STAFF_ONLY}",
    )
    bespoke_production_weeks = graphene.List(
        graphene.NonNull(BespokeProductionWeek),
        required=True,
        channel=graphene.String(required=True, description="The channel's slug."),
        since=Date(description="From the week of this day on; the current week if left out."),
        count=graphene.Int(default_value=12, description=f"How many weeks, at most {MOST_WEEKS}."),
        description=f"A channel's weeks in the workshop with their places.{STAFF_ONLY}",
    )

    @staticmethod
    def resolve_bespoke_materials(_root: Any, info: Any, **arguments: Any) -> Page:
        materials = selectors.materials_visible(_staff(info))
        try:
            rows = materials_filtered(materials, arguments.get("filter") or {})
        except NotFound:
            rows = Material.objects.none()
        return page_of(rows, info, arguments, sortable=SORTABLE, default=("CODE", "ASC"))

    @staticmethod
    def resolve_bespoke_material(_root: Any, info: Any, id: str) -> Any:
        return _material(id, _staff(info))

    @staticmethod
    def resolve_bespoke_material_alternatives(_root: Any, info: Any, id: str, limit: int) -> Any:
        found = _material(id, _staff(info))
        return selectors.alternatives_for(found, max(0, min(limit, 20))) if found else []

    @staticmethod
    def resolve_bespoke_production_weeks(
        _root: Any, info: Any, channel: str, count: int, since: date | None = None
    ) -> Any:
        actor = _staff(info)
        query_arguments_check({"channel": channel})
        if actor.channels is not None and channel not in actor.channels:
            raise denied(PermissionDenied(MANAGE_ORDERS))
        if shop().channel(channel) is None:
            return []
        since = since or calendar_of(channel).local_day(clock.now())
        if not 1 <= count <= MOST_WEEKS or not EARLIEST <= since <= LATEST:
            raise GraphQLError(f"Ask for 1 to {MOST_WEEKS} weeks between 2000 and 2200.")
        return selectors.weeks_of(channel, since=since, count=count)


def _material(id: str, actor: Actor) -> Material | None:
    try:
        pk = decode_id(id, "BespokeMaterial")
        return selectors.materials_visible(actor).filter(pk=pk).first()
    except NotFound:
        return None


class WorkshopMutations:
    """Operations of this room."""

    bespoke_material_create = MaterialCreate.Field()
    bespoke_material_update = MaterialUpdate.Field()
    bespoke_promise_move = PromiseMove.Field()
