"""API of quotes and their acceptance."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import graphene

from saleor_bespoke.flows import acceptance, quote_withdrawal
from saleor_bespoke.graphql.base import (
    BespokeMutation,
    decode_id,
    project_field,
    token_argument,
)
from saleor_bespoke.graphql.money import BespokePayable, opened_payload
from saleor_bespoke.graphql.quoting_inputs import BespokeQuoteInput, quote_input
from saleor_bespoke.graphql.quoting_types import BespokeQuote, quotes_of
from saleor_bespoke.graphql.uploads import Uploads
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import command_check
from saleor_bespoke.steps.quoting import services
from saleor_bespoke.steps.quoting.models import Quote

LIVE = ("SENT", "ACCEPTED")


class QuotingFields:
    """Fields this room adds to the project."""

    quotes = graphene.List(
        graphene.NonNull(BespokeQuote),
        required=True,
        description="Its quotes, oldest first; customers never see drafts.",
    )
    current_quote = graphene.Field(
        BespokeQuote, description="The quote that is on offer or was accepted, if there is one."
    )

    @staticmethod
    def resolve_quotes(root: BespokeProject, info: Any) -> Any:
        return quotes_of(info, root)

    @staticmethod
    def resolve_current_quote(root: BespokeProject, info: Any) -> Any:
        return quotes_of(info, root).then(
            lambda quotes: next((quote for quote in quotes if quote.status in LIVE), None)
        )


class QuotingQueries:
    """Queries of this room."""


def _quote_field() -> graphene.Field:
    return graphene.Field(BespokeQuote, description="The quote as it is now.")


def _id() -> graphene.ID:
    return graphene.ID(required=True, description="The quote's id.")


def _answer(quote: Quote) -> dict[str, Any]:
    return {"project": quote.project, "quote": quote}


class QuoteDraft(BespokeMutation):
    """Draft a quote."""

    class Meta:
        command = "quote_draft"
        description = "Write a commission's draft of a quote, in place of the one there may be."

    class Arguments:
        project = graphene.ID(required=True, description="The commission's id.")
        input = BespokeQuoteInput(required=True, description="The whole draft.")

    project = project_field()
    quote = _quote_field()

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        project_pk = decode_id(data["project"], "BespokeProject", field="project")
        project = command_check(project_pk, actor=actor, command="quote_draft")
        uploads = Uploads(info, actor, project)
        with ExitStack() as files:
            draft = quote_input(uploads, data["input"], files)
            quote = services.quote_draft(actor=actor, project_pk=project_pk, draft=draft)
        return _answer(quote)


class QuoteSend(BespokeMutation):
    """Send a quote."""

    class Meta:
        command = "quote_send"
        description = (
            "Send a draft to the customer. From then on it never changes; it takes the place of "
            "the quote that was on offer."
        )

    class Arguments:
        id = _id()

    project = project_field()
    quote = _quote_field()

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        quote_pk = decode_id(data["id"], "BespokeQuote")
        return _answer(services.quote_send(actor=actor, quote_pk=quote_pk))


class QuoteWithdraw(BespokeMutation):
    """Take a quote back."""

    class Meta:
        command = "quote_withdraw"
        description = (
            "Take a quote back, also after its acceptance; refused while a payment is in progress."
        )

    class Arguments:
        id = _id()
        reason = graphene.String(required=True, description="Why, for the customer.")

    project = project_field()
    quote = _quote_field()

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        quote = quote_withdrawal.quote_withdraw(
            actor=actor, quote_pk=decode_id(data["id"], "BespokeQuote"), reason=data["reason"]
        )
        return _answer(quote)


class QuoteDecline(BespokeMutation):
    """Decline a quote."""

    class Meta:
        command = "quote_decline"
        description = "Decline the quote on offer."

    class Arguments:
        id = _id()
        token = token_argument()
        reason = graphene.String(description="Why, if the customer wants to say.")

    project = project_field()
    quote = _quote_field()

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        quote = services.quote_decline(
            actor=actor,
            quote_pk=decode_id(data["id"], "BespokeQuote"),
            reason=data.get("reason") or "",
        )
        return _answer(quote)


class QuoteCounter(BespokeMutation):
    """Ask for another quote."""

    class Meta:
        command = "quote_counter"
        description = "Ask for another quote and say what should be different."

    class Arguments:
        id = _id()
        token = token_argument()
        reason = graphene.String(required=True, description="What should be different.")

    project = project_field()
    quote = _quote_field()

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        quote = services.quote_counter(
            actor=actor, quote_pk=decode_id(data["id"], "BespokeQuote"), reason=data["reason"]
        )
        return _answer(quote)


class QuoteAccept(BespokeMutation):
    """Accept a quote."""

    class Meta:
        command = "quote_accept"
        description = (
            "Accept one alternative of the quote on offer under its terms. Its materials are held "
            "and the checkout opens; work starts once the whole sum is paid."
        )

    class Arguments:
        id = _id()
        token = token_argument()
        alternative = graphene.ID(required=True, description="The alternative's id.")
        terms_version = graphene.String(
            required=True, description="The version of the terms that the customer saw."
        )

    project = project_field()
    payable = graphene.Field(BespokePayable, description="The sum that is now owed.")
    checkout_id = graphene.ID(description="The checkout a storefront pays.")
    checkout_url = graphene.String(description="Where the storefront pays it.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        opened = acceptance.quote_accept(
            actor=actor,
            quote_pk=decode_id(data["id"], "BespokeQuote"),
            alternative_pk=decode_id(
                data["alternative"], "BespokeQuoteAlternative", field="alternative"
            ),
            terms_version=data["terms_version"],
        )
        return opened_payload(opened)


class QuotingMutations:
    """Operations of this room."""

    bespoke_quote_draft = QuoteDraft.Field()
    bespoke_quote_send = QuoteSend.Field()
    bespoke_quote_withdraw = QuoteWithdraw.Field()
    bespoke_quote_decline = QuoteDecline.Field()
    bespoke_quote_counter = QuoteCounter.Field()
    bespoke_quote_accept = QuoteAccept.Field()
