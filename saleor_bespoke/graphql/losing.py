"""API of what is gone: payments that went back, why, and what comes nearest in stock."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal as Number
from typing import Any
from uuid import UUID

import graphene
from promise import Promise
from promise.dataloader import DataLoader

from saleor_bespoke.flows.letter_texts import cause_of
from saleor_bespoke.flows.losing import own_of
from saleor_bespoke.graphql.loaders import row_of, rows_of
from saleor_bespoke.graphql.values import money
from saleor_bespoke.graphql.workshop_types import BespokeMaterial, listed
from saleor_bespoke.money.models import Payable, Refund
from saleor_bespoke.project.models import TimelineEvent
from saleor_bespoke.shop.port import shop
from saleor_bespoke.shop.types import DateTime, Money
from saleor_bespoke.workshop.models import Holding, Material
from saleor_bespoke.workshop.selectors import Gone, gone_of, replacements_of

#: The events that tell of money which could not be kept.
RETURNS = ("PaymentReturned", "MoneyReleased")


class _Replacements(DataLoader):
    """The nearest materials of everything that a page shows as gone, in one statement."""

    def batch_load_fn(self, keys: list[Any]) -> Any:
        with shop().writer():
            found = replacements_of([Gone(material, quantity) for material, quantity in keys])
        return Promise.resolve([found[material.pk] for material, _ in keys])


class _Gone(DataLoader):
    """Of what is wanted of materials (and held already), what is gone; in one statement.

    A key is a pair of mappings' items: quantities wanted and quantities held, by material.
    """

    def batch_load_fn(self, keys: list[Any]) -> Any:
        every = {pk: Number(0) for wanted, _ in keys for pk, _ in wanted}
        with shop().writer():
            rows = Material.objects.in_bulk(list(every))
        return Promise.resolve([self._of(rows, dict(wanted), dict(own)) for wanted, own in keys])

    @staticmethod
    def _of(
        rows: Mapping[UUID, Material], wanted: Mapping[UUID, Number], own: Mapping[UUID, Number]
    ) -> list[Gone]:
        return gone_of(wanted, own=own, known=rows)


def _loader(info: Any, kind: type[DataLoader]) -> DataLoader:
    loaders = info.context.__dict__.setdefault("_bespoke_loaders", {})
    return loaders.setdefault(kind.__name__, kind())


class BespokeLostMaterial(graphene.ObjectType):
    """A material that is gone, and what comes nearest."""

    class Meta:
        description = "A material that others took, and what comes nearest to it in stock now."

    material = graphene.Field(BespokeMaterial, required=True, description="What is gone.")
    alternatives = listed(
        BespokeMaterial,
        "The nearest that are free now: of the same kind and origin, by weight and price.",
    )

    @staticmethod
    def resolve_alternatives(root: Gone, info: Any) -> Any:
        return _loader(info, _Replacements).load((root.material, root.quantity))


def lost_materials(info: Any, project_pk: UUID, wanted: Mapping[UUID, Number]) -> Any:
    """What of the wanted materials a commission cannot have any more, in the API's type."""
    if not wanted:
        return []
    holdings = rows_of(info, "holdings", Holding.objects.all, "project_id", project_pk)
    return holdings.then(
        lambda rows: _loader(info, _Gone).load(
            (tuple(sorted(wanted.items())), tuple(sorted(own_of(rows).items())))
        )
    )


class BespokeReturn(graphene.ObjectType):
    """Money that could not be kept; the root is the payable with its event."""

    class Meta:
        description = "A payment that could not be kept: why, what went back, what comes nearest."

    cause = graphene.String(required=True, description="The stable reason.")
    sentence = graphene.String(required=True, description="The reason in a sentence.")
    amount = graphene.Field(Money, required=True, description="What goes back: all of it.")
    returned_at = DateTime(required=True, description="Since when it is owed.")
    refunded_at = DateTime(description="When it was paid out, if it was.")
    lost = listed(BespokeLostMaterial, "What of its materials was gone.")
    offered = listed(
        graphene.String, "The codes of the nearest materials when the payment was lost."
    )

    @staticmethod
    def resolve_cause(root: tuple[Payable, TimelineEvent], _info: Any) -> str:
        return root[1].payload.get("cause") or "NOT_AGREED"

    @staticmethod
    def resolve_sentence(root: tuple[Payable, TimelineEvent], _info: Any) -> str:
        return cause_of(root[1].payload)

    @staticmethod
    def resolve_amount(root: tuple[Payable, TimelineEvent], _info: Any) -> Any:
        payload = root[1].payload
        return money(Number(payload.get("amount", payload.get("charged"))), payload["currency"])

    @staticmethod
    def resolve_returned_at(root: tuple[Payable, TimelineEvent], _info: Any) -> Any:
        return root[1].at

    @staticmethod
    def resolve_refunded_at(root: tuple[Payable, TimelineEvent], info: Any) -> Any:
        payable, event = root

        def settled(refunds: list[Refund]) -> Any:
            mine = [
                row
                for row in refunds
                if str(row.pk) == event.payload.get("refund")
                or (event.kind == "PaymentReturned" and row.attempt_id is None)
            ]
            done = [row.settled_at for row in mine if row.settled_at and row.status == "SUCCEEDED"]
            return max(done) if done and len(done) == len(mine) else None

        return rows_of(info, "refunds", Refund.objects.all, "payable_id", payable.pk).then(settled)

    @staticmethod
    def resolve_lost(root: tuple[Payable, TimelineEvent], info: Any) -> Any:
        lost = root[1].payload.get("lost") or {}

        def gone(pk: str) -> Any:
            return row_of(info, Material, UUID(pk)).then(lambda row: Gone(row, Number(lost[pk])))

        return Promise.all([gone(pk) for pk in sorted(lost)])

    @staticmethod
    def resolve_offered(root: tuple[Payable, TimelineEvent], _info: Any) -> Any:
        return root[1].payload.get("alternatives") or []


def return_of(info: Any, payable: Payable) -> Any:
    """The last time that money for this sum could not be kept, if it ever was so."""
    events = rows_of(
        info,
        "returns",
        lambda: TimelineEvent.objects.filter(kind__in=RETURNS).order_by("sequence"),
        "project_id",
        payable.project_id,
    )

    def last(rows: list[TimelineEvent]) -> Any:
        mine = [row for row in rows if row.payload["payable"] == str(payable.pk)]
        return (payable, mine[-1]) if mine else None

    return events.then(last)
