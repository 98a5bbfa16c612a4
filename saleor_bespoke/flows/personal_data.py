"""Forget a customer: names, words, files and reports go; the books and the proof of them stay.

One commission is forgotten in one transaction, and it may be done again at any time: what a crash
or an absent storage left behind is finished then. The timeline, which holds ids and digests alone,
gains one more entry, `PersonalDataErased`; it is what lets sealed rows give up what is personal,
and nothing else (`migrations/0002_guards.py`). Amounts, currencies, order numbers, digests, times
and the technical facts of the piece stay, so that every sum and every hash of the chain still adds
up. What the host keeps (account, order, invoice address) is forgotten by the host's own means.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from saleor_bespoke import clock
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.flows.personal_columns import TABLES
from saleor_bespoke.flows.personal_reports import reports_blank, reports_of
from saleor_bespoke.flows.personal_rows import model_of, rows_of
from saleor_bespoke.media.models import BespokeFile, DirectUpload
from saleor_bespoke.media.services import file_erase, stored_delete
from saleor_bespoke.media.store import bytes_delete
from saleor_bespoke.money.models import Attempt, Payable, Refund
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import MANAGE_USERS, Actor
from saleor_bespoke.project.models import BespokeProject, Delivery
from saleor_bespoke.project.services import lock_project
from saleor_bespoke.project.stages import BEFORE_PAYMENT, PAID, Stage
from saleor_bespoke.shop.port import shop
from saleor_bespoke.steps.aftercare.models import CareBooking, Claim, ResizeCase

_RESIZE_OVER = ("REFUSED", "RETURNED")


@dataclass(frozen=True, kw_only=True)
class PersonalDataErased(journal.Event):
    title = "Personal data erased"
    shared = False
    files: int


@transaction.atomic
def personal_data_erase(*, actor: Actor, project_pk: str | UUID) -> BespokeProject:
    """Forget the customer of one commission; doing it again finishes and changes nothing else.

    Needs MANAGE_USERS beside MANAGE_ORDERS. Refusals: STAGE_FORBIDS while it is not over,
    OBLIGATION_OPEN while something is still owed to the customer or by them.
    """
    actor.require(MANAGE_USERS)
    project, actor = lock_project(project_pk, actor=actor, command="personal_data_erase")
    owed = obligations(project)
    if owed:
        raise BespokeError(ErrorCode.OBLIGATION_OPEN, owed[0], field="id")
    files = list(BespokeFile.objects.filter(project=project))
    if project.erased_at is None:
        live = sum(file.erased_at is None for file in files)
        journal.record(project, PersonalDataErased(files=live), actor=actor)
        project.erased_at = clock.now()
        project.token_version += 1
        project.owner_id = None
        project.save(update_fields=["erased_at", "token_version", "owner"])
    for file in files:
        file_erase(file=file)
    _raw_remove(project)
    reports_blank(reports_of(project).values_list("pk", flat=True))
    columns_erase(project)
    keys = Delivery.objects.filter(event__project=project).values_list("pk", flat=True)
    shop().letters_forget([str(pk) for pk in keys])
    transaction.on_commit(lambda: _bytes_remove(files))
    project.refresh_from_db()
    return project


def obligations(project: BespokeProject) -> list[str]:
    """Why this customer cannot be forgotten yet, each in one sentence; empty if nothing is owed."""
    number, stage = project.number, Stage(project.stage)
    found = []
    if stage in BEFORE_PAYMENT:
        found.append(f"{number} is still in stage {stage}: cancel it first.")
    if stage in PAID:
        found.append(f"{number} is paid and not delivered yet: its customer is still needed.")
    sent_back = project.shipments.exclude(case_pk=None).values("case_pk")
    checks: tuple[tuple[QuerySet[Any], str], ...] = (
        (Payable.objects.filter(project=project, status="OPEN"), "a sum is open to be paid"),
        (Attempt.objects.filter(payable__project=project, state="LIVE"), "a payment is under way"),
        (
            Refund.objects.filter(payable__project=project, status__in=("REQUESTED", "PENDING")),
            "a refund is under way",
        ),
        (
            ResizeCase.objects.filter(project=project).exclude(status__in=_RESIZE_OVER),
            "a resize is not finished",
        ),
        (Claim.objects.filter(project=project, status="OPEN"), "a claim is not decided"),
        (
            Claim.objects.filter(project=project, status="ACCEPTED", remedy="REPAIR").exclude(
                pk__in=sent_back
            ),
            "a claimed piece has not gone back",
        ),
        (CareBooking.objects.filter(project=project, status="BOOKED"), "a care visit is booked"),
        (project.attentions.filter(resolved_at=None), "staff have something to look at"),
        (
            Delivery.objects.filter(event__project=project, done_at=None, given_up_at=None),
            "a letter or an effect is still to be sent; try again in a minute",
        ),
        (
            reports_of(project).filter(processed_at=None),
            "a report of the payment provider waits to be processed",
        ),
    )
    return found + [f"{number}: {what}." for rows, what in checks if rows.exists()]


def projects_of(*, email: str = "", user_pk: Any = None, number: str = "") -> list[BespokeProject]:
    """The commissions of a person: of an account, by an e-mail address, or the one with a number.

    An address alone proves nothing: a commission that belongs to an account with another address
    is not found by it, because anybody could have written the address into the form.
    """
    wanted = Q(pk__in=[])
    if number:
        wanted |= Q(number=number)
    if user_pk is not None:
        wanted |= Q(owner_id=user_pk)
    if email:
        accounts = get_user_model()._default_manager.filter(email__iexact=email)
        wanted |= Q(owner__in=accounts.values("pk"))
        wanted |= Q(owner=None, contact_email__iexact=email)
    return list(BespokeProject.objects.filter(wanted).order_by("created_at", "pk"))


def columns_erase(project: BespokeProject) -> None:
    """Empty every personal column; sealed rows let it happen once the timeline tells of it."""
    for name, table in TABLES.items():
        changes = {
            column: RawSQL(left.value.replace("{column}", f'"{column}"'), [])  # noqa: S611  # constants of ours
            for column, left in table.personal.items()
        }
        if changes:
            keys = list(rows_of(project, name).values_list("pk", flat=True))
            model_of(name)._base_manager.filter(pk__in=keys).update(**changes)


def _raw_remove(project: BespokeProject) -> None:
    uploads = DirectUpload.objects.filter(project=project)
    uploads.filter(outcome="").update(outcome="EXPIRED")
    raw = list(uploads.values_list("raw_name", flat=True))

    def remove() -> None:
        for name in raw:
            bytes_delete(name)

    transaction.on_commit(remove)


def _bytes_remove(files: Iterable[BespokeFile]) -> None:
    """Also what an earlier run could not remove."""
    for file in files:
        stored_delete(file)
