"""API of bank transfers: announced by the customer or staff, recorded by staff."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_bespoke.flows import transfer_notice, transfers
from saleor_bespoke.graphql.base import (
    BespokeMutation,
    decode_id,
    project_field,
    token_argument,
)
from saleor_bespoke.graphql.money import BespokePayable, opened_payload
from saleor_bespoke.project.access import HANDLE_PAYMENTS, Actor
from saleor_bespoke.shop.types import Date, Decimal


class BankTransferExpect(BespokeMutation):
    """Pay by bank transfer."""

    class Meta:
        command = "bank_transfer_expect"
        description = (
            "Announce that a sum is paid by bank transfer: its offer, price and materials wait "
            "until `transferDueAt`, and `transferReference` is what to write into the transfer. "
            "Asked again, the customer gets the same date; staff give a new one."
        )

    class Arguments:
        id = graphene.ID(required=True, description="The payable's id.")
        token = token_argument()

    project = project_field()
    payable = graphene.Field(BespokePayable, description="The sum.")
    checkout_id = graphene.ID(description="The checkout in which addresses are filled in.")
    checkout_url = graphene.String(description="Where the storefront shows it.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        opened = transfer_notice.bank_transfer_expect(
            actor=actor, payable_pk=decode_id(data["id"], "BespokePayable")
        )
        return opened_payload(opened)


class BespokeBankTransferInput(graphene.InputObjectType):
    """What staff found on the shop's account."""

    class Meta:
        description = "A bank transfer as staff found it on the shop's account."

    payable = graphene.ID(required=True, description="The payable it pays.")
    amount = Decimal(required=True, description="Exactly the total of the payable's checkout.")
    currency = graphene.String(required=True, description="Its currency, e.g. EUR.")
    reference = graphene.String(
        required=True, description="The bank's reference of it; one pays one sum."
    )
    value_date = Date(
        required=True, description="Since when the shop has the money, on its own calendar."
    )
    note = graphene.String(description="Anything worth keeping, for staff alone.")


class BankTransferRecord(BespokeMutation):
    """Record a bank transfer."""

    class Meta:
        command = "bank_transfer_record"
        permissions = (HANDLE_PAYMENTS,)
        description = (
            "Record a bank transfer of exactly the sum: the host notes it on the checkout and "
            "makes the order, and the work starts. The checkout needs its addresses and delivery "
            "method. The same transfer recorded twice is one. Staff need HANDLE_PAYMENTS as well."
        )

    class Arguments:
        input = BespokeBankTransferInput(required=True, description="The transfer.")

    project = project_field()
    payable = graphene.Field(BespokePayable, description="The sum.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        given = data["input"]
        transfer = transfers.bank_transfer_record(
            actor=actor,
            payable_pk=decode_id(given["payable"], "BespokePayable", field=None),
            found=transfers.Found(
                amount=given["amount"],
                currency=given["currency"],
                reference=given["reference"],
                value_date=given["value_date"],
                note=given.get("note") or "",
            ),
        )
        return {"project": transfer.payable.project, "payable": transfer.payable}


class TransferMutations:
    """Operations of bank transfers."""

    bespoke_bank_transfer_expect = BankTransferExpect.Field()
    bespoke_bank_transfer_record = BankTransferRecord.Field()
