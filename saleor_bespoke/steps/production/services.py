"""Writes of the bench: beginning, the steps in their order, materials used, the piece made.

`production_finished_mark` and `work_redo` belong to processes across rooms (`flows.making`).
"""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from django.db import transaction

from saleor_bespoke import clock, conf
from saleor_bespoke.craft.specification import Specification
from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound
from saleor_bespoke.project import attention, journal
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.children import lock_child
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.selectors import specification_agreed
from saleor_bespoke.project.services import lock_project, stage_move
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.steps.production import rules
from saleor_bespoke.steps.production.events import (
    MaterialConsumed,
    ProductionFinished,
    ProductionStarted,
    ProductionStepFinished,
    ProductionStepSentBack,
    ProductionStepStarted,
)
from saleor_bespoke.steps.production.models import ProductionStep
from saleor_bespoke.steps.production.selectors import facts_of, locks_open, steps_latest
from saleor_bespoke.steps.production.updates import UPDATE_DUE
from saleor_bespoke.workshop.materials import holding_consume, holdings_release
from saleor_bespoke.workshop.models import Holding
from saleor_bespoke.workshop.promises import promise_start
from saleor_bespoke.workshop.slots import slot_finish

LONGEST_TEXT = 4000
LONGEST_NAME = 128


@transaction.atomic
def production_start(*, actor: Actor, project_pk: UUID) -> BespokeProject:
    """Give the approved design to the bench; the promised date counts from here.

    Refusals: CHANGE_ORDER_OPEN, APPROVAL_MISSING.
    """
    project, actor = lock_project(project_pk, actor=actor, command="production_start")
    approved = project.revisions.filter(status="APPROVED", approval__revoked_at=None).first()
    undecided = project.change_orders.filter(status__in=("PROPOSED", "ACCEPTED")).exists()
    revision = rules.start_check(approved, change_open=undecided)
    spec = Specification.from_json(specification_agreed(project))
    kinds = rules.kinds_of(spec)
    ProductionStep.objects.bulk_create(
        ProductionStep(project=project, kind=kind, position=position, status="PENDING")
        for position, kind in enumerate(kinds, start=1)
    )
    stage_move(project, Stage.PRODUCTION, actor=actor)
    journal.record(project, ProductionStarted(revision=revision.pk, steps=kinds), actor=actor)
    accepted = project.quotes.filter(status="ACCEPTED").values_list(
        "accepted_alternative__complexity_days", "accepted_alternative__complexity_reason"
    )
    days, reason = accepted.get()
    changes = project.change_orders.filter(status="SETTLED")
    promise_start(
        project=project,
        step="PRODUCTION",
        modifiers=rules.modifiers(
            spec,
            complexity_days=days,
            complexity_reason=reason,
            change_days=changes.values_list("business_days", flat=True),
            rare_size_days=conf.policy(project.channel).rare_size_business_days,
        ),
    )
    return project


@transaction.atomic
def production_step_start(*, actor: Actor, step_pk: UUID, worker: str = "") -> ProductionStep:
    """Somebody takes the next step in hand; without a name it is the caller.

    Refusals: ALREADY_DONE, STEP_NOT_NEXT, REQUIRED (`worker`).
    """
    step: ProductionStep
    step, project, actor = lock_child(
        ProductionStep, step_pk, "production step", actor=actor, command="production_step_start"
    )
    latest = [facts_of(row) for row in steps_latest(project)]
    rules.step_start_check(facts_of(step), latest)
    name = (worker.strip() or actor.name)[:LONGEST_NAME]
    if not name:
        raise BespokeError(ErrorCode.REQUIRED, "Say who does it.", field="worker")
    step.status, step.started_at, step.worker = "STARTED", clock.now(), name
    step.save(update_fields=["status", "started_at", "worker"])
    event = ProductionStepStarted(step=step.pk, kind=step.kind, attempt=step.attempt)
    journal.record(project, event, actor=actor)
    return step


