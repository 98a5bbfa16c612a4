"""Promised dates as API clients see them."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_bespoke.graphql.loaders import rows_of
from saleor_bespoke.graphql.values import enum
from saleor_bespoke.shop.types import JSON, DateTime
from saleor_bespoke.workshop import promise_rules
from saleor_bespoke.workshop.models import Promise, PromiseMove

BespokePromiseStep = enum(
    "BespokePromiseStep", "What a date was promised for.", *promise_rules.STEPS
)
BespokePromiseCause = enum(
    "BespokePromiseCause", "Why a promised date moved.", *promise_rules.CAUSES
)
BespokePromiseOutcome = enum(
    "BespokePromiseOutcome", "How a promise ended.", "MET", "LATE", "DROPPED"
)


class BespokePromiseChange(graphene.ObjectType):
    """A promised date moved."""

    class Meta:
        description = "A promised date moved: from when to when, and why."

    old_due_at = DateTime(required=True, description="What was promised before.")
    new_due_at = DateTime(required=True, description="What was promised instead.")
    cause = BespokePromiseCause(required=True, description="The reason's kind.")
    explanation = graphene.String(required=True, description="The reason in words.")
    moved_at = DateTime(required=True, description="When it was moved.")


class BespokePromise(graphene.ObjectType):
    """A date given to the customer for one step."""

    class Meta:
        description = "A date given to the customer for one step, with how it was computed."
        interfaces = (graphene.relay.Node,)

    step = BespokePromiseStep(required=True, description="What was promised.")
    started_at = DateTime(required=True, description="When it was promised.")
    due_at = DateTime(required=True, description="Until when, as promised now.")
    first_due_at = DateTime(required=True, description="Until when, as promised at first.")
    paused_at = DateTime(description="Since when its clock stands still for the customer.")
    late_at = DateTime(description="When it was found late, if it is.")
    ended_at = DateTime(description="When it ended.")
    outcome = BespokePromiseOutcome(description="How it ended.")
    trace = JSON(
        required=True,
        description="Base, unit, range, modifiers, holidays, calendar version, awaited materials.",
    )
    moves = graphene.List(
        graphene.NonNull(BespokePromiseChange),
        required=True,
        description="Every move of the date, oldest first.",
    )

    @staticmethod
    def resolve_outcome(root: Promise, _info: Any) -> str | None:
        return root.outcome or None

    @staticmethod
    def resolve_moves(root: Promise, info: Any) -> Any:
        return rows_of(info, "promise moves", PromiseMove.objects.all, "promise_id", root.pk)
