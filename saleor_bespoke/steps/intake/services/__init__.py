"""The writes of this room, by the names of their commands."""

from saleor_bespoke.steps.intake.services.briefs import (
    brief_confirm,
    brief_revise,
    feasibility_answer,
    information_answer,
    information_request,
    stylist_assign,
)
from saleor_bespoke.steps.intake.services.correspondence import (
    message_send,
    reference_file_add,
    reference_file_remove,
)
from saleor_bespoke.steps.intake.services.drafts import BriefDraft
from saleor_bespoke.steps.intake.services.own_materials import (
    old_gold_credit_accept,
    own_material_accept,
    own_material_receive,
    own_material_refuse,
    own_material_return,
)
from saleor_bespoke.steps.intake.services.submission import (
    Contact,
    Created,
    Submission,
    consent_record,
    project_create,
)

__all__ = [
    "BriefDraft",
    "Contact",
    "Created",
    "Submission",
    "brief_confirm",
    "brief_revise",
    "consent_record",
    "feasibility_answer",
    "information_answer",
    "information_request",
    "message_send",
    "old_gold_credit_accept",
    "own_material_accept",
    "own_material_receive",
    "own_material_refuse",
    "own_material_return",
    "project_create",
    "reference_file_add",
    "reference_file_remove",
    "stylist_assign",
]
