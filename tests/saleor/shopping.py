"""What shoppers, staff and the shop's tasks do with a bespoke checkout, through Saleor's API."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import time_machine
from django.contrib.auth import get_user_model
from django.test import TestCase
from saleor.core.jwt import create_access_token
from saleor.payment.models import TransactionItem

from saleor_bespoke import clock
from saleor_bespoke.flows.provider import provider_events_process
from saleor_bespoke.flows.stranded import stranded_money_judge
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from tests.hosts import saleor as host
from tests.paying import begin, confirm, go_on
from tests.saleor import other_gateway

#: 7,440 for the ring, 40 for the courier; prices without tax and no tax in the US.
TOTAL = Decimal(7480)
ERRORS = "errors { field code message }"


def ref(checkout_id: str) -> str:
    """The checkout's global id."""
    return host.checkout_ref(checkout_id)


def bearer(actor: Actor) -> str:
    """An access token of this user."""
    return str(create_access_token(get_user_model().objects.get(pk=actor.user_pk)))


def mutate(name: str, arguments: str, types: str, *, who: str = "", **variables: Any) -> Any:
    """Run a mutation of the shop that has no document of the journey; its payload."""
    query = f"mutation m({types}) {{ {name}({arguments}) {{ {ERRORS} }} }}"
    answer = host.ask(query, variables, bearer=who)
    assert "errors" not in answer, answer
    return answer["data"][name]


def refusal(payload: Any) -> tuple[str, str]:
    """The one error a shopper is shown: code and message."""
    (error,) = payload["errors"]
    return error["code"], error["message"]


def complete(checkout_id: str, who: str = "") -> tuple[str, str]:
    """Try to complete; the refusal."""
    return refusal(host.api("checkoutComplete", bearer=who, id=ref(checkout_id)))


def by_other_gateway(checkout_id: str, *, amount: Decimal | None = None, **data: Any) -> Any:
    """Pay by another app of the shop."""
    other_gateway.app_make()
    variables = {"id": ref(checkout_id), "gateway": other_gateway.GATEWAY, "data": data}
    if amount is not None:
        variables["amount"] = str(amount)
    return host.done("transactionInitialize", **variables)


def charged_by_card(provider: FakeStripe, checkout_id: str) -> Any:
    """Pay the whole sum through our gateway, without completing."""
    transaction, _, _ = begin(checkout_id)
    confirm(provider, transaction.psp_reference)
    transaction, event, _ = go_on(transaction)
    assert event["type"] == "CHARGE_SUCCESS"
    return transaction


def reasons(project: BespokeProject) -> set[str]:
    """What staff are asked to look at."""
    return set(project.attentions.filter(resolved_at=None).values_list("reason", flat=True))


def settled(*, minutes: int = 61) -> None:
    """What the periodic tasks have done by now, and so much later."""
    for later in (timedelta(0), timedelta(minutes=minutes)):
        with time_machine.travel(clock.now() + later):
            for task in (provider_events_process, stranded_money_judge, deliveries.drain):
                with TestCase.captureOnCommitCallbacks(execute=True):
                    task()


def held() -> Decimal:
    """All money the shop holds or may take."""
    rows = TransactionItem.objects.all()
    return sum(
        (row.charged_value + row.authorized_value + row.charge_pending_value for row in rows),
        Decimal(0),
    )
