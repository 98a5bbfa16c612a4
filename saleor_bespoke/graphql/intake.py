"""API of the brief and what belongs to it."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_bespoke.graphql import intake_exchange as exchange
from saleor_bespoke.graphql import intake_operations as operations
from saleor_bespoke.graphql.base import staff_view
from saleor_bespoke.graphql.intake_form import BespokeIntakeForm, intake_form
from saleor_bespoke.graphql.intake_types import (
    BespokeBrief,
    BespokeConsent,
    BespokeFeasibilityWarning,
    BespokeMessage,
    BespokeOwnMaterial,
    BespokeQuestion,
    BespokeReferenceFile,
)
from saleor_bespoke.graphql.loaders import rows_of
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.intake.models import (
    Brief,
    Consent,
    FeasibilityWarning,
    InformationRequest,
    Message,
    OwnMaterial,
    ReferenceFile,
)


def _list(kind: Any, description: str) -> graphene.List:
    return graphene.List(graphene.NonNull(kind), required=True, description=description)


def _briefs(info: Any, project: BespokeProject) -> Any:
    return rows_of(
        info, "briefs", lambda: Brief.objects.order_by("version"), "project_id", project.pk
    )


class IntakeFields:
    """Fields this room adds to the project."""

    brief = graphene.Field(BespokeBrief, description="The version of the brief that counts.")
    briefs = _list(BespokeBrief, "All versions of the brief, oldest first.")
    reference_files = _list(BespokeReferenceFile, "What shows what is meant, by place.")
    messages = _list(
        BespokeMessage, "The conversation, oldest first; staff's own notes for staff only."
    )
    consents = _list(BespokeConsent, "Texts that were agreed to or noted, oldest first.")
    questions = _list(BespokeQuestion, "The workshop's questions, oldest first.")
    feasibility_warnings = _list(
        BespokeFeasibilityWarning,
        "What the rules found in the current brief; empty for customers.",
    )
    own_materials = _list(BespokeOwnMaterial, "What the customer brings.")

    @staticmethod
    def resolve_brief(root: BespokeProject, info: Any) -> Any:
        return _briefs(info, root).then(lambda briefs: briefs[-1] if briefs else None)

    @staticmethod
    def resolve_briefs(root: BespokeProject, info: Any) -> Any:
        return _briefs(info, root)

    @staticmethod
    def resolve_reference_files(root: BespokeProject, info: Any) -> Any:
        rows = ReferenceFile.objects.order_by
        return rows_of(info, "references", lambda: rows("position"), "project_id", root.pk)

    @staticmethod
    def resolve_messages(root: BespokeProject, info: Any) -> Any:
        rows = Message.objects.order_by
        found = rows_of(info, "messages", lambda: rows("at", "pk"), "project_id", root.pk)
        if staff_view(info, root):
            return found
        return found.then(lambda messages: [each for each in messages if each.shared])

    @staticmethod
    def resolve_consents(root: BespokeProject, info: Any) -> Any:
        rows = Consent.objects.order_by
        return rows_of(info, "consents", lambda: rows("at", "pk"), "project_id", root.pk)

    @staticmethod
    def resolve_questions(root: BespokeProject, info: Any) -> Any:
        rows = InformationRequest.objects.order_by
        return rows_of(info, "questions", lambda: rows("asked_at"), "project_id", root.pk)

    @staticmethod
    def resolve_feasibility_warnings(root: BespokeProject, info: Any) -> Any:
        if not staff_view(info, root):
            return []

        def of_current(briefs: list[Brief]) -> Any:
            rows = FeasibilityWarning.objects.order_by
            if not briefs:
                return []
            return rows_of(info, "warnings", lambda: rows("code"), "brief_id", briefs[-1].pk)

        return _briefs(info, root).then(of_current)

    @staticmethod
    def resolve_own_materials(root: BespokeProject, info: Any) -> Any:
        rows = OwnMaterial.objects.order_by
        return rows_of(info, "own_materials", lambda: rows("kind", "pk"), "project_id", root.pk)


class IntakeQueries:
    """Queries of this room."""

    bespoke_intake_form = graphene.Field(
        BespokeIntakeForm,
        channel=graphene.Argument(
            graphene.String, required=True, description="The channel's slug."
        ),
        description="The intake form of a channel, for anybody.",
    )

    @staticmethod
    def resolve_bespoke_intake_form(
        _root: Any, _info: Any, channel: str
    ) -> BespokeIntakeForm | None:
        return intake_form(channel)


class IntakeMutations:
    """Operations of this room."""

    bespoke_project_create = operations.ProjectCreate.Field()
    bespoke_brief_revise = operations.BriefRevise.Field()
    bespoke_brief_confirm = operations.BriefConfirm.Field()
    bespoke_information_request = operations.InformationRequest.Field()
    bespoke_information_answer = operations.InformationAnswer.Field()
    bespoke_feasibility_answer = operations.FeasibilityAnswer.Field()
    bespoke_stylist_assign = operations.StylistAssign.Field()
    bespoke_reference_file_add = exchange.ReferenceFileAdd.Field()
    bespoke_reference_file_remove = exchange.ReferenceFileRemove.Field()
    bespoke_message_send = exchange.MessageSend.Field()
    bespoke_own_material_receive = exchange.OwnMaterialReceive.Field()
    bespoke_own_material_accept = exchange.OwnMaterialAccept.Field()
    bespoke_own_material_refuse = exchange.OwnMaterialRefuse.Field()
    bespoke_own_material_return = exchange.OwnMaterialReturn.Field()
    bespoke_old_gold_credit_accept = exchange.OldGoldCreditAccept.Field()
