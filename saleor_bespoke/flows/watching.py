"""What nobody works on any more: unpaid, unanswered or stuck, put before staff and taken off."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Value

from saleor_bespoke import clock, conf
from saleor_bespoke.money.models import Payable
from saleor_bespoke.project import attention
from saleor_bespoke.project.access import SYSTEM
from saleor_bespoke.project.attention import AttentionRaised, AttentionResolved
from saleor_bespoke.project.models import Attention, BespokeProject, TimelineEvent
from saleor_bespoke.project.services import lock_for_system
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.steps.cad.models import CadRevision, ChangeOrder
from saleor_bespoke.steps.intake.models import InformationRequest
from saleor_bespoke.workshop.models import Promise

DETAILS = {
    "UNPAID": "A sum has been open for long without its payment.",
    "NO_ANSWER": "The customer has not answered for days.",
    "STUCK": "Nothing is promised and nobody is asked: the next step is the workshop's.",
}
#: Stages in which the next step is the workshop's, unless the customer is asked something.
OURS = (Stage.INTAKE, Stage.DESIGN, Stage.PRODUCTION, Stage.QUALITY, Stage.SHIPPING)


def _of(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Those of the commission that is looked at."""
    return rows.filter(project=OuterRef("pk"))


def _unpaid(policy: conf.ChannelPolicy) -> Q:
    now = clock.now()
    late = Q(transfer_due_at=None) | Q(transfer_due_at__lte=now)
    since = now - timedelta(hours=policy.unpaid_hours)
    sums = _of(Payable.objects.filter(late, status="OPEN", created_at__lte=since))
    return Q(Exists(sums))


def _unanswered(policy: conf.ChannelPolicy) -> Q:
    since = clock.now() - timedelta(days=policy.answer_days)
    asked = InformationRequest.objects.filter(answered_at=None, asked_at__lte=since)
    shown = CadRevision.objects.filter(status="PUBLISHED", published_at__lte=since)
    return Q(Exists(_of(asked)), stage=Stage.INTAKE) | Q(Exists(_of(shown)), stage=Stage.DESIGN)


def _stuck(policy: conf.ChannelPolicy) -> Q:
    since = clock.now() - timedelta(hours=policy.stuck_hours)
    # To be put on the list is no progress: it would take the reason off again.
    listed = (AttentionRaised.__name__, AttentionResolved.__name__)
    work = _of(TimelineEvent.objects.exclude(kind__in=listed))
    waited_for = (
        work.filter(at__gt=since),
        _of(Promise.objects.filter(ended_at=None)),
        _of(CadRevision.objects.filter(status="PUBLISHED")),
        _of(ChangeOrder.objects.filter(status__in=("PROPOSED", "ACCEPTED"))),
    )
    nothing = [~Exists(rows) for rows in waited_for]
    return Q(Exists(work.filter(at__lte=since)), *nothing, stage__in=OURS)


RULES = {"UNPAID": _unpaid, "NO_ANSWER": _unanswered, "STUCK": _stuck}


def stuck_mark() -> int:
    """Raise what has come to a stand and resolve what went on; answers how many were raised."""
    open_ones = BespokeProject.objects.exclude(stage=Stage.CANCELLED).order_by()
    raised, noted = 0, _noted()
    for channel in open_ones.values_list("channel", flat=True).distinct():
        standing = _standing(open_ones.filter(channel=channel), conf.policy(channel))
        for reason in RULES:
            known = noted.get((channel, reason), set())
            for pk in standing[reason] - known:
                raised += _note(pk, reason)
            for pk in known - standing[reason]:
                _take_off(pk, reason)
    return raised


def _standing(
    projects: QuerySet[BespokeProject], policy: conf.ChannelPolicy
) -> dict[str, set[UUID]]:
    """Which of these commissions stand still, by the reason; asked at once."""
    first, *others = (
        projects.filter(rule(policy)).annotate(why=Value(reason)).values_list("why", "pk")
        for reason, rule in RULES.items()
    )
    standing: dict[str, set[UUID]] = {reason: set() for reason in RULES}
    for reason, pk in first.union(*others, all=True):
        standing[reason].add(pk)
    return standing


def _noted() -> dict[tuple[str, str], set[UUID]]:
    """Which commissions of each channel are on the list for each of these reasons."""
    noted: dict[tuple[str, str], set[UUID]] = {}
    open_ones = Attention.objects.filter(reason__in=RULES, resolved_at=None)
    for channel, reason, pk in open_ones.values_list("project__channel", "reason", "project_id"):
        noted.setdefault((channel, reason), set()).add(pk)
    return noted


@transaction.atomic
def _note(pk: UUID, reason: str) -> int:
    attention.raise_for(lock_for_system(pk), reason, DETAILS[reason])
    return 1


@transaction.atomic
def _take_off(pk: UUID, reason: str) -> None:
    attention.resolve(lock_for_system(pk), reason, "It went on.", actor=SYSTEM)
