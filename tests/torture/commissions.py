"""Commissions for scenarios that need many: made once by the services, then copied as databases.

These functions run in processes of their own; each answers plain values.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from decimal import Decimal
from functools import cache
from typing import Any

import requests
from django.db import connection

from saleor_bespoke.plugins.embedded.fake_stripe.webhooks import signature_header
from tests.torture.provider import KEYS

QUICK = {
    "slots_per_week": 500,
    "required_views": ("TOP",),
    "unboxing_video_required": False,
}
#: Overrides of the shop's settings for all processes: short walks, and nobody waits for a browser.
SETTINGS: dict[str, Any] = {"CHANNELS": {"us": QUICK}, "WEBHOOK_GRACE_SECONDS": 0}
#: The whole price of one, as the provider counts it.
PRICE_MINOR = 748_000


def ready() -> None:
    """What a web process does when it starts: every flow is known."""
    from saleor_bespoke import flows

    flows.connect()


def furnish() -> None:
    """One way to ship, at the price that the quotes name."""
    from saleor_bespoke.shop.embedded.models import Channel, ShippingMethod, ShippingZone
    from tests.hosts.embedded import COUNTRIES

    ready()
    ShippingZone.objects.all().delete()
    zone = ShippingZone.objects.create(
        name="us", channel=Channel.objects.get(slug="us"), countries=COUNTRIES
    )
    ShippingMethod.objects.create(zone=zone, name="Insured courier", price=Decimal(40))


def accepted(number: int) -> tuple[Any, Any, Any, str]:
    """An accepted commission with its checkout filled in: project, customer, staff, checkout."""
    from tests.fixtures import accept_quote, make_customer, make_quoted
    from tests.paying import fill_in

    customer = make_customer(f"customer-{number}@example.com")
    project = make_quoted(customer, clerk())
    checkout_id = accept_quote(project, customer).attempt.checkout_id
    fill_in(checkout_id)
    return project, customer, clerk(), checkout_id


@cache
def clerk() -> Any:
    """The one member of staff."""
    from django.contrib.auth import get_user_model

    from saleor_bespoke.project.access import HANDLE_PAYMENTS, MANAGE_ORDERS, Actor, ActorKind
    from tests.fixtures import make_staff

    both = (MANAGE_ORDERS, HANDLE_PAYMENTS)
    user = get_user_model().objects.filter(email="bench@example.com").first()
    if user is None:
        return make_staff("bench@example.com", permissions=both)
    return Actor(
        ActorKind.STAFF, f"user:{user.pk}", user.pk, "Staff", user.email, frozenset(both), None
    )


def owner_of(project: Any) -> Any:
    """The customer of a commission as a caller."""
    from saleor_bespoke.project.access import Actor, ActorKind

    pk = project.owner_id
    return Actor(ActorKind.CUSTOMER, f"user:{pk}", pk, "Customer", project.contact_email)


def confirm(url: str, reference: str, method: str) -> str:
    """Give this way to pay to the provider, as a browser does; the payment's status."""
    from saleor_bespoke.money import gateway

    secret = gateway.payment_read(reference).client_secret
    said = requests.post(
        f"{url}/v1/payment_intents/{reference}/confirm",
        data={"key": "pk_test_embedded", "client_secret": secret, "payment_method": method},
        timeout=60,
    ).json()
    return str(said.get("status") or said["error"]["code"])


# afterwards ---------------------------------------------------------------------------------------


def sweep(name: str) -> int:
    """One of the worker's tasks; what fails in it is the worker's affair, and comes again."""
    from saleor_bespoke import tasks

    ready()
    return int(getattr(tasks, name).run())


SWEEPS = ("provider_events_process", "expiries", "deliveries_drain", "reconcile")


def report(url: str, references: set[str] | None = None) -> None:
    """Let the shop hear all that the provider ever said, of these payments or of all."""
    from saleor_bespoke.shop.port import tell
    from tests.money.endings import provider_rows

    for event in provider_rows(url, "events"):
        about = event["data"]["object"]
        if references is None or (about.get("payment_intent") or about["id"]) in references:
            payload = json.dumps(event).encode()
            secrets = [KEYS["webhook_secret"]]
            signature = signature_header(secrets, payload, int(time.time()))
            assert tell("provider_event", payload=payload, signature=signature)


