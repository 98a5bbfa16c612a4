"""A piece made anew for nothing, and the way back of one that was repaired or exchanged."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from saleor_bespoke.flows.aftercare import claim_decide, claim_return
from saleor_bespoke.flows.cancelling import project_cancel, terms_of
from saleor_bespoke.flows.changes import change_order_accept
from saleor_bespoke.flows.redoing import redo_start
from saleor_bespoke.flows.revision import brief_revise
from saleor_bespoke.graphql.base import global_id
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.journal import chain_breaks
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.selectors import specification_agreed
from saleor_bespoke.shop.embedded.models import Order
from saleor_bespoke.steps.aftercare.services import claim_open, return_request
from saleor_bespoke.steps.cad.models import CadApproval
from saleor_bespoke.steps.cad.services import change_order_propose
from saleor_bespoke.steps.cad.services.approvals import approval_faults
from saleor_bespoke.steps.cad.services.tweaks import allowance_of
from saleor_bespoke.steps.intake.services import BriefDraft
from saleor_bespoke.steps.quoting.content import content_hash_of
from tests.callers import callers, check_staff_only, perform, refused
from tests.delivering import deliver, dispatch, pack
from tests.fixtures import make_draft, make_metal, make_stone, ring_specification
from tests.making import (
    approve,
    begin_making,
    finish_making,
    pass_check,
    photo,
    prepared,
    record_report,
    verify,
)
from tests.support import refuses

pytestmark = pytest.mark.django_db


def claim(project: BespokeProject, actor: Actor) -> Any:
    with prepared(photo(), Purpose.EVIDENCE) as file:
        return claim_open(
            actor=actor, project_pk=project.pk, kind="QUALITY", text="A crack.", prepared=[file]
        )


def decided(project: BespokeProject, customer: Actor, staff: Actor, remedy: str) -> Any:
    row = claim(project, customer)
    return claim_decide(
        actor=staff, claim_pk=row.pk, accepted=True, explanation="Sorry.", remedy=remedy
    ).claim


def materials(staff: Actor) -> dict[Any, Decimal]:
    """A stone of the same kind as the first one, and gold."""
    return {
        make_stone(staff, "D-redo").pk: Decimal(1),
        make_metal(staff, "AU-redo").pk: Decimal("6.5"),
    }


@pytest.fixture
def redo(delivered_project: BespokeProject, customer: Actor, staff: Actor) -> BespokeProject:
    """The commission that makes the delivered ring anew (stage INTAKE)."""
    project: BespokeProject = decided(delivered_project, customer, staff, "REDO").redo_project
    return project


@pytest.fixture
def begun(redo: BespokeProject, staff: Actor) -> BespokeProject:
    """The redo at stage DESIGN."""
    return redo_start(actor=staff, project_pk=redo.pk, materials=materials(staff))


def test_a_redo_is_agreed_as_the_first_piece_was(
    delivered_project: BespokeProject, redo: BespokeProject
) -> None:
    quote, first = redo.quotes.get(), delivered_project.quotes.get()
    assert (quote.status, quote.version, quote.brief) == ("ACCEPTED", 1, redo.briefs.get())
    assert quote.content_hash == content_hash_of(quote) != first.content_hash
    assert quote.terms_hash == first.terms_hash
    assert delivered_project.number in quote.note
    chosen, before = quote.accepted_alternative, first.accepted_alternative
    assert (chosen.price, chosen.title) == (before.price, before.title)
    assert chosen.specification_hash == before.specification_hash
    assert [line.amount for line in chosen.lines.all()] == [
        line.amount for line in before.lines.all()
    ]
    assert redo.briefs.get().status == "CONFIRMED"
    assert specification_agreed(redo) == specification_agreed(delivered_project)
    assert allowance_of(redo) == allowance_of(delivered_project)
    assert not redo.consents.exists()
    assert terms_of(redo, redo.payables.all()).refund == 0


def test_a_redo_follows_what_was_changed_after_the_quote(
    delivered_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    changed = ring_specification(ringSize={"system": "us", "label": "7"}).to_json()
    delivered_project.change_orders.create(
        number=1,
        status="SETTLED",
        reason="A wider finger",
        changes=[],
        specification=changed,
        specification_hash="-",
        price_difference=0,
        currency="USD",
        valid_until=delivered_project.created_at,
        proposed_at=delivered_project.created_at,
    )
    redo = decided(delivered_project, customer, staff, "REDO").redo_project
    assert specification_agreed(redo) == redo.briefs.get().specification == changed


def test_redo_start(redo: BespokeProject, staff: Actor) -> None:
    wanted = materials(staff)
    with refuses("REQUIRED", field="materials"):
        redo_start(actor=staff, project_pk=redo.pk, materials={})
    with refuses("NOT_FOUND", field="materials"):
        redo_start(actor=staff, project_pk=redo.pk, materials=wanted | {uuid4(): Decimal(1)})
    scarce = {pk: quantity * 100 for pk, quantity in wanted.items()}
    with refuses("MATERIAL_UNAVAILABLE"):
        redo_start(actor=staff, project_pk=redo.pk, materials=scarce)
    started = redo_start(actor=staff, project_pk=redo.pk, materials=wanted)
    assert started.stage == "DESIGN"
    held = {row.material_id: row.quantity for row in redo.holdings.filter(state="LOCKED")}
    assert held == wanted
    assert redo.slots.exists()
    assert redo.promises.get(ended_at=None).step == "CAD"
    assert not redo.payables.exists()
    assert chain_breaks(started) == []
    with refuses("STAGE_FORBIDS"):
        redo_start(actor=staff, project_pk=redo.pk, materials=wanted)


def test_only_a_redo_begins_unpaid(project: BespokeProject, staff: Actor) -> None:
    wanted = materials(staff)
    with refuses("NOT_A_REDO"):
        redo_start(actor=staff, project_pk=project.pk, materials=wanted)


def test_a_redo_is_neither_briefed_nor_quoted_anew(
    redo: BespokeProject, customer: Actor, staff: Actor
) -> None:
    brief = redo.briefs.get()
    draft = BriefDraft(
        specification=ring_specification(bandWidthMm="2.4"),
        budget_min=brief.budget_min,
        budget_stretch=brief.budget_stretch,
        destination_country=brief.destination_country,
    )
    with refuses("QUOTE_ACCEPTED"):
        brief_revise(actor=customer, project_pk=redo.pk, draft=draft)
    stock = {"stone": make_stone(staff, "D-2"), "gold": make_metal(staff, "AU-2")}
    with refuses("QUOTE_ACCEPTED"):
        make_draft(redo, staff, **stock)


def test_a_redo_is_made_and_delivered(begun: BespokeProject, customer: Actor, staff: Actor) -> None:
    orders = Order.objects.count()
    approve(begun, customer, staff)
    begin_making(begun, staff)
    begun.refresh_from_db()
    finish_making(begun, staff)
    verify(record_report(begun, staff, number="2141438168"), staff)  # another stone's own
    pass_check(begun, staff)
    approval = CadApproval.objects.get(revision__project=begun)
    assert (approval.receipt["paid"], approval_faults(approval)) == ([], ())
    assert approval.receipt["quote"] == begun.quotes.get().content_hash
    shipment = dispatch(pack(begun, staff), staff)
    deliveries.drain()
    shipment.refresh_from_db()
    assert shipment.host_fulfillment_id is None
    assert Order.objects.count() == orders
    deliver(shipment, staff)
    deliveries.drain()
    begun.refresh_from_db()
    assert (begun.stage, chain_breaks(begun)) == ("AFTERCARE", [])
    assert not begun.payables.exists()
    answer = return_request(actor=customer, project_pk=begun.pk, text="No more.")
    assert (answer.reason, bool(answer.legal_basis)) == ("PERSONALISED", True)
    row = claim(begun, customer)
    with refuses("NOT_REFUNDABLE"):
        claim_decide(
            actor=staff,
            claim_pk=row.pk,
            accepted=True,
            explanation="Sorry.",
            remedy="REFUND",
            refund_amount=Decimal("0.01"),
        )
    once_more = claim_decide(
        actor=staff, claim_pk=row.pk, accepted=True, explanation="Sorry.", remedy="REDO"
    ).claim.redo_project
    assert specification_agreed(once_more) == specification_agreed(begun)


def test_a_redo_is_left_at_no_cost(begun: BespokeProject, customer: Actor) -> None:
    assert begun.holdings.filter(state="LOCKED").exists()
    cancelled = project_cancel(
        actor=customer, project_pk=begun.pk, reason="CUSTOMER_WISH", expected_refund=Decimal(0)
    )
    assert cancelled.stage == "CANCELLED"
    assert not begun.holdings.filter(state="LOCKED").exists()
    assert deliveries.drain() is not None


def propose(project: BespokeProject, staff: Actor, difference: str) -> Any:
    """A size bigger, for so much more or less."""
    size = {"ringSize": {"system": "us", "label": "7"}}
    return change_order_propose(
        actor=staff,
        project_pk=project.pk,
        specification=specification_agreed(project) | size,
        reason="A wider finger",
        price_difference=Decimal(difference),
        business_days=2,
        materials={},
    )


def test_a_change_of_a_redo(begun: BespokeProject, customer: Actor, staff: Actor) -> None:
    with refuses("NOT_REFUNDABLE", field="priceDifference"):
        propose(begun, staff, "-0.01")
    same = change_order_accept(actor=customer, change_order_pk=propose(begun, staff, "0").pk)
    assert same.change.status == "SETTLED"
    size = {"ringSize": {"system": "us", "label": "8"}}
    dearer = change_order_propose(
        actor=staff,
        project_pk=begun.pk,
        specification=specification_agreed(begun) | size,
        reason="A wider finger still",
        price_difference=Decimal(120),
        business_days=0,
        materials={},
    )
    opened = change_order_accept(actor=customer, change_order_pk=dearer.pk).opened
    assert (opened.payable.kind, opened.payable.amount) == ("CHANGE_ORDER", 120)
    assert begun.payables.get() == opened.payable


# the way back -------------------------------------------------------------------------------------


@pytest.mark.parametrize("remedy", ["REPAIR", "EXCHANGE"])
def test_claim_return(
    delivered_project: BespokeProject, customer: Actor, staff: Actor, remedy: str
) -> None:
    row = decided(delivered_project, customer, staff, remedy)
    parcel = {"actor": staff, "claim_pk": row.pk, "carrier": "Courier"}
    with refuses("REQUIRED", field="trackingNumber"):
        claim_return(**parcel, tracking_number=" ")
    _, shipment = claim_return(**parcel, tracking_number="1Z-C")
    assert (shipment.purpose, shipment.case_pk, shipment.status) == (
        "CLAIM",
        row.pk,
        "DISPATCHED",
    )
    event = delivered_project.events.get(kind="ClaimReturned")
    assert event.payload == {"claim": str(row.pk), "shipment": str(shipment.pk)}
    with refuses("ALREADY_DONE", field="id"):
        claim_return(**parcel, tracking_number="1Z-D")
    deliveries.drain()
    shipment.refresh_from_db()
    assert shipment.host_fulfillment_id is None  # the host's order has its one parcel


@pytest.mark.parametrize("remedy", ["", "REDO"])
def test_only_what_was_repaired_or_exchanged_goes_back(
    delivered_project: BespokeProject, customer: Actor, staff: Actor, remedy: str
) -> None:
    row = claim(delivered_project, customer)
    if remedy:
        claim_decide(
            actor=staff, claim_pk=row.pk, accepted=True, explanation="Sorry.", remedy=remedy
        )
    with refuses("CLAIM_NOT_OPEN", field="id"):
        claim_return(actor=staff, claim_pk=row.pk, carrier="Courier", tracking_number="1")


# over the API -------------------------------------------------------------------------------------

START = """
mutation ($project: ID!, $materials: [BespokeMaterialQuantityInput!]!) {
  bespokeRedoStart(project: $project, materials: $materials) {
    project { stage } errors { field code }
  }
}"""
RETURN = """
mutation ($id: ID!) {
  bespokeClaimReturn(id: $id, carrier: "Courier", trackingNumber: "1") {
    claim { remedy } shipment { purpose status } errors { field code }
  }
}"""


def test_bespoke_redo_start(redo: BespokeProject, customer: Actor, staff: Actor) -> None:
    people = callers(redo, customer, staff)
    wanted = [
        {"material": global_id("BespokeMaterial", pk), "quantity": str(quantity)}
        for pk, quantity in materials(staff).items()
    ]
    values = {"project": global_id("BespokeProject", redo.pk), "materials": wanted}
    check_staff_only(people, "bespokeRedoStart", START, **values)
    none = values | {"materials": []}
    assert refused(staff, "bespokeRedoStart", START, **none) == "REQUIRED"
    answer = perform(staff, "bespokeRedoStart", START, **values)
    assert answer == {"project": {"stage": "DESIGN"}, "errors": []}


def test_bespoke_claim_return(
    delivered_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    people = callers(delivered_project, customer, staff)
    row = decided(delivered_project, customer, staff, "REPAIR")
    values = {"id": global_id("BespokeClaim", row.pk)}
    check_staff_only(people, "bespokeClaimReturn", RETURN, **values)
    answer = perform(staff, "bespokeClaimReturn", RETURN, **values)
    assert answer["claim"] == {"remedy": "REPAIR"}
    assert answer["shipment"] == {"purpose": "CLAIM", "status": "DISPATCHED"}
    assert refused(staff, "bespokeClaimReturn", RETURN, **values) == "ALREADY_DONE"
