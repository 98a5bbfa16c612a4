"""Saleor as the product sees it: thin, every concern has a module of its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from graphql_relay import to_global_id
from saleor.channel.models import Channel
from saleor.checkout.models import Checkout
from saleor.core.taxes import TaxError

from saleor_bespoke import clock
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.shop import port
from saleor_bespoke.shop.port import Effect, Outcome
from saleor_bespoke.shop.saleor import (
    audit,
    checkouts,
    clocks,
    letters,
    orders,
    payments,
    people,
    reports,
    returning,
    telling,
)
from saleor_bespoke.shop.saleor.payments import Refused
from saleor_bespoke.shop.saleor.primary import on_primary, writer

NO_CHECKOUT = "The shop has no such checkout any more."
NO_ORDER = "The shop has no such order."


class Adapter(port.Shop):
    """Reads and effects through Saleor's own functions, in its process and database."""

    def __init__(self) -> None:
        clocks.connect()

    # same database --------------------------------------------------------------------------

    @on_primary
    def channel(self, slug: str) -> port.Channel | None:
        row = Channel.objects.select_related("tax_configuration").filter(slug=slug).first()
        if row is None:
            return None
        return port.Channel(
            slug=row.slug,
            currency=row.currency_code,
            country=row.default_country.code,
            name=row.name,
            prices_with_tax=row.tax_configuration.prices_entered_with_tax,
            active=row.is_active,
        )

    @on_primary
    def caller(self, context: Any) -> port.Caller:
        return people.caller(context)

    @on_primary
    def staff(self, reference: str) -> port.Person | None:
        return people.staff_find(reference)

    @on_primary
    def checkout_open(self, request: port.CheckoutRequest) -> str:
        return str(checkouts.checkout_open(request).pk)

    @on_primary
    def checkout_drop(self, checkout_id: str) -> bool:
        return checkouts.checkout_drop(checkout_id)

    @on_primary
    def checkout(self, checkout_id: str) -> port.CheckoutState | None:
        row = checkouts.checkout_find(checkout_id)
        return checkouts.state(row) if row else None

    def checkout_global_id(self, checkout_id: str) -> str:
        return str(to_global_id("Checkout", checkout_id))

    @on_primary
    def order(self, order_id: str) -> port.OrderState | None:
        row = orders.order_find(order_id)
        return orders.state(row) if row else None

    @on_primary
    def order_of_checkout(self, checkout_id: str) -> port.OrderState | None:
        row = orders.order_of(checkout_id)
        return orders.state(row) if row else None

    def order_global_id(self, order_id: str) -> str:
        return str(to_global_id("Order", order_id))

    @on_primary
    def app_permissions(self, app_pk: str) -> frozenset[str] | None:
        return telling.app_permissions(app_pk)

    def webhook_refusal(self, url: str) -> str:
        return telling.webhook_refusal(url)

    @on_primary
    def checkouts_ended(self, checkout_ids: Collection[str]) -> Mapping[str, str]:
        return reports.checkouts_ended(checkout_ids)

    @on_primary
    def transactions_of(
        self, checkout_ids: Collection[str]
    ) -> Mapping[str, tuple[port.Transaction, ...]]:
        keys = filter(None, map(checkouts.uuid_of, checkout_ids))
        return payments.transactions_on(keys)

    def audit_relations(self) -> Mapping[str, str]:
        return audit.RELATIONS

    def writer(self, context: Any = None) -> AbstractContextManager[None]:
        return writer(context)

    def clock_move(self, by: timedelta) -> datetime:
        clocks.move(by)
        return clock.now()

    # effects --------------------------------------------------------------------------------

    @on_primary
    def charge_record(
        self, *, checkout_id: str, reference: str, amount: Decimal, currency: str, key: str
    ) -> Effect:
        pk = checkouts.uuid_of(checkout_id)
        if pk is None:
            return Effect(Outcome.FAILED, reason=NO_CHECKOUT)

        def record() -> str:
            item = payments.charge_record(
                checkout_id=pk, reference=reference, amount=amount, currency=currency, key=key
            )
            return str(item.token)

        return _effect(record)

    @on_primary
    def checkout_complete(self, *, checkout_id: str, key: str) -> Effect:
        made = orders.order_of(checkout_id)
        checkout = checkouts.checkout_find(checkout_id)
        if made is not None or checkout is None:
            return _order_made(made, NO_CHECKOUT)
        try:
            order = checkouts.checkout_complete(checkout)
        except Checkout.DoesNotExist:  # somebody else completed it meanwhile
            order = None
        except (ValidationError, TaxError) as refusal:
            return _order_made(orders.order_of(checkout_id), _said(refusal))
        return _order_made(order or orders.order_of(checkout_id), "The shop made no order of it.")

    @on_primary
    def refund(
        self, *, order_id: str, checkout_id: str, amount: Decimal, currency: str, key: str
    ) -> Effect:
        source = orders.order_find(order_id) or _source(checkout_id)
        if source is None or source.currency != currency:
            return Effect(Outcome.FAILED, reason="The shop has no such payment.")
        try:
            return returning.refund(source, amount=amount, key=key)
        except Refused as refusal:
            return Effect(Outcome.FAILED, reason=str(refusal))

    @on_primary
    def refund_report(
        self,
        *,
        checkout_id: str,
        payment: str,
        reference: str,
        amount: Decimal,
        currency: str,
        outcome: Outcome,
        reason: str,
        key: str,
    ) -> Effect:
        source = _source(checkout_id)
        if source is None or source.currency != currency:
            return Effect(Outcome.FAILED, reason="The shop has no such payment.")

        def report() -> str:
            item = reports.refund_report(
                source,
                payment=payment,
                reference=reference,
                amount=amount,
                outcome=outcome,
                reason=reason,
                key=key,
            )
            return str(item.token)

        return _effect(report)

    @on_primary
    def money_release(self, *, checkout_id: str, key: str) -> Effect:
        source = _source(checkout_id)
        if source is None:
            return Effect(Outcome.FAILED, reason=NO_CHECKOUT)
        try:
            return returning.release(source, key=key)
        except Refused as refusal:
            return Effect(Outcome.FAILED, reason=str(refusal))

    @on_primary
    def transfer_record(
        self, *, checkout_id: str, reference: str, amount: Decimal, currency: str, key: str
    ) -> Effect:
        pk = checkouts.uuid_of(checkout_id)
        if pk is None:
            return Effect(Outcome.FAILED, reason=NO_CHECKOUT)

        def record() -> str:
            item = payments.transfer_record(
                pk, reference=reference, amount=amount, currency=currency
            )
            return str(item.token)

        return _effect(record)

    @on_primary
    def order_fulfill(self, *, order_id: str, tracking_number: str, key: str) -> Effect:
        order = orders.order_find(order_id)
        if order is None:
            return Effect(Outcome.FAILED, reason=NO_ORDER)
        return _effect(
            lambda: str(orders.order_fulfill(order.pk, tracking_number=tracking_number).pk)
        )

    @on_primary
    def tracking_update(self, *, fulfillment_id: str, tracking_number: str, key: str) -> Effect:
        return _effect(lambda: str(orders.tracking_update(fulfillment_id, tracking_number).pk))

    @on_primary
    def order_cancel(self, *, order_id: str, key: str) -> Effect:
        order = orders.order_find(order_id)
        if order is None:
            return Effect(Outcome.FAILED, reason=NO_ORDER)
        return _effect(lambda: str(orders.order_cancel(order.pk).pk))

    @on_primary
    def order_note(self, *, order_id: str, metadata: Mapping[str, str], key: str) -> Effect:
        order = orders.order_find(order_id)
        if order is None:
            return Effect(Outcome.FAILED, reason=NO_ORDER)
        return _effect(lambda: str(telling.order_note(order.pk, metadata, key).pk))

    def webhook_send(self, *, url: str, event: str, body: bytes, secret: str, key: str) -> Effect:
        return telling.webhook_send(url=url, event=event, body=body, secret=secret, key=key)

    @on_primary
    def mail_send(self, mail: port.Mail) -> Effect:
        return letters.mail_send(mail)

    def letters_forget(self, keys: Collection[str]) -> int:
        return 0  # it keeps none: they go to the mail server or to the shop's notifying apps


def _source(checkout_id: str) -> Any:
    return checkouts.checkout_find(checkout_id) or orders.order_of(checkout_id)


def _order_made(order: Any, reason: str) -> Effect:
    if order is None:
        return Effect(Outcome.FAILED, reason=reason)
    return Effect(Outcome.SUCCEEDED, str(order.pk))


def _effect(act: Callable[[], str]) -> Effect:
    """Act, and answer the reference, or why Saleor or the product itself refused."""
    try:
        return Effect(Outcome.SUCCEEDED, act())
    except ValidationError as refusal:
        return Effect(Outcome.FAILED, reason=_said(refusal))
    except (Refused, BespokeError) as refusal:
        return Effect(Outcome.FAILED, reason=str(refusal))


def _said(refusal: ValidationError | TaxError) -> str:
    """What Saleor would tell a client, in one line."""
    messages = refusal.messages if isinstance(refusal, ValidationError) else [str(refusal)]
    return " ".join(map(str, messages))
