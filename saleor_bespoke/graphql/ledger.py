"""API of the ledger: every movement of a commission's money, and what they add up to."""

from __future__ import annotations

from typing import Any

import graphene
from django.db.models import F
from graphql_relay import to_global_id

from saleor_bespoke.graphql.base import actor_of
from saleor_bespoke.graphql.loaders import rows_of
from saleor_bespoke.graphql.values import enum, money
from saleor_bespoke.money.balances import KINDS, SHARED_KINDS, Balance, balances
from saleor_bespoke.money.models import LedgerEntry
from saleor_bespoke.project.access import roles_on
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import Role
from saleor_bespoke.shop.types import DateTime, Money

BespokeLedgerKind = enum("BespokeLedgerKind", "What moved.", *KINDS)


class BespokeLedgerEntry(graphene.ObjectType):
    """A movement of money."""

    class Meta:
        description = "A movement of money; its kind tells which sum it raises or lowers."

    kind = BespokeLedgerKind(required=True, description="What moved.")
    amount = graphene.Field(Money, required=True, description="How much; never negative.")
    at = DateTime(required=True, description="When it was written down.")
    payable_id = graphene.ID(required=True, description="The sum it belongs to.")
    reference = graphene.String(
        description="The provider's, host's or own id of it, once for each kind; for staff."
    )

    @staticmethod
    def resolve_amount(root: dict[str, Any], _info: Any) -> Any:
        entry = root["entry"]
        return money(entry.amount, entry.currency)

    @staticmethod
    def resolve_kind(root: dict[str, Any], _info: Any) -> str:
        return str(root["entry"].kind)

    @staticmethod
    def resolve_at(root: dict[str, Any], _info: Any) -> Any:
        return root["entry"].at

    @staticmethod
    def resolve_payable_id(root: dict[str, Any], _info: Any) -> str:
        return str(to_global_id("BespokePayable", str(root["entry"].payable_id)))

    @staticmethod
    def resolve_reference(root: dict[str, Any], _info: Any) -> str | None:
        return str(root["entry"].reference) if root["whole"] else None


class BespokeBalance(graphene.ObjectType):
    """What the movements in one currency add up to."""

    class Meta:
        description = "What the movements in one currency add up to."

    currency = graphene.String(required=True, description="The currency of all its sums.")
    quoted = graphene.Field(
        Money, required=True, description="Line prices that are payable or paid, savings taken off."
    )
    charged = graphene.Field(Money, required=True, description="What was charged.")
    refunded = graphene.Field(Money, required=True, description="What went back.")
    kept = graphene.Field(Money, required=True, description="Charged less refunded.")
    old_gold = graphene.Field(Money, required=True, description="Old metal taken in payment.")
    held = graphene.Field(Money, description="Totals frozen for open payments; for staff.")
    disputed = graphene.Field(Money, description="What banks have taken back; for staff.")
    fees = graphene.Field(Money, description="What the provider keeps; for staff.")
    net = graphene.Field(Money, description="Kept less disputed and fees; for staff.")


def _balance(found: Balance, *, whole: bool) -> BespokeBalance:
    shared = ("quoted", "charged", "refunded", "kept", "old_gold")
    staffs = ("held", "disputed", "fees", "net") if whole else ()
    sums = {name: money(getattr(found, name), found.currency) for name in (*shared, *staffs)}
    return BespokeBalance(currency=found.currency, **sums)


class BespokeLedger(graphene.ObjectType):
    """All money of a commission."""

    class Meta:
        description = (
            "All money of a commission. Customers see what was quoted, charged and refunded; "
            "fees, disputes and frozen totals are for staff."
        )

    entries = graphene.List(
        graphene.NonNull(BespokeLedgerEntry), required=True, description="Oldest first."
    )
    balances = graphene.List(
        graphene.NonNull(BespokeBalance), required=True, description="One for each currency."
    )


class LedgerFields:
    """Fields this room adds to the project."""

    ledger = graphene.Field(
        BespokeLedger, required=True, description="Every movement of its money, and their sums."
    )

    @staticmethod
    def resolve_ledger(root: BespokeProject, info: Any) -> Any:
        whole = Role.STAFF in roles_on(root, actor_of(info))

        def answer(rows: list[LedgerEntry]) -> BespokeLedger:
            seen = [row for row in rows if whole or row.kind in SHARED_KINDS]
            return BespokeLedger(
                entries=[{"entry": row, "whole": whole} for row in seen],
                balances=[_balance(found, whole=whole) for found in balances(seen)],
            )

        rows = rows_of(info, "ledger", _entries, "project_pk", root.pk)
        return rows.then(answer)


def _entries() -> Any:
    return LedgerEntry.objects.annotate(project_pk=F("payable__project_id"))
