"""Quotes as API clients see them."""

from __future__ import annotations

from typing import Any

import graphene
from promise import Promise

from saleor_bespoke import conf
from saleor_bespoke.craft.specification import Specification
from saleor_bespoke.flows.acceptance import materials_of
from saleor_bespoke.graphql.base import staff_view
from saleor_bespoke.graphql.files import BespokeFile
from saleor_bespoke.graphql.loaders import row_of, rows_of
from saleor_bespoke.graphql.losing import BespokeLostMaterial, lost_materials
from saleor_bespoke.graphql.quoting_parts import (
    BespokeQuoteLine,
    BespokeQuoteStone,
    BespokeResizeProspect,
    expected_of,
    facts_of,
    in_currency,
    listed,
    quote_of,
)
from saleor_bespoke.graphql.specification import BespokeSpecification
from saleor_bespoke.graphql.values import enum, money
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import BEFORE_PAYMENT, Stage
from saleor_bespoke.shop.types import Date, DateTime, Money
from saleor_bespoke.steps.quoting.content import total
from saleor_bespoke.steps.quoting.models import Quote, QuoteAlternative, QuoteLine

BespokeQuoteStatus = enum(
    "BespokeQuoteStatus",
    "How a quote stands.",
    "DRAFT",
    "SENT",
    "SUPERSEDED",
    "WITHDRAWN",
    "DECLINED",
    "COUNTERED",
    "EXPIRED",
    "ACCEPTED",
)
BespokeDuties = enum("BespokeDuties", "Who pays import duties.", "INCLUDED", "UNPAID", "NONE")


def _lines(info: Any, alternative: QuoteAlternative) -> Any:
    return rows_of(
        info,
        "quote_lines",
        lambda: QuoteLine.objects.order_by("position"),
        "alternative_id",
        alternative.pk,
    )


class BespokeQuoteAlternative(graphene.ObjectType):
    """One design at one price."""

    class Meta:
        description = "One design at one price, among those a quote offers."
        interfaces = (graphene.relay.Node,)

    position = graphene.Int(required=True, description="Its place in the quote, from 1.")
    title = graphene.String(required=True, description="What it is called.")
    design = graphene.String(required=True, description="What it will look like.")
    specification = graphene.Field(
        BespokeSpecification, required=True, description="What exactly is made."
    )
    specification_hash = graphene.String(
        required=True, description="SHA-256 of the specification's canonical form."
    )
    price = graphene.Field(
        Money, required=True, description="The piece's price, as the channel enters prices."
    )
    tax = graphene.Field(Money, required=True, description="The tax on piece and delivery.")
    total = graphene.Field(
        Money, required=True, description="What the customer pays, with delivery and tax."
    )
    lines = listed(
        BespokeQuoteLine,
        "What the price is made of; none where the shop does not show it to customers.",
        required=False,
    )
    stones = listed(BespokeQuoteStone, "The stones it is made with.")
    lost = listed(
        BespokeLostMaterial,
        "Of its materials, while it can be accepted and paid, those that others took meanwhile.",
    )
    materials_expected_on = Date(
        description="The day its last material arrives, where one is still to be sourced."
    )
    pictures = listed(BespokeFile, "Pictures of the design.")
    resize = graphene.Field(
        BespokeResizeProspect, required=True, description="Whether the resize will be free."
    )
    complexity_days = graphene.Int(
        required=True, description="Working days added for difficult handwork."
    )
    complexity_reason = graphene.String(required=True, description="Why they are added.")

    @staticmethod
    def resolve_specification(root: QuoteAlternative, _info: Any) -> Specification:
        return Specification.from_json(root.specification)

    @staticmethod
    def resolve_price(root: QuoteAlternative, info: Any) -> Any:
        return in_currency(info, root, root.price)

    @staticmethod
    def resolve_tax(root: QuoteAlternative, info: Any) -> Any:
        return in_currency(info, root, root.tax_amount)

    @staticmethod
    def resolve_total(root: QuoteAlternative, info: Any) -> Any:
        return quote_of(info, root, lambda quote: money(total(quote, root), quote.currency))

    @staticmethod
    def resolve_lines(root: QuoteAlternative, info: Any) -> Any:
        def shown(project: BespokeProject) -> Any:
            visible = conf.policy(project.channel).breakdown_visible
            return _lines(info, root) if visible or staff_view(info, project) else None

        return quote_of(
            info, root, lambda quote: row_of(info, BespokeProject, quote.project_id).then(shown)
        )

    @staticmethod
    def resolve_stones(root: QuoteAlternative, info: Any) -> Any:
        return _lines(info, root).then(
            lambda lines: [line for line in lines if facts_of(line).get("stone")]
        )

    @staticmethod
    def resolve_lost(root: QuoteAlternative, info: Any) -> Any:
        def wanted(quote: Quote) -> Any:
            open_ = quote.status == "SENT" or (
                quote.status == "ACCEPTED" and quote.accepted_alternative_id == root.pk
            )
            if not open_:
                return []
            return row_of(info, BespokeProject, quote.project_id).then(
                lambda project: asked(project) if Stage(project.stage) in BEFORE_PAYMENT else []
            )

        def asked(project: BespokeProject) -> Any:
            return _lines(info, root).then(
                lambda lines: lost_materials(info, project.pk, materials_of(lines))
            )

        return quote_of(info, root, wanted)

    @staticmethod
    def resolve_materials_expected_on(root: QuoteAlternative, info: Any) -> Any:
        return _lines(info, root).then(
            lambda lines: max(filter(None, map(expected_of, lines)), default=None)
        )

    @staticmethod
    def resolve_pictures(root: QuoteAlternative, info: Any) -> Any:
        through = QuoteAlternative.pictures.through
        chosen = rows_of(
            info,
            "quote_pictures",
            lambda: through.objects.select_related("bespokefile").order_by(
                "bespokefile__created_at", "bespokefile_id"
            ),
            "quotealternative_id",
            root.pk,
        )
        return chosen.then(lambda rows: [row.bespokefile for row in rows])


