"""Where a commission's money ended: at the provider, at the host and in our books, in plain sums.

No ids and no times: two ways to the same end are equal here, whatever happened on them.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import requests

from saleor_bespoke.money.models import LedgerEntry, Payable, Payment, Refund
from saleor_bespoke.project.models import BespokeProject, Delivery
from tests.hosts import host

#: Refunds at the provider that took money from the shop.
GONE = ("succeeded", "pending")


def provider_rows(url: str, kind: str, key: str = "sk_test_embedded") -> list[dict[str, Any]]:
    """All of the provider's own rows of a kind, asked over its API."""
    rows: list[dict[str, Any]] = []
    query = {"limit": "100"}
    while True:
        page = requests.get(f"{url}/v1/{kind}", params=query, auth=(key, ""), timeout=30).json()
        rows += page["data"]
        if not page["has_more"]:
            return rows
        query["starting_after"] = rows[-1]["id"]


def ledger_of(project: BespokeProject) -> list[tuple[str, str]]:
    """Kinds and sums of the ledger's rows, each as often as it stands there."""
    rows = LedgerEntry.objects.filter(payable__project=project)
    return sorted((row.kind, plain(row.amount)) for row in rows)


def plain(amount: Decimal) -> str:
    """A sum without the zeros its column adds."""
    return str(amount.quantize(Decimal("0.01")))


def attentions(project: BespokeProject) -> list[str]:
    """What staff are asked to look at now."""
    rows = project.attentions.filter(resolved_at=None)
    return sorted(rows.values_list("reason", flat=True))


def owed(project: BespokeProject) -> list[str]:
    """Effects that are not done: the host's orders, letters, refunds."""
    left = Delivery.objects.filter(event__project=project, done_at=None)
    return sorted(left.values_list("handler", flat=True))


def ending(project_pk: Any, *, books: tuple[list[Any], list[Any]] | None = None) -> dict[str, Any]:
    """Everything that must be equal however the news came; `books` are the provider's rows."""
    project = BespokeProject.objects.get(pk=project_pk)
    payables = Payable.objects.filter(project=project).order_by("created_at", "pk")
    payments = Payment.objects.filter(attempt__payable__project=project)
    orders, sums = host().orders_end([row.order_id for row in payables if row.order_id])
    found: dict[str, Any] = {
        "stage": str(project.stage),
        "payables": [
            (row.kind, row.status, plain(row.charged), plain(row.refund_committed))
            for row in payables
        ],
        "payments": Counter(payments.values_list("status", flat=True)),
        "ledger": ledger_of(project),
        "refunds": sorted(
            (row.cause, row.status, plain(row.amount))
            for row in Refund.objects.filter(payable__project=project)
        ),
        "attention": attentions(project),
        "owed": owed(project),
        "orders": orders,
        "host": tuple(map(plain, sums)),
        "materials": Counter(
            project.holdings.filter(state__in=("HELD", "LOCKED", "CONSUMED")).values_list(
                "state", flat=True
            )
        ),
        "slots": project.slots.filter(state="BOOKED").count(),
    }
    if books is not None:
        found["provider"] = provider_sums(payments, *books)
    return found


def provider_sums(payments: Any, intents: list[Any], refunds: list[Any]) -> dict[str, Any]:
    """What the provider took and gave back for these payments, in minor units."""
    ours = {str(pk) for pk in payments.values_list("pk", flat=True)}
    mine = [row for row in intents if row["metadata"].get("payment") in ours]
    keys = {row["id"] for row in mine}
    back = [row for row in refunds if row["payment_intent"] in keys]
    return {
        "charges": sorted(row["amount_received"] for row in mine if row["amount_received"]),
        "refunds": sorted((row["status"], row["amount"]) for row in back),
    }
