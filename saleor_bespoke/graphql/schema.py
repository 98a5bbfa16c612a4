"""The product's part of the schema, for a host to mix into its own roots."""

from __future__ import annotations

from saleor_bespoke.graphql.aftercare import AftercareMutations, AftercareQueries
from saleor_bespoke.graphql.cad import CadMutations
from saleor_bespoke.graphql.cad_comparing import ComparingQueries
from saleor_bespoke.graphql.cad_decisions import DecisionMutations
from saleor_bespoke.graphql.cad_permissions import PermissionMutations
from saleor_bespoke.graphql.cad_reviews import ReviewMutations
from saleor_bespoke.graphql.changes import ChangesMutations
from saleor_bespoke.graphql.intake import IntakeMutations, IntakeQueries
from saleor_bespoke.graphql.listing import ListingQueries
from saleor_bespoke.graphql.money import MoneyMutations, MoneyQueries
from saleor_bespoke.graphql.paper_operations import PapersMutations
from saleor_bespoke.graphql.persons import PersonMutations, PersonQueries
from saleor_bespoke.graphql.production import ProductionMutations, ProductionQueries
from saleor_bespoke.graphql.quality import QualityMutations, QualityQueries
from saleor_bespoke.graphql.quoting import QuotingMutations, QuotingQueries
from saleor_bespoke.graphql.shipping import ShippingMutations, ShippingQueries
from saleor_bespoke.graphql.spine import SpineMutations, SpineQueries
from saleor_bespoke.graphql.transfers import TransferMutations
from saleor_bespoke.graphql.uploads import UploadMutations
from saleor_bespoke.graphql.webhooks import WebhookMutations, WebhookQueries
from saleor_bespoke.graphql.workshop import WorkshopMutations, WorkshopQueries


class BespokeQueries(
    SpineQueries,
    ListingQueries,
    IntakeQueries,
    QuotingQueries,
    MoneyQueries,
    ComparingQueries,
    ProductionQueries,
    QualityQueries,
    ShippingQueries,
    AftercareQueries,
    WorkshopQueries,
    PersonQueries,
    WebhookQueries,
):
    """All queries of the product."""


class BespokeMutations(
    SpineMutations,
    IntakeMutations,
    QuotingMutations,
    MoneyMutations,
    TransferMutations,
    CadMutations,
    ReviewMutations,
    DecisionMutations,
    PermissionMutations,
    ChangesMutations,
    ProductionMutations,
    QualityMutations,
    ShippingMutations,
    AftercareMutations,
    PapersMutations,
    WorkshopMutations,
    UploadMutations,
    PersonMutations,
    WebhookMutations,
):
    """All operations of the product."""
