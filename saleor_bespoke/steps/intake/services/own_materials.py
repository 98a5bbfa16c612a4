"""What the customer brings: received, examined, accepted or refused, credited, given back."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from django.db import transaction

from saleor_bespoke import clock
from saleor_bespoke.craft.pieces import stone_from_json, stone_json
from saleor_bespoke.craft.stones import Stone, name
from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound
from saleor_bespoke.money.payables import old_gold_returned_note
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import Actor, parse_pk
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import lock_project
from saleor_bespoke.steps.intake import rules
from saleor_bespoke.steps.intake.events import (
    OldGoldCreditAccepted,
    OwnMaterialAccepted,
    OwnMaterialReceived,
    OwnMaterialRefused,
    OwnMaterialReturned,
)
from saleor_bespoke.steps.intake.models import OwnMaterial
from saleor_bespoke.workshop.materials import customer_stone_register, customer_stone_return


@transaction.atomic
def own_material_receive(*, actor: Actor, own_material_pk: str | UUID) -> OwnMaterial:
    """The parcel is here; from now on the workshop answers for it."""
    row, project, actor = _locked(own_material_pk, actor, "own_material_receive")
    if row.status == "RECEIVED":
        return row
    _need(row, "DECLARED")
    row.status, row.received_at = "RECEIVED", clock.now()
    row.save(update_fields=["status", "received_at"])
    journal.record(project, OwnMaterialReceived(own_material=row.pk, kind=row.kind), actor=actor)
    return row


@transaction.atomic
def own_material_accept(
    *,
    actor: Actor,
    own_material_pk: str | UUID,
    findings: str = "",
    stone: Stone | None = None,
    alloy: str = "",
    weight_grams: Decimal | None = None,
    credit: Decimal | None = None,
) -> OwnMaterial:
    """The examination's result. A stone enters the workshop's books for this commission alone, with
    its facts as found; old jewellery gets its weight in g, its alloy and the credit offered for it.
    """
    row, project, actor = _locked(own_material_pk, actor, "own_material_accept")
    _need(row, "RECEIVED")
    row.findings = rules.text_block(
        findings, "findings", longest=rules.LONGEST_MESSAGE, required=False
    )
    if row.kind == "OWN_STONE":
        rules.check_nothing_weighed(alloy, weight_grams, credit)
        _stone_enter(project, row, stone or stone_from_json(row.stone))
    else:
        valued = rules.check_valuation(
            stone=stone, alloy=alloy, grams=weight_grams, credit=credit, currency=project.currency
        )
        row.alloy, row.weight_grams, row.credit = valued
        row.currency = project.currency
    row.status, row.decided_at = "ACCEPTED", clock.now()
    row.save()
    event = OwnMaterialAccepted(
        own_material=row.pk,
        kind=row.kind,
        weight_grams=row.weight_grams,
        credit=row.credit,
        currency=row.currency,
    )
    journal.record(project, event, actor=actor)
    return row


def _stone_enter(project: BespokeProject, row: OwnMaterial, stone: Stone) -> None:
    row.stone = dict(stone_json(stone))
    place = OwnMaterial.objects.filter(project=project, material__isnull=False).count() + 1
    row.material = customer_stone_register(
        project=project,
        code=f"{project.number}-OWN-{place}",
        name=f"Customer's {name(stone)}",
        stone=row.stone,
        provenance="Brought by the customer.",
    )


@transaction.atomic
def own_material_refuse(*, actor: Actor, own_material_pk: str | UUID, reason: str) -> OwnMaterial:
    """What was declared or received cannot be used; the customer reads why."""
    row, project, actor = _locked(own_material_pk, actor, "own_material_refuse")
    text = rules.text_block(reason, "reason", longest=rules.LONGEST_MESSAGE)
    if row.status == "REFUSED" and row.findings == text:
        return row
    _need(row, "DECLARED", "RECEIVED")
    row.status, row.findings, row.decided_at = "REFUSED", text, clock.now()
    row.save(update_fields=["status", "findings", "decided_at"])
    journal.record(project, OwnMaterialRefused(own_material=row.pk, kind=row.kind), actor=actor)
    return row


@transaction.atomic
def own_material_return(*, actor: Actor, own_material_pk: str | UUID) -> OwnMaterial:
    """Give back what is still here: never a stone that is held or set, nor metal paid for."""
    row, project, actor = _locked(own_material_pk, actor, "own_material_return")
    if row.status == "RETURNED":
        return row
    if row.received_at is None:
        raise BespokeError(
            ErrorCode.OWN_MATERIAL_NOT_OPEN, "This never reached the workshop.", field="id"
        )
    rules.check_returnable(row.status, stage=project.stage)
    if row.material_id is not None:
        customer_stone_return(project=project, material_pk=row.material_id)
    old_gold_returned_note(row.pk)
    row.status, row.returned_at = "RETURNED", clock.now()
    row.save(update_fields=["status", "returned_at"])
    journal.record(project, OwnMaterialReturned(own_material=row.pk, kind=row.kind), actor=actor)
    return row


@transaction.atomic
def old_gold_credit_accept(*, actor: Actor, own_material_pk: str | UUID) -> OwnMaterial:
    """The customer takes the credit offered for old jewellery; the quote will subtract it."""
    row, project, actor = _locked(own_material_pk, actor, "old_gold_credit_accept")
    if row.status == "CREDITED":
        return row
    if row.kind != "OLD_JEWELLERY" or row.credit is None:
        raise BespokeError(
            ErrorCode.OWN_MATERIAL_NOT_OPEN, "No credit was offered for this.", field="id"
        )
    _need(row, "ACCEPTED")
    credit = rules.check_money(row.credit, row.currency, "credit")
    row.status, row.credit_accepted_at = "CREDITED", clock.now()
    row.save(update_fields=["status", "credit_accepted_at"])
    event = OldGoldCreditAccepted(own_material=row.pk, credit=credit, currency=row.currency)
    journal.record(project, event, actor=actor)
    return row


def _need(row: OwnMaterial, *statuses: str) -> None:
    if row.status not in statuses:
        raise BespokeError(
            ErrorCode.OWN_MATERIAL_NOT_OPEN,
            f"This is not possible once it is {row.status.lower()}."
            if row.status != "DECLARED"
            else "This has not reached the workshop yet.",
            field="id",
        )


def _locked(
    pk: str | UUID, actor: Actor, command: str
) -> tuple[OwnMaterial, BespokeProject, Actor]:
    """The row with its project locked; a stranger's is answered like an absent one."""
    key = parse_pk(pk, "own material")
    found = OwnMaterial.objects.filter(pk=key).values_list("project_id", flat=True).first()
    if found is None:
        raise NotFound("own material")
    try:
        project, acting = lock_project(found, actor=actor, command=command)
    except NotFound:
        raise NotFound("own material") from None
    row = OwnMaterial.objects.filter(pk=key).first()
    if row is None:
        raise NotFound("own material")
    return row, project, acting
