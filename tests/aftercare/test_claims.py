"""Returns answered by stage; claims with evidence, decision and remedy."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from saleor_bespoke.flows.aftercare import claim_decide
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.journal import chain_breaks
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.embedded.models import TransactionItem
from saleor_bespoke.steps.aftercare.models import Claim
from saleor_bespoke.steps.aftercare.services import claim_open, return_request
from saleor_bespoke.steps.quoting.models import QuoteAlternative
from tests.delivering import make_delivered, make_ready
from tests.fixtures import guest_of, ring_specification
from tests.making import photo, prepared
from tests.paying import make_paid
from tests.support import nothing_changes, refuses

pytestmark = pytest.mark.django_db


def claim(project: BespokeProject, actor: Actor, kind: str = "QUALITY", count: int = 1) -> Any:
    files = [prepared(photo(), Purpose.EVIDENCE) for _ in range(count)]
    return claim_open(
        actor=actor, project_pk=project.pk, kind=kind, text="A prong is loose.", prepared=files
    )


def decide(row: Claim, staff: Actor, **values: Any) -> Any:
    defaults: dict[str, Any] = {"accepted": True, "explanation": "You are right."}
    return claim_decide(actor=staff, claim_pk=row.pk, **defaults | values)


@pytest.fixture
def stated_project(
    provider: Any,
    customer: Actor,
    staff: Actor,
    files_folder: Any,
    django_capture_on_commit_callbacks: Any,
) -> BespokeProject:
    """A delivered ring whose size its customer stated themselves."""
    spec = ring_specification(sizeSource="stated_by_customer")
    with django_capture_on_commit_callbacks(execute=True):
        project = make_paid(provider, customer, staff, specification=spec)
    return make_delivered(make_ready(project, customer, staff), staff)


# returns ------------------------------------------------------------------------------------------


def test_return_request_before_approval(paid_project: BespokeProject, customer: Actor) -> None:
    row = return_request(actor=customer, project_pk=paid_project.pk, text="I changed my mind.")
    assert (row.possible, row.reason, row.stage) == (True, "CANCEL_INSTEAD", "DESIGN")
    with nothing_changes():
        again = return_request(
            actor=customer, project_pk=paid_project.pk, text=" I changed my mind. "
        )
    assert again == row


def test_return_request_after_approval(approved_project: BespokeProject, customer: Actor) -> None:
    row = return_request(actor=customer, project_pk=approved_project.pk, text="No, thank you.")
    assert (row.possible, row.reason) == (False, "PERSONALISED")
    assert row.legal_basis


def test_return_request_of_a_faulty_piece(
    delivered_project: BespokeProject, customer: Actor
) -> None:
    row = return_request(
        actor=customer, project_pk=delivered_project.pk, text="It is broken.", faulty=True
    )
    assert (row.possible, row.reason) == (False, "CLAIM_INSTEAD")


@pytest.mark.parametrize("text", ["", " \n", "x" * 4001, "a\x00b"])
def test_a_return_says_why(paid_project: BespokeProject, customer: Actor, text: str) -> None:
    with refuses("INVALID" if text.strip() else "REQUIRED", field="text"):
        return_request(actor=customer, project_pk=paid_project.pk, text=text)


# claims -------------------------------------------------------------------------------------------


def test_claim_open(delivered_project: BespokeProject, customer: Actor) -> None:
    row = claim(delivered_project, customer, count=5)
    assert (row.status, row.kind, row.liable) == ("OPEN", "QUALITY", "")
    assert row.files.count() == 5
    assert set(row.files.values_list("purpose", flat=True)) == {"EVIDENCE"}
    event = delivered_project.events.get(kind="ClaimOpened")
    assert len(event.payload["evidence"]) == 5
    with refuses("CLAIM_OPEN"):
        claim(delivered_project, customer)


@pytest.mark.parametrize(("count", "code"), [(0, "REQUIRED"), (6, "FILE_LIMIT_REACHED")])
def test_a_fault_is_shown_in_one_to_five_pictures(
    delivered_project: BespokeProject, customer: Actor, count: int, code: str
) -> None:
    with refuses(code, field="files"):
        claim(delivered_project, customer, count=count)


def test_before_delivery_nothing_is_claimed(ready_project: BespokeProject, customer: Actor) -> None:
    with refuses("STAGE_FORBIDS"):
        claim(ready_project, customer)


def test_pictures_of_a_refused_claim_are_not_kept(
    delivered_project: BespokeProject, customer: Actor
) -> None:
    claim(delivered_project, customer)
    stored = BespokeFile.objects.count()
    with refuses("CLAIM_OPEN"), prepared(photo(), Purpose.EVIDENCE) as file:
        claim_open(
            actor=customer,
            project_pk=delivered_project.pk,
            kind="QUALITY",
            text="Once more.",
            prepared=[file],
        )
    assert BespokeFile.objects.count() == stored


def test_a_size_that_the_studio_measured_is_its_own_fault(
    delivered_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    row = claim(delivered_project, customer, "SIZE", count=0)
    assert row.liable == "STUDIO"
    decided = decide(row, staff, remedy="REPAIR").claim
    assert (decided.status, decided.remedy) == ("ACCEPTED", "REPAIR")


def test_a_size_that_the_customer_stated_is_no_fault(
    stated_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    row = claim(stated_project, customer, "SIZE", count=0)
    assert row.liable == "CUSTOMER"
    with refuses("SIZE_NOT_MEASURED_BY_STUDIO", field="accepted"):
        decide(row, staff, remedy="REDO")
    decided = decide(row, staff, accepted=False, explanation="A resize will do.").claim
    assert (decided.status, decided.liable) == ("REFUSED", "CUSTOMER")


def test_a_ring_that_is_not_as_ordered_is_the_studios_fault(
    stated_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    row = claim(stated_project, customer, "SIZE", count=0)
    with refuses("SIZE_NOT_MEASURED_BY_STUDIO"):
        decide(row, staff, remedy="REPAIR", measured_size_mm=Decimal("52.17"))
    decided = decide(row, staff, remedy="REPAIR", measured_size_mm=Decimal("52.18")).claim
    assert (decided.liable, decided.measured_size_mm) == ("STUDIO", Decimal("52.180"))


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"explanation": " "}, "REQUIRED", "explanation"),
        ({"explanation": "x" * 4001, "remedy": "REPAIR"}, "INVALID", "explanation"),
        ({"remedy": ""}, "REQUIRED", "remedy"),
        ({"remedy": "REFUND"}, "REQUIRED", "refundAmount"),
        ({"remedy": "REPAIR", "refund_amount": Decimal(1)}, "INVALID", "refundAmount"),
        ({"accepted": False, "remedy": "REDO"}, "INVALID", "remedy"),
        ({"remedy": "REFUND", "refund_amount": Decimal("0.001")}, "INVALID", "refundAmount"),
        ({"remedy": "REFUND", "refund_amount": Decimal(-1)}, "INVALID", "refundAmount"),
        ({"remedy": "REFUND", "refund_amount": Decimal(10000)}, "NOT_REFUNDABLE", "refundAmount"),
        ({"remedy": "REFUND", "refund_amount": Decimal("NaN")}, "INVALID", "refundAmount"),
    ],
)
def test_a_decision_that_is_none(
    delivered_project: BespokeProject,
    customer: Actor,
    staff: Actor,
    values: dict[str, Any],
    code: str,
    field: str,
) -> None:
    row = claim(delivered_project, customer)
    with refuses(code, field=field):
        decide(row, staff, **values)


def test_claim_decide_refused(
    delivered_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    row = claim(delivered_project, customer)
    decided = decide(row, staff, accepted=False, explanation="This is wear.").claim
    assert (decided.status, decided.explanation, decided.remedy) == (
        "REFUSED",
        "This is wear.",
        "",
    )
    with refuses("CLAIM_NOT_OPEN"):
        decide(row, staff, remedy="REPAIR")
    assert claim(delivered_project, customer).pk != row.pk  # another fault is another claim


def test_claim_decide_with_a_refund(
    delivered_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    row = claim(delivered_project, customer)
    decide(row, staff, remedy="REFUND", refund_amount=Decimal("500.00"))
    payable = delivered_project.payables.get(kind="QUOTE")
    refund = payable.refunds.get()
    assert (refund.amount, refund.cause) == (Decimal("500.00"), "QUALITY_CLAIM")
    deliveries.drain()
    refund.refresh_from_db()
    assert refund.status in ("SUCCEEDED", "PENDING")
    order = TransactionItem.objects.get(order_id=payable.order_id)
    assert order.charged + order.refunded + order.refund_pending == payable.charged


def test_all_that_was_paid_can_be_given_back_and_no_cent_more(
    delivered_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    row = claim(delivered_project, customer)
    payable = delivered_project.payables.get(kind="QUOTE")
    with refuses("NOT_REFUNDABLE"):
        decide(row, staff, remedy="REFUND", refund_amount=payable.charged + Decimal("0.01"))
    decide(row, staff, remedy="REFUND", refund_amount=payable.charged)
    payable.refresh_from_db()
    assert payable.refund_committed == payable.charged


def test_claim_decide_with_a_redo(
    delivered_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    row = claim(delivered_project, customer)
    decided = decide(row, staff, remedy="REDO")
    redo = decided.claim.redo_project
    assert redo.linked_to == delivered_project
    assert (redo.stage, redo.owner_id) == ("INTAKE", delivered_project.owner_id)
    assert not redo.payables.exists()
    first = redo.events.get(sequence=1)
    assert (first.kind, first.actor_ref) == ("ProjectOpened", staff.ref)
    brief = redo.briefs.get()
    chosen = QuoteAlternative.objects.get(quote__project=delivered_project)
    assert brief.specification == chosen.specification
    from saleor_bespoke.project.selectors import project_visible

    assert project_visible(actor=guest_of(decided.token), pk=redo.pk) == redo
    assert project_visible(actor=customer, pk=redo.pk) == redo
    assert chain_breaks(redo) == []


@pytest.mark.parametrize("remedy", ["REPAIR", "EXCHANGE"])
def test_remedies_without_money(
    delivered_project: BespokeProject, customer: Actor, staff: Actor, remedy: str
) -> None:
    decided = decide(claim(delivered_project, customer), staff, remedy=remedy)
    assert (decided.claim.status, decided.claim.remedy, decided.token) == (
        "ACCEPTED",
        remedy,
        None,
    )
    assert delivered_project.events.filter(kind="ClaimDecided").count() == 1
