"""What is refundable by stage: shown before each click, never growing, with its overrides."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from saleor_bespoke import clock, conf
from saleor_bespoke.audit import audit
from saleor_bespoke.flows import cancelling, changes
from saleor_bespoke.flows.leaving import project_leave
from saleor_bespoke.flows.making import quality_fail
from saleor_bespoke.flows.refund_terms import CLICKS, cad_revision_approve, rungs_ahead
from saleor_bespoke.graphql.base import global_id
from saleor_bespoke.money.models import Payable, Refund
from saleor_bespoke.money.rules import refundable
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import COMMANDS, MOVES, Stage, further
from saleor_bespoke.steps.cad.rules import lines_to_confirm
from saleor_bespoke.workshop.promise_rules import delayed
from saleor_bespoke.workshop.services import promise_move
from tests.api import run
from tests.contracts.rich import triggers_off
from tests.making import begin_making, finish_making, pass_check, propose
from tests.support import nothing_changes, refuses

pytestmark = pytest.mark.django_db

TERMS = """
query($id: ID!) { bespokeProject(id: $id) { refundTerms {
  now { share refund { amount } }
  steps { stage share refund { amount currency } by }
  delay { possible refund { amount } }
} } }
"""


def terms(project: BespokeProject, actor: Actor) -> Any:
    answer = run(TERMS, actor, id=global_id("BespokeProject", project.pk))
    assert not answer.errors, answer.errors
    return answer.data["bespokeProject"]["refundTerms"]


@pytest.fixture
def ladder(settings: Any) -> Any:
    """A shop that gives a part back also once the bench has begun."""
    own = {"DESIGN": Decimal("0.90"), "PRODUCTION": Decimal("0.30"), "QUALITY": Decimal("0.10")}
    known = settings.BESPOKE["CHANNELS"]
    us = known.get("us", {}) | {"refund_ladder": own}
    settings.BESPOKE = settings.BESPOKE | {"CHANNELS": known | {"us": us}}
    conf.policies_forget()
    yield own
    conf.policies_forget()


# the rule ---------------------------------------------------------------------------------------

shares = st.lists(
    st.decimals(0, 1, places=3), min_size=len(conf.REFUND_LADDER), max_size=len(conf.REFUND_LADDER)
)


@given(
    shares=shares,
    way=st.lists(st.integers(0, 5), max_size=30),
    captured=st.decimals(0, 99999, places=2),
    backs=st.lists(st.decimals(0, 999, places=2), max_size=5),
)
def test_what_is_refundable_never_grows_whichever_way_the_stages_go(
    shares: list[Decimal], way: list[int], captured: Decimal, backs: list[Decimal]
) -> None:
    """Along every path of the table, rework included, with parts given back in between."""
    ladder = dict(zip(conf.REFUND_LADDER, sorted(shares, reverse=True), strict=True))
    stage = reached = Stage.INTAKE
    given_back, last = Decimal(0), captured
    for at, step in enumerate(way):
        onward = sorted(MOVES[stage] - {Stage.CANCELLED})
        if not onward:
            break
        stage = onward[step % len(onward)]
        reached = further(reached, stage)
        if at < len(backs):
            given_back = min(captured, given_back + backs[at])
        now = refundable(reached, captured, given_back, ladder, Decimal("0.01"))
        assert 0 <= now <= last
        assert now + given_back <= captured
        last = now


def test_every_click_is_a_command_that_leads_on() -> None:
    assert {CLICKS[stage] for stage in CLICKS} - set(COMMANDS) == {"transaction_initialize"}
    assert list(CLICKS) == list(Stage)[1:8]


@pytest.mark.parametrize(
    ("step", "late", "shifts", "modifiers", "shown"),
    [
        ("PRODUCTION", True, [], [], True),
        ("CAD", True, [], [], False),
        ("PRODUCTION", False, [], [], False),
        ("PRODUCTION", False, [("WORKSHOP", 2)], [], True),
        ("QUALITY", False, [("MATERIAL_LATE", 2)], [], True),
        ("PRODUCTION", False, [("CHANGE_ORDER", 9), ("TWEAK", 1)], [], False),
        ("PRODUCTION", False, [("WAITED_FOR_CUSTOMER", 9)], [], False),
        ("SHIPPING", False, [("CARRIER", 3), ("CUSTOMS", 3)], [], False),
        ("PRODUCTION", False, [("WORKSHOP", 2), ("WORKSHOP", -2)], [], False),
        ("PRODUCTION", False, [("CHANGE_ORDER", -5), ("REWORK", 1)], [], True),
        ("PRODUCTION", False, [], ["rework"], True),
        ("PRODUCTION", False, [], ["rare_size"], False),
    ],
)
def test_which_delays_can_be_refused(
    step: str, late: bool, shifts: list[Any], modifiers: list[str], shown: bool
) -> None:
    now = clock.now()

    said = delayed(
        step=step,
        due=now + timedelta(days=-1 if late else 1),
        running=True,
        now=now,
        shifts=[(cause, timedelta(days=days)) for cause, days in shifts],
        modifiers=modifiers,
    )

    assert said is shown


# shown before each click ------------------------------------------------------------------------


def test_the_ladder_is_shown_before_anything_is_paid(
    quoted_project: BespokeProject, customer: Actor
) -> None:
    found = terms(quoted_project, customer)

    assert found["now"] == {"share": 1.0, "refund": {"amount": 0.0}}
    assert [(row["stage"], row["share"], row["by"]) for row in found["steps"]] == [
        ("CHECKOUT", 1.0, "bespokeQuoteAccept"),
        ("DESIGN", 0.9, "transactionInitialize"),
        ("PRODUCTION", 0.0, "bespokeProductionStart"),
        ("QUALITY", 0.0, "bespokeProductionFinish"),
        ("SHIPPING", 0.0, "bespokeQualityPass"),
        ("AFTERCARE", 0.0, "bespokeShipmentDeliver"),
    ]
    assert found["delay"]["possible"] is False


def test_what_is_shown_before_each_click_is_what_it_gives_after_it(
    ladder: Any, approved_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    project = approved_project
    paid = project.payables.get(status="PAID").charged
    project.refresh_from_db()
    clicks = (
        (Stage.PRODUCTION, begin_making),
        (Stage.QUALITY, finish_making),
        (Stage.SHIPPING, pass_check),
    )

    for stage, click in clicks:
        rung, *_ = rungs_ahead(project, project.payables.all())
        shown = terms(project, customer)["steps"][0]
        assert (rung.stage, shown["stage"]) == (stage, stage)
        assert Decimal(str(shown["refund"]["amount"])) == rung.refund
        click(project, staff)
        project.refresh_from_db()
        now = cancelling.terms_of(project, project.payables.all()).refund
        assert now == rung.refund == (paid * ladder.get(stage, 0)).quantize(Decimal("0.01"))


def test_leaving_after_a_cheaper_change_gives_back_the_share_of_the_lower_price(
    paid_project: BespokeProject, customer: Actor, staff: Actor, ladder: Any
) -> None:
    """What was saved went back whole: the shop keeps its part of the new price alone."""
    change = propose(paid_project, staff, "-100.00")
    changes.change_order_accept(actor=customer, change_order_pk=change.pk)
    payable = Payable.objects.get(project=paid_project, status="PAID")
    due = ((payable.charged - 100) * ladder["DESIGN"]).quantize(Decimal("0.01"))

    project_leave(
        actor=customer,
        project_pk=paid_project.pk,
        reason="CUSTOMER_WISH",
        expected_refund=due,
    )

    refunds = Refund.objects.filter(payable=payable).values_list("cause", "amount")
    assert set(refunds) == {("CHANGE_ORDER", Decimal(100)), ("CUSTOMER_WISH", due)}
    assert audit() == []


def test_work_done_again_makes_nothing_refundable_again(
    ladder: Any, made_project: BespokeProject, staff: Actor
) -> None:
    project, check = made_project, made_project.checks.get()
    before = cancelling.terms_of(project, project.payables.all()).refund
    assert before > 0

    quality_fail(actor=staff, check_pk=check.pk, reason="A scratch.", redo_from="POLISHING")

    project.refresh_from_db()
    assert (project.stage, project.furthest_stage) == (Stage.PRODUCTION, Stage.QUALITY)
    assert cancelling.terms_of(project, project.payables.all()).refund == before
    assert [row.stage for row in rungs_ahead(project, [])] == [Stage.SHIPPING, Stage.AFTERCARE]


def test_the_approval_names_what_leaving_gives_back_then(
    ladder: Any, approved_project: BespokeProject, customer: Actor
) -> None:
    """The approval of another revision: the first one is put back under review."""
    revision = approved_project.revisions.get()
    with triggers_off():
        revision.approval.delete()
    approved_project.revisions.update(status="PUBLISHED")
    paid = approved_project.payables.get(status="PAID").charged
    wish = {
        "actor": customer,
        "revision_pk": revision.pk,
        "confirmed": lines_to_confirm(revision.specification),
        "returns_notice_version": conf.policy("us").returns_notice.version,
    }

    with refuses("REFUND_CHANGED", field="expectedRefundAfter"):
        cad_revision_approve(**wish, expected_refund_after=paid)
    cad_revision_approve(**wish, expected_refund_after=(paid * ladder["PRODUCTION"]).quantize(
        Decimal("0.01")))  # fmt: skip

    assert approved_project.revisions.get().status == "APPROVED"


def test_the_answer_of_a_click_says_what_leaving_gives_back(
    approved_project: BespokeProject, staff: Actor
) -> None:
    document = """mutation($id: ID!) { bespokeProductionStart(project: $id) {
      refundTerms { now { share } steps { stage } } errors { code } } }"""

    answer = run(document, staff, id=global_id("BespokeProject", approved_project.pk))

    payload = answer.data["bespokeProductionStart"]
    assert payload["errors"] == []
    assert payload["refundTerms"]["now"] == {"share": 0.0}
    assert payload["refundTerms"]["steps"][0] == {"stage": "QUALITY"}


# a delay is refused -----------------------------------------------------------------------------


def refuse_delay(project: BespokeProject, actor: Actor) -> None:
    whole = cancelling.terms_of(project, project.payables.all(), reason="DELAY_REFUSED").refund
    project_leave(actor=actor, project_pk=project.pk, reason="DELAY_REFUSED", expected_refund=whole)


def test_the_customer_refuses_a_delay_of_the_workshop_and_gets_everything_back(
    project_on_bench: BespokeProject, customer: Actor, other_customer: Actor, staff: Actor
) -> None:
    project = project_on_bench
    paid = project.payables.get(status="PAID")
    with refuses("PERMISSION_DENIED", field="reason"):
        refuse_delay(project, customer)
    assert terms(project, customer)["delay"]["possible"] is False
    promise = project.promises.get(step="PRODUCTION", ended_at=None)
    promise_move(
        actor=staff,
        promise_pk=promise.pk,
        due_at=promise.due_at + timedelta(days=7),
        cause="WORKSHOP",
        explanation="The caster is ill.",
    )
    assert terms(project, customer)["delay"] == {
        "possible": True,
        "refund": {"amount": float(paid.charged)},
    }
    with refuses("NOT_FOUND"):
        refuse_delay(project, other_customer)

    refuse_delay(project, customer)

    project.refresh_from_db()
    assert (project.stage, project.cancel_reason) == (Stage.CANCELLED, "DELAY_REFUSED")
    assert Refund.objects.get(payable=paid).amount == paid.charged


def test_the_customer_refuses_what_is_late_until_it_has_left(
    project_on_bench: BespokeProject, customer: Actor
) -> None:
    promise = project_on_bench.promises.get(step="PRODUCTION", ended_at=None)

    with time_machine.travel(promise.due_at + timedelta(hours=1), tick=False):
        assert terms(project_on_bench, customer)["delay"]["possible"] is True
        parcel = project_on_bench.shipments.create(
            purpose="ORDER", method="CARRIER", status="DISPATCHED", packed_at=clock.now()
        )
        assert terms(project_on_bench, customer)["delay"]["possible"] is False
        with refuses("PERMISSION_DENIED", field="reason"):
            refuse_delay(project_on_bench, customer)
        parcel.delete()
        refuse_delay(project_on_bench, customer)

    project_on_bench.refresh_from_db()
    assert project_on_bench.stage == Stage.CANCELLED


@pytest.mark.parametrize("cause", ["CHANGE_ORDER", "TWEAK"])
def test_a_date_that_the_customers_own_wish_moved_is_not_refused(
    project_on_bench: BespokeProject, customer: Actor, staff: Actor, cause: str
) -> None:
    promise = project_on_bench.promises.get(step="PRODUCTION", ended_at=None)
    promise_move(
        actor=staff,
        promise_pk=promise.pk,
        due_at=promise.due_at + timedelta(days=7),
        cause=cause,
        explanation="As you wished.",
    )

    with refuses("PERMISSION_DENIED", field="reason"):
        refuse_delay(project_on_bench, customer)


def test_staff_give_these_reasons_whatever_the_promise_shows_and_the_customer_not_the_other(
    project_on_bench: BespokeProject, customer: Actor, staff: Actor
) -> None:
    whole = Payable.objects.get(project=project_on_bench, status="PAID").charged
    wish = {"project_pk": project_on_bench.pk, "expected_refund": whole}

    with nothing_changes(), refuses("PERMISSION_DENIED", field="reason"):
        project_leave(actor=customer, reason="UNABLE_TO_DELIVER", **wish)
    project_leave(actor=staff, reason="DELAY_REFUSED", **wish)

    project_on_bench.refresh_from_db()
    assert project_on_bench.stage == Stage.CANCELLED
