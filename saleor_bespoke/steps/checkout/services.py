"""The payable's checkout in the host: opening it, and the guard before money moves."""

from __future__ import annotations

from decimal import Decimal

from saleor_bespoke import clock
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.money.events import PaymentStarted
from saleor_bespoke.money.models import Attempt, Payable, Payment
from saleor_bespoke.money.payables import attempt_end, attempt_live, ledger_add
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import SYSTEM
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.port import CheckoutRequest, CheckoutState, shop
from saleor_bespoke.steps.checkout.rules import Agreed, deviation

PAYABLE_KEY = "bespoke.payable"
PROJECT_KEY = "bespoke.project"


def destination_of(project: BespokeProject, payable: Payable) -> str | None:
    """The country the accepted quote names; other payables are work, not parcels."""
    if payable.kind != "QUOTE":
        return None
    country: str = project.quotes.values_list("destination_country", flat=True).get(
        pk=payable.subject_pk
    )
    return country


def attempt_open(*, project: BespokeProject, payable: Payable) -> Attempt:
    """Open the host's checkout for a locked payable, or answer the one that is open."""
    live = attempt_live(payable)
    if live is not None:
        if shop().checkout(live.checkout_id) is not None:
            return live
        if order_stands(live.checkout_id):
            raise BespokeError(ErrorCode.PAYMENT_IN_PROGRESS, "This sum is being settled.")
        attempt_end(live, "GONE")
    checkout_id = shop().checkout_open(
        CheckoutRequest(
            channel=project.channel,
            currency=payable.currency,
            price=payable.amount,
            title=payable.title,
            email=project.contact_email,
            user_pk=project.owner_id,
            country=_country(project),
            shipped=payable.kind == "QUOTE",
            language=project.language,
            metadata={PAYABLE_KEY: str(payable.pk), PROJECT_KEY: project.number},
        )
    )
    return Attempt.objects.create(
        payable=payable, checkout_id=checkout_id, state="LIVE", opened_at=clock.now()
    )


def order_stands(checkout_id: str) -> bool:
    """Whether an order was made of this checkout that may still settle its sum.

    One that was cancelled and has no gateway's money settles nothing.
    """
    order = shop().order_of_checkout(checkout_id)
    if order is None:
        return False
    taken = (item for item in order.transactions if not item.by_hand)
    return order.status != "CANCELED" or any(item.charged or item.pending for item in taken)


def _country(project: BespokeProject) -> str:
    """Where the piece goes: as accepted, or for extra services before that, as the brief says."""
    source = project.quotes.filter(status="ACCEPTED").first() or project.briefs.latest("version")
    country: str = source.destination_country
    return country


def checkout_check(*, project: BespokeProject, payable: Payable, attempt: Attempt) -> CheckoutState:
    """The attempt's checkout as the host holds it; refused if it is not the agreed one."""
    seen = shop().checkout(attempt.checkout_id)
    if seen is None:
        raise BespokeError(ErrorCode.CHECKOUT_CHANGED, "The checkout no longer exists.")
    agreed = Agreed(
        payable=str(payable.pk),
        channel=project.channel,
        currency=payable.currency,
        price=payable.amount,
        destination=destination_of(project, payable),
        locked_total=attempt.locked_total,
    )
    problem = deviation(seen, agreed)
    if problem:
        raise BespokeError(ErrorCode.CHECKOUT_CHANGED, problem)
    return seen


def total_freeze(
    *, project: BespokeProject, payable: Payable, attempt: Attempt, total: Decimal
) -> None:
    """Freeze the host's total of a locked payable's checkout, once: nothing else can settle it."""
    if attempt.locked_total is not None:
        return
    attempt.locked_total, attempt.initialised_at = total, clock.now()
    attempt.save(update_fields=["locked_total", "initialised_at"])
    ledger_add(payable, "HELD", total, str(attempt.pk))
    event = PaymentStarted(payable=payable.pk, locked_total=total, currency=payable.currency)
    journal.record(project, event, actor=SYSTEM)


def payment_open(
    *, project: BespokeProject, payable: Payable, attempt: Attempt, transaction_id: str
) -> Payment:
    """Freeze the host's total and open the one live payment of this attempt."""
    seen = checkout_check(project=project, payable=payable, attempt=attempt)
    total_freeze(project=project, payable=payable, attempt=attempt, total=seen.total)
    return Payment.objects.create(
        attempt=attempt,
        host_transaction=transaction_id,
        amount=seen.total,
        currency=payable.currency,
        created_at=clock.now(),
    )


def payment_refused(*, payable: Payable, attempt: Attempt, transaction_id: str) -> Payment:
    """Remember that the host's transaction was refused: no payment is opened for it any more."""
    now = clock.now()
    return Payment.objects.create(
        attempt=attempt,
        host_transaction=transaction_id,
        amount=payable.amount,
        currency=payable.currency,
        status="CANCELLED",
        created_at=now,
        ended_at=now,
    )