class BespokeQuote(graphene.ObjectType):
    """An offer."""

    class Meta:
        description = "An offer with one or several alternatives. Once sent it never changes."
        interfaces = (graphene.relay.Node,)

    version = graphene.Int(required=True, description="Its number within the commission.")
    status = BespokeQuoteStatus(required=True, description="How it stands.")
    currency = graphene.String(required=True, description="The currency of its sums.")
    destination_country = graphene.String(required=True, description="Where the piece goes.")
    shipping = graphene.Field(Money, required=True, description="What delivery costs.")
    tax_included = graphene.Boolean(
        required=True, description="Whether prices and delivery contain their tax."
    )
    duties = BespokeDuties(required=True, description="Who pays import duties.")
    terms_version = graphene.String(required=True, description="The terms it stands on.")
    terms_text = graphene.String(required=True, description="Those terms, word for word.")
    tweak_allowance = graphene.Int(required=True, description="Free rounds of CAD tweaks.")
    valid_until = DateTime(required=True, description="The last moment to accept and pay it.")
    note = graphene.String(required=True, description="What the workshop says with it.")
    content_hash = graphene.String(
        required=True, description="SHA-256 over all it says; empty while it is a draft."
    )
    drafted_at = DateTime(required=True, description="When it was drafted.")
    sent_at = DateTime(description="When it was sent.")
    closed_at = DateTime(description="When it ended without acceptance.")
    close_reason = graphene.String(required=True, description="Why it ended, in words.")
    accepted_at = DateTime(description="When it was accepted.")
    accepted_alternative = graphene.Field(
        BespokeQuoteAlternative, description="The alternative that was accepted."
    )
    alternatives = listed(BespokeQuoteAlternative, "What it offers.")

    @staticmethod
    def resolve_shipping(root: Quote, _info: Any) -> Any:
        return money(root.shipping_amount, root.currency)

    @staticmethod
    def resolve_terms_text(root: Quote, _info: Any) -> str:
        return root.terms_body

    @staticmethod
    def resolve_accepted_alternative(root: Quote, info: Any) -> Any:
        return row_of(info, QuoteAlternative, root.accepted_alternative_id)

    @staticmethod
    def resolve_alternatives(root: Quote, info: Any) -> Any:
        return rows_of(
            info,
            "quote_alternatives",
            lambda: QuoteAlternative.objects.order_by("position"),
            "quote_id",
            root.pk,
        )


def quotes_of(info: Any, project: BespokeProject) -> Promise:
    """The project's quotes, oldest first; a draft is the workshop's alone."""
    found = rows_of(
        info, "quotes", lambda: Quote.objects.order_by("version"), "project_id", project.pk
    )
    if staff_view(info, project):
        return found
    return found.then(lambda quotes: [quote for quote in quotes if quote.status != "DRAFT"])
