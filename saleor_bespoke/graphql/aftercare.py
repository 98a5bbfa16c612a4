"""API of what follows delivery: the project's fields, and care and services."""

from __future__ import annotations

from typing import Any

import graphene
from promise import Promise

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.graphql.aftercare_claims import ClaimMutations
from saleor_bespoke.graphql.aftercare_resizes import ResizeMutations
from saleor_bespoke.graphql.aftercare_types import (
    LISTS,
    BespokeCareBooking,
    BespokeCareKind,
    BespokeClaim,
    BespokeExtraService,
    BespokeResize,
    BespokeResizeJudgement,
    BespokeReturnRequest,
)
from saleor_bespoke.graphql.base import (
    BespokeMutation,
    decode_id,
    project_field,
    token_argument,
)
from saleor_bespoke.graphql.loaders import rows_of
from saleor_bespoke.graphql.money import BespokePayable
from saleor_bespoke.graphql.quoting_parts import listed
from saleor_bespoke.graphql.shipping import ShippingFields
from saleor_bespoke.graphql.specification import BespokeRingSizeSystem
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.types import Date, Decimal
from saleor_bespoke.steps.aftercare import rules, selectors, services
from saleor_bespoke.steps.cad.models import ChangeOrder
from saleor_bespoke.steps.quoting.models import Quote


def _rows(root: BespokeProject, info: Any, name: str) -> Any:
    return rows_of(info, f"aftercare:{name}", LISTS[name], "project_id", root.pk)


def _binding(root: BespokeProject, info: Any) -> Any:
    """The specification that binds, and what the accepted quote promised about resizing.

    It is the last settled change's, else that quote's; nothing before acceptance.
    """
    settled = rows_of(
        info,
        "changes_settled",
        lambda: ChangeOrder.objects.filter(status="SETTLED").order_by("number"),
        "project_id",
        root.pk,
    )
    quotes = rows_of(
        info,
        "quotes_accepted",
        lambda: Quote.objects.filter(status="ACCEPTED").select_related("accepted_alternative"),
        "project_id",
        root.pk,
    )

    def last(found: list[list[Any]]) -> Any:
        if not found[1]:
            return None
        accepted = found[1][0].accepted_alternative
        binding = found[0][-1] if found[0] else accepted
        return binding.specification, accepted.resize

    return Promise.all([settled, quotes]).then(last)


class AftercareFields:
    """Fields this room adds to the project."""

    resizes = listed(BespokeResize, "Its resizes, oldest first.")
    resize_prospect = graphene.Field(
        BespokeResizeJudgement,
        system=graphene.Argument(BespokeRingSizeSystem, description="Whose label it is."),
        label=graphene.Argument(graphene.String, description="The size one thinks of."),
        description=(
            "Whether a resize asked for now would be free: to the named size, or by a quarter US "
            "size if none is named. None before a quote was accepted, and for a label of no size."
        ),
    )
    return_requests = listed(BespokeReturnRequest, "Wishes to return it, oldest first.")
    claims = listed(BespokeClaim, "Claims about it, oldest first.")
    care = listed(BespokeCareBooking, "Its care, oldest first.")
    extras = listed(BespokeExtraService, "Services outside its price, oldest first.")

    @staticmethod
    def resolve_resizes(root: BespokeProject, info: Any) -> Any:
        return _rows(root, info, "resizes")

    @staticmethod
    def resolve_resize_prospect(
        root: BespokeProject, info: Any, system: str | None = None, label: str | None = None
    ) -> Any:
        asked = None
        if system and label:
            try:
                asked = rules.ring_size(system, label).circumference
            except BespokeError:
                return None
        parts = [
            _binding(root, info),
            ShippingFields.resolve_shipments(root, info),
            _rows(root, info, "resizes"),
        ]

        def judge(found: list[Any]) -> Any:
            binding, shipments, resizes = found
            if binding is None:
                return None
            specification, promised = binding
            return selectors.resize_judge(root, specification, promised, shipments, resizes, asked)

        return Promise.all(parts).then(judge)

    @staticmethod
    def resolve_return_requests(root: BespokeProject, info: Any) -> Any:
        return _rows(root, info, "return_requests")

    @staticmethod
    def resolve_claims(root: BespokeProject, info: Any) -> Any:
        return _rows(root, info, "claims")

    @staticmethod
    def resolve_care(root: BespokeProject, info: Any) -> Any:
        return _rows(root, info, "care")

    @staticmethod
    def resolve_extras(root: BespokeProject, info: Any) -> Any:
        return _rows(root, info, "extras")


class AftercareQueries:
    """Queries of this room."""


class CareBook(BespokeMutation):
    """Book care."""

    class Meta:
        command = "care_book"
        description = "Book a cleaning, polish or prong check; possible for ever."

    class Arguments:
        project = graphene.ID(required=True, description="The commission's id.")
        kind = BespokeCareKind(required=True, description="What is to be done.")
        wished_for = Date(required=True, description="The wished day, at most a year ahead.")
        note = graphene.String(description="Words to the workshop; 1000 characters.")
        token = token_argument()

    project = project_field()
    care = graphene.Field(BespokeCareBooking, description="The booking.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        row = services.care_book(
            actor=actor,
            project_pk=decode_id(data["project"], "BespokeProject", field="project"),
            kind=data["kind"],
            wished_for=data["wished_for"],
            note=data.get("note", ""),
        )
        return {"project": row.project, "care": row}


class CareFinish(BespokeMutation):
    """Record that care was done."""

    class Meta:
        command = "care_finish"
        description = "Record that booked care was done, and what was found."

    class Arguments:
        id = graphene.ID(required=True, description="The booking's id.")
        report = graphene.String(description="What was found and done; 1000 characters.")

    project = project_field()
    care = graphene.Field(BespokeCareBooking, description="The booking.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        row = services.care_finish(
            actor=actor,
            care_pk=decode_id(data["id"], "BespokeCareBooking"),
            report=data.get("report", ""),
        )
        return {"project": row.project, "care": row}


class ExtraServicePrice(BespokeMutation):
    """Offer a service."""

    class Meta:
        command = "extra_service_price"
        description = "Offer work outside the commission's price, paid as a sum of its own."

    class Arguments:
        project = graphene.ID(required=True, description="The commission's id.")
        title = graphene.String(required=True, description="What it is; 256 characters.")
        amount = Decimal(required=True, description="Its price in the commission's currency.")

    project = project_field()
    extra = graphene.Field(BespokeExtraService, description="The service.")
    payable = graphene.Field(BespokePayable, description="What is owed for it.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        extra, payable = services.extra_service_price(
            actor=actor,
            project_pk=decode_id(data["project"], "BespokeProject", field="project"),
            title=data["title"],
            amount=data["amount"],
        )
        return {"project": extra.project, "extra": extra, "payable": payable}


class AftercareMutations(ResizeMutations, ClaimMutations):
    """Operations of this room."""

    bespoke_care_book = CareBook.Field()
    bespoke_care_finish = CareFinish.Field()
    bespoke_extra_service_price = ExtraServicePrice.Field()
