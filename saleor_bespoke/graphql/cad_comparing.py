"""Designs beside each other: two revisions of a commission, and what other clients were shown."""

from __future__ import annotations

from decimal import Decimal as Number
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import graphene

from saleor_bespoke.errors import BespokeError, NotFound, PermissionDenied
from saleor_bespoke.graphql.base import (
    actor_of,
    decode_id,
    denied,
    staff_view,
    token_argument,
)
from saleor_bespoke.graphql.cad_types import BespokeCadRevision, BespokeCadView, BespokeCadViewKind
from saleor_bespoke.graphql.change_types import BespokeChange
from saleor_bespoke.project.access import MANAGE_ORDERS, Actor, visible_to
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.selectors import project_visible
from saleor_bespoke.shop.types import Decimal
from saleor_bespoke.steps.cad import selectors
from saleor_bespoke.steps.cad.models import CadRevision
from saleor_bespoke.steps.cad.services.marks import likenesses


class BespokeCadMeasures(graphene.ObjectType):
    """What is compared of a revision's mesh."""

    class Meta:
        description = "What is compared of a revision's mesh: mm, mm³, g."

    inner_diameter = Decimal(description="Of a ring, its inner diameter in mm.")
    wall = Decimal(description="The thinnest wall in mm.")
    volume = Decimal(description="The metal's volume in mm³.")
    weight = Decimal(description="What it weighs about when finished, in the ordered alloy, in g.")
    size = graphene.List(graphene.NonNull(Decimal), required=True, description="Its extent in mm.")


class BespokeCadSide(graphene.ObjectType):
    """One side of both revisions."""

    class Meta:
        description = "One side of two revisions; a view that only one has stands alone."

    view = BespokeCadViewKind(required=True, description="What both show.")
    before = graphene.Field(BespokeCadView, description="The first revision's file.")
    after = graphene.Field(BespokeCadView, description="The second revision's file.")
    same_file = graphene.Boolean(required=True, description="Whether it is the very same file.")
    apart = Decimal(
        description="How unlike they look, from 0 for the same; nothing where nobody can tell."
    )

    @staticmethod
    def resolve_same_file(root: selectors.Side, _info: Any) -> bool:
        both = root.before, root.after
        return None not in both and len({it.file.sha256 for it in both if it}) == 1

    @staticmethod
    def resolve_apart(root: selectors.Side, _info: Any) -> Any:
        return None if root.apart is None else Number(f"{root.apart:.4f}")


class BespokeCadDifference(graphene.ObjectType):
    """Two revisions side by side."""

    class Meta:
        description = "Two revisions of a commission side by side."

    before = graphene.Field(BespokeCadRevision, required=True, description="The first one.")
    after = graphene.Field(BespokeCadRevision, required=True, description="The second one.")
    changes = graphene.List(
        graphene.NonNull(BespokeChange),
        required=True,
        description="Where their specifications differ.",
    )
    measures_before = graphene.Field(BespokeCadMeasures, description="The first one's mesh.")
    measures_after = graphene.Field(BespokeCadMeasures, description="The second one's mesh.")
    sides = graphene.List(
        graphene.NonNull(BespokeCadSide), required=True, description="Their files, side by side."
    )

    @staticmethod
    def resolve_measures_before(root: selectors.Difference, _info: Any) -> Any:
        return root.measured[0]

    @staticmethod
    def resolve_measures_after(root: selectors.Difference, _info: Any) -> Any:
        return root.measured[1]


class BespokeDesignLikeness(graphene.ObjectType):
    """Another client's design that is near."""

    class Meta:
        description = "Another client's design that comes near to this one; for staff alone."

    near = graphene.Boolean(
        required=True, description="Whether it is so near that showing ours needs a decision."
    )
    distance = Decimal(required=True, description="How unlike they are, from 0 for the same.")
    of_mesh = graphene.Boolean(
        required=True, description="Whether meshes were compared; else pictures."
    )
    sides = graphene.List(
        graphene.NonNull(BespokeCadViewKind), required=True, description="The sides alike."
    )
    number = graphene.String(
        description="The other commission's number, where the caller may read it."
    )
    revision = graphene.Field(
        BespokeCadRevision, description="The other revision, where the caller may read it."
    )


class ComparingQueries:
    """Queries of this room; each is about one revision, so that no list asks them row by row."""

    bespoke_cad_difference = graphene.Field(
        BespokeCadDifference,
        before=graphene.ID(required=True, description="The first revision's id."),
        after=graphene.ID(required=True, description="The second revision's id."),
        token=token_argument(),
        description=(
            "Two revisions of one commission side by side, for whoever may see both; none where "
            "one does not exist."
        ),
    )
    bespoke_design_likenesses = graphene.List(
        graphene.NonNull(BespokeDesignLikeness),
        revision=graphene.ID(required=True, description="The revision's id."),
        description=(
            "Other clients' designs that come near, the nearest first.\n\n"
            "Requires one of the permissions: MANAGE_ORDERS"
        ),
    )

    @staticmethod
    def resolve_bespoke_cad_difference(
        _root: Any, info: Any, before: str, after: str, token: str | None = None
    ) -> Any:
        try:
            first = decode_id(before, "BespokeCadRevision", field="before")
            second = decode_id(after, "BespokeCadRevision", field="after")
            project = _project_of(first, actor_of(info, token))
            if project is None:
                return None
            drafts = staff_view(info, project)
            return selectors.revisions_compared(project, first, second, drafts=drafts)
        except BespokeError:  # absent, foreign, a draft, or twice the same: nothing to compare
            return None

    @staticmethod
    def resolve_bespoke_design_likenesses(_root: Any, info: Any, revision: str) -> Any:
        actor = actor_of(info)
        try:
            actor.require(MANAGE_ORDERS)
        except PermissionDenied as error:
            raise denied(error) from None
        try:
            pk = decode_id(revision, "BespokeCadRevision", field="revision")
        except NotFound:
            return None
        project = _project_of(pk, actor)
        if project is None:
            return None
        return _told(info, project.revisions.select_related("project").get(pk=pk))


def _project_of(revision_pk: UUID, actor: Actor) -> BespokeProject | None:
    """The commission of a revision, where this caller may see it."""
    row = CadRevision.objects.filter(pk=revision_pk).only("project_id").first()
    return None if row is None else project_visible(actor=actor, pk=row.project_id)


def _told(info: Any, revision: CadRevision) -> list[SimpleNamespace]:
    """The nearest, named as far as the caller may read their commissions."""
    found = likenesses(revision)
    readable = visible_to(
        actor_of(info), BespokeProject.objects.filter(pk__in={it.project for it in found})
    )
    numbers = dict(readable.order_by().values_list("pk", "number"))
    revisions = CadRevision.objects.filter(project__in=numbers).in_bulk(
        [it.revision for it in found]
    )
    return [
        SimpleNamespace(
            near=it.near,
            distance=Number(f"{it.distance:.4f}"),
            of_mesh=it.kind == "SHAPE",
            sides=it.sides,
            number=numbers.get(it.project),
            revision=revisions.get(it.revision),
        )
        for it in found
    ]
