"""What the payment provider reports, however late, often, unordered or badly signed it comes."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from saleor_bespoke import clock, tasks
from saleor_bespoke.flows import provider as provider_flow
from saleor_bespoke.money.models import ProviderEvent, Refund
from saleor_bespoke.plugins.embedded.fake_stripe.webhooks import signature_header
from saleor_bespoke.project import leases
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from tests.money.endings import attentions
from tests.money.test_provider_faults import MINUTE, PAID, World, leave, provider, refunded, world
from tests.paying import begin, complete, confirm, fill_in, go_on
from tests.support import nothing_changes

pytestmark = pytest.mark.django_db
__all__ = ["provider", "world"]

MODES: tuple[dict[str, Any], ...] = (
    {"mode": "normal"},
    {"mode": "twice"},
    {"mode": "late", "delay": 30},
    {"mode": "never"},
    {"mode": "hold", "release": "reverse"},
    {"mode": "hold", "release": "shuffle"},
)


def named(mode: dict[str, Any]) -> str:
    """How a mode is called in a test's name."""
    return "-".join(str(value) for value in mode.values())


def set_mode(world: World, mode: dict[str, Any]) -> Callable[[], None]:
    """Let the provider report in this way; what releases what it holds back."""
    settings = {name: mode[name] for name in ("mode", "delay") if name in mode}
    world.provider.control("webhooks", settings)

    def release() -> None:
        if "release" in mode:
            body = {"order": mode["release"], "seed": 20}
            world.provider.control("webhooks/release", body)

    return release


# ways and orders ------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES, ids=named)
@pytest.mark.parametrize("browser", ["goes on", "dies after paying"])
def test_a_payment_ends_alike_however_it_is_reported(
    world: World, accepted: Any, quoted_project: BespokeProject, mode: dict[str, Any], browser: str
) -> None:
    release = set_mode(world, mode)
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    transaction, _, _ = begin(checkout_id)
    confirm(world.provider, transaction.psp_reference)
    if browser == "goes on":
        go_on(transaction)
        complete(checkout_id)

    release()
    world.rest()
    if browser != "goes on" and mode["mode"] == "never":
        world.rest(timedelta(hours=24))  # nobody told: found by looking
    assert world.end(quoted_project) == PAID
    assert set(world.answers) <= {200}


@pytest.mark.parametrize("mode", MODES, ids=named)
@pytest.mark.parametrize("refund", ["succeeded", "pending"])
def test_a_refund_ends_alike_however_it_is_reported(
    world: World, paid_project: BespokeProject, customer: Actor, mode: dict[str, Any], refund: str
) -> None:
    world.provider.control("settings", {"refund_status": refund})
    release = set_mode(world, mode)
    shown = leave(paid_project, customer)
    tasks.deliveries_drain.run()
    if refund == "pending":
        world.rest(timedelta(hours=30))
        made = str(Refund.objects.get().provider_reference)
        assert Refund.objects.get().status == "PENDING"
        world.provider.control(f"refunds/{made}/succeed")

    release()
    world.rest()
    assert world.end(paid_project) == refunded(shown, "CUSTOMER_WISH")


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("answer", ["arrives", "is lost"])
def test_a_refund_that_fails_later_is_shown_once_in_whichever_order_it_is_told(
    world: World, paid_project: BespokeProject, customer: Actor, seed: int, answer: str
) -> None:
    world.provider.control("webhooks", {"mode": "hold"})
    with world.trouble(
        "reset_after_effect" if answer == "is lost" else "rate_limit",
        "POST" if answer == "is lost" else "DELETE",
        "/v1/refunds",
    ):
        shown = leave(paid_project, customer)
        tasks.deliveries_drain.run()
    (made,) = world.provider.state.table("refund")
    world.provider.control(f"refunds/{made}/fail", {"reason": "lost_or_stolen_card"})
    world.provider.control("webhooks/release", {"order": "shuffle", "seed": seed})

    world.rest()

    amount = str(shown.quantize(Decimal("0.01")))
    found = world.end(paid_project)
    assert found["refunds"] == [("CUSTOMER_WISH", "FAILED", amount)]
    assert found["attention"] == ["REFUND_FAILED"]
    assert found["host"] == ("7480.00", "0.00")
    assert found["ledger"] == [
        ("CHARGED", "7480.00"),
        ("REFUNDED", amount),
        ("REFUND_FAILED", amount),
    ]
    assert found["provider"]["refunds"] == [("failed", int(shown * 100))]


