"""Revisions, remarks, tweaks, approvals and changes, with their refusals."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from saleor_bespoke import clock, conf
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.flows.changes import (
    cad_tweak_buy,
    change_order_accept,
    change_order_decline,
    change_order_withdraw,
)
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.selectors import specification_agreed
from saleor_bespoke.steps.cad import services
from saleor_bespoke.steps.cad.models import CadApproval, CadRevision, ChangeOrder, TweakRound
from saleor_bespoke.steps.cad.rules import lines_to_confirm
from saleor_bespoke.steps.cad.services.approvals import approval_faults
from tests.contracts.rich import triggers_off
from tests.fixtures import make_stone, ring_specification
from tests.making import approve, photo, prepared
from tests.paying import pay
from tests.support import race, refuses

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files_folder")]

NOTICE = conf.ChannelPolicy().returns_notice.version


def draft(project: BespokeProject, staff: Actor, **values: Any) -> CadRevision:
    return services.cad_revision_draft(actor=staff, project_pk=project.pk, **values)


def add_views(revision: CadRevision, staff: Actor, *views: str) -> None:
    for view in views or ("TOP", "SIDE", "FRONT"):
        file = prepared(photo(), Purpose.CAD)
        services.cad_view_add(actor=staff, revision_pk=revision.pk, view=view, prepared=file)


@pytest.fixture
def published(paid_project: BespokeProject, staff: Actor, files_folder: Path) -> CadRevision:
    """The first revision, under review."""
    revision = draft(paid_project, staff)
    add_views(revision, staff)
    return services.cad_revision_publish(actor=staff, revision_pk=revision.pk)


def again(project: BespokeProject, staff: Actor) -> CadRevision:
    """The next revision, under review."""
    revision = draft(project, staff)
    add_views(revision, staff)
    return services.cad_revision_publish(actor=staff, revision_pk=revision.pk)


def yes(revision: CadRevision, customer: Actor, **changes: Any) -> CadApproval:
    values = {
        "confirmed": lines_to_confirm(revision.specification),
        "returns_notice_version": NOTICE,
    }
    return services.cad_revision_approve(
        actor=customer, revision_pk=revision.pk, **values | changes
    )


# revisions --------------------------------------------------------------------------------------


def test_a_revision_needs_its_views(paid_project: BespokeProject, staff: Actor) -> None:
    revision = draft(paid_project, staff)
    add_views(revision, staff, "TOP", "SIDE")

    with refuses("VIEWS_MISSING"):
        services.cad_revision_publish(actor=staff, revision_pk=revision.pk)


def test_publishing_keeps_the_promise(published: CadRevision) -> None:
    promise = published.project.promises.get(step="CAD")

    assert promise.outcome == "MET"


def test_one_revision_is_open_at_a_time(published: CadRevision, staff: Actor) -> None:
    with refuses("REVISION_OPEN"):
        draft(published.project, staff)


def test_a_published_revision_is_not_edited(published: CadRevision, staff: Actor) -> None:
    file = prepared(photo(), Purpose.CAD)
    with refuses("REVISION_NOT_DRAFT"), file:
        services.cad_view_add(actor=staff, revision_pk=published.pk, view="SHEET", prepared=file)
    with refuses("REVISION_NOT_DRAFT"):
        services.cad_annotation_add(
            actor=staff, revision_pk=published.pk, kind="CALLOUT", text="Thinner"
        )
    with refuses("REVISION_NOT_DRAFT"):
        services.cad_revision_publish(actor=staff, revision_pk=published.pk)


def test_a_revision_cannot_change_the_metal(paid_project: BespokeProject, staff: Actor) -> None:
    other = ring_specification(alloy="platinum_950_ru").to_json()

    with refuses("CHANGE_NEEDS_ORDER"):
        draft(paid_project, staff, specification=other)


def test_annotations_have_a_place_and_words(paid_project: BespokeProject, staff: Actor) -> None:
    revision = draft(paid_project, staff)
    add_views(revision, staff, "TOP")
    view = revision.views.get()
    values = {"actor": staff, "revision_pk": revision.pk, "kind": "DIMENSION"}

    row = services.cad_annotation_add(
        **values,
        text="Band",
        view_pk=view.pk,
        x=Decimal("0.5"),
        y=Decimal("0.25"),
        millimetres=Decimal("2.2"),
    )

    assert row.millimetres == Decimal("2.2")
    with refuses("REQUIRED"):
        services.cad_annotation_add(**values, text="  ")
    with refuses("INVALID"):
        services.cad_annotation_add(
            **values, text="Off", view_pk=view.pk, x=Decimal("1.5"), y=Decimal(0)
        )
    with refuses("NOT_FOUND"):
        services.cad_annotation_add(
            **values, text="Lost", view_pk=uuid4(), x=Decimal(0), y=Decimal(0)
        )


# remarks and tweaks -----------------------------------------------------------------------------


def test_a_pin_is_placed_and_answered_once(
    published: CadRevision, customer: Actor, staff: Actor
) -> None:
    view = published.views.first()
    assert view is not None
    place = {"actor": customer, "revision_pk": published.pk, "view_pk": view.pk}
    pin = services.cad_pin_add(**place, x=Decimal("0.4"), y=Decimal("0.6"), remark="Lower?")
    services.cad_pin_answer(actor=staff, pin_pk=pin.pk, answer="By 0.3 mm.")

    with refuses("ALREADY_DONE"):
        services.cad_pin_answer(actor=staff, pin_pk=pin.pk, answer="Again")
    with refuses("INVALID"):
        services.cad_pin_add(**place, x=Decimal("1.01"), y=Decimal(0), remark="Off")
    with refuses("REQUIRED"):
        services.cad_pin_add(**place, x=Decimal(0), y=Decimal(0), remark=" ")


def test_the_allowance_counts_and_a_further_round_is_bought(
    provider: FakeStripe, published: CadRevision, customer: Actor, staff: Actor
) -> None:
    project = published.project
    revision = published
    for number in (1, 2):
        tweak = services.cad_tweak_request(
            actor=customer, revision_pk=revision.pk, request=f"Change {number}"
        )
        assert (tweak.number, tweak.free) == (number, True)
        assert project.promises.filter(step="TWEAK", ended_at=None).count() == 1
        if number == 1:
            with refuses("TWEAK_AVAILABLE"):
                cad_tweak_buy(actor=customer, project_pk=project.pk)
        revision = again(project, staff)
    with refuses("TWEAKS_USED_UP") as refusal:
        services.cad_tweak_request(actor=customer, revision_pk=revision.pk, request="A third")
    assert "150.00" in refusal.value.message

    opened = cad_tweak_buy(actor=customer, project_pk=project.pk)
    same = cad_tweak_buy(actor=customer, project_pk=project.pk)
    assert same.attempt.pk == opened.attempt.pk
    with refuses("TWEAKS_USED_UP"):
        services.cad_tweak_request(actor=customer, revision_pk=revision.pk, request="Unpaid")
    pay(provider, opened.attempt.checkout_id)
    third = services.cad_tweak_request(actor=customer, revision_pk=revision.pk, request="Paid")

    assert (third.number, third.free) == (3, False)
    assert project.payables.get(kind="TWEAK").status == "PAID"


@pytest.mark.django_db(transaction=True)
def test_two_clicks_ask_for_one_tweak(published: CadRevision, customer: Actor) -> None:
    answers = race(
        *[
            lambda: services.cad_tweak_request(
                actor=customer, revision_pk=published.pk, request="Softer"
            )
            for _ in range(4)
        ]
    )

    assert TweakRound.objects.count() == 1
    refusals = [item for item in answers if isinstance(item, BespokeError)]
    assert {item.code for item in refusals} == {"REVISION_NOT_REVIEWABLE"}
    assert len(refusals) == 3


# approval ---------------------------------------------------------------------------------------


def test_an_approval_is_a_receipt_that_can_be_checked(
    published: CadRevision, customer: Actor
) -> None:
    approval = yes(published, customer)

    receipt = approval.receipt
    assert receipt["specification"] == published.specification_hash
    assert len(receipt["files"]) == 3
    assert receipt["actor"]["ref"] == customer.ref
    assert approval_faults(approval) == ()
    shown = published.project.consents.get(shown_at="APPROVAL")
    notice = conf.ChannelPolicy().returns_notice
    sha256 = hashlib.sha256(notice.body.encode()).hexdigest()
    assert (shown.kind, shown.version, shown.text_hash) == (
        "RETURNS_NOTICE",
        notice.version,
        sha256,
    )
    assert receipt["returns_notice"] == {"version": notice.version, "sha256": sha256}


@pytest.mark.parametrize("what", ["receipt", "specification", "file"])
def test_one_changed_byte_is_found(published: CadRevision, customer: Actor, what: str) -> None:
    approval = yes(published, customer)
    if what == "receipt":
        approval.receipt["at"] = "2020-01-01"
        with triggers_off():
            approval.save()
    elif what == "specification":
        published.specification["notes"] = "x"
        CadRevision.objects.filter(pk=published.pk).update(specification=published.specification)
    else:
        view = published.views.first()
        assert view is not None
        view.file.sha256 = "0" * 64
        view.file.save()

    assert approval_faults(CadApproval.objects.get(pk=approval.pk)) != ()


def test_approval_needs_every_line_the_notice_and_an_open_review(
    published: CadRevision, customer: Actor, staff: Actor
) -> None:
    with refuses("CONFIRMATION_INCOMPLETE", field="confirmed"):
        yes(published, customer, confirmed=["alloy"])
    with refuses("NOTICE_OUTDATED", field="returnsNoticeVersion"):
        yes(published, customer, returns_notice_version="old")
    with refuses("CUSTOMER_ONLY"):
        yes(published, staff)
    yes(published, customer)
    with refuses("REVISION_NOT_REVIEWABLE"):
        yes(published, customer)


@pytest.mark.django_db(transaction=True)
def test_approving_at_once_with_a_tweak_ends_in_one_of_both(
    published: CadRevision, customer: Actor
) -> None:
    answers = race(
        lambda: yes(published, customer),
        lambda: services.cad_tweak_request(
            actor=customer, revision_pk=published.pk, request="Wait"
        ),
    )

    assert sum(isinstance(item, BespokeError) for item in answers) == 1
    assert CadApproval.objects.count() + TweakRound.objects.count() == 1


# change orders ----------------------------------------------------------------------------------


def propose(project: BespokeProject, staff: Actor, difference: str, **values: Any) -> ChangeOrder:
    stone = {"kind": "diamond", "origin": "natural", "carat": "1.50", "shape": "round"}
    wished = ring_specification(stones=[stone | {"colour": "E", "clarity": "VS1"}])
    defaults = {
        "specification": wished.to_json(),
        "reason": "A bigger diamond.",
        "price_difference": Decimal(difference),
        "business_days": 3,
        "materials": {},
    }
    return services.change_order_propose(actor=staff, project_pk=project.pk, **defaults | values)


def test_a_dearer_change_binds_once_it_is_paid(
    provider: FakeStripe, paid_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    approve(paid_project, customer, staff)
    old = paid_project.holdings.get(material__unique=True).material
    new = make_stone(staff, "D-BIG", stone={"carat": "1.50"})
    change = propose(
        paid_project, staff, "2100.00", materials={new.pk: Decimal(1)}, releases=[old.pk]
    )
    before = specification_agreed(paid_project)

    decided = change_order_accept(actor=customer, change_order_pk=change.pk)
    assert decided.opened is not None
    assert specification_agreed(paid_project) == before
    pay(provider, decided.opened.attempt.checkout_id)

    change.refresh_from_db()
    assert change.status == "SETTLED"
    assert specification_agreed(paid_project) == change.specification
    assert set(paid_project.revisions.values_list("status", flat=True)) == {"SUPERSEDED"}
    assert CadApproval.objects.get().revoked_at is not None
    assert paid_project.holdings.get(material=new).state == "LOCKED"
    assert paid_project.holdings.get(material=old).state == "RELEASED"
    assert paid_project.payables.filter(status="PAID").count() == 2


def test_a_cheaper_change_gives_the_difference_back(
    provider: FakeStripe, paid_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    change = propose(paid_project, staff, "-500.00")

    decided = change_order_accept(actor=customer, change_order_pk=change.pk)
    deliveries.drain()

    assert decided.opened is None
    payable = paid_project.payables.get()
    assert payable.refund_committed == Decimal(500)
    assert payable.refunds.get().status == "SUCCEEDED"
    change.refresh_from_db()
    assert change.status == "SETTLED"


@pytest.mark.parametrize(
    ("difference", "values", "code"),
    [
        ("10.001", {}, "INVALID"),
        ("-99999.00", {}, "NOT_REFUNDABLE"),
        ("10.00", {"reason": " "}, "REQUIRED"),
        ("10.00", {"business_days": -1}, "INVALID"),
        ("10.00", {"materials": {uuid4(): Decimal(1)}}, "NOT_FOUND"),
        ("10.00", {"releases": [uuid4()]}, "NOT_FOUND"),
        ("10.00", {"specification": ring_specification().to_json()}, "CHANGE_IS_TWEAK"),
    ],
)
def test_a_change_is_sound(
    paid_project: BespokeProject, staff: Actor, difference: str, values: Any, code: str
) -> None:
    with refuses(code):
        propose(paid_project, staff, difference, **values)


def test_an_undecided_change_blocks_approval_and_another_change(
    published: CadRevision, customer: Actor, staff: Actor
) -> None:
    change = propose(published.project, staff, "100.00")

    with refuses("CHANGE_ORDER_OPEN"):
        yes(published, customer)
    with refuses("CHANGE_ORDER_OPEN"):
        propose(published.project, staff, "200.00")
    change_order_decline(actor=customer, change_order_pk=change.pk)
    yes(published, customer)


def test_an_accepted_unpaid_change_can_be_given_up(
    provider: FakeStripe, paid_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    new = make_stone(staff, "D-BIG", stone={"carat": "1.50"})
    change = propose(paid_project, staff, "2100.00", materials={new.pk: Decimal(1)})
    change_order_accept(actor=customer, change_order_pk=change.pk)

    change_order_withdraw(actor=staff, change_order_pk=change.pk)

    assert paid_project.payables.get(kind="CHANGE_ORDER").status == "CANCELLED"
    assert paid_project.holdings.get(material=new).state == "RELEASED"
    with refuses("CHANGE_NOT_OPEN"):
        change_order_accept(actor=customer, change_order_pk=change.pk)


def test_an_expired_change_is_not_accepted(
    paid_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    change = propose(paid_project, staff, "100.00")
    clock.use_offset(lambda: timedelta(days=8))
    try:
        with refuses("QUOTE_EXPIRED"):
            change_order_accept(actor=customer, change_order_pk=change.pk)
    finally:
        clock.use_offset(timedelta)


def test_strangers_find_nothing(
    published: CadRevision, other_customer: Actor, staff: Actor
) -> None:
    change = propose(published.project, staff, "100.00")

    for call in (
        lambda: yes(published, other_customer),
        lambda: services.cad_tweak_request(
            actor=other_customer, revision_pk=published.pk, request="x"
        ),
        lambda: change_order_accept(actor=other_customer, change_order_pk=change.pk),
        lambda: cad_tweak_buy(actor=other_customer, project_pk=published.project_id),
    ):
        with refuses("NOT_FOUND"):
            call()
