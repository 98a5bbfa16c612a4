"""What staff do in the host itself: the commission follows, or asks for attention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from saleor_bespoke.money.models import Attempt, Payable
from saleor_bespoke.money.payables import attempt_end
from saleor_bespoke.project import attention, journal
from saleor_bespoke.project.access import SYSTEM
from saleor_bespoke.project.journal import Event
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import lock_for_system
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.shop.port import answers, shop


@dataclass(frozen=True, kw_only=True)
class HostOrderCancelled(Event):
    title = "Order cancelled in the shop"
    shared = False
    payable: UUID


@answers("order_cancelled")
def order_cancelled(*, order_id: str) -> None:
    """An order cancelled in the host is not a cancelled commission: staff must decide."""
    found = Payable.objects.filter(order_id=order_id, status="PAID").first()
    if found is None:
        return
    with transaction.atomic():
        project = lock_for_system(found.project_id)
        if project.stage == Stage.CANCELLED:
            return
        if project.events.filter(
            kind="HostOrderCancelled", payload__payable=str(found.pk)
        ).exists():
            return
        journal.record(project, HostOrderCancelled(payable=found.pk), actor=SYSTEM)
        attention.raise_for(
            project,
            "ORDER_CANCELLED",
            f"Order {found.order_number} was cancelled in the shop; cancel the commission too, "
            "or make the order good.",
        )


@answers("checkout_gone")
def checkout_gone(*, checkout_id: str) -> None:
    """A checkout deleted in the host ends its attempt; the sum stays payable by a new one."""
    found = Attempt.objects.filter(checkout_id=checkout_id, state="LIVE").first()
    if found is None or shop().checkout(checkout_id) or shop().order_of_checkout(checkout_id):
        return
    with transaction.atomic():
        lock_for_system(Payable.objects.get(pk=found.payable_id).project_id)
        attempt = Attempt.objects.select_for_update().get(pk=found.pk)
        if attempt.state == "LIVE":
            attempt_end(attempt, "GONE")


@answers("user_deleted")
def user_deleted(*, user_pk: Any) -> None:
    """A deleted owner leaves the commission with its token; staff learn of a lost stylist."""
    stylists_gone()


def stylists_gone(limit: int = 100) -> int:
    """Put before staff what no stylist looks after any more; answers how many.

    The database has taken the deleted account off already: the name alone is left, until now.
    """
    orphaned = BespokeProject.objects.filter(stylist=None).exclude(stylist_name="")
    keys = list(orphaned.order_by("pk").values_list("pk", flat=True)[:limit])
    return sum(_stylist_gone(pk) for pk in keys)


@transaction.atomic
def _stylist_gone(pk: UUID) -> bool:
    project = lock_for_system(pk)
    if project.stylist_id is not None or not project.stylist_name:
        return False
    detail = f"The account of the stylist {project.stylist_name} was deleted."
    project.stylist_name = ""
    project.save(update_fields=["stylist_name"])
    if project.stage not in (Stage.CLOSED, Stage.CANCELLED):
        attention.raise_for(project, "STYLIST_GONE", detail)
    return True
