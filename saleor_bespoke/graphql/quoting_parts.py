"""What an offer consists of: lines, stones as they were when it was sent, the resize's prospect."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal as Number
from typing import Any
from uuid import UUID

import graphene

from saleor_bespoke.craft.stone_codec import stone_from_json
from saleor_bespoke.graphql.base import global_id
from saleor_bespoke.graphql.files import BespokeFile
from saleor_bespoke.graphql.loaders import row_of
from saleor_bespoke.graphql.specification import BespokeStone
from saleor_bespoke.graphql.values import enum, money
from saleor_bespoke.media.models import BespokeFile as FileRow
from saleor_bespoke.shop.types import Date, Decimal, Money
from saleor_bespoke.steps.quoting.models import Quote, QuoteAlternative, QuoteLine

BespokeQuoteLineKind = enum(
    "BespokeQuoteLineKind",
    "What a part of a price is for.",
    "MATERIAL",
    "LABOUR",
    "EXTRA",
    "CREDIT",
)
BespokeResizeProspectOutcome = enum(
    "BespokeResizeProspectOutcome", "Whether the resize will be free.", "FREE", "PAID", "IMPOSSIBLE"
)


def listed(kind: Any, description: str, *, required: bool = True) -> graphene.List:
    return graphene.List(graphene.NonNull(kind), required=required, description=description)


def quote_of(info: Any, alternative: QuoteAlternative, then: Callable[[Quote], Any]) -> Any:
    return row_of(info, Quote, alternative.quote_id).then(then)


def in_currency(info: Any, alternative: QuoteAlternative, amount: Number) -> Any:
    return quote_of(info, alternative, lambda quote: money(amount, quote.currency))


class BespokeResizeReason(graphene.ObjectType):
    """Why a resize will be free or not."""

    class Meta:
        description = "One reason why a resize will be free or not."

    code = graphene.String(required=True, description="The stable reason.")
    sentence = graphene.String(required=True, description="The reason in words.")


class BespokeResizeProspect(graphene.ObjectType):
    """The answer to "Will the resize be free?"; the root is the stored answer."""

    class Meta:
        description = "Whether the resize of this piece will be free, before it is made."

    outcome = BespokeResizeProspectOutcome(required=True, description="The answer.")
    sentence = graphene.String(required=True, description="The answer in one sentence.")
    reasons = listed(BespokeResizeReason, "Why.")
    until_days = graphene.Int(required=True, description="Days after delivery to ask for it.")
    limit = Decimal(required=True, description="How far it reaches either way, in US sizes.")
    limit_mm = Decimal(required=True, description="How far it reaches, in mm of circumference.")

    @staticmethod
    def resolve_until_days(root: dict[str, Any], _info: Any) -> int:
        return int(root["untilDays"])

    @staticmethod
    def resolve_limit(root: dict[str, Any], _info: Any) -> Number:
        return Number(root["limit"])

    @staticmethod
    def resolve_limit_mm(root: dict[str, Any], _info: Any) -> Number:
        return Number(root["limitMm"])


class BespokeQuoteStone(graphene.ObjectType):
    """A stone of an offer as it was sent; the root is a quote's line."""

    class Meta:
        description = "A stone of a design, as it was when the quote was sent."

    name = graphene.String(required=True, description="What the workshop calls it.")
    stone = graphene.Field(BespokeStone, required=True, description="Its facts.")
    quantity = Decimal(required=True, description="How many.")
    provenance = graphene.String(required=True, description="What is claimed of where it is from.")
    laboratory = graphene.String(required=True, description="Whose report it has, if any.")
    certificate_number = graphene.String(required=True, description="That report's number.")
    own = graphene.Boolean(required=True, description="Whether it is the customer's own.")
    expected_on = Date(description="When it arrives, where it is still to be sourced.")
    photo = graphene.Field(BespokeFile, description="Its photograph.")

    @staticmethod
    def resolve_name(root: QuoteLine, _info: Any) -> str:
        return str(facts_of(root)["name"])

    @staticmethod
    def resolve_stone(root: QuoteLine, _info: Any) -> Any:
        return stone_from_json(facts_of(root)["stone"])

    @staticmethod
    def resolve_provenance(root: QuoteLine, _info: Any) -> str:
        return str(facts_of(root)["provenance"])

    @staticmethod
    def resolve_laboratory(root: QuoteLine, _info: Any) -> str:
        return str(facts_of(root)["laboratory"])

    @staticmethod
    def resolve_certificate_number(root: QuoteLine, _info: Any) -> str:
        return str(facts_of(root)["certificateNumber"])

    @staticmethod
    def resolve_own(root: QuoteLine, _info: Any) -> bool:
        return bool(facts_of(root)["own"])

    @staticmethod
    def resolve_expected_on(root: QuoteLine, _info: Any) -> date | None:
        return expected_of(root)

    @staticmethod
    def resolve_photo(root: QuoteLine, info: Any) -> Any:
        photo = facts_of(root)["photo"]
        return row_of(info, FileRow, UUID(photo) if photo else None)


def facts_of(line: QuoteLine) -> dict[str, Any]:
    return line.facts or {}


def expected_of(line: QuoteLine) -> date | None:
    day = facts_of(line).get("expectedOn")
    return date.fromisoformat(day) if day else None


class BespokeQuoteLine(graphene.ObjectType):
    """A part of a price."""

    class Meta:
        description = "A part of an alternative's price."
        interfaces = (graphene.relay.Node,)

    kind = BespokeQuoteLineKind(required=True, description="What it is for.")
    description = graphene.String(required=True, description="What it is, in words.")
    amount = graphene.Field(Money, required=True, description="How much; a credit is negative.")
    material = graphene.ID(description="The material it pays for.")
    material_name = graphene.String(description="What that material is called.")
    quantity = Decimal(description="Pieces or grams of that material.")
    expected_on = Date(description="When the material arrives, where it is to be sourced.")

    @staticmethod
    def resolve_amount(root: QuoteLine, info: Any) -> Any:
        return row_of(info, QuoteAlternative, root.alternative_id).then(
            lambda alternative: in_currency(info, alternative, root.amount)
        )

    @staticmethod
    def resolve_material(root: QuoteLine, _info: Any) -> str | None:
        return global_id("BespokeMaterial", root.material_id) if root.material_id else None

    @staticmethod
    def resolve_material_name(root: QuoteLine, _info: Any) -> str | None:
        return facts_of(root).get("name")

    @staticmethod
    def resolve_expected_on(root: QuoteLine, _info: Any) -> date | None:
        return expected_of(root)
