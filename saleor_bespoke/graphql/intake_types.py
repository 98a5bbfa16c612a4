"""The brief and what belongs to it, as API clients see them."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_bespoke.craft.pieces import Specification, stone_from_json
from saleor_bespoke.craft.stones import Stone
from saleor_bespoke.graphql.files import BespokeFile
from saleor_bespoke.graphql.loaders import row_of, rows_of
from saleor_bespoke.graphql.specification import (
    BespokeAlloyCode,
    BespokeSpecification,
    BespokeStone,
)
from saleor_bespoke.graphql.values import enum, money
from saleor_bespoke.media.models import BespokeFile as FileRow
from saleor_bespoke.shop.types import Date, DateTime, Decimal, Money
from saleor_bespoke.steps.intake.models import (
    Brief,
    Message,
    OwnMaterial,
    ReferenceFile,
)
from saleor_bespoke.steps.intake.selectors import specification_of

BespokeBriefStatus = enum(
    "BespokeBriefStatus",
    "How a version of the brief stands.",
    "SUBMITTED",
    "NEEDS_INFORMATION",
    "CONFIRMED",
)
BespokeConsentKind = enum(
    "BespokeConsentKind",
    "Which text was agreed to or noted.",
    "CONTACT",
    "RETURNS_NOTICE",
    "TERMS",
)
BespokeConsentMoment = enum(
    "BespokeConsentMoment", "When a text was shown.", "INTAKE", "ACCEPTANCE", "APPROVAL"
)
BespokeWarningSeverity = enum(
    "BespokeWarningSeverity", "How grave a warning is.", "INFO", "RISK", "IMPOSSIBLE"
)
BespokeWarningAnswer = enum(
    "BespokeWarningAnswer", "What became of a warning.", "ACCEPTED", "ADJUSTED"
)
BespokeOwnMaterialKind = enum(
    "BespokeOwnMaterialKind", "What a customer brings.", "OWN_STONE", "OLD_JEWELLERY"
)
BespokeOwnMaterialStatus = enum(
    "BespokeOwnMaterialStatus",
    "How something brought by the customer stands.",
    "DECLARED",
    "RECEIVED",
    "ACCEPTED",
    "REFUSED",
    "CREDITED",
    "RETURNED",
)


class BespokeBrief(graphene.ObjectType):
    """One version of what the customer wants."""

    class Meta:
        description = "One recorded version of what the customer wants."
        interfaces = (graphene.relay.Node,)

    version = graphene.Int(required=True, description="Its version, from 1.")
    status = BespokeBriefStatus(required=True, description="How it stands.")
    specification = graphene.Field(
        BespokeSpecification, required=True, description="What is to be made."
    )
    specification_hash = graphene.String(
        required=True, description="SHA-256 of the specification's canonical form."
    )
    story = graphene.String(required=True, description="The customer's own words.")
    budget_min = graphene.Field(Money, required=True, description="The budget.")
    budget_stretch = graphene.Field(
        Money, required=True, description="The most a quote may ever ask."
    )
    destination_country = graphene.String(required=True, description="Where the piece goes.")
    date_needed = Date(description="When the customer would like to have it.")
    submitted_at = DateTime(required=True, description="When it was sent.")
    confirmed_at = DateTime(description="When staff confirmed it.")

    @staticmethod
    def resolve_specification(root: Brief, _info: Any) -> Specification:
        return specification_of(root)

    @staticmethod
    def resolve_budget_min(root: Brief, _info: Any) -> Any:
        return money(root.budget_min, root.currency)

    @staticmethod
    def resolve_budget_stretch(root: Brief, _info: Any) -> Any:
        return money(root.budget_stretch, root.currency)


class BespokeReferenceFile(graphene.ObjectType):
    """A reference of the customer's."""

    class Meta:
        description = "A picture, document or model that shows what the customer means."
        interfaces = (graphene.relay.Node,)

    position = graphene.Int(required=True, description="Its place in the form, from 1.")
    caption = graphene.String(required=True, description="What it shows.")
    file = graphene.Field(BespokeFile, required=True, description="The file.")

    @staticmethod
    def resolve_file(root: ReferenceFile, info: Any) -> Any:
        return row_of(info, FileRow, root.file_id)


