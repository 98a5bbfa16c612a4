"""With the parcel: what is in it, and what customs must know."""

from __future__ import annotations

from decimal import Decimal

from saleor_bespoke import conf
from saleor_bespoke.craft.codec import decimal_text
from saleor_bespoke.craft.stones import milligrams
from saleor_bespoke.documents.parts import Person
from saleor_bespoke.documents.shipping import CustomsInvoice, Declared, Packed, PackingSlip
from saleor_bespoke.documents.wording import Wording
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.flows.documents import pieces
from saleor_bespoke.flows.documents.available import NOT_WEIGHED
from saleor_bespoke.flows.documents.drafts import Draft
from saleor_bespoke.flows.documents.house import (
    customer_of,
    day_of,
    exporter_of,
    house_of,
    reader_of,
)
from saleor_bespoke.flows.documents.paying import payer_of
from saleor_bespoke.money.models import Payable
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.papers.rules import Kind
from saleor_bespoke.steps.shipping.models import Shipment

REASONS = {"ORDER": "SALE", "RESIZE": "RESIZE", "CLAIM": "CLAIM"}


def _shipment(project: BespokeProject, subject: str) -> tuple[int, Shipment]:
    rows = list(project.shipments.order_by("packed_at", "pk"))
    return next((place, it) for place, it in enumerate(rows, start=1) if str(it.pk) == subject)


def _paid(project: BespokeProject) -> Payable | None:
    return project.payables.filter(kind="QUOTE", status="PAID").first()


def _receiver(project: BespokeProject) -> Person:
    paid = _paid(project)
    return payer_of(project, paid) if paid else customer_of(project)


def _order(project: BespokeProject) -> str:
    paid = _paid(project)
    return paid.order_number if paid else ""


def packing_slip(project: BespokeProject, subject: str) -> Draft:
    """What is in the parcel and for whom, without prices."""
    place, row = _shipment(project, subject)
    return Draft(
        kind=Kind.PACKING_SLIP,
        subject=subject,
        place=place,
        document=PackingSlip(
            house=house_of(project.channel),
            reader=reader_of(project),
            number="",
            issued_at=row.dispatched_at or row.packed_at,
            receiver=_receiver(project),
            project=project.number,
            order=_order(project),
            contents=(Packed(project.title),),
            packing=tuple(row.packing),
            carrier=row.carrier,
            tracking=row.tracking_number,
            signature_required=row.signature_required,
        ),
    )


def customs_invoice(project: BespokeProject, subject: str) -> Draft:
    """The declaration of a parcel that crosses a border."""
    place, row = _shipment(project, subject)
    house = house_of(project.channel)
    reader = reader_of(project, internal=True)
    grams = _net_grams(project)
    packing = conf.policy(project.channel).packing_grams
    at = row.dispatched_at or row.packed_at
    quote = project.quotes.get(status="ACCEPTED")
    return Draft(
        kind=Kind.CUSTOMS_INVOICE,
        subject=subject,
        place=place,
        document=CustomsInvoice(
            house=house,
            reader=reader,
            number="",
            issued_at=at,
            exporter=exporter_of(project.channel),
            exporter_ids=tuple(sorted(conf.policy(project.channel).exporter_ids.items())),
            consignee=_receiver(project),
            lines=(
                Declared(
                    description=_goods(project, Wording.of(house, reader)),
                    hs_code=row.hs_code,
                    origin=row.origin_country,
                    quantity=1,
                    net_grams=grams,
                    unit_value=pieces.amount(pieces.there(row.declared_value), row.currency),
                ),
            ),
            freight=pieces.amount(quote.shipping_amount, quote.currency)
            if row.purpose == "ORDER" and quote.currency == row.currency
            else None,
            gross_grams=None if packing is None else grams + packing,
            incoterm=row.incoterm,
            place=Wording.of(house, reader).country(quote.destination_country),
            reason=REASONS[row.purpose],
            order=_order(project),
            carrier=row.carrier,
            tracking=row.tracking_number,
            declared_on=day_of(project, at),
            declared_by=house.name,
        ),
    )


def _net_grams(project: BespokeProject) -> Decimal:
    """What the piece weighs in g: its metal as it was weighed last, and the stones in it.

    DOCUMENT_NOT_READY where a weight is not known; customs are told nothing that was guessed.
    """
    check = pieces.last_check(project)
    if check is None or check.metal_grams is None:
        raise BespokeError(ErrorCode.DOCUMENT_NOT_READY, NOT_WEIGHED, field="kind")
    asked = pieces.piece_agreed(project).specification
    grams = check.metal_grams
    for it in pieces.stones_locked(project, asked):
        if it.stone.total_carat is None:
            raise BespokeError(
                ErrorCode.DOCUMENT_NOT_READY,
                f"The weight of a stone is not known: {it.name or it.stone.kind}.",
                field="kind",
            )
        grams += milligrams(it.stone.total_carat) / 1000
    return Decimal(decimal_text(grams))


def _goods(project: BespokeProject, words: Wording) -> str:
    """What a customs officer needs to read: the piece, its metal, its stones."""
    asked = pieces.piece_agreed(project).specification
    stones = {
        words.say(f"stone_name.{it.stone.origin.value}", kind=words.term(it.stone.kind, "stone"))
        for it in pieces.stones_locked(project, asked)
    }
    piece = words.term(asked.piece_type, "piece")
    return ", ".join((piece, words.term(asked.alloy, "alloy"), *sorted(stones)))