def test_a_refund_pending_for_a_month_is_put_before_staff(
    world: World, paid_project: BespokeProject, customer: Actor
) -> None:
    world.provider.control("settings", {"refund_status": "pending"})
    shown = leave(paid_project, customer)
    world.rest(MINUTE)
    assert attentions(paid_project) == []

    world.rest(timedelta(days=31))
    assert attentions(paid_project) == ["REFUND_WAITING"]

    world.provider.control(f"refunds/{Refund.objects.get().provider_reference}/succeed")
    world.rest()
    assert world.end(paid_project) == refunded(shown, "CUSTOMER_WISH")


def test_reports_of_payments_nobody_here_knows_change_nothing(
    world: World, paid_project: BespokeProject
) -> None:
    world.rest()
    before = world.end(paid_project)
    taken = {"id": "pi_other", "amount_received": 5, "currency": "usd"}
    for number, (kind, about) in enumerate(
        (
            (
                "payment_intent.succeeded",
                taken,
            ),
            ("payment_intent.canceled", {"id": "pi_other"}),
            ("refund.failed", refund_report("re_other", "pi_other", "failed")),
            ("refund.created", refund_report("re_other", "pi_other", "succeeded")),
            ("customer.created", {"id": "cus_1"}),
        )
    ):
        assert carry(world, event(f"evt_other_{number}", kind, about)) == 200
    world.rest()
    assert world.end(paid_project) == before
    assert not ProviderEvent.objects.filter(processed_at=None).exists()


def refund_report(pk: str, payment: str, status: str) -> dict[str, Any]:
    """A refund as the provider writes it."""
    return {
        "id": pk,
        "object": "refund",
        "amount": 100,
        "currency": "usd",
        "status": status,
        "payment_intent": payment,
        "metadata": {},
        "failure_reason": None,
    }


def event(pk: str, kind: str, about: dict[str, Any]) -> dict[str, Any]:
    """An event about this object."""
    body = {"object": "event", "livemode": False, "type": kind, "data": {"object": about}}
    return {"id": pk, **body}


def carry(world: World, body: dict[str, Any], **how: Any) -> int:
    """Sign an event and bring it to the shop's door."""
    payload = json.dumps(body).encode()
    secrets = how.get("secrets", ["whsec_embedded"])
    at = int(world.provider.state.now()) - how.get("age", 0)
    return world.carry(payload, signature_header(secrets, payload, at))


# signatures -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["wrong", "stale"])
def test_a_badly_signed_report_is_refused_and_the_true_one_is_heard(
    world: World, accepted: Any, quoted_project: BespokeProject, kind: str
) -> None:
    world.provider.control("webhooks", {"signature": kind, "retry_delays": []})
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    transaction, _, _ = begin(checkout_id)
    confirm(world.provider, transaction.psp_reference)
    with nothing_changes():
        world.post()
    assert set(world.answers) == {400}

    for row in list(world.provider.state.table("event")):
        world.provider.control(f"events/{row}/resend", {"signature": "valid"})
    world.rest()
    assert set(world.answers) == {400, 200}
    assert world.end(quoted_project) == PAID


@pytest.mark.parametrize(("age", "answer"), [(0, 200), (290, 200), (310, 400), (86_400, 400)])
def test_a_report_is_good_for_five_minutes(
    world: World, accepted: Any, age: int, answer: int
) -> None:
    body = event("evt_1", "customer.created", {"id": "cus_1"})
    assert carry(world, body, age=age) == answer
    assert ProviderEvent.objects.count() == (answer == 200)


