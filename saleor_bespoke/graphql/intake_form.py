"""The intake form as a storefront needs it to draw itself."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import graphene

from saleor_bespoke import conf
from saleor_bespoke.conf import ChannelPolicy
from saleor_bespoke.craft.engraving import LIMITS, PUNCTUATION, SYMBOLS
from saleor_bespoke.craft.metals import ALLOYS, Alloy, AlloyCode, Finish, finish_allowed
from saleor_bespoke.craft.ring_sizes import RingSizeSystem, SizeSource, all_labels
from saleor_bespoke.craft.specification import MOST_OWN, MOST_STONES
from saleor_bespoke.craft.stones import Origin, StoneKind, StoneRole, StoneShape, Treatment
from saleor_bespoke.craft.styles import OldMetalForm, PieceType, SettingType, StyleFeature
from saleor_bespoke.graphql.specification import (
    BespokeAlloyCode,
    BespokeEngravingPlace,
    BespokeFinish,
    BespokePieceType,
    BespokeRingSizeSystem,
)
from saleor_bespoke.graphql.values import money
from saleor_bespoke.media import accepted
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.shop.port import Channel
from saleor_bespoke.shop.types import DateTime, Money
from saleor_bespoke.steps.intake import form, rules
from saleor_bespoke.steps.intake.selectors import channel_served


def _list(kind: Any, description: str) -> graphene.List:
    return graphene.List(graphene.NonNull(kind), required=True, description=description)


class BespokeFormField(graphene.ObjectType):
    """One question of the form."""

    class Meta:
        description = "One question of the intake form."

    name = graphene.String(required=True, description="Its path in `BespokeProjectInput`.")
    label = graphene.String(required=True, description="What to ask the customer.")
    required = graphene.Boolean(required=True, description="Whether it must be answered.")
    longest = graphene.Int(description="The most characters a text may have.")


class BespokeFormChoice(graphene.ObjectType):
    """One choice of a closed list."""

    class Meta:
        description = "One choice of a closed list."

    value = graphene.String(required=True, description="The enum value to send.")
    label = graphene.String(required=True, description="What to show the customer.")


class BespokePieceChoice(graphene.ObjectType):
    """A piece that can be ordered."""

    class Meta:
        description = "A piece that can be ordered."

    value = BespokePieceType(required=True, description="The value to send.")
    label = graphene.String(required=True, description="What to show the customer.")
    has_ring_size = graphene.Boolean(required=True, description="Whether it needs a ring size.")


class BespokeMetal(graphene.ObjectType):
    """A metal this channel offers; the root is an alloy."""

    class Meta:
        description = "A metal that this channel offers."

    code = BespokeAlloyCode(required=True, description="The value to send.")
    name = graphene.String(required=True, description="What to show the customer.")
    fineness = graphene.Int(required=True, description="Precious metal in ‰, 0 where none.")
    colour = graphene.String(required=True, description="The colour before any plating.")
    finishes = _list(BespokeFinish, "The finishes it takes.")

    @staticmethod
    def resolve_name(root: Alloy, _info: Any) -> str:
        return root.display_name

    @staticmethod
    def resolve_colour(root: Alloy, _info: Any) -> str:
        return root.colour.value

    @staticmethod
    def resolve_finishes(root: Alloy, _info: Any) -> list[Finish]:
        return [finish for finish in Finish if finish_allowed(finish, root)]


class BespokeSizeSystem(graphene.ObjectType):
    """A way to name ring sizes."""

    class Meta:
        description = "A way to name ring sizes, with its labels, smallest first."

    system = BespokeRingSizeSystem(required=True, description="The value to send.")
    labels = _list(graphene.String, "The sizes to choose from.")
    approximate = graphene.Boolean(required=True, description="Whether published tables differ.")


class BespokeEngravingLimit(graphene.ObjectType):
    """A place for a text."""

    class Meta:
        description = "A place for a text and how much fits there."

    place = BespokeEngravingPlace(required=True, description="The value to send.")
    label = graphene.String(required=True, description="What to show the customer.")
    longest = graphene.Int(required=True, description="The most characters.")


class BespokeFileLimits(graphene.ObjectType):
    """What may be uploaded for one purpose."""

    class Meta:
        description = "What may be uploaded."

    most = graphene.Int(required=True, description="The most files.")
    kinds = _list(graphene.String, "The formats, e.g. JPEG, HEIC or PDF.")
    mime_types = _list(graphene.String, "Their media types, for a file chooser.")
    largest_bytes = graphene.Int(required=True, description="The most bytes of one file.")


class BespokeText(graphene.ObjectType):
    """A legal text as it is shown today."""

    class Meta:
        description = "A legal text as it is shown today; consent names its version."

    version = graphene.String(required=True, description="The version to send back.")
    body = graphene.String(required=True, description="The text to show.")


def _label(value: StrEnum) -> str:
    return value.name.replace("_", " ").capitalize()


def _choices(members: Iterable[StrEnum]) -> list[BespokeFormChoice]:
    return [BespokeFormChoice(value=member.name, label=_label(member)) for member in members]


def _file_limits(purpose: Purpose, most: int, channel: str) -> BespokeFileLimits:
    kinds = sorted(accepted.kinds(purpose, channel))
    return BespokeFileLimits(
        most=most,
        kinds=[kind.value for kind in kinds],
        mime_types=[kind.mime_type for kind in kinds],
        largest_bytes=accepted.max_bytes(purpose, channel),
    )


class BespokeIntakeForm(graphene.ObjectType):
    """The form of one channel."""

    class Meta:
        description = "Everything a storefront needs to draw the intake form of a channel."

    channel = graphene.String(required=True, description="The channel's slug.")
    currency = graphene.String(required=True, description="The currency of the budget.")
    fields = _list(BespokeFormField, "The questions in their order.")
    piece_types = _list(BespokePieceChoice, "What can be made.")
    metals = _list(BespokeMetal, "The metals offered here.")
    finishes = _list(BespokeFormChoice, "The finishes; each metal names those it takes.")
    settings = _list(BespokeFormChoice, "How a stone can be held.")
    features = _list(BespokeFormChoice, "Marks of a style.")
    stone_kinds = _list(BespokeFormChoice, "The stones to choose from.")
    stone_shapes = _list(BespokeFormChoice, "The cuts to choose from.")
    stone_origins = _list(BespokeFormChoice, "Where a stone may have grown.")
    stone_roles = _list(BespokeFormChoice, "A stone's part in the design.")
    treatments = _list(BespokeFormChoice, "Treatments, for stones brought along.")
    most_stones = graphene.Int(required=True, description="The most entries of stones.")
    most_own = graphene.Int(required=True, description="The most own stones, or old pieces.")
    size_systems = _list(BespokeSizeSystem, "How a ring size can be named.")
    size_sources = _list(BespokeFormChoice, "Who may have measured the finger.")
    engraving = _list(BespokeEngravingLimit, "Where a text can go.")
    engraving_symbols = graphene.String(
        required=True,
        description="Signs that can be engraved besides Latin, Greek and Cyrillic letters and "
        "digits.",
    )
    old_jewellery_forms = _list(BespokeFormChoice, "What is accepted as old jewellery.")
    reference_files = graphene.Field(
        BespokeFileLimits, required=True, description="What reference files may be added."
    )
    message_files = graphene.Field(
        BespokeFileLimits, required=True, description="What a message may carry."
    )
    destinations = _list(graphene.String, "Countries delivered to, ISO 3166 alpha-2.")
    least_budget = graphene.Field(
        Money, required=True, description="The stretch budget must reach this."
    )
    quote_business_hours = graphene.Int(
        required=True, description="Within how many opening hours the quote is promised."
    )
    quote_promise = DateTime(
        required=True, description="Until when the quote is there if the form is sent now."
    )
    contact_consent = graphene.Field(
        BespokeText, required=True, description="The consent to be contacted."
    )
    returns_notice = graphene.Field(
        BespokeText, required=True, description="The notice about returns, warranty and resize."
    )
    terms = graphene.Field(BespokeText, required=True, description="The terms of a quote.")


def intake_form(slug: str) -> BespokeIntakeForm | None:
    """The form of this channel; None for one that does not exist or takes no orders."""
    channel = channel_served(slug)
    if channel is None:
        return None
    policy = conf.policy(channel.slug)
    return BespokeIntakeForm(**_vocabulary(), **_of_channel(channel, policy))


def _vocabulary() -> dict[str, Any]:
    return {
        "fields": form.FIELDS,
        "piece_types": [
            BespokePieceChoice(value=each, label=_label(each), has_ring_size=each.has_ring_size)
            for each in PieceType
        ],
        "finishes": _choices(Finish),
        "settings": _choices(SettingType),
        "features": _choices(StyleFeature),
        "stone_kinds": _choices(StoneKind),
        "stone_shapes": _choices(StoneShape),
        "stone_origins": _choices(Origin),
        "stone_roles": _choices(StoneRole),
        "treatments": _choices(Treatment),
        "most_stones": MOST_STONES,
        "most_own": MOST_OWN,
        "size_systems": [
            BespokeSizeSystem(system=each, labels=all_labels(each), approximate=each.approximate)
            for each in RingSizeSystem
        ],
        "size_sources": _choices(SizeSource),
        "engraving": [
            BespokeEngravingLimit(place=place, label=_label(place), longest=longest)
            for place, longest in LIMITS.items()
        ],
        "engraving_symbols": "".join(sorted(SYMBOLS | PUNCTUATION)).strip(),
        "old_jewellery_forms": _choices(each for each in OldMetalForm if each.acceptable),
    }


def _of_channel(channel: Channel, policy: ChannelPolicy) -> dict[str, Any]:
    most = min(policy.reference_files_max, rules.MOST_REFERENCE_FILES)
    return {
        "channel": channel.slug,
        "currency": channel.currency,
        "metals": [ALLOYS[AlloyCode(code)] for code in policy.metals],
        "reference_files": _file_limits(Purpose.REFERENCE, most, channel.slug),
        "message_files": _file_limits(Purpose.MESSAGE, rules.MOST_ATTACHMENTS, channel.slug),
        "destinations": list(policy.destinations),
        "least_budget": money(policy.minimum_price, channel.currency),
        "quote_business_hours": policy.quote_business_hours,
        "quote_promise": form.quote_promise(channel.slug),
        "contact_consent": policy.contact_consent,
        "returns_notice": policy.returns_notice,
        "terms": policy.terms,
    }
