"""API of what leaving gives back: now, after each click that changes it, and after a delay."""

from __future__ import annotations

from typing import Any

import graphene
from promise import Promise as Later

from saleor_bespoke.flows import cancelling, refund_terms
from saleor_bespoke.graphql.loaders import rows_of
from saleor_bespoke.graphql.values import enum, money
from saleor_bespoke.money.models import Payable
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.types import Decimal, Money
from saleor_bespoke.steps.shipping.models import Shipment
from saleor_bespoke.workshop.models import Promise, PromiseMove

BespokeRefundStage = enum(
    "BespokeRefundStage",
    "A stage of the way by which refunds are measured.",
    *[stage.value for stage in refund_terms.CLICKS],
)


class BespokeRefundShare(graphene.ObjectType):
    """What leaving gives back at one moment."""

    class Meta:
        description = "What leaving by the customer's wish gives back."

    share = Decimal(required=True, description="The part of what was paid, 0 to 1.")
    refund = graphene.Field(Money, required=True, description="The sum.")


class BespokeRefundStep(graphene.ObjectType):
    """What leaving gives back from a click on."""

    class Meta:
        description = "A stage to come: what leaving gives back from there on, of what is paid now."

    stage = BespokeRefundStage(required=True, description="The stage.")
    share = Decimal(required=True, description="The part of what was paid, 0 to 1.")
    refund = graphene.Field(Money, required=True, description="The sum.")
    by = graphene.String(required=True, description="The operation whose click leads there.")


class BespokeDelayRefusal(graphene.ObjectType):
    """Whether the customer may refuse a delay."""

    class Meta:
        description = (
            "Whether a promised date shows a delay of the workshop's that the customer may refuse "
            "(cancel with DELAY_REFUSED) and get everything back, whatever the stage."
        )

    possible = graphene.Boolean(required=True, description="Whether it may be refused now.")
    refund = graphene.Field(Money, required=True, description="What goes back then.")


class BespokeRefundTerms(graphene.ObjectType):
    """The refund ladder as it stands for one commission."""

    class Meta:
        description = (
            "What leaving gives back: now, and from each later click on. It never grows, except by "
            "a quality claim, a delay that is refused, or if the workshop cannot deliver."
        )

    now = graphene.Field(BespokeRefundShare, required=True, description="What it gives back now.")
    steps = graphene.List(
        graphene.NonNull(BespokeRefundStep), required=True, description="The stages to come."
    )
    delay = graphene.Field(
        BespokeDelayRefusal, required=True, description="Whether a delay may be refused."
    )

    @staticmethod
    def resolve_now(root: BespokeProject, info: Any) -> Any:
        return _payables(info, root).then(
            lambda payables: BespokeRefundShare(
                share=refund_terms.now_share(root),
                refund=money(cancelling.terms_of(root, payables).refund, root.currency),
            )
        )

    @staticmethod
    def resolve_steps(root: BespokeProject, info: Any) -> Any:
        return _payables(info, root).then(
            lambda payables: [
                BespokeRefundStep(
                    stage=rung.stage.value,
                    share=rung.share,
                    refund=money(rung.refund, root.currency),
                    by=_operation(rung.click),
                )
                for rung in refund_terms.rungs_ahead(root, payables)
            ]
        )

    @staticmethod
    def resolve_delay(root: BespokeProject, info: Any) -> Any:
        def answer(found: Any) -> BespokeDelayRefusal:
            payables, shipments, delays = found
            sent = any(row.purpose == "ORDER" and row.status != "PACKED" for row in shipments)
            terms = cancelling.terms_of(root, payables, reason="DELAY_REFUSED")
            return BespokeDelayRefusal(
                possible=cancelling.cancellable(root) and any(delays) and not sent,
                refund=money(terms.refund, root.currency),
            )

        shipments = rows_of(info, "shipments", Shipment.objects.all, "project_id", root.pk)
        return _all(_payables(info, root), shipments, _delays(info, root)).then(answer)


def _all(*promised: Any) -> Any:
    return Later.all(list(promised))


def _payables(info: Any, project: BespokeProject) -> Any:
    return rows_of(info, "payables", Payable.objects.all, "project_id", project.pk)


def _delays(info: Any, project: BespokeProject) -> Any:
    """Of each open promise, whether it shows a delay of the workshop's."""

    def shown(promise: Promise) -> Any:
        moves = rows_of(info, "promise moves", PromiseMove.objects.all, "promise_id", promise.pk)
        return moves.then(lambda rows: cancelling.delay_shown(promise, rows))

    found = rows_of(info, "promises", Promise.objects.all, "project_id", project.pk)
    return found.then(lambda rows: _all(*(shown(row) for row in rows if row.ended_at is None)))


def _operation(command: str) -> str:
    """The API's name of a command; paying is the host's own operation."""
    head, *rest = command.split("_")
    name = head + "".join(word.capitalize() for word in rest)
    return name if command == "transaction_initialize" else f"bespoke{name[0].upper()}{name[1:]}"


class RefundTermsFields:
    """The field of the project."""

    refund_terms = graphene.Field(
        BespokeRefundTerms,
        required=True,
        description="What leaving gives back now, and from each later click on.",
    )

    @staticmethod
    def resolve_refund_terms(root: BespokeProject, _info: Any) -> BespokeProject:
        return root


def refund_terms_field() -> graphene.Field:
    """The payload field of an operation whose click changes what leaving gives back."""
    return graphene.Field(
        BespokeRefundTerms,
        description="What leaving gives back from here on.",
        resolver=lambda root, _info: root.project,
    )
