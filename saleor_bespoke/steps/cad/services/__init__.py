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
from saleor_bespoke.steps.cad.services.revisions import (
    cad_annotation_add,
    cad_pin_add,
    cad_pin_answer,
    cad_revision_draft,
    cad_revision_publish,
    cad_view_add,
)
from saleor_bespoke.steps.cad.services.tweaks import (
    cad_tweak_request,
    tweak_round_buy,
    tweak_settle,
)

__all__ = [
    "cad_annotation_add",
    "cad_pin_add",
    "cad_pin_answer",
    "cad_revision_approve",
    "cad_revision_draft",
    "cad_revision_publish",
    "cad_tweak_request",
    "cad_view_add",
    "change_order_accepted_mark",
    "change_order_bind",
    "change_order_closed_mark",
    "change_order_propose",
    "change_order_settle",
    "redesigned_on",
    "tweak_round_buy",
    "tweak_settle",
]
