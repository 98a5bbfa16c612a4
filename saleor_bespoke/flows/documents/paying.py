"""What was received for a sum, and what went back of it."""

from __future__ import annotations

from decimal import Decimal

from saleor_bespoke.craft.money import Amount
from saleor_bespoke.documents.parts import Person
from saleor_bespoke.documents.payments import Movement, Receipt
from saleor_bespoke.documents.wording import Wording
from saleor_bespoke.flows.documents import pieces
from saleor_bespoke.flows.documents.drafts import Draft
from saleor_bespoke.flows.documents.house import customer_of, house_of, reader_of
from saleor_bespoke.money.models import BankTransfer, LedgerEntry, Payable, Payment
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.port import shop
from saleor_bespoke.steps.papers.rules import Kind
from saleor_bespoke.steps.quoting.content import total


def receipt(project: BespokeProject, subject: str) -> Draft:
    """A paid sum with every movement of its money that the customer is told of."""
    sums = list(project.payables.filter(status="PAID").order_by("paid_at", "pk"))
    place, row = next(
        (place, row) for place, row in enumerate(sums, start=1) if str(row.pk) == subject
    )
    ledger = list(row.ledger.filter(currency=row.currency).order_by("at", "pk"))
    received = [it for it in ledger if it.kind == "CHARGED"]
    returned = _returned(ledger)
    moments = [pieces.there(row.paid_at), *(it.at for it in returned)]
    return Draft(
        kind=Kind.RECEIPT,
        subject=subject,
        place=place,
        document=Receipt(
            house=house_of(project.channel),
            reader=reader_of(project),
            number="",
            issued_at=max(moments),
            customer=payer_of(project, row),
            project=project.number,
            piece_title=project.title,
            title=row.title,
            order=row.order_number,
            received=tuple(_movement(row, it, _way(row, it)) for it in received),
            returned=tuple(_movement(row, it, "SAME_WAY") for it in returned),
            total=pieces.amount(row.charged, row.currency),
            tax=_tax(project, row),
        ),
    )


def _tax(project: BespokeProject, row: Payable) -> Amount | None:
    """The tax in the piece's own sum, where it was paid as it was offered."""
    offer = project.quotes.filter(pk=row.subject_pk).select_related("accepted_alternative").first()
    if row.kind != "QUOTE" or offer is None or offer.accepted_alternative is None:
        return None
    chosen = offer.accepted_alternative
    if total(offer, chosen) != row.charged:
        return None
    return pieces.amount(chosen.tax_amount, row.currency)


def _returned(ledger: list[LedgerEntry]) -> list[LedgerEntry]:
    """What went back and stayed back."""
    failed = [it.amount for it in ledger if it.kind == "REFUND_FAILED"]
    kept = []
    for entry in ledger:
        if entry.kind == "REFUNDED":
            if entry.amount in failed:
                failed.remove(entry.amount)
            else:
                kept.append(entry)
    return kept


def _movement(row: Payable, entry: LedgerEntry, way: str) -> Movement:
    return Movement(entry.at, way, entry.reference, pieces.amount(entry.amount, row.currency))


def _way(row: Payable, entry: LedgerEntry) -> str:
    if Payment.objects.filter(provider_reference=entry.reference).exists():
        return "ONLINE"
    if BankTransfer.objects.filter(payable=row).exists():
        return "BANK_TRANSFER"
    return "OTHER"


def payer_of(project: BespokeProject, row: Payable) -> Person:
    """The customer with the address the shop's order names, if it names one."""
    order = shop().order(row.order_id) if row.order_id else None
    found = order.receiver if order else None
    customer = customer_of(project)
    if found is None:
        return customer
    house, reader = house_of(project.channel), reader_of(project)
    country = Wording.of(house, reader).country(found.country)
    lines = (*(it for it in found.lines if it != found.country), country)
    return Person(customer.name, lines, customer.email, customer.telephone)


def paid_in_all(project: BespokeProject) -> Decimal:
    """What the piece came to: all that was paid for it, less what cheaper changes saved."""
    sums = project.payables.filter(status="PAID", kind__in=("QUOTE", "CHANGE_ORDER", "TWEAK"))
    return sum((it.charged - it.reduced for it in sums), Decimal(0))
