"""What happens after delivery, as API clients see it."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_bespoke.craft.resizability import ResizeAnswer
from saleor_bespoke.craft.ring_sizes import labels
from saleor_bespoke.graphql.base import global_id
from saleor_bespoke.graphql.loaders import row_of, rows_of
from saleor_bespoke.graphql.money import BespokePayable
from saleor_bespoke.graphql.quoting_parts import BespokeResizeReason, listed
from saleor_bespoke.graphql.values import enum, money
from saleor_bespoke.money.models import Payable
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.types import Date, DateTime, Decimal, Money
from saleor_bespoke.steps.aftercare.models import (
    CareBooking,
    Claim,
    ExtraService,
    ResizeCase,
    ReturnRequest,
)
from saleor_bespoke.steps.aftercare.rules import REMEDIES, ReturnReason

BespokeResizeOutcome = enum(
    "BespokeResizeOutcome", "How a resize is judged.", "FREE", "PAID", "IMPOSSIBLE"
)
BespokeResizeStatus = enum(
    "BespokeResizeStatus",
    "How a resize stands.",
    "REQUESTED",
    "GRANTED",
    "PRICED",
    "PAID",
    "REFUSED",
    "IN_WORK",
    "FINISHED",
    "RETURNED",
)
BespokeReturnReason = enum(
    "BespokeReturnReason",
    "How the wish to return a piece is answered.",
    *(reason.value for reason in ReturnReason),
)
BespokeClaimKind = enum("BespokeClaimKind", "What a claim is about.", "QUALITY", "SIZE")
BespokeClaimStatus = enum(
    "BespokeClaimStatus", "How a claim stands.", "OPEN", "ACCEPTED", "REFUSED"
)
BespokeClaimRemedy = enum("BespokeClaimRemedy", "How a fault is made good.", *REMEDIES)
BespokeClaimLiable = enum(
    "BespokeClaimLiable", "Who answers for a ring that does not fit.", "STUDIO", "CUSTOMER"
)
BespokeCareKind = enum("BespokeCareKind", "A kind of care.", "CLEANING", "POLISH", "PRONG_CHECK")
BespokeCareStatus = enum("BespokeCareStatus", "How care stands.", "BOOKED", "DONE")


def payable_of(root: ResizeCase | ExtraService, info: Any) -> Any:
    """The sum a resize or a service is paid by, if there is one."""
    return row_of(info, Payable, root.payable_pk)


class BespokeResizeJudgement(graphene.ObjectType):
    """The answer to "Will a resize be free now?"."""

    class Meta:
        description = "Whether a resize asked for now would be free, and why."

    outcome = BespokeResizeOutcome(required=True, description="The answer.")
    until = Date(description="The last day of the free resize, in the customer's time zone.")
    limit_mm = Decimal(required=True, description="How far the free one reaches, in mm around.")
    reasons = listed(BespokeResizeReason, "Why.")

    @staticmethod
    def resolve_outcome(root: ResizeAnswer, _info: Any) -> str:
        return root.outcome.name


class BespokeResize(graphene.ObjectType):
    """A resize of the ring."""

    class Meta:
        description = "A resize, from the question to the ring's way back."
        interfaces = (graphene.relay.Node,)

    asked_label = graphene.String(required=True, description="The wished size, e.g. US 6.5.")
    asked_size_mm = Decimal(required=True, description="The wished size in mm around.")
    status = BespokeResizeStatus(required=True, description="How it stands.")
    outcome = BespokeResizeOutcome(required=True, description="How it was judged when asked for.")
    reasons = listed(BespokeResizeReason, "Why.")
    free_until = Date(description="The last day of the free resize, when it was asked for.")
    free = graphene.Boolean(required=True, description="Whether it is the granted free one.")
    note = graphene.String(required=True, description="The customer's words on it.")
    payable = graphene.Field(BespokePayable, description="What is owed for it, if anything.")
    measured_size_mm = Decimal(description="What the ring measured after it, in mm around.")
    measured_label = graphene.String(description="The same, as the nearest label asked for.")
    requested_at = DateTime(required=True, description="When it was asked for.")
    decided_at = DateTime(description="When it was granted, priced or refused.")
    started_at = DateTime(description="When the ring came in.")
    finished_at = DateTime(description="When the ring had its new size.")
    returned_at = DateTime(description="When the ring was sent back.")

    @staticmethod
    def resolve_payable(root: ResizeCase, info: Any) -> Any:
        return payable_of(root, info)

    @staticmethod
    def resolve_measured_label(root: ResizeCase, _info: Any) -> str | None:
        if root.measured_size_mm is None:
            return None
        system = root.asked_label.split()[0]
        found = {key.name: label for key, label in labels(root.measured_size_mm).items()}
        return f"{system} {found[system]}" if system in found else None


class BespokeReturnRequest(graphene.ObjectType):
    """A wish to return the piece, answered."""

    class Meta:
        description = "A customer's wish to return the piece, and its answer."
        interfaces = (graphene.relay.Node,)

    text = graphene.String(required=True, description="The customer's words.")
    possible = graphene.Boolean(
        required=True, description="Whether the money can come back by cancelling."
    )
    reason = BespokeReturnReason(required=True, description="The answer's stable reason.")
    explanation = graphene.String(required=True, description="The answer in words.")
    legal_basis = graphene.String(
        required=True, description="The law behind a refusal where the piece was sold, if one is."
    )
    stage = graphene.String(required=True, description="Where the commission stood.")
    at = DateTime(required=True, description="When it was asked for.")


class BespokeClaim(graphene.ObjectType):
    """A claim about the piece."""

    class Meta:
        description = "A claim about a fault or a size, its evidence and its decision."
        interfaces = (graphene.relay.Node,)

    kind = BespokeClaimKind(required=True, description="What it is about.")
    text = graphene.String(required=True, description="The customer's words.")
    status = BespokeClaimStatus(required=True, description="How it stands.")
    liable = BespokeClaimLiable(description="Who answers for the size, by who measured.")
    evidence = listed("saleor_bespoke.graphql.files.BespokeFile", "Pictures of it.")
    remedy = BespokeClaimRemedy(description="How it is made good, if it was accepted.")
    explanation = graphene.String(required=True, description="The decision in words.")
    measured_size_mm = Decimal(description="What the ring measured, in mm around.")
    refund_amount = graphene.Field(Money, description="What is given back, if it is a refund.")
    redo_project = graphene.ID(description="The commission that makes the piece anew.")
    opened_at = DateTime(required=True, description="When it was made.")
    decided_at = DateTime(description="When it was decided.")

    @staticmethod
    def resolve_liable(root: Claim, _info: Any) -> str | None:
        return root.liable or None

    @staticmethod
    def resolve_remedy(root: Claim, _info: Any) -> str | None:
        return root.remedy or None

    @staticmethod
    def resolve_evidence(root: Claim, info: Any) -> Any:
        found = rows_of(
            info,
            "claim_files",
            lambda: Claim.files.through.objects.select_related("bespokefile").order_by(
                "bespokefile__created_at", "pk"
            ),
            "claim_id",
            root.pk,
        )
        return found.then(lambda rows: [row.bespokefile for row in rows])

    @staticmethod
    def resolve_refund_amount(root: Claim, info: Any) -> Any:
        if root.refund_amount is None:
            return None
        return row_of(info, BespokeProject, root.project_id).then(
            lambda project: money(root.refund_amount, project.currency)
        )

    @staticmethod
    def resolve_redo_project(root: Claim, _info: Any) -> str | None:
        return global_id("BespokeProject", root.redo_project_id) if root.redo_project_id else None


class BespokeCareBooking(graphene.ObjectType):
    """Booked care."""

    class Meta:
        description = "A cleaning, polish or prong check."
        interfaces = (graphene.relay.Node,)

    kind = BespokeCareKind(required=True, description="What is done.")
    wished_for = Date(required=True, description="The day the customer wishes.")
    status = BespokeCareStatus(required=True, description="How it stands.")
    note = graphene.String(required=True, description="The customer's words.")
    report = graphene.String(required=True, description="What the workshop found and did.")
    booked_at = DateTime(required=True, description="When it was booked.")
    done_at = DateTime(description="When it was done.")


class BespokeExtraService(graphene.ObjectType):
    """A service outside the commission's price."""

    class Meta:
        description = "Work outside the commission's price, paid as a sum of its own."
        interfaces = (graphene.relay.Node,)

    title = graphene.String(required=True, description="What it is.")
    payable = graphene.Field(BespokePayable, description="What is owed for it.")
    priced_at = DateTime(required=True, description="When it was offered.")
    paid_at = DateTime(description="When it was paid.")

    @staticmethod
    def resolve_payable(root: ExtraService, info: Any) -> Any:
        return payable_of(root, info)


#: Names for rows of the project's lists, so that each list is read once for a page.
LISTS: dict[str, Any] = {
    "resizes": ResizeCase.objects.all,
    "return_requests": ReturnRequest.objects.all,
    "claims": Claim.objects.all,
    "care": CareBooking.objects.all,
    "extras": ExtraService.objects.all,
}
