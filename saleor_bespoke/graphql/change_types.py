"""Tweaks and change orders as API clients see them."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_bespoke.craft.specification import Specification
from saleor_bespoke.graphql.loaders import row_of
from saleor_bespoke.graphql.specification import BespokeSpecification
from saleor_bespoke.graphql.values import enum, money
from saleor_bespoke.money.models import Payable
from saleor_bespoke.shop.types import DateTime, Money
from saleor_bespoke.steps.cad.models import ChangeOrder, TweakRound

BespokeChangeOrderStatus = enum(
    "BespokeChangeOrderStatus",
    "How a change order stands.",
    "PROPOSED",
    "ACCEPTED",
    "SETTLED",
    "DECLINED",
    "WITHDRAWN",
)


class BespokeTweakRound(graphene.ObjectType):
    """A round of small changes."""

    class Meta:
        description = "A round of small changes, counted against the quote's allowance."
        interfaces = (graphene.relay.Node,)

    number = graphene.Int(required=True, description="Its number, from 1.")
    free = graphene.Boolean(required=True, description="Whether the allowance covers it.")
    request = graphene.String(required=True, description="What was asked for.")
    requested_at = DateTime(description="When; nothing while a bought round is unused.")

    @staticmethod
    def resolve_number(root: TweakRound, _info: Any) -> int:
        return root.number


class BespokeChange(graphene.ObjectType):
    """One difference between two specifications."""

    class Meta:
        description = "One difference between what was agreed and what is proposed."

    kind = graphene.String(required=True, description="metal, stone, size, head, piece or detail.")
    field = graphene.String(required=True, description="The field of the specification.")
    before = graphene.String(required=True, description="Canonical JSON before.")
    after = graphene.String(required=True, description="Canonical JSON after.")


class BespokeChangeOrder(graphene.ObjectType):
    """A change that is no tweak."""

    class Meta:
        description = "A change of metal, stone, size or head with its price and date."
        interfaces = (graphene.relay.Node,)

    number = graphene.Int(required=True, description="Its number, from 1.")
    status = BespokeChangeOrderStatus(required=True, description="How it stands.")
    reason = graphene.String(required=True, description="What changes and why.")
    changes = graphene.List(
        graphene.NonNull(BespokeChange), required=True, description="What differs."
    )
    specification = graphene.Field(
        BespokeSpecification, required=True, description="What would bind then."
    )
    price_difference = graphene.Field(
        Money, required=True, description="What it costs; negative sums go back."
    )
    refund = graphene.Field(
        Money,
        required=True,
        description="What its acceptance sends back, with the tax that was paid on it.",
    )
    business_days = graphene.Int(required=True, description="By how many days it delays the work.")
    valid_until = DateTime(required=True, description="Until when it can be accepted.")
    payable = graphene.Field(
        "saleor_bespoke.graphql.money.BespokePayable", description="What is owed for it."
    )

    @staticmethod
    def resolve_changes(root: ChangeOrder, _info: Any) -> list[BespokeChange]:
        return [BespokeChange(**change) for change in root.changes]

    @staticmethod
    def resolve_specification(root: ChangeOrder, _info: Any) -> Specification:
        return Specification.from_json(root.specification)

    @staticmethod
    def resolve_price_difference(root: ChangeOrder, _info: Any) -> Any:
        return money(root.price_difference, root.currency)

    @staticmethod
    def resolve_refund(root: ChangeOrder, _info: Any) -> Any:
        return money(root.refund, root.currency)

    @staticmethod
    def resolve_payable(root: ChangeOrder, info: Any) -> Any:
        return row_of(info, Payable, root.payable_pk)
