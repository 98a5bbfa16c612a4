"""Who takes part in the scenario `races`, and the commissions they race for.

These functions run in processes of their own. A refusal is an answer; anything else that goes wrong
is odd and counted.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from tests.torture import commissions
from tests.torture.provider import KEYS

#: Where the commissions of the pool stand, each as often as it is named.
STAGES = (
    "DESIGN",
    "DESIGN",
    "PRODUCTION",
    "QUALITY",
    "SHIPPING",
    "SHIPPING",
    "AFTERCARE",
    "DESIGN",
    "AFTERCARE",
)


def make(url: str, size: int) -> list[str]:
    """So many paid commissions over the stages, half of those in design approved."""
    from saleor_bespoke import tasks
    from saleor_bespoke.project.stages import Stage

    commissions.furnish()
    made = []
    for number in range(size):
        project, owner, staff, checkout_id = commissions.accepted(number)
        _pay(url, checkout_id)
        walk = _walk(project, owner, staff, url)
        walk.until(Stage(STAGES[number % len(STAGES)]))
        if number % 2:
            with suppress(*_refusals()):
                walk.forward()
        made.append(str(project.pk))
    tasks.deliveries_drain.run()
    return made


def _pay(url: str, checkout_id: str) -> None:
    from tests.paying import begin, complete, go_on

    item, event, _ = begin(checkout_id)
    if event.type == "CHARGE_FAILURE":
        return
    commissions.confirm(url, item.psp_reference, "pm_card_visa")
    go_on(item)
    complete(checkout_id)


def _walk(project: Any, owner: Any, staff: Any, url: str) -> Any:
    from tests.contracts.walking import Walk

    provider: Any = SimpleNamespace(
        url=url,
        publishable_key=KEYS["publishable_key"],
        webhook_secret=KEYS["webhook_secret"],
    )
    return Walk(project.pk, owner, staff, provider, {})


def _refusals() -> tuple[type[Exception], ...]:
    from saleor_bespoke.errors import BespokeError
    from saleor_bespoke.shop.embedded.refusals import HostRefusal

    return BespokeError, HostRefusal


# who acts -----------------------------------------------------------------------------------------


@dataclass
class Scene:
    """One commission as an actor finds it, and a number that decides what is left open."""

    project: Any
    owner: Any
    staff: Any
    chance: float

    @property
    def order(self) -> Any:
        """The host's order of the piece, or of any other sum of it."""
        from saleor_bespoke.shop.embedded.models import Order

        paid = self.project.payables.exclude(order_id=None).order_by("created_at")
        rows = list(paid)
        if not rows:
            return None
        return Order.objects.get(pk=rows[int(self.chance * len(rows)) % len(rows)].order_id)


def act(name: str, project_pk: str, chance: float) -> Any:
    """One actor's act on a commission; what nobody must expect begins with ODD."""
    from django.conf import settings

    from saleor_bespoke.project.models import BespokeProject

    commissions.ready()
    project = BespokeProject.objects.get(pk=project_pk)
    if project.stage in ("CANCELLED", "CLOSED") and chance < 0.5:
        return "ENDED"
    scene = Scene(project, commissions.owner_of(project), commissions.clerk(), chance)
    try:
        ACTS[name](scene, settings.BESPOKE["STRIPE"]["API_BASE"])
    except _refusals():
        raise
    except (LookupError, ValueError, AttributeError, TypeError, AssertionError) as problem:
        # The walker of tests looks before it asks; meanwhile another has acted.
        if _of_the_walker(problem):
            return "LATE"
        return f"ODD {type(problem).__name__}: {problem}"
    except Exception as problem:  # noqa: BLE001  # a deadlock, a constraint: counted and shown
        if type(problem).__name__ == "DoesNotExist" and _of_the_walker(problem):
            return "LATE"
        return f"ODD {type(problem).__name__}: {problem}"
    return "DONE"


def _of_the_walker(problem: BaseException) -> bool:
    """Whether it was raised by what the tests themselves look up, not by the shop."""
    trace, last = problem.__traceback__, ""
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if "/saleor_bespoke/" in name or "/tests/" in name:
            last = name
        trace = trace.tb_next
    return "/tests/" in last


def _leave(scene: Scene, by: Any, reason: str) -> None:
    from saleor_bespoke.flows.cancelling import terms_of
    from saleor_bespoke.flows.leaving import project_leave

    shown = terms_of(scene.project, scene.project.payables.all(), reason=reason).refund
    project_leave(actor=by, project_pk=scene.project.pk, reason=reason, expected_refund=shown)


def _customer_leaves(scene: Scene, _url: str) -> None:
    _leave(scene, scene.owner, "CUSTOMER_WISH")


def _staff_cancel(scene: Scene, _url: str) -> None:
    _leave(scene, scene.staff, "UNABLE_TO_DELIVER" if scene.chance < 0.5 else "OTHER")


def _host_cancels(scene: Scene, _url: str) -> None:
    from saleor_bespoke.shop.embedded import orders

    if scene.order is not None:
        orders.order_cancel(scene.order)


def _host_refunds(scene: Scene, _url: str) -> None:
    from saleor_bespoke.shop.embedded import refunds

    if scene.order is None:
        return
    for item in scene.order.transactions.all():
        part = (item.charged * Decimal(str(round(scene.chance, 2)))).quantize(Decimal("0.01"))
        refunds.action_request(item, action="REFUND", amount=part or None, key=str(uuid4()))


