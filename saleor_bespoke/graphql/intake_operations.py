"""Operations on the form and the brief."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_bespoke.flows import revision
from saleor_bespoke.graphql.base import (
    BespokeMutation,
    decode_id,
    project_field,
    token_argument,
)
from saleor_bespoke.graphql.intake_inputs import (
    BespokeBriefInput,
    BespokeProjectInput,
    brief_draft,
    submission,
)
from saleor_bespoke.graphql.intake_types import (
    BespokeBrief,
    BespokeFeasibilityWarning,
    BespokeQuestion,
    BespokeWarningAnswer,
)
from saleor_bespoke.project.access import Actor
from saleor_bespoke.shop.types import UUID, DateTime
from saleor_bespoke.steps.intake import services


def project_id() -> graphene.ID:
    """The argument that names the commission."""
    return graphene.ID(required=True, description="The commission's id.")


class ProjectCreate(BespokeMutation):
    """Send the form."""

    class Meta:
        description = (
            "Open a commission from a filled-in form, for anybody: a customer's belongs to their "
            "account, and everybody gets a secret token that opens it."
        )

    class Arguments:
        input = BespokeProjectInput(required=True, description="The form.")
        idempotency_key = UUID(
            description="A fresh random UUID for each form: sent twice, it opens one commission. "
            "Keep it secret like the token."
        )
        token = graphene.String(
            description="The secret token of the commission named by `linkedTo`, for guests."
        )

    project = project_field()
    guest_token = graphene.String(
        description="The commission's secret token; shown now and never again."
    )
    quote_promise = DateTime(description="Until when the quote is promised.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        created = services.project_create(
            actor=actor,
            submission=submission(data["input"]),
            idempotency_key=data.get("idempotency_key"),
        )
        return {
            "project": created.project,
            "guest_token": created.token,
            "quote_promise": created.promise.due_at,
        }


class BriefRevise(BespokeMutation):
    """Change the brief."""

    class Meta:
        command = "brief_revise"
        description = (
            "Record a new version of the brief, also to raise the budget. It is confirmed anew, "
            "and a quote on offer is closed."
        )

    class Arguments:
        project = project_id()
        token = token_argument()
        input = BespokeBriefInput(required=True, description="The brief, whole.")

    project = project_field()
    brief = graphene.Field(BespokeBrief, description="The version that counts now.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        brief = revision.brief_revise(
            actor=actor,
            project_pk=decode_id(data["project"], "BespokeProject", field="project"),
            draft=brief_draft(data["input"]),
        )
        return {"project": brief.project, "brief": brief}


class BriefConfirm(BespokeMutation):
    """Confirm the specification."""

    class Meta:
        command = "brief_confirm"
        description = "Confirm that a version of the brief is complete and can be made."

    class Arguments:
        id = graphene.ID(required=True, description="The id of the current version.")

    project = project_field()
    brief = graphene.Field(BespokeBrief, description="The version as it is now.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        brief = services.brief_confirm(actor=actor, brief_pk=decode_id(data["id"], "BespokeBrief"))
        return {"project": brief.project, "brief": brief}


class InformationRequest(BespokeMutation):
    """Ask for what is missing."""

    class Meta:
        command = "information_request"
        description = "Ask the customer for what is missing; the quote's clock stops."

    class Arguments:
        project = project_id()
        question = graphene.String(required=True, description="What is asked.")

    project = project_field()
    question = graphene.Field(BespokeQuestion, description="The question.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        row = services.information_request(
            actor=actor,
            project_pk=decode_id(data["project"], "BespokeProject", field="project"),
            question=data["question"],
        )
        return {"project": row.project, "question": row}


class InformationAnswer(BespokeMutation):
    """Answer a question."""

    class Meta:
        command = "information_answer"
        description = "Answer the workshop's question; the quote's clock runs on."

    class Arguments:
        id = graphene.ID(required=True, description="The question's id.")
        token = token_argument()
        answer = graphene.String(required=True, description="The answer.")

    project = project_field()
    question = graphene.Field(BespokeQuestion, description="The question, answered.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        row = services.information_answer(
            actor=actor,
            question_pk=decode_id(data["id"], "BespokeQuestion"),
            answer=data["answer"],
        )
        return {"project": row.project, "question": row}


class FeasibilityAnswer(BespokeMutation):
    """Answer a warning."""

    class Meta:
        command = "feasibility_answer"
        description = "Say what becomes of a warning; an impossible one needs a note."

    class Arguments:
        id = graphene.ID(required=True, description="The warning's id.")
        answer = BespokeWarningAnswer(required=True, description="What becomes of it.")
        note = graphene.String(description="Why it is all right, or what was changed.")

    project = project_field()
    warning = graphene.Field(BespokeFeasibilityWarning, description="The warning as it is now.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        row = services.feasibility_answer(
            actor=actor,
            warning_pk=decode_id(data["id"], "BespokeFeasibilityWarning"),
            answer=data["answer"],
            note=data.get("note") or "",
        )
        return {"project": row.brief.project, "warning": row}


class StylistAssign(BespokeMutation):
    """Name a stylist."""

    class Meta:
        command = "stylist_assign"
        description = "Name the member of staff who looks after the customer."

    class Arguments:
        project = project_id()
        staff = graphene.ID(required=True, description="The host's id of the staff user.")

    project = project_field()

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        project = services.stylist_assign(
            actor=actor,
            project_pk=decode_id(data["project"], "BespokeProject", field="project"),
            staff=data["staff"],
        )
        return {"project": project}
