"""Rounds of small changes: counted against the allowance, further ones bought."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.db import transaction

from saleor_bespoke import clock, conf
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.money.models import Payable
from saleor_bespoke.money.payables import payable_open
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.children import lock_child
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.texts import block
from saleor_bespoke.steps.cad import rules
from saleor_bespoke.steps.cad.events import CadTweakBought, CadTweakRequested
from saleor_bespoke.steps.cad.models import CadRevision, TweakRound
from saleor_bespoke.workshop.promises import promise_start

LONGEST = 4000


def allowance_of(project: BespokeProject) -> int:
    """The number of free rounds frozen on the accepted quote."""
    allowance: int = project.quotes.get(status="ACCEPTED").tweak_allowance
    return allowance


@transaction.atomic
def cad_tweak_request(*, actor: Actor, revision_pk: UUID, request: str) -> TweakRound:
    """The customer asks for small changes; the round is counted and has its own promised date."""
    revision, project, actor = lock_child(
        CadRevision, revision_pk, "revision", actor=actor, command="cad_tweak_request"
    )
    if revision.status != "PUBLISHED":
        raise BespokeError(
            ErrorCode.REVISION_NOT_REVIEWABLE, "This revision is not open for review."
        )
    request = block(request, "request", longest=LONGEST, required=False)
    if not request and not revision.pins.exists():
        raise BespokeError(ErrorCode.REQUIRED, "Say what to change, or pin it.", field="request")
    tweak = _round_take(project)
    tweak.revision, tweak.request, tweak.requested_at = revision, request, clock.now()
    tweak.save()
    revision.status, revision.closed_at = "TWEAK_REQUESTED", clock.now()
    revision.save(update_fields=["status", "closed_at"])
    event = CadTweakRequested(revision=revision.pk, number=tweak.number, free=tweak.free)
    journal.record(project, event, actor=actor)
    promise_start(project=project, step="TWEAK")
    return tweak


def _round_take(project: BespokeProject) -> TweakRound:
    rounds = list(project.tweaks.order_by("number"))
    allowance = allowance_of(project)
    bought = [row for row in rounds if not row.free and row.settled_at and not row.revision_id]
    free = rules.round_of(
        used=sum(row.free for row in rounds), allowance=allowance, bought=len(bought)
    )
    if free is None:
        price = conf.policy(project.channel).tweak_round_price
        raise BespokeError(
            ErrorCode.TWEAKS_USED_UP,
            f"The {allowance} free rounds are used up; a further one costs {price} "
            f"{project.currency}.",
        )
    if not free:
        return bought[0]
    number = rounds[-1].number + 1 if rounds else 1
    return TweakRound(project=project, number=number, allowance=allowance, free=True)


def tweak_round_buy(*, project: BespokeProject, actor: Actor) -> Payable:
    """Price a further round of the locked project as a payable; one unused at a time."""
    rounds = list(project.tweaks.order_by("number"))
    allowance = allowance_of(project)
    if sum(row.free for row in rounds) < allowance:
        raise BespokeError(ErrorCode.TWEAK_AVAILABLE, "A free round is still available.")
    for row in rounds:
        if row.payable_pk is not None and row.revision_id is None:
            payable = Payable.objects.get(pk=row.payable_pk)
            if payable.status == "OPEN":
                return payable
            if payable.status == "PAID":
                raise BespokeError(ErrorCode.TWEAK_AVAILABLE, "A paid round is still available.")
    tweak_pk = uuid4()
    payable = payable_open(
        project=project,
        kind="TWEAK",
        subject_pk=tweak_pk,
        title=f"Further tweak round for {project.number}",
        amount=conf.policy(project.channel).tweak_round_price,
        currency=project.currency,
        valid_until=None,
        actor=actor,
    )
    TweakRound.objects.create(
        id=tweak_pk,
        project=project,
        number=rounds[-1].number + 1 if rounds else 1,
        allowance=allowance,
        free=False,
        payable_pk=payable.pk,
    )
    event = CadTweakBought(tweak=tweak_pk, payable=payable.pk)
    journal.record(project, event, actor=actor)
    return payable


def tweak_settle(*, project: BespokeProject, payable: Payable) -> None:
    """A bought round was paid: it can be asked for now."""
    TweakRound.objects.filter(pk=payable.subject_pk, project=project).update(settled_at=clock.now())