def settle(url: str = "") -> list[str]:
    """Let everything that is owed happen now, until nothing more happens; what stays owed.

    With the provider's address it reports first, all that it ever said.
    """
    from saleor_bespoke.money.models import ProviderEvent
    from saleor_bespoke.project.models import Delivery

    ready()
    if url:
        report(url)
    for _ in range(12):
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE saleor_bespoke_delivery SET due_at = now() - interval '1 second', "
                "leased_until = NULL WHERE done_at IS NULL AND given_up_at IS NULL"
            )
            cursor.execute(
                "UPDATE saleor_bespoke_providerevent SET received_at = now() - interval '2 hours' "
                "WHERE processed_at IS NULL"
            )
        done = sum(sweep(name) for name in SWEEPS)
        left = Delivery.objects.filter(done_at=None).count()
        left += ProviderEvent.objects.filter(processed_at=None).count()
        if not done and not left:
            break
    return sorted(Delivery.objects.filter(done_at=None).values_list("handler", flat=True))


def endings(url: str, projects: list[str]) -> dict[str, dict[str, Any]]:
    """How each ended: here, at the host, at the provider; the ledger with all its rows."""
    from tests.money.endings import ending, provider_rows

    ready()
    books = (provider_rows(url, "payment_intents"), provider_rows(url, "refunds"))
    return {pk: ending(pk, books=books) for pk in projects}


def unbalanced(url: str, projects: list[str]) -> list[str]:
    """Where our ledger, the host's books and the provider's differ, told to staff or not."""
    from saleor_bespoke.money.models import LedgerEntry, Payable, Payment, Refund
    from saleor_bespoke.shop.embedded.models import Order, TransactionItem
    from tests.money.endings import GONE, provider_rows

    kept = {row["id"]: row["amount_received"] for row in provider_rows(url, "payment_intents")}
    for row in provider_rows(url, "refunds"):
        if row["status"] in GONE:
            kept[row["payment_intent"]] -= row["amount"]
    wrong = []
    for pk in projects:
        ours = Counter[str]()
        for entry in LedgerEntry.objects.filter(payable__project=pk):
            sign = {"CHARGED": 1, "REFUNDED": -1, "REFUND_FAILED": 1}.get(entry.kind, 0)
            ours["ours"] += sign * int(entry.amount * 100)
        attempts = Payment.objects.filter(attempt__payable__project=pk)
        for reference in attempts.values_list("provider_reference", flat=True):
            ours["provider"] += kept.get(str(reference), 0)
        payables = Payable.objects.filter(project=pk)
        opened = payables.exclude(attempts=None)
        checkouts = [str(one) for one in opened.values_list("attempts__checkout_id", flat=True)]
        orders = Order.objects.filter(checkout_token__in=checkouts)
        items = TransactionItem.objects.filter(order__in=orders)
        items |= TransactionItem.objects.filter(checkout__in=checkouts)
        ours["host"] = sum(int(item.charged * 100) for item in items)
        if len({ours["ours"], ours["provider"], ours["host"]}) != 1:
            wrong.append(f"{pk}: {dict(ours)} {_story(payables)}")
        for payable in payables:
            back = Refund.objects.filter(payable=payable, attempt=None).exclude(cause="OVERPAID")
            total = sum((row.amount for row in back), Decimal(0))
            if total > payable.charged or payable.refund_committed > payable.charged:
                wrong.append(f"{pk}: {total} of {payable.charged} are owed back")
    return wrong


def _story(payables: Any) -> str:
    """What is known of these sums, for whoever looks for the reason."""
    from saleor_bespoke.shop.embedded.models import Order

    parts = []
    for one in payables:
        entries = [(row.kind, str(row.amount), row.reference[:12]) for row in one.ledger.all()]
        refunds = [(row.cause, row.status, str(row.amount)) for row in one.refunds.all()]
        order = Order.objects.filter(pk=one.order_id).first() if one.order_id else None
        host = [
            (str(item.charged), str(item.refunded), str(item.refund_pending))
            for item in (order.transactions.all() if order else ())
        ]
        sums = (one.kind, one.status, str(one.charged), str(one.refund_committed))
        parts.append(f"{sums} ledger {entries} refunds {refunds} host {host}")
    return "; ".join(parts)


def over_refunded() -> int:
    """Of how many sums more is owed back than was captured."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM saleor_bespoke_payable AS payable WHERE payable.charged < "
            "(SELECT coalesce(sum(amount), 0) FROM saleor_bespoke_refund WHERE payable_id = "
            "payable.id AND attempt_id IS NULL AND cause <> 'OVERPAID')"
        )
        return int(cursor.fetchone()[0])
