"""Telling the shop: the host's orders carry in public how far their commission is."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Subquery

from saleor_bespoke.flows.cancelling import ProjectCancelled
from saleor_bespoke.money.events import PayablePaid
from saleor_bespoke.project.deliveries import RetryLater, handles
from saleor_bespoke.project.models import BespokeProject, Delivery
from saleor_bespoke.project.services import StageMoved
from saleor_bespoke.shop.port import Outcome, shop
from saleor_bespoke.steps.aftercare.events import ResizeReturned
from saleor_bespoke.steps.cad.events import CadRevisionApproved, CadRevisionPublished
from saleor_bespoke.steps.checkout.services import PROJECT_KEY
from saleor_bespoke.workshop.events import (
    PromiseGiven,
    PromiseMoved,
    PromisePaused,
    PromiseResumed,
)
from saleor_bespoke.workshop.models import Promise

STAGE_KEY = "bespoke.stage"
PROMISE_KEY = "bespoke.promise"
ROUNDS = 3
AGAIN_SECONDS = 5


def note_of(project_pk: UUID) -> dict[str, str]:
    """What an order says of its commission now: number, stage, and the day promised next.

    The day is the customer's (ISO 8601), and empty while no clock runs.
    """
    promised = Promise.objects.filter(project=OuterRef("pk"), ended_at=None, paused_at=None)
    next_at = Subquery(promised.order_by("due_at").values("due_at")[:1])
    rows = BespokeProject.objects.annotate(next_at=next_at).only("number", "stage", "time_zone")
    project = rows.get(pk=project_pk)
    day = project.next_at and project.next_at.astimezone(ZoneInfo(project.time_zone)).date()
    return {
        PROJECT_KEY: project.number,
        STAGE_KEY: project.stage,
        PROMISE_KEY: day.isoformat() if day else "",
    }


@handles(
    CadRevisionApproved,  # some promises are met without a word of their own
    CadRevisionPublished,
    PayablePaid,
    ProjectCancelled,
    PromiseGiven,
    PromiseMoved,
    PromisePaused,
    PromiseResumed,
    ResizeReturned,
    StageMoved,
)
def order_note(delivery: Delivery) -> None:
    """Write a commission's state into its orders.

    Always the state of now, whatever the event: and because two of these may run at once, whoever
    wrote looks again, so that the last one to write has seen the last state.
    """
    project = delivery.event.project
    orders = list(project.payables.exclude(order_id=None).values_list("order_id", flat=True))
    for _ in range(ROUNDS if orders else 0):
        note = note_of(project.pk)
        for order_id in orders:
            effect = shop().order_note(order_id=str(order_id), metadata=note, key=str(delivery.pk))
            if effect.outcome is Outcome.FAILED:
                raise RuntimeError(effect.reason)
        if note_of(project.pk) == note:
            return
    if orders:
        raise RetryLater(AGAIN_SECONDS)