def _provider_refunds(scene: Scene, url: str) -> None:
    """Somebody refunds at the provider itself; it may refuse."""
    import requests

    order = scene.order
    for item in order.transactions.all() if order else ():
        part = max(1, int(item.charged * 100 * Decimal(str(scene.chance)) / 2))
        body = {"payment_intent": item.psp_reference, "amount": str(part)}
        requests.post(f"{url}/v1/refunds", data=body, auth=(KEYS["api_key"], ""), timeout=60)


def _we_refund(scene: Scene, _url: str) -> None:
    """A claim of the customer is decided: a part of what was paid goes back."""
    from saleor_bespoke.flows.aftercare import claim_decide
    from saleor_bespoke.steps.aftercare.services import claim_open

    claim = scene.project.claims.filter(status="OPEN").first() or claim_open(
        actor=scene.owner, project_pk=scene.project.pk, kind="SIZE", text="It does not fit."
    )
    claim_decide(
        actor=scene.staff,
        claim_pk=claim.pk,
        accepted=True,
        explanation="Measured again.",
        remedy="REFUND",
        refund_amount=Decimal(int(scene.chance * 5000) + 1),
        measured_size_mm=Decimal(56),
    )


def owe(project_pk: str, percent: int) -> str:
    """For the control: a part of the price is owed back, by the service that all refunds use."""
    from django.db import transaction

    from saleor_bespoke.money.refunds import refund_request
    from saleor_bespoke.project.services import lock_for_system

    commissions.ready()
    with transaction.atomic():
        project = lock_for_system(project_pk)
        payable = project.payables.filter(kind="QUOTE", status="PAID").first()
        if payable is None:
            return "NONE"
        amount = (payable.charged * percent / 100).quantize(Decimal("0.01"))
        refund_request(project=project, payable=payable, amount=amount, cause="CLAIM")
    return "DONE"


def _forward(scene: Scene, url: str) -> None:
    """Production, quality, packing, dispatch, delivery: whatever comes next."""
    _walk(scene.project, scene.owner, scene.staff, url).forward()


def _extra(scene: Scene, url: str) -> None:
    """An extra service is priced and paid."""
    from saleor_bespoke.flows.acceptance import payable_checkout_open
    from saleor_bespoke.steps.aftercare.services import extra_service_price

    open_one = scene.project.payables.filter(status="OPEN").first()
    if open_one is None:
        service, _ = extra_service_price(
            actor=scene.staff, project_pk=scene.project.pk, title="A box", amount=Decimal(40)
        )
        open_one = scene.project.payables.get(pk=service.payable_pk)
    opened = payable_checkout_open(actor=scene.owner, payable_pk=open_one.pk)
    from tests.paying import fill_in

    fill_in(opened.attempt.checkout_id)
    _pay(url, opened.attempt.checkout_id)


def _change(scene: Scene, url: str) -> None:
    """A change is proposed, or accepted and paid."""
    from saleor_bespoke.flows import changes
    from saleor_bespoke.steps.cad import services as cad
    from tests.fixtures import ring_specification

    change = scene.project.change_orders.filter(status__in=("PROPOSED", "ACCEPTED")).first()
    if change is None:
        cad.change_order_propose(
            actor=scene.staff,
            project_pk=scene.project.pk,
            specification=ring_specification(ringSize={"system": "us", "label": "7"}).to_json(),
            reason="As discussed.",
            price_difference=Decimal(-300 if scene.chance < 0.4 else 450),
            business_days=2,
            materials={},
            releases=[],
        )
    elif change.status == "PROPOSED":
        changes.change_order_accept(actor=scene.owner, change_order_pk=change.pk)
    elif change.payable_pk:
        _walk(scene.project, scene.owner, scene.staff, url).forward()


def _redelivered(scene: Scene, url: str) -> None:
    """The provider repeats all it ever said of this commission's payments."""
    from saleor_bespoke.money.models import Payment, ProviderEvent

    payments = Payment.objects.filter(attempt__payable__project=scene.project)
    mine = set(payments.values_list("provider_reference", flat=True))
    commissions.report(url, mine)
    if scene.chance < 0.2:
        ProviderEvent.objects.filter(kind__startswith="refund").update(processed_at=None)
    commissions.sweep("provider_events_process")


def _worker(scene: Scene, _url: str) -> None:
    commissions.sweep(commissions.SWEEPS[int(scene.chance * 4)])


ACTS: dict[str, Callable[[Scene, str], None]] = {
    "customer leaves": _customer_leaves,
    "staff cancel": _staff_cancel,
    "host cancels the order": _host_cancels,
    "host refunds": _host_refunds,
    "provider refunds": _provider_refunds,
    "we refund": _we_refund,
    "next step": _forward,
    "extra paid": _extra,
    "change": _change,
    "reports again": _redelivered,
    "worker": _worker,
}
#: How often each takes part: what ends a commission is drawn seldom, work and the worker often.
WEIGHTS = (2, 1, 1, 4, 3, 3, 8, 3, 4, 3, 6)


def drawn(chance: random.Random) -> list[str]:
    """Two to four actors; the same may act twice."""
    return chance.choices(list(ACTS), WEIGHTS, k=chance.randint(2, 4))