class BespokeConsent(graphene.ObjectType):
    """A text agreed to or noted."""

    class Meta:
        description = "A text that was agreed to or noted, with its version and time."

    kind = BespokeConsentKind(required=True, description="Which text.")
    shown_at = BespokeConsentMoment(required=True, description="On which occasion.")
    version = graphene.String(required=True, description="The text's version.")
    text_hash = graphene.String(required=True, description="SHA-256 of the text as shown.")
    at = DateTime(required=True, description="When.")


class BespokeQuestion(graphene.ObjectType):
    """A question of the workshop."""

    class Meta:
        description = "A question to the customer; the quote's clock stands until the answer."
        interfaces = (graphene.relay.Node,)

    question = graphene.String(required=True, description="What is asked.")
    asked_at = DateTime(required=True, description="When it was asked.")
    answer = graphene.String(required=True, description="The answer, once there is one.")
    answered_at = DateTime(description="When it was answered.")


class BespokeMessage(graphene.ObjectType):
    """A line of the conversation."""

    class Meta:
        description = "A line of the conversation between customer and workshop."
        interfaces = (graphene.relay.Node,)

    text = graphene.String(required=True, description="What was said.")
    author_kind = graphene.String(required=True, description="Which kind of caller said it.")
    author_name = graphene.String(required=True, description="Who said it.")
    shared = graphene.Boolean(required=True, description="Whether the customer sees it.")
    at = DateTime(required=True, description="When.")
    attachments = graphene.List(
        graphene.NonNull(BespokeFile), required=True, description="The files that came with it."
    )

    @staticmethod
    def resolve_attachments(root: Message, info: Any) -> Any:
        through = Message.files.through
        found = rows_of(
            info,
            "message_files",
            lambda: through.objects.select_related("bespokefile").order_by("pk"),
            "message_id",
            root.pk,
        )
        return found.then(lambda rows: [row.bespokefile for row in rows])


class BespokeFeasibilityWarning(graphene.ObjectType):
    """What the rules found in a brief."""

    class Meta:
        description = "What the rules found risky or impossible in a brief, for staff."
        interfaces = (graphene.relay.Node,)

    code = graphene.String(required=True, description="The rule's stable name.")
    severity = BespokeWarningSeverity(required=True, description="How grave it is.")
    field = graphene.String(required=True, description="The field of the specification.")
    message = graphene.String(required=True, description="What is the matter.")
    answer = BespokeWarningAnswer(description="What became of it, once answered.")
    note = graphene.String(required=True, description="What staff wrote about it.")
    answered_at = DateTime(description="When it was answered.")

    @staticmethod
    def resolve_answer(root: Any, _info: Any) -> str | None:
        return root.answer or None


class BespokeOwnMaterial(graphene.ObjectType):
    """What the customer brings."""

    class Meta:
        description = "The customer's own stone or old jewellery on its way into the commission."
        interfaces = (graphene.relay.Node,)

    kind = BespokeOwnMaterialKind(required=True, description="A stone, or old jewellery.")
    status = BespokeOwnMaterialStatus(required=True, description="How it stands.")
    description = graphene.String(required=True, description="What the customer said of it.")
    stone = graphene.Field(
        BespokeStone, description="A stone's facts: as declared, then as examined."
    )
    alloy = BespokeAlloyCode(description="The alloy: as declared, then as tested.")
    weight_grams = Decimal(description="Old jewellery's weight in grams, once weighed.")
    credit = graphene.Field(Money, description="The credit offered for old jewellery.")
    findings = graphene.String(required=True, description="What the examination found.")
    received_at = DateTime(description="When it arrived.")
    decided_at = DateTime(description="When it was accepted or refused.")
    credit_accepted_at = DateTime(description="When the customer accepted the credit.")
    returned_at = DateTime(description="When it was given back.")

    @staticmethod
    def resolve_stone(root: OwnMaterial, _info: Any) -> Stone | None:
        return stone_from_json(root.stone) if root.stone else None

    @staticmethod
    def resolve_alloy(root: OwnMaterial, _info: Any) -> str | None:
        return root.alloy or None

    @staticmethod
    def resolve_credit(root: OwnMaterial, _info: Any) -> Any:
        return money(root.credit, root.currency) if root.credit is not None else None
