"""What the shop tells us of its orders and people, and the guard before it makes an order.

A hint never fails the shop's own work and uses no network: what it starts waits in the outbox.
Hints that never came are made up for by `flows.reconciling`. Nothing of a hint or of the guard
asks the database anything for orders and checkouts that are not ours.
"""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from saleor.app.models import App
from saleor.checkout.error_codes import CheckoutErrorCode

from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.money.models import Attempt
from saleor_bespoke.shop import port
from saleor_bespoke.shop.port import shop
from saleor_bespoke.shop.saleor import catalogue, installed

logger = logging.getLogger(__name__)

NOT_FOR_SALE = "A bespoke piece is bought by accepting its quote, not from the catalogue."
LEGACY = (
    "Bespoke pieces are paid by a transaction (transactionInitialize); payments of the older kind "
    "are not taken for them. Nothing was charged."
)

#: What the shop's codes for the reasons of a refused completion are; the others are INVALID.
CODES = {ErrorCode.PAYMENT_NOT_FULL: CheckoutErrorCode.CHECKOUT_NOT_FULLY_PAID}


def order_tell(word: str, order: Any) -> None:
    """Tell the product of an order of ours, once what the shop wrote is committed."""
    try:
        if installed.order_is_ours(order):
            _tell(word, order_id=str(order.pk))
    except Exception:  # the shop's own work goes on; the reconciler repeats the hint
        logger.exception("The hint %s could not be read", word)


def parcel_tell(word: str, fulfillment: Any) -> None:
    """Tell the product of a parcel of an order of ours."""
    try:
        order = fulfillment.order
    except Exception:  # as above
        logger.exception("The hint %s could not be read", word)
    else:
        order_tell(word, order)


def piece_hide(order: Any) -> None:
    """Take the piece of a new order of ours out of sale: nobody else can open or buy it."""
    try:
        if installed.order_is_ours(order):
            with shop().writer():
                catalogue.order_hide(order)
    except Exception:  # the order stands; its piece costs nothing and is refused to everybody
        logger.exception("The piece of order %s could not be hidden", order.pk)


def user_tell(user: Any) -> None:
    """Tell the product of a deleted user, whose row Saleor shows us a last time."""
    if user.pk is not None:
        _tell("user_deleted", user_pk=user.pk)


def app_tell(app: Any) -> None:
    """Put it into the log when somebody deletes our own app: nothing can be paid without it."""
    if app.identifier == port.GATEWAY:
        logger.error("The app of bespoke commissions was deleted; run bespoke_setup.")


def _tell(word: str, **values: Any) -> None:
    def say() -> None:
        try:
            with shop().writer():
                port.tell(word, **values)
        except Exception:  # the shop's own work is done; the reconciler repeats the hint
            logger.exception("The hint %s of %s failed", word, values)

    transaction.on_commit(say)


def completion_guard(checkout_info: Any, lines: Any, *, requestor: Any) -> None:
    """Refuse an order for a bespoke piece that is not the agreed one, paid in full."""
    checkout = checkout_info.checkout
    ours = installed.checkout_is_ours(checkout)
    if not ours and not installed.lines_hold_ours(lines or ()):
        return
    with shop().writer():
        refusal = _refusal(checkout, ours=ours)
    if refusal is not None:
        raise _spoken(refusal, asked_by_app=isinstance(requestor, App))


def _refusal(checkout: Any, *, ours: bool) -> BespokeError | None:
    checkout_id = str(checkout.pk)
    if not ours or not Attempt.objects.filter(checkout_id=checkout_id).exists():
        return BespokeError(ErrorCode.NOT_FOUND, NOT_FOR_SALE)
    if checkout.payments.filter(is_active=True).exists():
        return BespokeError(ErrorCode.INVALID, LEGACY)
    try:
        port.tell("checkout_completing", checkout_id=checkout_id)
    except BespokeError as refusal:
        return refusal
    return None


def _spoken(refusal: BespokeError, *, asked_by_app: bool) -> ValidationError:
    """The refusal in the shop's words.

    Apps may have asked by `orderCreateFromCheckout`, whose errors know few codes; a code that is
    not among them would be answered as a failure of the server.
    """
    code = CODES.get(refusal.code, CheckoutErrorCode.INVALID)
    if asked_by_app:
        code = CheckoutErrorCode.GRAPHQL_ERROR
    return ValidationError(refusal.message, code=code.value)
