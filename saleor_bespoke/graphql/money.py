"""API of payables, refunds and what a cancellation gives back."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import graphene

from saleor_bespoke import conf
from saleor_bespoke.flows import acceptance, cancelling, leaving
from saleor_bespoke.graphql.base import (
    BespokeMutation,
    actor_of,
    decode_id,
    project_field,
    token_argument,
)
from saleor_bespoke.graphql.loaders import rows_of
from saleor_bespoke.graphql.losing import BespokeReturn, return_of
from saleor_bespoke.graphql.values import enum, money
from saleor_bespoke.money.models import Attempt, BankTransfer, Payable, Refund
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.port import shop
from saleor_bespoke.shop.types import Date, DateTime, Decimal, Money


def checkout_url(checkout_id: str) -> str | None:
    """Where the storefront pays this checkout, if the shop has said where."""
    pattern: str | None = conf.option("STOREFRONT_URL")
    if not pattern:
        return None
    return pattern.replace("{checkout}", quote(shop().checkout_global_id(checkout_id), safe=""))


BespokePayableKind = enum(
    "BespokePayableKind",
    "What a sum is owed for.",
    "QUOTE",
    "CHANGE_ORDER",
    "TWEAK",
    "RESIZE",
    "EXTRA",
)
BespokePayableStatus = enum(
    "BespokePayableStatus", "How a sum stands.", "OPEN", "PAID", "CANCELLED", "EXPIRED"
)
BespokeRefundStatus = enum(
    "BespokeRefundStatus", "How a refund stands.", "REQUESTED", "PENDING", "SUCCEEDED", "FAILED"
)


class BespokeRefund(graphene.ObjectType):
    """Money on its way back."""

    class Meta:
        description = "Money on its way back to the customer."
        interfaces = (graphene.relay.Node,)

    amount = graphene.Field(Money, required=True, description="How much.")
    cause = graphene.String(required=True, description="Why.")
    status = BespokeRefundStatus(required=True, description="How it stands.")
    requested_at = DateTime(required=True, description="Since when it is owed.")
    settled_at = DateTime(description="When it was paid out.")

    @staticmethod
    def resolve_amount(root: Refund, _info: Any) -> Any:
        return money(root.amount, root.currency)


class BespokeBankTransfer(graphene.ObjectType):
    """A transfer that staff found on the shop's account."""

    class Meta:
        description = "A bank transfer that staff found on the shop's account."
        interfaces = (graphene.relay.Node,)

    amount = graphene.Field(Money, required=True, description="How much.")
    reference = graphene.String(required=True, description="The bank's reference of it.")
    value_date = Date(required=True, description="Since when the shop has the money.")
    note = graphene.String(required=True, description="What staff noted about it.")
    recorded_at = DateTime(required=True, description="When staff recorded it.")

    @staticmethod
    def resolve_amount(root: BankTransfer, _info: Any) -> Any:
        return money(root.amount, root.currency)


class BespokePayable(graphene.ObjectType):
    """A sum one commission owes, and how it was paid."""

    class Meta:
        description = "A sum a commission owes: its quote, a change, a paid resize or an extra."
        interfaces = (graphene.relay.Node,)

    kind = BespokePayableKind(required=True, description="What it is owed for.")
    title = graphene.String(required=True, description="What it is owed for, in words.")
    status = BespokePayableStatus(required=True, description="How it stands.")
    amount = graphene.Field(Money, required=True, description="The agreed line price.")
    locked_total = graphene.Field(
        Money, description="The whole total with delivery and tax, frozen when payment began."
    )
    charged = graphene.Field(Money, required=True, description="What was really charged.")
    refunded = graphene.Field(Money, required=True, description="What was given or owed back.")
    valid_until = DateTime(description="Until when it can be paid.")
    paid_at = DateTime(description="When it was paid in full.")
    order_id = graphene.ID(description="The host's order that settled it.")
    order_number = graphene.String(required=True, description="That order's number.")
    checkout_id = graphene.ID(description="The host's checkout that is open for it.")
    checkout_url = graphene.String(description="Where the storefront pays it.")
    transfer_due_at = DateTime(description="Until when its bank transfer is waited for.")
    transfer_reference = graphene.String(
        required=True, description="What to write into its bank transfer, once one is announced."
    )
    bank_transfer = graphene.Field(
        BespokeBankTransfer, description="The bank transfer that paid it; for staff."
    )
    refunds = graphene.List(
        graphene.NonNull(BespokeRefund), required=True, description="Its refunds, oldest first."
    )
    returned = graphene.Field(
        BespokeReturn, description="Why money paid for it could not be kept, if it ever was so."
    )

    @staticmethod
    def resolve_amount(root: Payable, _info: Any) -> Any:
        return money(root.amount, root.currency)

    @staticmethod
    def resolve_locked_total(root: Payable, _info: Any) -> Any:
        return money(root.locked_total, root.currency)

    @staticmethod
    def resolve_charged(root: Payable, _info: Any) -> Any:
        return money(root.charged, root.currency)

    @staticmethod
    def resolve_refunded(root: Payable, _info: Any) -> Any:
        return money(root.refund_committed, root.currency)

    @staticmethod
    def resolve_order_id(root: Payable, _info: Any) -> str | None:
        return shop().order_global_id(root.order_id) if root.order_id else None

    @staticmethod
    def resolve_checkout_id(root: Payable, info: Any) -> Any:
        return _live(info, root).then(
            lambda attempt: shop().checkout_global_id(attempt.checkout_id) if attempt else None
        )

    @staticmethod
    def resolve_checkout_url(root: Payable, info: Any) -> Any:
        return _live(info, root).then(
            lambda attempt: checkout_url(attempt.checkout_id) if attempt else None
        )

    @staticmethod
    def resolve_bank_transfer(root: Payable, info: Any) -> Any:
        if not actor_of(info).manages_orders:
            return None
        found = rows_of(info, "transfers", BankTransfer.objects.all, "payable_id", root.pk)
        return found.then(lambda rows: rows[-1] if rows else None)

    @staticmethod
    def resolve_returned(root: Payable, info: Any) -> Any:
        return return_of(info, root)

    @staticmethod
    def resolve_refunds(root: Payable, info: Any) -> Any:
        return rows_of(info, "refunds", Refund.objects.all, "payable_id", root.pk)


