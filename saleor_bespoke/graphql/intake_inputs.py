"""What clients send at intake, and how it reaches the services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import graphene

from saleor_bespoke.graphql.base import decode_id
from saleor_bespoke.graphql.specification_inputs import (
    BespokeSpecificationInput,
    specification_of,
)
from saleor_bespoke.shop.types import Date, Decimal
from saleor_bespoke.steps.intake.services import BriefDraft, Contact, Submission


class BespokeBudgetInput(graphene.InputObjectType):
    """What the customer wants to spend."""

    class Meta:
        description = "The budget in the channel's currency, as decimal strings."

    min = Decimal(required=True, description="The budget.")
    stretch = Decimal(required=True, description="The most a quote may ever ask.")


class BespokeContactInput(graphene.InputObjectType):
    """Whom to answer."""

    class Meta:
        description = "Whom to answer; an account's own name and address fill what is left out."

    name = graphene.String(description="The customer's name.")
    email = graphene.String(description="Where to write.")
    phone = graphene.String(description="Where to call, if at all.")
    language = graphene.String(description="A language tag such as en or de-AT.")
    time_zone = graphene.String(description="An IANA time zone such as Europe/Vienna.")


class BespokeBriefInput(graphene.InputObjectType):
    """What the customer wants."""

    class Meta:
        description = "What the customer wants, whole."

    specification = BespokeSpecificationInput(required=True, description="What is to be made.")
    story = graphene.String(description="The customer's own words.")
    budget = BespokeBudgetInput(required=True, description="What it may cost.")
    destination_country = graphene.String(
        required=True, description="Where the piece goes, ISO 3166 alpha-2."
    )
    date_needed = Date(description="When the customer would like to have it.")


class BespokeProjectInput(BespokeBriefInput):
    """A filled-in form."""

    class Meta:
        description = "A filled-in intake form."

    channel = graphene.String(required=True, description="The channel's slug.")
    title = graphene.String(description="What to call the commission.")
    contact = BespokeContactInput(description="Whom to answer; required of guests.")
    contact_consent_version = graphene.String(
        description="The version of the contact consent that was agreed to."
    )
    returns_notice_version = graphene.String(
        description="The version of the returns notice that was shown and noted."
    )
    linked_to = graphene.ID(description="A commission of the caller's that this one belongs to.")


def brief_draft(data: Mapping[str, Any]) -> BriefDraft:
    """The draft an input describes."""
    return BriefDraft(
        specification=specification_of(data["specification"]),
        story=data.get("story") or "",
        budget_min=data["budget"]["min"],
        budget_stretch=data["budget"]["stretch"],
        destination_country=data["destination_country"],
        date_needed=data.get("date_needed"),
    )


def submission(data: Mapping[str, Any]) -> Submission:
    """The filled-in form an input describes."""
    contact = data.get("contact") or {}
    linked = data.get("linked_to")
    return Submission(
        channel=data["channel"],
        brief=brief_draft(data),
        contact=Contact(**{key: value or "" for key, value in contact.items()}),
        contact_consent_version=data.get("contact_consent_version") or "",
        returns_notice_version=data.get("returns_notice_version") or "",
        title=data.get("title") or "",
        linked_to=decode_id(linked, "BespokeProject", field="linkedTo") if linked else None,
    )
