"""API of the review of a design: remarks, tweaks, approval."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_bespoke.flows import changes, refund_terms
from saleor_bespoke.graphql.base import BespokeMutation, decode_id, project_field, token_argument
from saleor_bespoke.graphql.cad_types import BespokeCadApproval, BespokeCadPin
from saleor_bespoke.graphql.change_types import BespokeTweakRound
from saleor_bespoke.graphql.money import BespokePayable, opened_payload
from saleor_bespoke.graphql.refund_terms import refund_terms_field
from saleor_bespoke.project.access import Actor
from saleor_bespoke.shop.types import Decimal
from saleor_bespoke.steps.cad import services


class BespokePositionInput(graphene.InputObjectType):
    """A position in space."""

    class Meta:
        description = "A position in a mesh's space, in mm."

    x = Decimal(required=True, description="mm along x.")
    y = Decimal(required=True, description="mm along y.")
    z = Decimal(required=True, description="mm along z.")


class CadPinAdd(BespokeMutation):
    """Pin a remark."""

    class Meta:
        command = "cad_pin_add"
        description = "Pin a remark to a place of a view under review."

    class Arguments:
        view = graphene.ID(required=True, description="The view's id.")
        revision = graphene.ID(required=True, description="The revision's id.")
        x = Decimal(description="On a picture, the place from the left edge, 0 to 1.")
        y = Decimal(description="On a picture, the place from the upper edge, 0 to 1.")
        position = BespokePositionInput(
            description="On a mesh, the place in space; it is put on the surface nearby."
        )
        remark = graphene.String(required=True, description="What you mean.")
        token = token_argument()

    project = project_field()
    pin = graphene.Field(BespokeCadPin, description="The remark.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        position = data.get("position")
        pin = services.cad_pin_add(
            actor=actor,
            revision_pk=decode_id(data["revision"], "BespokeCadRevision", field="revision"),
            view_pk=decode_id(data["view"], "BespokeCadView", field="view"),
            x=data.get("x"),
            y=data.get("y"),
            position=position and (position["x"], position["y"], position["z"]),
            remark=data["remark"],
        )
        return {"project": pin.revision.project, "pin": pin}


class CadPinAnswer(BespokeMutation):
    """Answer a remark."""

    class Meta:
        command = "cad_pin_answer"
        description = "Answer a customer's pinned remark."

    class Arguments:
        id = graphene.ID(required=True, description="The remark's id.")
        answer = graphene.String(required=True, description="The answer.")

    project = project_field()
    pin = graphene.Field(BespokeCadPin, description="The remark.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        pin = services.cad_pin_answer(
            actor=actor, pin_pk=decode_id(data["id"], "BespokeCadPin"), answer=data["answer"]
        )
        return {"project": pin.revision.project, "pin": pin}


class CadTweakRequest(BespokeMutation):
    """Ask for a tweak."""

    class Meta:
        command = "cad_tweak_request"
        description = "Ask for a round of small changes; the allowance counts it."

    class Arguments:
        revision = graphene.ID(required=True, description="The revision's id.")
        request = graphene.String(description="What to change, beside the pinned remarks.")
        token = token_argument()

    project = project_field()
    tweak = graphene.Field(BespokeTweakRound, description="The round.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        tweak = services.cad_tweak_request(
            actor=actor,
            revision_pk=decode_id(data["revision"], "BespokeCadRevision", field="revision"),
            request=data.get("request", ""),
        )
        return {"project": tweak.project, "tweak": tweak}


class CadTweakBuy(BespokeMutation):
    """Order a further round."""

    class Meta:
        command = "cad_tweak_buy"
        description = "Order a further tweak round when the free ones are used up, and pay it."

    class Arguments:
        project = graphene.ID(required=True, description="The commission's id.")
        token = token_argument()

    project = project_field()
    payable = graphene.Field(BespokePayable, description="What is owed for it.")
    checkout_id = graphene.ID(description="The checkout a storefront pays.")
    checkout_url = graphene.String(description="Where the storefront pays it.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        pk = decode_id(data["project"], "BespokeProject", field="project")
        return opened_payload(changes.cad_tweak_buy(actor=actor, project_pk=pk))


class CadRevisionApprove(BespokeMutation):
    """Approve the design."""

    class Meta:
        command = "cad_revision_approve"
        description = (
            "Approve the revision under review: every line of the specification confirmed, the "
            "returns and warranty notice seen. The answer is a receipt."
        )

    class Arguments:
        id = graphene.ID(required=True, description="The revision's id.")
        confirmed = graphene.List(
            graphene.NonNull(graphene.String),
            required=True,
            description="The confirmed lines, as `BespokeCadRevision.confirm` names them.",
        )
        returns_notice_version = graphene.String(
            required=True, description="The version of the notice that was shown."
        )
        expected_refund_after = Decimal(
            description="What was shown that leaving gives back once the bench has begun; another "
            "sum refuses and names the right one."
        )
        token = token_argument()

    project = project_field()
    refund_terms = refund_terms_field()
    approval = graphene.Field(BespokeCadApproval, description="The receipt.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        approval = refund_terms.cad_revision_approve(
            actor=actor,
            revision_pk=decode_id(data["id"], "BespokeCadRevision"),
            confirmed=data["confirmed"],
            returns_notice_version=data["returns_notice_version"],
            expected_refund_after=data.get("expected_refund_after"),
        )
        return {"project": approval.revision.project, "approval": approval}


class ReviewMutations:
    """Operations of the review."""

    bespoke_cad_pin_add = CadPinAdd.Field()
    bespoke_cad_pin_answer = CadPinAnswer.Field()
    bespoke_cad_tweak_request = CadTweakRequest.Field()
    bespoke_cad_tweak_buy = CadTweakBuy.Field()
    bespoke_cad_revision_approve = CadRevisionApprove.Field()