@transaction.atomic
def production_step_finish(*, actor: Actor, step_pk: UUID, note: str = "") -> ProductionStep:
    """The step in hand is done. Refusals: ALREADY_DONE, STEP_NOT_STARTED, INVALID (`note`)."""
    step: ProductionStep
    step, project, actor = lock_child(
        ProductionStep, step_pk, "production step", actor=actor, command="production_step_finish"
    )
    rules.step_finish_check(facts_of(step))
    step.status, step.finished_at = "FINISHED", clock.now()
    step.note = _text(note, "note")
    step.save(update_fields=["status", "finished_at", "note"])
    event = ProductionStepFinished(step=step.pk, kind=step.kind, attempt=step.attempt)
    journal.record(project, event, actor=actor)
    return step


@transaction.atomic
def production_step_send_back(*, actor: Actor, step_pk: UUID, reason: str) -> ProductionStep:
    """Work begun or done is not good enough: it and all that came after it are done again.

    Answers the new pass of the step. Refusals: ALREADY_DONE, STEP_NOT_STARTED, REQUIRED (`reason`).
    """
    step: ProductionStep
    step, project, actor = lock_child(
        ProductionStep, step_pk, "production step", actor=actor, command="production_step_send_back"
    )
    rules.send_back_check(facts_of(step))
    work_redo(project=project, kind=step.kind, reason=reason, actor=actor)
    return project.work_steps.get(kind=step.kind, attempt=step.attempt + 1)


def work_redo(*, project: BespokeProject, kind: str, reason: str, actor: Actor) -> list[str]:
    """Send the locked project's work back from this kind of step on; answers the kinds redone."""
    reason = _text(reason, "reason")
    if not reason:
        raise BespokeError(ErrorCode.REQUIRED, "Say what is not good enough.", field="reason")
    latest = {row.kind: row for row in steps_latest(project)}
    if kind not in latest:
        raise NotFound("production step", field="redoFrom")
    step = latest[kind]
    again = rules.redone([facts_of(row) for row in latest.values()], step.position)
    now = clock.now()
    for name in again:
        row = latest[name]
        row.status, row.sent_back_at, row.sent_back_reason = "SENT_BACK", now, reason
        row.save(update_fields=["status", "sent_back_at", "sent_back_reason"])
    ProductionStep.objects.bulk_create(
        ProductionStep(
            project=project,
            kind=name,
            position=latest[name].position,
            attempt=latest[name].attempt + 1,
            status="PENDING",
        )
        for name in again
    )
    event = ProductionStepSentBack(step=step.pk, kind=kind, again=tuple(again))
    journal.record(project, event, actor=actor)
    return again


@transaction.atomic
def material_consume(*, actor: Actor, holding_pk: UUID, quantity: Decimal) -> Holding:
    """Record how much of a locked material went into the piece, in pieces or grams.

    What is left over is free stock again. Refusals: those of `workshop.materials.holding_consume`.
    """
    holding, project, actor = lock_child(
        Holding, holding_pk, "holding", actor=actor, command="material_consume"
    )
    holding = holding_consume(holding=holding, quantity=quantity)
    event = MaterialConsumed(
        holding=holding.pk,
        material=holding.material_id,
        quantity=quantity,
        unit=holding.material.unit,
    )
    journal.record(project, event, actor=actor)
    return holding


def production_finished_mark(*, project: BespokeProject, actor: Actor) -> None:
    """The locked project's piece is made; findings and parcel stones not used go back.

    Refusals: STEPS_UNFINISHED, MATERIAL_NOT_CONSUMED.
    """
    rules.finish_check([facts_of(row) for row in steps_latest(project)], locks_open(project))
    left = project.holdings.filter(state="LOCKED").values_list("material_id", flat=True)
    if left:
        holdings_release(project=project, materials=list(left))
    slot_finish(project=project)
    attention.resolve(project, UPDATE_DUE, "The piece is made.", actor=actor)
    journal.record(project, ProductionFinished(), actor=actor)


def _text(value: str, field: str) -> str:
    text = value.strip()
    if len(text) > LONGEST_TEXT:
        raise BespokeError(ErrorCode.INVALID, f"At most {LONGEST_TEXT} letters fit.", field=field)
    return text
