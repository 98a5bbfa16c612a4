"""The embedded shop as the product sees it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from graphql_relay import to_global_id

from saleor_bespoke import clock
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.shop import port
from saleor_bespoke.shop.embedded import (
    accounts,
    audit,
    checkouts,
    ledger,
    letters,
    models,
    moving,
    orders,
    payments,
    prices,
    refunds,
    releasing,
    reports,
    telling,
)
from saleor_bespoke.shop.embedded.refusals import HostRefusal
from saleor_bespoke.shop.port import Effect, Outcome


class Adapter(port.Shop):
    """Reads and effects against the embedded shop's own tables, in the product's database."""

    # same database --------------------------------------------------------------------------

    def channel(self, slug: str) -> port.Channel | None:
        row = models.Channel.objects.filter(slug=slug).first()
        if row is None:
            return None
        return port.Channel(
            slug=row.slug,
            currency=row.currency,
            country=row.country,
            name=row.name,
            prices_with_tax=row.prices_with_tax,
            active=row.is_active,
        )

    def caller(self, context: Any) -> port.Caller:
        caller = accounts.authenticated(context)
        permissions = accounts.permissions_of(caller)
        if isinstance(caller, models.App):
            return port.Caller(app_pk=str(caller.pk), app_name=caller.name, permissions=permissions)
        if caller is None:
            return port.Caller()
        channels = None if caller.channels is None else frozenset(caller.channels)
        return port.Caller(
            person=accounts.person(caller), permissions=permissions, channels=channels
        )

    def staff(self, reference: str) -> port.Person | None:
        user = accounts.user_find(reference)
        return accounts.person(user) if user and user.is_staff else None

    def checkout_open(self, request: port.CheckoutRequest) -> str:
        checkout = checkouts.checkout_open(
            channel=request.channel,
            price=request.price,
            title=request.title,
            email=request.email,
            user_pk=request.user_pk,
            country=request.country,
            metadata=request.metadata,
            shipped=request.shipped,
        )
        return str(checkout.pk)

    def checkout_drop(self, checkout_id: str) -> bool:
        return checkouts.checkout_drop(checkout_id)

    def checkout(self, checkout_id: str) -> port.CheckoutState | None:
        row = checkouts.checkout_find(checkout_id)
        return _checkout_state(row) if row else None

    def checkout_global_id(self, checkout_id: str) -> str:
        return str(to_global_id("Checkout", checkout_id))

    def order(self, order_id: str) -> port.OrderState | None:
        row = orders.order_find(order_id)
        return _order_state(row) if row else None

    def order_of_checkout(self, checkout_id: str) -> port.OrderState | None:
        row = checkouts.order_of(checkout_id)
        return _order_state(row) if row else None

    def order_global_id(self, order_id: str) -> str:
        return str(to_global_id("Order", order_id))

    def app_permissions(self, app_pk: str) -> frozenset[str] | None:
        return telling.app_permissions(app_pk)

    def webhook_refusal(self, url: str) -> str:
        return telling.webhook_refusal(url)

    def checkouts_ended(self, checkout_ids: Collection[str]) -> Mapping[str, str]:
        return reports.checkouts_ended(checkout_ids)

    def transactions_of(
        self, checkout_ids: Collection[str]
    ) -> Mapping[str, tuple[port.Transaction, ...]]:
        found = releasing.transactions_on(checkout_ids)
        return {key: tuple(map(_transaction, items)) for key, items in found.items()}

    def audit_relations(self) -> Mapping[str, str]:
        return audit.RELATIONS

    def writer(self, context: Any = None) -> AbstractContextManager[None]:
        return nullcontext()

    def clock_move(self, by: timedelta) -> datetime:
        moving.move(by)
        return clock.now()

    # effects --------------------------------------------------------------------------------

    def charge_record(
        self, *, checkout_id: str, reference: str, amount: Decimal, currency: str, key: str
    ) -> Effect:
        def record() -> str:
            item = payments.charge_record(
                checkout_id, reference=reference, amount=amount, currency=currency, key=key
            )
            return str(item.token)

        return _effect(record)

    def checkout_complete(self, *, checkout_id: str, key: str) -> Effect:
        return _effect(lambda: str(checkouts.checkout_complete(checkout_id).pk))

    def refund(
        self, *, order_id: str, checkout_id: str, amount: Decimal, currency: str, key: str
    ) -> Effect:
        source = orders.order_find(order_id) or _source(checkout_id)
        if source is None or source.currency != currency:
            return Effect(Outcome.FAILED, reason="The shop has no such payment.")
        items = ledger.transactions_of(source)
        try:
            events = refunds.refund_spread(items, amount=amount, key=key)
        except HostRefusal as refusal:
            return Effect(Outcome.FAILED, reason=str(refusal))
        return _way_back(events)

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

    def money_release(self, *, checkout_id: str, key: str) -> Effect:
        source = _source(checkout_id)
        if source is None:
            return Effect(Outcome.FAILED, reason=checkouts.NO_CHECKOUT)
        return _way_back(releasing.release(source, key=key))

    def transfer_record(
        self, *, checkout_id: str, reference: str, amount: Decimal, currency: str, key: str
    ) -> Effect:
        def record() -> str:
            item = releasing.transfer_record(
                checkout_id, reference=reference, amount=amount, currency=currency
            )
            return str(item.token)

        return _effect(record)

    def order_fulfill(self, *, order_id: str, tracking_number: str, key: str) -> Effect:
        order = orders.order_find(order_id)
        if order is None:
            return Effect(Outcome.FAILED, reason="The shop has no such order.")
        there = order.fulfillments.exclude(status="CANCELED").first()
        if there is not None:
            return Effect(Outcome.SUCCEEDED, str(there.pk))
        return _effect(
            lambda: str(
                orders.order_fulfill(
                    order, quantity=order.quantity, tracking_number=tracking_number, key=key
                ).pk
            )
        )

    def tracking_update(self, *, fulfillment_id: str, tracking_number: str, key: str) -> Effect:
        parcel = models.Fulfillment.objects.filter(pk=fulfillment_id).first()
        if parcel is None:
            return Effect(Outcome.FAILED, reason="The shop has no such parcel.")

        def update() -> str:
            orders.tracking_update(parcel, tracking_number)
            return str(parcel.pk)

        return _effect(update)

    def order_cancel(self, *, order_id: str, key: str) -> Effect:
        order = orders.order_find(order_id)
        if order is None:
            return Effect(Outcome.FAILED, reason="The shop has no such order.")
        if order.status == "CANCELED":
            return Effect(Outcome.SUCCEEDED, str(order.pk))

        def cancel() -> str:
            orders.order_cancel(order)
            return str(order.pk)

        return _effect(cancel)

    def order_note(self, *, order_id: str, metadata: Mapping[str, str], key: str) -> Effect:
        return telling.order_note(order_id, metadata)

    def webhook_send(self, *, url: str, event: str, body: bytes, secret: str, key: str) -> Effect:
        return telling.webhook_send(url=url, event=event, body=body, secret=secret, key=key)

    def mail_send(self, mail: port.Mail) -> Effect:
        return letters.mail_send(mail)

    def letters_forget(self, keys: Collection[str]) -> int:
        return letters.letters_forget(keys)


def _source(checkout_id: str) -> models.Checkout | models.Order | None:
    """The checkout, or the order it became."""
    return checkouts.checkout_find(checkout_id) or checkouts.order_of(checkout_id)


def _effect(act: Callable[[], str]) -> Effect:
    """Act, and answer the reference, or why the shop or the product itself refused."""
    try:
        return Effect(Outcome.SUCCEEDED, act())
    except (HostRefusal, BespokeError) as refusal:
        return Effect(Outcome.FAILED, reason=str(refusal))


def _way_back(events: list[models.TransactionEvent]) -> Effect:
    """One answer for money that goes back in several parts."""
    reference = next((event.psp_reference for event in events if event.psp_reference), "")
    failed = [event for event in events if event.type.endswith("_FAILURE")]
    if failed:
        return Effect(Outcome.FAILED, reference, failed[0].message or "The refund failed.")
    if any(event.type.endswith("_REQUEST") for event in events):
        return Effect(Outcome.PENDING, reference)
    return Effect(Outcome.SUCCEEDED, reference)


def _transaction(item: models.TransactionItem) -> port.Transaction:
    return port.Transaction(
        transaction_id=str(item.token),
        reference=item.psp_reference,
        currency=item.currency,
        charged=item.charged,
        authorized=item.authorized,
        pending=item.charge_pending,
        refunded=item.refunded,
        gateway=item.gateway,
        by_hand=releasing.by_hand(item),
    )


def _checkout_state(row: models.Checkout) -> port.CheckoutState:
    cost = prices.totals(row)
    address = row.shipping_address or {}
    return port.CheckoutState(
        checkout_id=str(row.pk),
        channel=row.channel.slug,
        currency=row.currency,
        total=cost.total.gross,
        line_total=cost.line.gross,
        shipping=cost.shipping.gross,
        tax=cost.total.tax,
        discount=Decimal(0),
        quantities=(row.quantity,),
        unit_prices=(row.price,),
        destination=address.get("country", ""),
        has_billing=bool(row.billing_address),
        has_delivery=not row.shipping_required or checkouts.usable_method(row) is not None,
        metadata=row.metadata,
        transactions=tuple(_transaction(item) for item in ledger.transactions_of(row)),
    )


def _order_state(row: models.Order) -> port.OrderState:
    return port.OrderState(
        order_id=str(row.pk),
        number=str(row.number),
        checkout_id=str(row.checkout_token),
        channel=row.channel.slug,
        currency=row.currency,
        total=row.total_gross,
        status=row.status,
        metadata=row.metadata,
        transactions=tuple(_transaction(item) for item in ledger.transactions_of(row)),
        fulfillments=tuple(
            port.Fulfillment(
                fulfillment_id=str(parcel.pk),
                status=parcel.status,
                tracking_number=parcel.tracking_number,
            )
            for parcel in row.fulfillments.all()
        ),
        receiver=_receiver(row.shipping_address or row.billing_address),
    )


def _receiver(address: dict[str, str] | None) -> port.Receiver | None:
    """The address of an order as the port tells it."""
    if not address:
        return None
    street = (address.get("streetAddress1"), address.get("streetAddress2"))
    place = " ".join(
        part
        for part in (address.get("city"), address.get("countryArea"), address.get("postalCode"))
        if part
    )
    lines = (address.get("companyName"), *street, place, address.get("country"))
    name = f"{address.get('firstName', '')} {address.get('lastName', '')}".strip()
    return port.Receiver(
        name=name,
        lines=tuple(line for line in lines if line),
        country=address.get("country", ""),
    )