def test_while_secrets_change_both_are_good_and_then_the_old_is_refused(
    world: World, accepted: Any, settings: Any
) -> None:
    def trust(*secrets: str) -> None:
        stripe = settings.BESPOKE["STRIPE"] | {"WEBHOOK_SECRETS": list(secrets)}
        settings.BESPOKE = settings.BESPOKE | {"STRIPE": stripe}

    numbers = iter(range(100))

    def told(*secrets: str) -> int:
        body = event(f"evt_{next(numbers)}", "customer.created", {"id": "cus_1"})
        return carry(world, body, secrets=list(secrets))

    new = world.provider.control("webhooks/rotate", {"overlap": True})["secrets"][0]
    assert told(new) == 400, "a secret that the shop was not given"
    assert told(new, "whsec_embedded") == 200, "the provider signs with both during the overlap"
    trust("whsec_embedded", new)
    assert [told("whsec_embedded"), told(new), told(new, "whsec_embedded")] == [200, 200, 200]
    trust(new)
    assert [told("whsec_embedded"), told(new)] == [400, 200]


# stored before it is processed ------------------------------------------------------------------


def test_a_report_is_stored_and_nothing_else_before_it_is_answered(
    world: World, accepted: Any, quoted_project: BespokeProject
) -> None:
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    transaction, _, _ = begin(checkout_id)
    confirm(world.provider, transaction.psp_reference)
    world.post()

    stored = ProviderEvent.objects.filter(kind="payment_intent.succeeded")
    assert [(row.processed_at, row.attempts) for row in stored] == [(None, 0)]
    quoted_project.refresh_from_db()
    assert quoted_project.stage == "CHECKOUT"
    world.post()
    world.rest()
    assert world.end(quoted_project) == PAID


def test_a_report_whose_processing_broke_off_is_processed_again(
    world: World, accepted: Any, quoted_project: BespokeProject
) -> None:
    """A worker that dies in it has counted tries and holds a lease: the next one is at it at once.

    However often that happened: nobody who paid waits longer for a machine that is killed often.
    """
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    transaction, _, _ = begin(checkout_id)
    confirm(world.provider, transaction.psp_reference)
    world.post()
    hour = timedelta(hours=1)
    ProviderEvent.objects.update(
        attempts=8, leased_until=clock.now() + hour, leased_by="2147483647@1700000000.5"
    )

    world.ahead += timedelta(seconds=20)  # what the browser has to finish it
    assert provider_flow.provider_events_process() > 0
    world.rest()
    assert world.end(quoted_project) == PAID
    assert not ProviderEvent.objects.filter(processed_at=None).exists()


def test_a_report_that_somebody_works_on_is_left_to_them(
    world: World, accepted: Any, quoted_project: BespokeProject
) -> None:
    fill_in(accepted.attempt.checkout_id)
    transaction, _, _ = begin(accepted.attempt.checkout_id)
    confirm(world.provider, transaction.psp_reference)
    world.post()
    ProviderEvent.objects.update(attempts=1, **leases.taken(clock.now() + MINUTE))

    assert provider_flow.provider_events_process() == 0
    assert set(ProviderEvent.objects.values_list("attempts", flat=True)) == {1}
    world.rest(2 * MINUTE)
    assert world.end(quoted_project) == PAID


@pytest.mark.parametrize("seed", range(4))
def test_the_same_reports_again_after_everything_change_nothing(
    world: World, paid_project: BespokeProject, customer: Actor, seed: int
) -> None:
    shown = leave(paid_project, customer)
    world.rest()
    again = list(world.provider.state.table("event"))
    random.Random(seed).shuffle(again)
    for pk in again:
        world.provider.control(f"events/{pk}/resend")
    ProviderEvent.objects.all().delete()  # even if nobody remembered them

    world.rest()
    assert world.end(paid_project) == refunded(shown, "CUSTOMER_WISH")
