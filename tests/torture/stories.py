"""The stories of the scenario `events`: what happens at the provider and at the desk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests

from tests.torture import commissions
from tests.torture.desks import Desk
from tests.torture.provider import KEYS, Provider


@dataclass
class Begun:
    """A commission whose payment has begun: its keys here, at the host and at the provider."""

    story: str
    project: str
    checkout: str
    transaction: str
    references: list[str]


Chapter = Callable[[Desk, Provider, Begun], None]


@dataclass(frozen=True)
class Story:
    """Chapters, and the stage that must be reached before each but the first."""

    chapters: tuple[Chapter, ...]
    awaited: tuple[str, ...] = ()


def paying(method: str = "pm_card_visa") -> Chapter:
    """The customer pays in this way."""

    def chapter(desk: Desk, provider: Provider, one: Begun) -> None:
        desk.ask(commissions.confirm, provider.url, one.references[-1], method)

    return chapter


def paying_at_last(desk: Desk, provider: Provider, one: Begun) -> None:
    """The first card is declined; the customer begins anew, which ends the first payment."""
    desk.ask(commissions.confirm, provider.url, one.references[-1], "pm_card_chargeDeclined")
    one.transaction, reference = desk.ask(begin_again, one.project)
    one.references.append(reference)
    desk.ask(commissions.confirm, provider.url, reference, "pm_card_visa")


def refunding(minor: int | None) -> Chapter:
    """Somebody of the shop refunds at the provider itself."""

    def chapter(_desk: Desk, provider: Provider, one: Begun) -> None:
        amount = {} if minor is None else {"amount": str(minor)}
        body = {"payment_intent": one.references[-1]} | amount
        requests.post(
            f"{provider.url}/v1/refunds", data=body, auth=(KEYS["api_key"], ""), timeout=60
        ).raise_for_status()

    return chapter


def leaving(desk: Desk, _provider: Provider, one: Begun) -> None:
    """The customer cancels, and the worker sends the refund."""
    desk.ask(leave, one.project)


def the_refund(what: str) -> Chapter:
    """The bank decides about the refund."""

    def chapter(_desk: Desk, provider: Provider, one: Begun) -> None:
        mine = [r for r in provider.all("refunds") if r["payment_intent"] == one.references[-1]]
        provider.lever(f"refunds/{mine[0]['id']}/{what}")

    return chapter


def disputing(desk: Desk, provider: Provider, one: Begun) -> None:
    """The customer's bank takes the charge back."""
    provider.lever(f"charges/{_charge(provider, one)}/dispute")


def deciding(outcome: str) -> Chapter:
    """The bank decides the dispute."""

    def chapter(_desk: Desk, provider: Provider, one: Begun) -> None:
        charge = _charge(provider, one)
        (found,) = [row for row in provider.all("disputes") if row["charge"] == charge]
        provider.lever(f"disputes/{found['id']}/close", outcome=outcome)

    return chapter


def _charge(provider: Provider, one: Begun) -> str:
    mine = [row for row in provider.all("charges") if row["payment_intent"] == one.references[-1]]
    return str(next(row["id"] for row in mine if row["paid"]))


PAID, GONE = "DESIGN", "CANCELLED"
STORIES: dict[str, Story] = {
    "paid": Story((paying(),)),
    "paid at the second try": Story((paying_at_last,)),
    "refunded in part at the provider": Story((paying(), refunding(10_000)), (PAID,)),
    "refunded at the provider": Story((paying(), refunding(None)), (PAID,)),
    "cancelled": Story((paying(), leaving), (PAID,)),
    "cancelled, refund decided later": Story(
        (paying("pm_card_pendingRefund"), leaving, the_refund("succeed")), (PAID, GONE)
    ),
    "cancelled, refund failed later": Story((paying(), leaving, the_refund("fail")), (PAID, GONE)),
    "disputed and won": Story((paying(), disputing, deciding("won")), (PAID, PAID)),
    "disputed and lost": Story((paying(), disputing, deciding("lost")), (PAID, PAID)),
}


# what the desks do --------------------------------------------------------------------------------


def begin_all(each: int) -> list[Begun]:
    """So many commissions of each story, each with its payment begun."""
    commissions.furnish()
    return [
        _begun(story, number * each + place)
        for number, story in enumerate(STORIES)
        for place in range(each)
    ]


def _begun(story: str, number: int) -> Begun:
    from saleor_bespoke.shop.port import shop

    project, _, _, checkout_id = commissions.accepted(number)
    transaction, reference = _payment(checkout_id)
    checkout = shop().checkout_global_id(checkout_id)
    return Begun(story, str(project.pk), checkout, transaction, [reference])


def _payment(checkout_id: str) -> tuple[str, str]:
    from graphql_relay import to_global_id

    from tests.paying import begin

    item, _, _ = begin(checkout_id)
    return to_global_id("TransactionItem", item.token), str(item.psp_reference)


def begin_again(project_pk: str) -> tuple[str, str]:
    """Another payment on the commission's checkout."""
    from saleor_bespoke.money.models import Attempt

    commissions.ready()
    attempt = Attempt.objects.get(payable__project=project_pk, state="LIVE")
    return _payment(attempt.checkout_id)


def stage_of(project_pk: str) -> str:
    """Where the commission stands."""
    from saleor_bespoke.project.models import BespokeProject

    return str(BespokeProject.objects.get(pk=project_pk).stage)


def leave(project_pk: str) -> None:
    """The customer cancels for the refund that is shown, and it is sent."""
    from saleor_bespoke import tasks
    from saleor_bespoke.flows.cancelling import terms_of
    from saleor_bespoke.flows.leaving import project_leave
    from saleor_bespoke.money.models import Refund
    from saleor_bespoke.project.models import BespokeProject

    commissions.ready()
    project = BespokeProject.objects.get(pk=project_pk)
    shown = terms_of(project, project.payables.all()).refund
    actor = commissions.owner_of(project)
    project_leave(actor=actor, project_pk=project_pk, reason="CUSTOMER_WISH", expected_refund=shown)
    for _ in range(100):
        tasks.deliveries_drain.run()
        refund = Refund.objects.get(payable__project=project_pk)
        if refund.status != "REQUESTED":
            return
    raise TimeoutError(f"The refund of {project_pk} is not sent.")


# what a control takes away ------------------------------------------------------------------------


def without_memory() -> None:
    """From now on this process writes every movement and every report as if it were the first."""
    from django.db.models import QuerySet

    from saleor_bespoke.money.models import LedgerEntry, ProviderEvent

    remembering = QuerySet.get_or_create

    def always_new(rows: Any, defaults: Any = None, **values: Any) -> Any:
        if rows.model not in (LedgerEntry, ProviderEvent):
            return remembering(rows, defaults, **values)
        return rows.create(**{**values, **(defaults or {})}), True

    QuerySet.get_or_create = always_new  # type: ignore[method-assign]