def _live(info: Any, payable: Payable) -> Any:
    found = rows_of(
        info,
        "live_attempt",
        lambda: Attempt.objects.filter(state="LIVE"),
        "payable_id",
        payable.pk,
    )
    return found.then(lambda rows: rows[0] if rows else None)


class BespokeCancellationTerms(graphene.ObjectType):
    """What cancelling would give back now."""

    class Meta:
        description = "What cancelling the commission would give back now."

    possible = graphene.Boolean(required=True, description="Whether it can still be cancelled.")
    refund = graphene.Field(Money, required=True, description="What would be given back.")
    paid = graphene.Field(Money, required=True, description="What is paid and not given back.")


class MoneyFields:
    """Fields this room adds to the project."""

    payables = graphene.List(
        graphene.NonNull(BespokePayable), required=True, description="What it owes, oldest first."
    )
    cancellation = graphene.Field(
        BespokeCancellationTerms,
        required=True,
        description="What cancelling by the customer's wish would give back now.",
    )

    @staticmethod
    def resolve_payables(root: BespokeProject, info: Any) -> Any:
        return rows_of(info, "payables", Payable.objects.all, "project_id", root.pk)

    @staticmethod
    def resolve_cancellation(root: BespokeProject, info: Any) -> Any:
        def answer(payables: list[Payable]) -> BespokeCancellationTerms:
            terms = cancelling.terms_of(root, payables)
            return BespokeCancellationTerms(
                possible=cancelling.cancellable(root),
                refund=money(terms.refund, terms.currency),
                paid=money(terms.paid, terms.currency),
            )

        return MoneyFields.resolve_payables(root, info).then(answer)


class PayableCheckoutOpen(BespokeMutation):
    """Open the checkout of a sum."""

    class Meta:
        command = "payable_checkout_open"
        description = (
            "Open the host's checkout of an open sum, or answer the one that is open. "
            "Materials whose hold has lapsed are held again."
        )

    class Arguments:
        id = graphene.ID(required=True, description="The payable's id.")
        token = token_argument()

    project = project_field()
    payable = graphene.Field(BespokePayable, description="The sum.")
    checkout_id = graphene.ID(description="The checkout a storefront pays.")
    checkout_url = graphene.String(description="Where the storefront pays it.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        opened = acceptance.payable_checkout_open(
            actor=actor, payable_pk=decode_id(data["id"], "BespokePayable")
        )
        return opened_payload(opened)


def opened_payload(opened: acceptance.Opened) -> dict[str, Any]:
    """The payload of an operation that opened a checkout."""
    return {
        "project": opened.project,
        "payable": opened.payable,
        "checkout_id": shop().checkout_global_id(opened.attempt.checkout_id),
        "checkout_url": checkout_url(opened.attempt.checkout_id),
    }


BespokeCancelReason = enum(
    "BespokeCancelReason", "Why a commission is cancelled.", *sorted(cancelling.REASONS)
)


class ProjectCancel(BespokeMutation):
    """Cancel a commission."""

    class Meta:
        command = "project_cancel"
        description = (
            "Cancel a commission for the refund that was shown; another amount than "
            "`expectedRefund` refuses and names the present one."
        )

    class Arguments:
        id = graphene.ID(required=True, description="The commission's id.")
        token = token_argument()
        reason = BespokeCancelReason(required=True, description="Why.")
        expected_refund = Decimal(required=True, description="The refund that was shown.")

    project = project_field()
    refund = graphene.Field(Money, description="What is given back.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        project = leaving.project_leave(
            actor=actor,
            project_pk=decode_id(data["id"], "BespokeProject"),
            reason=data["reason"],
            expected_refund=data["expected_refund"],
        )
        return {"project": project, "refund": money(data["expected_refund"], project.currency)}


class MoneyQueries:
    """Queries of this room."""


class MoneyMutations:
    """Operations of this room."""

    bespoke_payable_checkout_open = PayableCheckoutOpen.Field()
    bespoke_project_cancel = ProjectCancel.Field()
