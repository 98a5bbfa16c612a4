"""Writes of the design room."""

from saleor_bespoke.steps.cad.services.approvals import cad_revision_approve
from saleor_bespoke.steps.cad.services.changes import (
    change_order_accepted_mark,
    change_order_bind,
    change_order_closed_mark,
    change_order_propose,
    change_order_settle,
    redesigned_on,
)
from saleor_bespoke.steps.cad.services.decisions import cad_decision_record
from saleor_bespoke.steps.cad.services.late import shown_mark
from saleor_bespoke.steps.cad.services.permissions import (
    archive_copy_record,
    design_permission_grant,
    design_permission_revoke,
)
from saleor_bespoke.steps.cad.services.pins import cad_pin_add, cad_pin_answer
from saleor_bespoke.steps.cad.services.reports import reports_make, reports_retry
from saleor_bespoke.steps.cad.services.revisions import cad_revision_draft, cad_revision_publish
from saleor_bespoke.steps.cad.services.tweaks import (
    cad_tweak_request,
    tweak_round_buy,
    tweak_settle,
)
from saleor_bespoke.steps.cad.services.views import (
    cad_annotation_add,
    cad_unit_confirm,
    cad_view_add,
    cad_view_remove,
)

__all__ = [
    "archive_copy_record",
    "cad_annotation_add",
    "cad_decision_record",
    "cad_pin_add",
    "cad_pin_answer",
    "cad_revision_approve",
    "cad_revision_draft",
    "cad_revision_publish",
    "cad_tweak_request",
    "cad_unit_confirm",
    "cad_view_add",
    "cad_view_remove",
    "change_order_accepted_mark",
    "change_order_bind",
    "change_order_closed_mark",
    "change_order_propose",
    "change_order_settle",
    "design_permission_grant",
    "design_permission_revoke",
    "redesigned_on",
    "reports_make",
    "reports_retry",
    "shown_mark",
    "tweak_round_buy",
    "tweak_settle",
]
