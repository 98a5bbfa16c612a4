"""API of returns and claims."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import graphene

from saleor_bespoke.flows import aftercare
from saleor_bespoke.flows.redoing import redo_start
from saleor_bespoke.graphql.aftercare_types import (
    BespokeClaim,
    BespokeClaimKind,
    BespokeClaimRemedy,
    BespokeReturnRequest,
)
from saleor_bespoke.graphql.base import (
    BespokeMutation,
    decode_id,
    project_field,
    token_argument,
)
from saleor_bespoke.graphql.changes import BespokeMaterialQuantityInput, quantities_of
from saleor_bespoke.graphql.shipping import BespokeShipment
from saleor_bespoke.graphql.uploads import Uploads
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.services import command_check
from saleor_bespoke.shop.types import Decimal, Upload
from saleor_bespoke.steps.aftercare import rules, services


class ReturnRequest(BespokeMutation):
    """Ask to return the piece."""

    class Meta:
        name = "BespokeReturnRequestPayload"  # the request itself is `BespokeReturnRequest`
        command = "return_request"
        description = "Ask to return the piece; answered at once by where the commission stands."

    class Arguments:
        project = graphene.ID(required=True, description="The commission's id.")
        text = graphene.String(required=True, description="Why; 4000 characters.")
        faulty = graphene.Boolean(description="Whether the piece has a fault; false if left out.")
        token = token_argument()

    project = project_field()
    return_request = graphene.Field(BespokeReturnRequest, description="The answered request.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        row = services.return_request(
            actor=actor,
            project_pk=decode_id(data["project"], "BespokeProject", field="project"),
            text=data["text"],
            faulty=data.get("faulty", False),
        )
        return {"project": row.project, "return_request": row}


class ClaimOpen(BespokeMutation):
    """Claim a fault or a wrong size."""

    class Meta:
        command = "claim_open"
        description = "Claim a fault, with pictures of it, or a ring that does not fit."

    class Arguments:
        project = graphene.ID(required=True, description="The commission's id.")
        kind = BespokeClaimKind(required=True, description="What it is about.")
        text = graphene.String(required=True, description="What is wrong; 4000 characters.")
        files = graphene.List(
            graphene.NonNull(Upload), description="Up to five pictures; one at least of a fault."
        )
        token = token_argument()

    project = project_field()
    claim = graphene.Field(BespokeClaim, description="The claim.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        pk = decode_id(data["project"], "BespokeProject", field="project")
        project = command_check(pk, actor=actor, command="claim_open")
        uploads = Uploads(info, actor, project)
        files = data.get("files") or []
        rules.files_check(data["kind"], len(files))
        with ExitStack() as stack:
            prepared = [
                stack.enter_context(uploads.prepare(item, Purpose.EVIDENCE)) for item in files
            ]
            claim = services.claim_open(
                actor=actor,
                project_pk=pk,
                kind=data["kind"],
                text=data["text"],
                prepared=prepared,
            )
        return {"project": claim.project, "claim": claim}


class BespokeClaimDecisionInput(graphene.InputObjectType):
    """A decision about a claim."""

    class Meta:
        description = "A decision about a claim and what follows from it."

    accepted = graphene.Boolean(required=True, description="Whether the claim is right.")
    explanation = graphene.String(required=True, description="Why, for the customer.")
    remedy = BespokeClaimRemedy(description="How it is made good, if accepted.")
    refund_amount = Decimal(description="What is given back, exactly if the remedy is a refund.")
    measured_size_mm = Decimal(
        description="What the ring measures in mm around, of a size claim; who is liable is "
        "judged anew by it."
    )


class ClaimDecide(BespokeMutation):
    """Decide a claim."""

    class Meta:
        command = "claim_decide"
        description = "Decide a claim with its remedy: repair, redo, exchange or refund."

    class Arguments:
        id = graphene.ID(required=True, description="The claim's id.")
        input = BespokeClaimDecisionInput(required=True, description="The decision.")

    project = project_field()
    claim = graphene.Field(BespokeClaim, description="The claim.")
    redo_token = graphene.String(
        description="The secret token of the commission that makes the piece anew, for its guest."
    )

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        decided = aftercare.claim_decide(
            actor=actor, claim_pk=decode_id(data["id"], "BespokeClaim"), **data["input"]
        )
        claim = decided.claim
        return {"project": claim.project, "claim": claim, "redo_token": decided.token}


class ClaimReturn(BespokeMutation):
    """The claimed piece goes back."""

    class Meta:
        command = "claim_return"
        description = "Send the repaired or exchanged piece to its owner."

    class Arguments:
        id = graphene.ID(required=True, description="The claim's id.")
        carrier = graphene.String(required=True, description="Who carries it; 64 characters.")
        tracking_number = graphene.String(
            required=True, description="The carrier's number; 128 characters."
        )

    project = project_field()
    claim = graphene.Field(BespokeClaim, description="The claim.")
    shipment = graphene.Field(BespokeShipment, description="The parcel.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        claim, shipment = aftercare.claim_return(
            actor=actor,
            claim_pk=decode_id(data["id"], "BespokeClaim"),
            carrier=data["carrier"],
            tracking_number=data["tracking_number"],
        )
        return {"project": claim.project, "claim": claim, "shipment": shipment}


class RedoStart(BespokeMutation):
    """Begin a redo."""

    class Meta:
        command = "redo_start"
        description = (
            "Begin the work on a piece that an accepted claim has made anew, at no cost: its "
            "materials are locked and its design starts."
        )

    class Arguments:
        project = graphene.ID(required=True, description="The new commission's id.")
        materials = graphene.List(
            graphene.NonNull(BespokeMaterialQuantityInput),
            required=True,
            description="What the piece is made of, each material once.",
        )

    project = project_field()

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        project = redo_start(
            actor=actor,
            project_pk=decode_id(data["project"], "BespokeProject", field="project"),
            materials=quantities_of(data["materials"]),
        )
        return {"project": project}


class ClaimMutations:
    """Operations of returns and claims."""

    bespoke_return_request = ReturnRequest.Field()
    bespoke_claim_open = ClaimOpen.Field()
    bespoke_claim_decide = ClaimDecide.Field()
    bespoke_claim_return = ClaimReturn.Field()
    bespoke_redo_start = RedoStart.Field()
