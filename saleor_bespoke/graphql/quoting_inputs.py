"""What staff send to draft a quote, and how it becomes the service's input."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any
from uuid import UUID

import graphene

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.graphql.base import decode_id
from saleor_bespoke.graphql.quoting_parts import BespokeQuoteLineKind
from saleor_bespoke.graphql.quoting_types import BespokeDuties
from saleor_bespoke.graphql.specification_inputs import (
    BespokeSpecificationInput,
    specification_of,
)
from saleor_bespoke.graphql.uploads import Uploads
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.media.services import PreparedFile
from saleor_bespoke.shop.types import Decimal, Upload
from saleor_bespoke.steps.quoting.inputs import AlternativeInput, LineInput, QuoteInput
from saleor_bespoke.steps.quoting.rules import counts_check


class BespokeQuoteLineInput(graphene.InputObjectType):
    """A part of a price."""

    class Meta:
        description = "A part of a price, in the commission's currency."

    kind = BespokeQuoteLineKind(required=True, description="What it is for.")
    description = graphene.String(required=True, description="What it is, in words.")
    amount = Decimal(required=True, description="How much; a credit is negative.")
    material = graphene.ID(description="The material; for material lines, and then required.")
    quantity = Decimal(description="Pieces or grams of the material.")
    photo = graphene.ID(description="A picture of it that the commission has already.")
    photo_upload = Upload(description="A new picture of it.")


class BespokeQuoteAlternativeInput(graphene.InputObjectType):
    """One design at one price."""

    class Meta:
        description = "One design; its price is the sum of its lines."

    title = graphene.String(required=True, description="What it is called.")
    design = graphene.String(required=True, description="What it will look like.")
    specification = BespokeSpecificationInput(required=True, description="What exactly is made.")
    lines = graphene.List(
        graphene.NonNull(BespokeQuoteLineInput),
        required=True,
        description="What the price is made of.",
    )
    tax_amount = Decimal(
        description="The tax on piece and delivery; at the channel's rate if left out."
    )
    pictures = graphene.List(
        graphene.NonNull(graphene.ID), description="Pictures that the commission has already."
    )
    uploads = graphene.List(graphene.NonNull(Upload), description="New pictures.")
    complexity_days = graphene.Int(description="Working days added for difficult handwork.")
    complexity_reason = graphene.String(description="Why; required where days are added.")


class BespokeQuoteInput(graphene.InputObjectType):
    """A whole draft."""

    class Meta:
        description = "A whole draft; it takes the place of the one there may be."

    alternatives = graphene.List(
        graphene.NonNull(BespokeQuoteAlternativeInput),
        required=True,
        description="The designs on offer, one to six.",
    )
    shipping_amount = Decimal(required=True, description="What delivery costs.")
    duties = BespokeDuties(description="Who pays import duties; NONE if left out.")
    destination = graphene.String(description="Country code; it must be the brief's.")
    tweak_allowance = graphene.Int(description="Free rounds of CAD tweaks, one or two.")
    valid_days = graphene.Int(description="Days after sending; valid until that day's end.")
    note = graphene.String(description="What to say with it.")


def quote_input(uploads: Uploads, data: Mapping[str, Any], files: ExitStack) -> QuoteInput:
    """The service's input; uploads are prepared and leave with `files` if nobody claims them."""
    counts_check(
        [_pictures_count(item) for item in data["alternatives"]],
        lines=[len(item["lines"]) for item in data["alternatives"]],
    )
    return QuoteInput(
        alternatives=tuple(
            _alternative(uploads, item, files, f"alternatives.{at}")
            for at, item in enumerate(data["alternatives"])
        ),
        shipping_amount=data["shipping_amount"],
        duties=data.get("duties") or "NONE",
        destination=data.get("destination"),
        tweak_allowance=data.get("tweak_allowance"),
        valid_days=data.get("valid_days"),
        note=data.get("note") or "",
    )


def _pictures_count(data: Mapping[str, Any]) -> int:
    return len(data.get("pictures") or ()) + len(data.get("uploads") or ())


def _alternative(
    uploads: Uploads, data: Mapping[str, Any], files: ExitStack, field: str
) -> AlternativeInput:
    try:
        specification = specification_of(data["specification"])
    except BespokeError as refusal:
        refusal.field = f"{field}.specification.{refusal.field}"
        raise
    chosen = [
        decode_id(item, "BespokeFile", field=f"{field}.pictures")
        for item in data.get("pictures") or ()
    ]
    uploaded = [_prepared(uploads, item, files) for item in data.get("uploads") or ()]
    return AlternativeInput(
        title=data["title"],
        design=data["design"],
        specification=specification,
        lines=tuple(
            _line(uploads, item, files, f"{field}.lines.{at}")
            for at, item in enumerate(data["lines"])
        ),
        pictures=(*chosen, *uploaded),
        tax_amount=data.get("tax_amount"),
        complexity_days=data.get("complexity_days") or 0,
        complexity_reason=data.get("complexity_reason") or "",
    )


def _prepared(uploads: Uploads, upload: Any, files: ExitStack) -> PreparedFile:
    return files.enter_context(uploads.prepare(upload, Purpose.QUOTE))


def _photo(
    uploads: Uploads, data: Mapping[str, Any], files: ExitStack, field: str
) -> UUID | PreparedFile | None:
    if data.get("photo_upload") is not None:
        return _prepared(uploads, data["photo_upload"], files)
    if data.get("photo") is not None:
        return decode_id(data["photo"], "BespokeFile", field=field)
    return None


def _line(uploads: Uploads, data: Mapping[str, Any], files: ExitStack, field: str) -> LineInput:
    material = data.get("material")
    return LineInput(
        kind=data["kind"],
        description=data["description"],
        amount=data["amount"],
        material_pk=material and decode_id(material, "BespokeMaterial", field=f"{field}.material"),
        quantity=data.get("quantity"),
        photo=_photo(uploads, data, files, f"{field}.photo"),
    )
