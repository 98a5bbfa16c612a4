"""What nobody works on any more: unpaid, unanswered or stuck, put before staff and taken off."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from saleor_bespoke import clock, conf
from saleor_bespoke.project import attention
from saleor_bespoke.project.access import SYSTEM
from saleor_bespoke.project.attention import AttentionRaised, AttentionResolved
from saleor_bespoke.project.models import Attention, BespokeProject
from saleor_bespoke.project.services import lock_for_system
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.workshop.models import Promise

DETAILS = {
    "UNPAID": "A sum has been open for long without its payment.",
    "NO_ANSWER": "The customer has not answered for days.",
    "STUCK": "Nothing is promised and nobody is asked: the next step is the workshop's.",
}
#: Stages in which the next step is the workshop's, unless the customer is asked something.
OURS = (Stage.INTAKE, Stage.DESIGN, Stage.PRODUCTION, Stage.QUALITY, Stage.SHIPPING)


def _unpaid(projects: QuerySet[BespokeProject], policy: conf.ChannelPolicy) -> Q:
    now = clock.now()
    since = now - timedelta(hours=policy.unpaid_hours)
    late = Q(payables__transfer_due_at=None) | Q(payables__transfer_due_at__lte=now)
    return late & Q(payables__status="OPEN", payables__created_at__lte=since)


def _unanswered(projects: QuerySet[BespokeProject], policy: conf.ChannelPolicy) -> Q:
    since = clock.now() - timedelta(days=policy.answer_days)
    asked = Q(questions__answered_at=None, questions__asked_at__lte=since)
    shown = Q(revisions__status="PUBLISHED", revisions__published_at__lte=since)
    return (asked & Q(stage=Stage.INTAKE)) | (shown & Q(stage=Stage.DESIGN))


def _stuck(projects: QuerySet[BespokeProject], policy: conf.ChannelPolicy) -> Q:
    since = clock.now() - timedelta(hours=policy.stuck_hours)
    promised = Promise.objects.filter(project=OuterRef("pk"), ended_at=None)
    asked = Q(revisions__status="PUBLISHED") | Q(change_orders__status__in=("PROPOSED", "ACCEPTED"))
    waiting = projects.filter(asked).values("pk")
    # To be put on the list is no progress: it would take the reason off again.
    work = ~Q(events__kind__in=(AttentionRaised.__name__, AttentionResolved.__name__))
    last = Max("events__at", filter=work)
    quiet = projects.annotate(last=last).filter(last__lte=since).values("pk")
    return Q(stage__in=OURS, pk__in=quiet) & ~Exists(promised) & ~Q(pk__in=waiting)


RULES = {"UNPAID": _unpaid, "NO_ANSWER": _unanswered, "STUCK": _stuck}


def stuck_mark() -> int:
    """Raise what has come to a stand and resolve what went on; answers how many were raised."""
    open_ones = BespokeProject.objects.exclude(stage=Stage.CANCELLED).order_by()
    raised, noted = 0, _noted()
    for channel in open_ones.values_list("channel", flat=True).distinct():
        projects = open_ones.filter(channel=channel)
        for reason, rule in RULES.items():
            standing = set(
                projects.filter(rule(projects, conf.policy(channel)))
                .distinct()
                .values_list("pk", flat=True)
            )
            known = noted.get((channel, reason), set())
            for pk in standing - known:
                raised += _note(pk, reason)
            for pk in known - standing:
                _take_off(pk, reason)
    return raised


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
