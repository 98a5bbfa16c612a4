"""Money that cannot be kept goes back whole, or stands on the attention list."""

from __future__ import annotations

from saleor_bespoke.errors import ErrorCode
from saleor_bespoke.flows.losing import loss_of
from saleor_bespoke.money import host_refunds
from saleor_bespoke.money.events import PaymentReturned
from saleor_bespoke.money.minor_units import amount_text
from saleor_bespoke.money.models import Attempt, Payable
from saleor_bespoke.money.payables import attempt_end, ledger_add, payments_charged_mark
from saleor_bespoke.money.refunds import refund_request
from saleor_bespoke.project import attention, journal
from saleor_bespoke.project.access import SYSTEM
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.shop.port import OrderState
from saleor_bespoke.steps.aftercare.services import resize_unpaid_mark
from saleor_bespoke.steps.cad.services import change_order_closed_mark
from saleor_bespoke.steps.quoting.services import quote_withdrawn_mark
from saleor_bespoke.workshop.materials import holdings_release

SENTENCES = {
    ErrorCode.MATERIAL_UNAVAILABLE: "A material of this piece is gone.",
    ErrorCode.SLOT_UNAVAILABLE: "The workshop has no place for this piece.",
    "PAYMENT_NOT_EXACT": "What was charged is not the agreed sum.",
    "OFFER_ENDED": "The offer had ended when the money came.",
    "ORDER_CANCELLED": "The order was cancelled.",
    ErrorCode.STAGE_FORBIDS: "It was paid too late to be of use.",
}


def money_return(
    project: BespokeProject, payable: Payable, attempt: Attempt, order: OrderState, cause: str
) -> None:
    """Bind the useless order to its payable, end the offer and send all of the money back."""
    payable.order_id, payable.order_number = order.order_id, order.number
    payable.locked_total = attempt.locked_total
    payable.charged, payable.refund_committed = order.charged + order.refunded, order.refunded
    if payable.status == "OPEN":
        payable.status = "CANCELLED"
        ledger_add(payable, "DROPPED", payable.amount, str(payable.pk))
    payable.save()
    if attempt.state == "LIVE":
        attempt_end(attempt, "RETURNED")
    charges_note(payable, attempt, order)
    back = host_refunds.unheard(payable, order)  # a release of its checkout writes its own
    if back:
        ledger_add(payable, "REFUNDED", back, f"host:{order.order_id}:{back}")
    holdings_release(project=project, payable_pk=payable.pk)
    loss = loss_of(project, payable)
    event = PaymentReturned(
        payable=payable.pk,
        amount=payable.charged,
        currency=payable.currency,
        cause=cause,
        lost=loss.lost,
        alternatives=loss.alternatives,
    )
    journal.record(project, event, actor=SYSTEM)
    if order.charged and attempt.outcome == "RELEASED":  # it is on its way back already
        payable.refund_committed = payable.charged
        payable.save(update_fields=["refund_committed"])
    elif order.charged:
        refund_request(project=project, payable=payable, amount=order.charged, cause=cause)
    _subject_end(project, payable, cause)
    near = f" Nearest in stock: {', '.join(loss.alternatives)}." if loss.alternatives else ""
    attention.raise_for(
        project,
        "PAYMENT_RETURNED",
        f"{SENTENCES.get(cause, cause)} {amount_text(order.charged, payable.currency)} go back."
        + near,
    )


def _subject_end(project: BespokeProject, payable: Payable, cause: str) -> None:
    """End what the sum was for, so that another offer can be made."""
    if payable.kind == "RESIZE":
        resize_unpaid_mark(project=project, payable=payable)
    if payable.kind == "QUOTE" and project.stage == Stage.CHECKOUT:
        quote = project.quotes.get(pk=payable.subject_pk)
        quote.project = project
        if quote.status == "ACCEPTED":  # else another offer has taken its place
            quote_withdrawn_mark(quote=quote, reason=SENTENCES.get(cause, cause), actor=SYSTEM)
    if payable.kind == "CHANGE_ORDER":
        change = project.change_orders.get(pk=payable.subject_pk)
        if change.status == "ACCEPTED":  # else production would wait for it for ever
            change_order_closed_mark(
                project=project, change=change, status="WITHDRAWN", actor=SYSTEM
            )


def charges_note(payable: Payable, attempt: Attempt, order: OrderState) -> None:
    """Write every charge of the order to the ledger, once, and end the payments that took them."""
    taken = {
        item.reference or item.transaction_id: item
        for item in order.transactions
        if item.charged or item.refunded
    }
    for reference, item in taken.items():
        total = item.charged + item.refunded
        ledger_add(payable, "CHARGED", total, reference, currency=item.currency)
    payments_charged_mark(attempt, taken)
