"""What staff give back in the host by themselves: told from our own refunds, noted in the ledger.

At rest the ledger's refunds of a sum are what the host gave back of it. While a refund of ours is
under way nobody can say whether the host counts it already, so what may be ours waits for its end.
"""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from saleor_bespoke.money.models import Payable, Refund
from saleor_bespoke.money.payables import ledger_add, ledger_sum
from saleor_bespoke.money.refunds import OVERPAID
from saleor_bespoke.shop.port import OrderState

ZERO = Decimal(0)
#: References of what the host gave back by itself, and of the part by which it thereby paid a
#: refund that had failed: that part was committed to go back before.
HOST, HOST_OWED = "host", "host:owed"


def noted(payable: Payable, order: OrderState) -> Decimal:
    """What the ledger says that went back from the order of this sum, in the sum's currency."""
    elsewhere = payable.refunds.filter(status="SUCCEEDED", attempt__isnull=False)
    elsewhere = elsewhere.exclude(attempt__checkout_id=order.checkout_id)
    back = ledger_sum(payable, "REFUNDED") - ledger_sum(payable, "REFUND_FAILED")
    return back - _total(elsewhere, payable)


def unheard(payable: Payable, order: OrderState) -> Decimal:
    """What the host gave back that neither the ledger nor a refund under way explains."""
    return max(order.refunded - noted(payable, order) - _under_way(payable, order), ZERO)


def note(payable: Payable, order: OrderState) -> Decimal:
    """Write into the ledger what the host gave back by itself of a locked sum; how much it is.

    It first pays refunds that failed and are still owed: only what is beyond all that was
    committed to go back is committed anew. What returns an overpayment is no part of the sum.
    """
    found = unheard(payable, order)
    if not found:
        return found
    gone = noted(payable, order) + found + _under_way(payable, order) - _overpaid(payable, order)
    room = payable.charged - payable.refund_committed
    beyond = max(min(gone - payable.refund_committed, found, room), ZERO)
    if beyond:
        payable.refund_committed += beyond
        payable.save(update_fields=["refund_committed"])
    for reference, part in ((HOST, beyond), (HOST_OWED, found - beyond)):
        if part:
            _write(payable, order, reference, part)
    return found


def _write(payable: Payable, order: OrderState, reference: str, amount: Decimal) -> None:
    """Each entry under the sum of all such entries: the same amount may go back twice."""
    before = payable.ledger.filter(kind="REFUNDED", reference__startswith=f"{HOST}:")
    total = (before.aggregate(total=Sum("amount"))["total"] or ZERO) + amount
    ledger_add(payable, "REFUNDED", amount, f"{reference}:{order.order_id}:{total:f}")


def _under_way(payable: Payable, order: OrderState) -> Decimal:
    """Refunds of ours that the host may count already, or may not yet."""
    here = Q(attempt=None) | Q(attempt__checkout_id=order.checkout_id)
    return _total(payable.refunds.filter(here, status__in=("REQUESTED", "PENDING")), payable)


def _overpaid(payable: Payable, order: OrderState) -> Decimal:
    """What came beyond the sum; less of it may show at the host while it is on its way back."""
    owed = payable.refunds.filter(cause=OVERPAID).exclude(status="FAILED")
    taken = order.charged + order.refunded - payable.charged
    return max(taken, _total(owed, payable), ZERO)


def _total(refunds: QuerySet[Refund], payable: Payable) -> Decimal:
    mine = refunds.filter(currency=payable.currency)
    return mine.aggregate(total=Sum("amount"))["total"] or ZERO
