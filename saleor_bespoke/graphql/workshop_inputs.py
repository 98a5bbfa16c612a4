"""What staff send to the workshop, and how it reaches the services."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal as Exact
from typing import Any

import graphene
from django.db.models import F, Q, QuerySet

from saleor_bespoke.craft.stone_codec import stone_json
from saleor_bespoke.craft.stones import LARGEST_CARAT
from saleor_bespoke.graphql.base import decode_id
from saleor_bespoke.graphql.promise_types import BespokePromiseCause
from saleor_bespoke.graphql.specification import (
    BespokeAlloyCode,
    BespokeStoneKind,
    BespokeStoneOrigin,
)
from saleor_bespoke.graphql.specification_inputs import BespokeStoneInput, stone_of
from saleor_bespoke.graphql.workshop_types import BespokeMaterialKind
from saleor_bespoke.shop.types import Date, DateTime, Decimal
from saleor_bespoke.workshop.models import Material
from saleor_bespoke.workshop.selectors import carat_of

SORTABLE = {
    "CODE": ("code",),
    "NAME": ("name",),
    "PRICE": ("price", "currency"),
    "CARAT": ("carat",),
    "EXPECTED_ON": ("expected_on",),
    "CREATED_AT": ("created_at",),
}
#: Facts that may be taken back by sending null; null for any other leaves it as it is.
CLEARABLE = {"price": None, "expected_on": None}
NOTHING = Exact(0)
MOST_WORDS = 10
FINEST_CARAT = Exact("0.0001")
TEXTS = ("provenance", "laboratory", "certificate_number", "currency", "supplier")


class BespokeMaterialUpdateInput(graphene.InputObjectType):
    """Facts of a material."""

    class Meta:
        description = "Facts of a material; what is left out stays as it is."

    name = graphene.String(description="What people call it.")
    on_hand = Decimal(description="Pieces or grams there, or committed by the supplier.")
    stone = BespokeStoneInput(description="The facts of a stone, for stones.")
    alloy = BespokeAlloyCode(description="The alloy, for metals.")
    provenance = graphene.String(description="What is claimed of its origin.")
    laboratory = graphene.String(description="Who wrote its report.")
    certificate_number = graphene.String(description="The report's number.")
    price = Decimal(description="Price of one piece or gram, a decimal string.")
    currency = graphene.String(description="The price's currency.")
    to_be_sourced = graphene.Boolean(
        description="Whether it is still to come; false tells that it arrived."
    )
    supplier = graphene.String(description="Who delivers it.")
    expected_on = Date(description="When it is expected.")
    active = graphene.Boolean(description="Whether it may be used.")


class BespokeMaterialInput(BespokeMaterialUpdateInput):
    """A new material."""

    class Meta:
        description = "A new material. One to be sourced names supplier, expected day and price."

    code = graphene.String(required=True, description="The workshop's own code for it.")
    kind = BespokeMaterialKind(required=True, description="What kind of material it is.")
    name = graphene.String(required=True, description="What people call it.")


class BespokePromiseMoveInput(graphene.InputObjectType):
    """A move of a promised date."""

    class Meta:
        description = "A move of a promised date. The customer is told."

    due_at = DateTime(required=True, description="The new time.")
    cause = BespokePromiseCause(required=True, description="The reason's kind.")
    explanation = graphene.String(required=True, description="The reason, for the customer.")


class BespokeDecimalRangeInput(graphene.InputObjectType):
    """A range of numbers."""

    class Meta:
        description = "A range of numbers, both ends included."

    gte = Decimal(description="At least.")
    lte = Decimal(description="At most.")


class BespokeMaterialFilterInput(graphene.InputObjectType):
    """Which materials."""

    class Meta:
        description = "Which materials; all conditions hold together."

    search = graphene.String(description="Part of code, name or report number.")
    ids = graphene.List(graphene.NonNull(graphene.ID), description="Only these.")
    kinds = graphene.List(graphene.NonNull(BespokeMaterialKind), description="Of these kinds.")
    available = graphene.Boolean(description="With or without something free.")
    to_be_sourced = graphene.Boolean(description="Still to come, or here.")
    customer_owned = graphene.Boolean(description="Customers' own stones, or the shop's.")
    active = graphene.Boolean(description="That may be used, or not.")
    alloy = BespokeAlloyCode(description="Of this alloy.")
    stone_kind = BespokeStoneKind(description="Stones of this kind.")
    origin = BespokeStoneOrigin(description="Stones that grew like this.")
    carat = BespokeDecimalRangeInput(description="Stones of this weight each, in ct.")


def material_facts(given: Mapping[str, Any]) -> dict[str, Any]:
    """The input as the services take it."""
    facts: dict[str, Any] = {}
    for name, value in given.items():
        if value is not None or name in CLEARABLE:
            facts[name] = value
        elif name in TEXTS:
            facts[name] = ""
    if "stone" in facts:
        facts["stone"] = dict(stone_json(stone_of(facts["stone"])))
    return facts


#: Filter conditions that compare one column.
COLUMNS = {
    "kinds": "kind__in",
    "to_be_sourced": "to_be_sourced",
    "active": "active",
    "alloy": "alloy",
    "stone_kind": "stone__kind",
    "origin": "stone__origin",
}


def materials_filtered(
    materials: QuerySet[Material], given: Mapping[str, Any]
) -> QuerySet[Material]:
    """Those of the materials that meet all conditions, with their `carat`."""
    wanted = {name: value for name, value in given.items() if value is not None}
    same = {COLUMNS[name]: value for name, value in wanted.items() if name in COLUMNS}
    rows = carat_of(materials).filter(**same)
    if "customer_owned" in wanted:
        rows = rows.filter(owner_project__isnull=not wanted["customer_owned"])
    if "ids" in wanted:
        pks = [decode_id(value, "BespokeMaterial", field="ids") for value in wanted["ids"]]
        rows = rows.filter(pk__in=pks)
    if "available" in wanted:
        free = Q(active=True, on_hand__gt=F("held"))
        rows = rows.filter(free if wanted["available"] else ~free)
    for end, value in wanted.get("carat", {}).items():
        if value is not None:
            bounded = max(NOTHING, min(value, LARGEST_CARAT)).quantize(FINEST_CARAT)
            rows = rows.filter(**{f"carat__{end}": bounded})
    return _searched(rows, wanted.get("search", ""))


def _searched(rows: QuerySet[Material], text: str) -> QuerySet[Material]:
    storable = text.replace("\x00", " ").encode(errors="replace").decode()
    words = storable.split()[:MOST_WORDS]
    for word in words:
        rows = rows.filter(
            Q(code__icontains=word)
            | Q(name__icontains=word)
            | Q(certificate_number__icontains=word)
        )
    return rows
